"""What the ledger asks of any carrier. An implementation lives in a folder of its own beside this file."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from tellfirst.domain.delivery import DeliveryReason
from tellfirst.domain.message import Message
from tellfirst.domain.occasion import Channel


class Verdict(StrEnum):
    """How one call ended: again, never, or unknown?"""

    ACCEPTED = "accepted"
    REFUSED_AGAIN = "refused_again"
    REFUSED_FINALLY = "refused_finally"
    UNKNOWN = "unknown"
    WITHHELD = "withheld"
    """There was no call: its permit was refused, for the outcome's reason."""


@dataclass(frozen=True, slots=True)
class Outbound:
    """One message for one contact point. `delivery_id` is our reference and comes back in receipts."""

    delivery_id: int
    address: str = field(repr=False)
    message: Message = field(repr=False)
    link: str = field(default="", repr=False)
    valid_for: int = 36_000
    """Seconds after which the carrier must not deliver any more."""
    intended_at: datetime | None = None
    """When the call was first about to be made; where `reconcile` starts looking."""
    unsubscribe: str = field(default="", repr=False)
    """https address, this customer's own, that ends such mail with one POST (RFC 8058); empty: none."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one call. `code` is the carrier's word, `reason` ours; `retry_after` in seconds."""

    delivery_id: int
    verdict: Verdict
    carrier_ref: str = ""
    code: str = ""
    reason: str = ""
    retry_after: float | None = None
    stops_carrier: bool = False
    """True when every further call would fail alike (bad credentials): stop and page, do not fail a city."""


Permit = Callable[[Sequence[Outbound]], Awaitable[str]]
"""Asked with the messages of a call directly before it is made; it may wait until it is their turn.

Empty: the call may be made now. Anything else is the reason why it may not (the lease ends, a person has
pressed stop), and then there must be no call: each message ends as WITHHELD with that reason.
"""


async def permitted(_messages: Sequence[Outbound]) -> str:
    """The permit of whoever needs none."""
    return ""


def withheld(messages: Sequence[Outbound], reason: str) -> list[Outcome]:
    """The outcomes of a call that was not made."""
    return [Outcome(one.delivery_id, Verdict.WITHHELD, reason=reason) for one in messages]


def without_look_up(batch: Sequence[Outbound]) -> list[Outcome]:
    """What `reconcile` says where nobody can be asked: UNKNOWN for all."""
    lost = DeliveryReason.ANSWER_LOST
    return [Outcome(one.delivery_id, Verdict.UNKNOWN, code="no_lookup", reason=lost) for one in batch]


class ReceiptState(StrEnum):
    """What a carrier reports later."""

    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"


@dataclass(frozen=True, slots=True)
class Receipt:
    """One report about one message; `event_id` is unique per carrier and makes replays harmless."""

    carrier: str
    event_id: str
    delivery_id: int
    state: ReceiptState
    carrier_ref: str
    code: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class RawRequest:
    """A webhook as it came: nothing parsed before its signature is checked."""

    url: str
    """The public address the carrier signed, with its query."""
    headers: Mapping[str, str]
    """Lower-case names."""
    body: bytes = field(repr=False)


def one_segment(_message: Message) -> int:
    """For channels where a message is a message, however long."""
    return 1


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Limits as facts about a carrier; the ledger obeys them."""

    max_batch: int
    """Messages in one request, and so the atom of doubt when an answer is lost."""
    window: int
    """Messages whose intent is committed together before the calls."""
    concurrency: int
    """Requests in flight at once."""
    receipts: bool
    lookup: bool
    """True when `reconcile` can prove acceptance by our reference."""
    no_texts: frozenset[str] = frozenset()
    """Codes by which it says that a number takes no texts: a landline."""
    segments: Callable[[Message], int] = one_segment
    """What a message counts against the sender's rate, and is billed as."""
    repeatable: bool = False
    """True when the receiver drops a repetition by our reference: a doubt may be settled by sending again."""


class Carrier(Protocol):
    """A carrier takes messages and says for each how it ended; it never raises for one message."""

    name: str
    channel: Channel
    capabilities: Capabilities

    async def submit(self, batch: Sequence[Outbound], permit: Permit = permitted) -> list[Outcome]:
        """One outcome per message, in any order. Never retries by itself; asks `permit` before every call."""
        ...

    async def reconcile(self, batch: Sequence[Outbound]) -> list[Outcome]:
        """What became of messages whose answer was lost: ACCEPTED, REFUSED_AGAIN (absent), UNKNOWN."""
        ...

    def parse_receipt(self, request: RawRequest) -> list[Receipt]:
        """The receipts in a webhook. Raises Refused, having read nothing, for a bad signature."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
