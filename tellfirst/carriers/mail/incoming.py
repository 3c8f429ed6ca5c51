"""A mail that somebody wrote to us, read out of its bytes. Sources: RFC 5322, RFC 2045, RFC 2183.

The standard library's parser raises nearly anything for mails made to break it, and knows charsets by names that
strangers write: whatever can be read is read, and what cannot is left out with a reason.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.policy import compat32
from email.utils import parseaddr
from hashlib import sha256

from tellfirst.domain.errors import Refused

UNREADABLE = (ValueError, MessageError, LookupError, TypeError, AttributeError, RecursionError)
MOST_PARTS = 100
MOST_HEADERS = 500
LONGEST_HEADER = 4_000
"""Characters of one header that are looked at."""
LONGEST_PART = 200_000
"""Characters of a text that are looked at: no person writes more, and what reads it must not be kept busy."""


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A file in a mail."""

    name: str = field(repr=False)
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class IncomingMail:
    """`text` and `html` are its two bodies, each empty where there is none. `return_path` is None when unknown."""

    sender: str = field(repr=False)
    sender_name: str = field(repr=False)
    recipients: tuple[str, ...] = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(repr=False)
    headers: Mapping[str, Sequence[str]] = field(repr=False)
    files: tuple[Enclosed, ...] = ()
    return_path: str | None = field(default=None, repr=False)

    @property
    def message_id(self) -> str:
        """Its own, with the angle brackets; empty where it has none that could be repeated in a header."""
        return one_id(next(iter(self.headers.get("message-id", ())), ""))

    @property
    def references(self) -> str:
        """The chain for the answer: theirs and their own id (RFC 5322, 3.6.4)."""
        chain = [one_id(one) for one in " ".join(self.headers.get("references", ())).split()]
        return " ".join(one for one in [*chain[-20:], self.message_id] if one)

    @property
    def identity(self) -> str:
        """The same whenever it comes again, through whichever door: no stranger can hide another's mail by it,
        for the sender is in it."""
        said = (
            self.message_id or f"{self.headers.get('date', ('',))[0]}\n{self.subject}\n{self.text}{self.html}"
        )
        return "mail:" + sha256(f"{self.sender.lower()}\n{said}".encode(errors="replace")).hexdigest()[:40]


def one_id(value: str) -> str:
    """A message id as it may stand in a header of ours; empty for what is none (RFC 5322, 3.6.4)."""
    plain = value.strip()
    is_one = plain.startswith("<") and plain.endswith(">") and len(plain) <= 250
    return (
        plain
        if is_one and plain.isascii() and plain.isprintable() and not set(plain[1:-1]) & set("<> ")
        else ""
    )


def read_mail(content: bytes) -> IncomingMail:
    """Raises Refused (400) for what cannot be read as a mail."""
    try:
        mail = message_from_bytes(content, policy=compat32)
        headers = read_headers(mail)
        bodies: dict[str, str] = {}
        files: list[Enclosed] = []
        for part in _parts(mail):
            _sort(part, bodies, files)
        return assembled(headers, bodies.get("text/plain", ""), bodies.get("text/html", ""), tuple(files))
    except UNREADABLE:
        raise Refused("malformed", "this cannot be read as a mail") from None


def assembled(
    headers: Mapping[str, Sequence[str]],
    text: str,
    html: str,
    files: tuple[Enclosed, ...],
    return_path: str | None = None,
) -> IncomingMail:
    """A mail of its parts; `return_path` as the envelope has it, else as the headers say."""
    name, sender = parseaddr(next(iter(headers.get("from", ())), ""))
    known = next(iter(headers.get("return-path", ())), None)
    return IncomingMail(
        sender=sender.strip(),
        sender_name=name.strip(),
        recipients=tuple(parseaddr(one)[1].lower() for one in headers.get("to", ())),
        subject=" ".join(next(iter(headers.get("subject", ())), "").split()),
        text=text[:LONGEST_PART],
        html=html[:LONGEST_PART],
        headers=headers,
        files=files,
        return_path=known if return_path is None else return_path,
    )


def read_headers(mail: Message) -> dict[str, list[str]]:
    """Decoded, by lower-case name."""
    found: dict[str, list[str]] = {}
    for name, value in mail.items()[:MOST_HEADERS]:
        found.setdefault(name.lower(), []).append(_decoded(str(value)[:LONGEST_HEADER]))
    return found


def decoded_text(content: bytes, charset: str | None) -> str:
    """Bytes as text: in the charset that is said, where that is one, else as UTF-8."""
    try:
        return content.decode(charset or "utf-8", errors="replace")
    except (LookupError, ValueError, TypeError):
        return content.decode("utf-8", errors="replace")


def _decoded(value: str) -> str:
    try:
        return str(make_header(decode_header(value)))
    except UNREADABLE:
        return value


def _parts(mail: Message) -> Iterator[Message]:
    """Leaves in order; a mail within the mail is a file, whose parts are not ours."""
    waiting, seen = [mail], 0
    while waiting and seen < MOST_PARTS:
        part, seen = waiting.pop(0), seen + 1
        inner = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(inner, list):
            waiting = [one for one in inner if isinstance(one, Message)] + waiting
        else:
            yield part


def _sort(part: Message, bodies: dict[str, str], files: list[Enclosed]) -> None:
    kind, name = part.get_content_type(), part.get_filename()
    is_file = (
        part.get_content_disposition() == "attachment" or name or kind not in ("text/plain", "text/html")
    )
    if is_file:
        files.append(Enclosed(_decoded(str(name or "")), kind, _content(part)))
        return
    text = decoded_text(_content(part), part.get_content_charset())
    bodies[kind] = "\n".join(one for one in (bodies.get(kind), text) if one)


def _content(part: Message) -> bytes:
    inner = part.get_payload(decode=True)
    if isinstance(inner, bytes):
        return inner
    return b"".join(one.as_bytes() for one in part.get_payload() if isinstance(one, Message))
