"""What SendGrid asks of a mail beyond its schema, and how it words a refusal."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tellfirst.simulator.carriers.http.answers import json_answer
from tellfirst.simulator.carriers.http.message import Answer
from tellfirst.simulator.carriers.schema import Schema

RECIPIENT_COUNT_MAX = 1000
PERSONAL_BYTES_MAX = 10_000

_SCHEMA = Schema(__package__, "mail")
_UNSUBSCRIBE = re.compile(r"<[^<>\s,]+>(\s*,\s*<[^<>\s,]+>)*")
_ONE_CLICK = "List-Unsubscribe=One-Click"
_LOOPBACK = ("http://127.0.0.1", "http://localhost")


@dataclass(frozen=True, slots=True)
class MailRefusal:
    """One error answer; the sentence may name an address, as SendGrid's does."""

    status: int
    message: str
    field: str | None = None

    def answer(self) -> Answer:
        headers = (("X-RateLimit-Reset", "1"), ("Retry-After", "1")) if self is TOO_MANY_REQUESTS else ()
        return json_answer(
            {"errors": [{"message": self.message, "field": self.field, "help": None}]}, self.status, headers
        )


UNAUTHORIZED = MailRefusal(401, "The provided authorization grant is invalid, expired, or revoked")
UNREADABLE = MailRefusal(400, "Bad Request")
SUBJECT_MISSING = MailRefusal(
    400, "The subject is required, for the mail or for every one of its personalizations.", "subject"
)
WRONG_TYPE = MailRefusal(415, "Content-Type must be application/json.")
TOO_MANY_REQUESTS = MailRefusal(429, "Too many requests")


def error_answer(status: int) -> Answer:
    """SendGrid's answer when it is not at its best: 429, 500 or 503."""
    words = {429: "Too many requests", 503: "Service unavailable"}
    return MailRefusal(status, words.get(status, "Internal server error")).answer()


def refusal_of(mail: object, asm_groups: tuple[int, ...] = ()) -> MailRefusal | None:
    """Why `mail` (a parsed v3 Mail Send body) is refused, or None (SendGrid, "Mail Send errors").

    `asm_groups` are the unsubscribe groups of the account; without any, every group passes.
    """
    if flaw := _SCHEMA.flaw(mail):
        if flaw.rule == "anyOf":
            return SUBJECT_MISSING
        return MailRefusal(400, flaw.sentence, flaw.field)
    assert isinstance(mail, dict)
    personalizations: list[dict[str, Any]] = mail["personalizations"]
    return (
        _refusal_of_addresses(personalizations)
        or _refusal_of_size(personalizations)
        or _refusal_of_unsubscribing(mail, asm_groups)
        or _refusal_of_bypass(mail.get("mail_settings", {}))
    )


def _refusal_of_addresses(personalizations: list[dict[str, Any]]) -> MailRefusal | None:
    seen: set[str] = set()
    for address in _addresses(personalizations):
        if address.lower() in seen:
            message = (
                "Each unique email address in the personalizations array should only be included once. "
                f"You have included [{address}] more than once."
            )
            return MailRefusal(400, message, "personalizations")
        seen.add(address.lower())
    if len(seen) > RECIPIENT_COUNT_MAX:
        message = f"There is a limit of {RECIPIENT_COUNT_MAX} total recipients (to + cc + bcc) per request."
        return MailRefusal(400, message, "personalizations")
    return None


def _refusal_of_size(personalizations: list[dict[str, Any]]) -> MailRefusal | None:
    for position, personalization in enumerate(personalizations):
        for name in ("substitutions", "custom_args"):
            # One pass over joined text: encoding each value by itself would dominate a full request.
            text = "".join(key + value for key, value in personalization.get(name, {}).items())
            if len(text.encode()) > PERSONAL_BYTES_MAX:
                field = f"personalizations.{position}.{name}"
                return MailRefusal(400, f"{field} is larger than {PERSONAL_BYTES_MAX} bytes.", field)
    return None


def _refusal_of_unsubscribing(mail: dict[str, Any], asm_groups: tuple[int, ...]) -> MailRefusal | None:
    asm = mail.get("asm", {})
    if asm_groups:
        for name, groups in (
            ("group_id", [asm["group_id"]] if asm else []),
            ("groups_to_display", asm.get("groups_to_display", ())),
        ):
            if not set(groups) <= set(asm_groups):
                return MailRefusal(400, "The unsubscribe group does not exist.", f"asm.{name}")
    if sentence := _fault_of_headers(mail.get("headers", {})):
        return MailRefusal(400, sentence, "headers")
    for position, personalization in enumerate(mail["personalizations"]):
        if "headers" in personalization and (sentence := _fault_of_headers(personalization["headers"])):
            return MailRefusal(400, sentence, f"personalizations.{position}.headers")
    return None


def _fault_of_headers(headers: Mapping[str, str]) -> str | None:
    """What is wrong with the unsubscribe headers (RFC 2369, RFC 8058)."""
    given = {name.lower(): value.strip() for name, value in headers.items()}
    where, how = given.get("list-unsubscribe"), given.get("list-unsubscribe-post")
    if where is not None and not _UNSUBSCRIBE.fullmatch(where):
        return "List-Unsubscribe must hold addresses in angle brackets (RFC 2369)."
    if how is None:
        return None
    if how != _ONE_CLICK:
        return f"List-Unsubscribe-Post must be {_ONE_CLICK} (RFC 8058)."
    addresses = [address.strip(" <>") for address in (where or "").split(",")]
    if not any(address.startswith(("https://", *_LOOPBACK)) for address in addresses):
        return "List-Unsubscribe-Post needs a List-Unsubscribe with an https address (RFC 8058)."
    return None


def _refusal_of_bypass(mail_settings: dict[str, Any]) -> MailRefusal | None:
    """Bypassing all lists cannot be combined with bypassing one (SendGrid, "Mail Send")."""
    on = {
        name
        for name, setting in mail_settings.items()
        if name.startswith("bypass_") and setting.get("enable")
    }
    if "bypass_list_management" in on and len(on) > 1:
        return MailRefusal(
            400, "bypass_list_management cannot be combined with other bypasses.", "mail_settings"
        )
    return None


def _addresses(personalizations: list[dict[str, Any]]) -> Iterator[str]:
    for personalization in personalizations:
        for name in ("to", "cc", "bcc"):
            for recipient in personalization.get(name, ()):
                yield recipient["email"]
