"""Recipients that decide what becomes of their messages, like a vendor's test numbers: the one table."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PhoneFate:
    """What becomes of a text: the statuses reported after acceptance, or the code it is refused with at once.

    `error_code` stands on the last status; `throttled` refuses every first try with 429 and takes the next.
    """

    statuses: tuple[str, ...] = ("sent", "delivered")
    error_code: int | None = None
    refusal_code: int | None = None
    throttled: bool = False


ORDINARY_PHONE = PhoneFate()
SPECIAL_PHONE_ENDINGS = {
    "0404": PhoneFate(("sent", "undelivered"), error_code=30005),
    "0406": PhoneFate(("sent", "undelivered"), error_code=30006),
    "0211": PhoneFate(refusal_code=21211),
    "0610": PhoneFate(refusal_code=21610),
    "0003": PhoneFate(("sent",)),
    "0429": PhoneFate(throttled=True),
}

ORDINARY_WHATSAPP = PhoneFate(("sent", "delivered", "read"))
SPECIAL_WHATSAPP_ENDINGS = SPECIAL_PHONE_ENDINGS | {
    "0404": PhoneFate(("failed",), error_code=63024),
    "0406": PhoneFate(("sent", "undelivered"), error_code=63024),
}


@dataclass(frozen=True, slots=True)
class CallFate:
    """What becomes of a call: the statuses after it was queued, how long it was spoken, who answered."""

    statuses: tuple[str, ...] = ("initiated", "ringing", "in-progress", "completed")
    duration_seconds: int = 21
    answered_by: str = "human"
    refusal_code: int | None = None
    throttled: bool = False


ORDINARY_CALL = CallFate()
SPECIAL_CALL_ENDINGS = {
    "0404": CallFate(("initiated", "failed"), 0),
    "0486": CallFate(("initiated", "busy"), 0),
    "0480": CallFate(("initiated", "ringing", "no-answer"), 0),
    "0777": CallFate(answered_by="machine_start"),
    "0211": CallFate(refusal_code=21211),
    "0610": CallFate(refusal_code=21610),
    "0003": CallFate(("initiated", "ringing"), 0),
    "0429": CallFate(throttled=True),
}

ORDINARY_MAIL = ("processed", "delivered")
SPECIAL_MAIL_STARTS = {
    "bounce": ("processed", "bounce"),
    "drop": ("dropped",),
    "silent": ("processed",),
}


def fate_of_phone(number: str) -> PhoneFate:
    """What becomes of a text to `number`: E.164, behind "whatsapp:" for WhatsApp."""
    if number.startswith("whatsapp:"):
        return SPECIAL_WHATSAPP_ENDINGS.get(number[-4:], ORDINARY_WHATSAPP)
    return SPECIAL_PHONE_ENDINGS.get(number[-4:], ORDINARY_PHONE)


def fate_of_call(number: str) -> CallFate:
    """What becomes of a call to `number` (E.164)."""
    return SPECIAL_CALL_ENDINGS.get(number[-4:], ORDINARY_CALL)


def fate_of_mail(address: str) -> tuple[str, ...]:
    """The receipts a mail to `address` brings, in order."""
    lower = address.lower()
    if not lower.startswith(_SPECIAL_STARTS):
        return ORDINARY_MAIL
    return next(fate for start, fate in SPECIAL_MAIL_STARTS.items() if lower.startswith(start))


_SPECIAL_STARTS = tuple(SPECIAL_MAIL_STARTS)
