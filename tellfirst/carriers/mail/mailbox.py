"""A mailbox that customers write to, looked into over IMAP (RFC 3501) with TLS from the first byte (RFC 8314).

A mail is taken first and flagged as seen after: what a crash leaves unflagged comes again, and nothing is lost.
"""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from imaplib import IMAP4

from imap_tools import MailBox
from imap_tools.consts import MailMessageFlags
from imap_tools.errors import ImapToolsError

LARGEST = 32 * 1024 * 1024
"""Bytes of a mail that is fetched; of a larger one only its headers are."""
FAILURES = (ImapToolsError, IMAP4.error, OSError, ssl.SSLError, EOFError, ValueError)


class MailboxAway(Exception):
    """It cannot be looked into, by the kind of failure; the text names nobody."""


@dataclass(frozen=True, slots=True)
class MailboxPlace:
    """Where a mailbox is and who opens it. `timeout` in seconds is that of each command."""

    host: str
    port: int
    username: str = field(repr=False)
    password: str = field(repr=False)
    folder: str = "INBOX"
    ca_file: str = ""
    timeout: float = 20.0


@dataclass(frozen=True, slots=True)
class Unread:
    """A mail nobody has taken yet; a larger one than LARGEST `is_whole` not: it has only its headers."""

    uid: str
    content: bytes = field(repr=False)
    is_whole: bool


class OpenMailbox:
    """Belongs to the block of `opened`. Everything raises MailboxAway."""

    def __init__(self, box: MailBox) -> None:
        self._box = box

    def unread(self, most: int) -> Iterator[Unread]:
        """The oldest `most` of those that are not flagged as seen, one after another. Looking flags nothing."""
        with _away():
            uids = self._box.uids("UNSEEN", charset=None)[:most]
        for uid in uids:
            with _away():
                found = self._fetched(uid)
            if found is not None:
                yield found

    def seen(self, uid: str) -> None:
        """It is stored for good, and does not come again."""
        with _away():
            self._box.flag(uid, MailMessageFlags.SEEN, True)

    def _fetched(self, uid: str) -> Unread | None:
        for head in self._box.fetch(uid_list=[uid], headers_only=True, mark_seen=False):
            is_whole = head.size_rfc822 <= LARGEST
            answer = self._box.client.uid(
                "fetch", uid, "(BODY.PEEK[])" if is_whole else "(BODY.PEEK[HEADER])"
            )
            parts = [one[1] for one in answer[1] if isinstance(one, tuple) and isinstance(one[1], bytes)]
            if parts:
                return Unread(uid, parts[0], is_whole)
        return None


@contextmanager
def opened(place: MailboxPlace) -> Iterator[OpenMailbox]:
    """The mailbox while the block runs. Raises MailboxAway."""
    with _away():
        trust = ssl.create_default_context(cafile=place.ca_file or None)
        box = MailBox(place.host, place.port, timeout=place.timeout, ssl_context=trust)
    try:
        with _away():
            box.login(place.username, place.password, place.folder)
        yield OpenMailbox(box)
    finally:
        with suppress(*FAILURES):
            box.logout()


@contextmanager
def _away() -> Iterator[None]:
    try:
        yield
    except FAILURES as wrong:
        # Not its own text: servers repeat the name that was given.
        raise MailboxAway(type(wrong).__name__) from None
