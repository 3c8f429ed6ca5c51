"""Files that come with a contact: kept within limits, and what is not kept says so."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from tellfirst.contacts.inbound import Attached
from tellfirst.store import tables as t

MOST = 10
LARGEST = 5 * 1024 * 1024
"""Bytes of one file."""
LARGEST_TOGETHER = 15 * 1024 * 1024
"""Bytes of all files of one contact."""
LONGEST_NAME, LONGEST_TEXT, LONGEST_KIND = 200, 20_000, 100
TOO_LARGE, TOO_MANY = "too_large", "too_many"


def within_limits(files: Sequence[Attached]) -> tuple[Attached, ...]:
    """The same files in order; what is over a limit is left without its content, for the reason given."""
    return tuple(_limited(files))


def _limited(files: Sequence[Attached]) -> Iterator[Attached]:
    room = LARGEST_TOGETHER
    for number, one in enumerate(files[: 2 * MOST]):
        name, kind = _plain(one.name)[:LONGEST_NAME] or f"file-{number + 1}", one.media_type[:LONGEST_KIND]
        if number >= MOST:
            yield Attached(name, kind, b"", left_out=TOO_MANY)
        elif len(one.content) > min(LARGEST, room):
            yield Attached(name, kind, b"", left_out=TOO_LARGE)
        else:
            room -= len(one.content)
            yield Attached(name, kind, one.content, _plain(one.text)[:LONGEST_TEXT] if one.text else None)


def keep(connection: Connection, contact_id: int, files: Sequence[Attached]) -> None:
    """Write down what `within_limits` has left of them."""
    rows = [
        {
            "contact_id": contact_id,
            "number": number,
            "name": one.name,
            "media_type": one.media_type,
            "content": one.content,
            "text": one.text,
            "left_out": one.left_out or None,
        }
        for number, one in enumerate(files, start=1)
    ]
    if rows:
        connection.execute(t.contact_file.insert(), rows)


def _plain(text: str) -> str:
    """PostgreSQL keeps every sign but NUL, and half a surrogate is no sign."""
    return text.replace("\x00", "").encode(errors="replace").decode()
