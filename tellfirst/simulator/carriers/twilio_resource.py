"""The Message resource as Twilio writes it, at any moment of a text's way."""

from dataclasses import dataclass
from email.utils import formatdate

from tellfirst.simulator.carriers.entries import Kind, Sms
from tellfirst.simulator.carriers.pace import Pace
from tellfirst.simulator.carriers.segments import segment_count
from tellfirst.simulator.carriers.special_recipients import fate_of_phone

API_VERSION = "2010-04-01"


@dataclass(frozen=True, slots=True)
class Step:
    """One status a text reaches at `at` (unix seconds)."""

    status: str
    at: float
    error_code: int | None = None


def steps_of(sms: Sms, pace: Pace) -> list[Step]:
    """The statuses after `queued`, in order. They follow from number, seed and row, so none is stored."""
    fate = fate_of_phone(sms.to)
    steps = [Step(status, at) for status, at in zip(fate.statuses, pace.due(sms.row, sms.at), strict=False)]
    if fate.error_code and steps:
        steps[-1] = Step(steps[-1].status, steps[-1].at, fate.error_code)
    return steps


def sent_at(sms: Sms, pace: Pace, now: float) -> float | None:
    """When the text left Twilio (unix seconds); None while it is queued."""
    first = pace.due(sms.row, sms.at)[0]
    return first if first <= now else None


def resource(sms: Sms, account_sid: str, pace: Pace, now: float) -> dict[str, object]:
    """The Message resource of `sms` as it stands at `now` (unix seconds)."""
    reached = [step for step in steps_of(sms, pace) if step.at <= now]
    last = reached[-1] if reached else Step("queued", sms.at)
    left_at = sent_at(sms, pace, now)
    uri = f"/{API_VERSION}/Accounts/{account_sid}/Messages/{sms.carrier_ref}"
    return {
        "account_sid": account_sid,
        "api_version": API_VERSION,
        "body": sms.body,
        "date_created": _rfc2822(sms.at),
        "date_sent": None if left_at is None else _rfc2822(left_at),
        "date_updated": _rfc2822(last.at),
        "direction": "outbound-reply" if sms.kind is Kind.REPLY else "outbound-api",
        "error_code": last.error_code,
        "error_message": None,
        # Until it is sent, a messaging service has not chosen the number.
        "from": sms.sender if sms.messaging_service is None or reached else None,
        "messaging_service_sid": sms.messaging_service,
        "num_media": "0",
        "num_segments": str(segment_count(sms.body)),
        "price": None,
        "price_unit": "USD",
        "sid": sms.carrier_ref,
        "status": last.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": sms.to,
        "uri": f"{uri}.json",
    }


def _rfc2822(at: float) -> str:
    """RFC 2822 with a numeric zone, as Twilio writes it."""
    return formatdate(at)[:-5] + "+0000"
