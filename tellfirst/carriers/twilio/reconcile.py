"""Settling doubt: which of our messages does Twilio have?

Its list knows no reference of ours, so a message is known by address, time and what it says. How what it says is
compared differs: see `by_text` here, `by_time_alone` in voice.py and `by_values` in content.py.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from tellfirst.carriers.port import Outbound, Outcome, Verdict
from tellfirst.carriers.twilio.api import History, Listed
from tellfirst.domain.delivery import DeliveryReason
from tellfirst.domain.message import PERSONAL_LINK
from tellfirst.domain.times import utc

LISTED = 100
"""Messages looked at per address: the newest."""
NEVER = datetime.max.replace(tzinfo=UTC)
SKEW = timedelta(seconds=60)
"""How far Twilio's clock may be behind ours."""

Find = Callable[[Outbound, Sequence[Listed]], Listed | str | None]
"""Which of the listed since the moment of the call is this message?

A code when that cannot be told, None when certainly none of them is.
"""


def text_of(outbound: Outbound) -> str:
    """The text as it goes to Twilio, and so as it is found again."""
    return outbound.message.text.replace(PERSONAL_LINK, outbound.link)


def by_text(row: Outbound, young: Sequence[Listed]) -> Listed | str | None:
    """The message with exactly this text; a redacted one could be it."""
    same = next((one for one in young if one.body.strip() == text_of(row).strip()), None)
    return same or ("redacted" if any(not one.body for one in young) else None)


def settle(rows: Sequence[Outbound], history: History, find: Find = by_text) -> list[Outcome]:
    """One outcome per row; all rows are for the address that `history` was asked for.

    A listed message proves one row only: two customers may share a phone and a text.
    """
    unclaimed = list(history.messages)
    latest_first = sorted(rows, key=lambda row: row.intended_at or NEVER, reverse=True)
    return [_settle_one(row, history, unclaimed, find) for row in latest_first]


def moment_of(row: Outbound) -> datetime:
    """The earliest time Twilio's clock may have shown at the call. The row has a time of intent."""
    assert row.intended_at is not None
    return utc(row.intended_at) - SKEW


def _settle_one(row: Outbound, history: History, unclaimed: list[Listed], find: Find) -> Outcome:
    if row.intended_at is None:
        return _doubt(row, "no_intent_time")
    since = moment_of(row)
    young = [one for one in unclaimed if one.created_at is None or one.created_at >= since]
    found = find(row, young)
    if isinstance(found, Listed):
        unclaimed.remove(found)
        reason = DeliveryReason.FOUND_AT_CARRIER
        return Outcome(row.delivery_id, Verdict.ACCEPTED, carrier_ref=found.sid, reason=reason)
    if found is not None:
        return _doubt(row, found)
    if not _reaches_back_to(since, history):
        return _doubt(row, "list_too_long")
    return Outcome(row.delivery_id, Verdict.REFUSED_AGAIN, reason=DeliveryReason.ABSENT_AT_CARRIER)


def _reaches_back_to(since: datetime, history: History) -> bool:
    """Absence is proven only by a list that is whole or goes back past the moment of the call."""
    return history.is_whole or any(
        one.created_at is not None and one.created_at < since for one in history.messages
    )


def _doubt(row: Outbound, code: str) -> Outcome:
    return Outcome(row.delivery_id, Verdict.UNKNOWN, code=code, reason=DeliveryReason.ANSWER_LOST)
