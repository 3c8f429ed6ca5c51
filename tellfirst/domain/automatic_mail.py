"""Which mails no answer is written to, so that two machines never write to each other.

Sources: RFC 3834, 2 (what a responder must not answer), RFC 5321, 4.5.5 (the null return path), RFC 3462 (reports),
RFC 2369 and RFC 2919 (lists).
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from enum import StrEnum

Headers = Mapping[str, Sequence[str]]
"""Lower-case names, and every value that stands under each."""

MOST_ANSWERS = 6
"""Answers to one address within WITHIN: a machine that does not say so writes back faster than any person."""
WITHIN = timedelta(hours=1)
SYSTEM_MAILBOXES = ("mailer-daemon", "postmaster", "no-reply", "noreply", "do-not-reply", "donotreply")
_BY_MACHINE = ("x-autoreply", "x-autorespond", "x-auto-response-suppress")
_OF_A_LIST = ("list-id", "list-post", "list-help", "list-subscribe", "list-archive")
_IN_BULK = {"bulk", "junk", "list", "auto_reply"}


class Silence(StrEnum):
    """Why a mail gets no answer from us."""

    BOUNCE = "bounce"
    AUTOMATIC = "automatic"
    """A machine wrote it: a holiday reply, a receipt, an alert."""
    LIST = "mailing_list"
    BULK = "bulk"
    OURS = "our_own_address"
    NOBODY = "no_sender"
    LOOP = "too_many_answers"
    """Its address had as many answers as a person would not ask for."""


def silence(headers: Headers, sender: str, return_path: str | None, ours: Collection[str]) -> Silence | None:
    """Why nobody must answer a mail; None when it is one of a person. `return_path` is None where it is not known.

    `ours` are our own addresses, in lower case.
    """
    mailbox = sender.lower()
    if return_path is not None and return_path.strip().strip("<>").strip() == "":
        return Silence.BOUNCE
    if _first(headers, "content-type").startswith("multipart/report"):
        return Silence.BOUNCE
    if "@" not in mailbox:
        return Silence.NOBODY
    if mailbox in ours:
        return Silence.OURS
    if mailbox.partition("@")[0] in SYSTEM_MAILBOXES[:2]:
        return Silence.BOUNCE
    if _is_automatic(headers) or mailbox.partition("@")[0] in SYSTEM_MAILBOXES:
        return Silence.AUTOMATIC
    if any(name in headers for name in _OF_A_LIST):
        return Silence.LIST
    return Silence.BULK if _first(headers, "precedence") in _IN_BULK else None


def _is_automatic(headers: Headers) -> bool:
    said = _first(headers, "auto-submitted").partition(";")[0].strip()
    return said not in ("", "no") or any(name in headers for name in _BY_MACHINE)


def _first(headers: Headers, name: str) -> str:
    return next(iter(headers.get(name, ())), "").strip().lower()
