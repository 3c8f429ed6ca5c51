"""A carrier in memory: takes everything, remembers it in a public list, and reports delivery when asked."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tellfirst.carriers.port import (
    Capabilities,
    Outbound,
    Outcome,
    Permit,
    RawRequest,
    Receipt,
    ReceiptState,
    Verdict,
    permitted,
)
from tellfirst.domain.message import PERSONAL_LINK
from tellfirst.domain.occasion import Channel

INVALID = "0211"
UNREACHABLE = ("0404", "0406")
SILENT = "0003"
"""The endings by which the city's special customers decide what happens, as with the simulated carriers."""


@dataclass(frozen=True)
class Message:
    delivery_id: int
    to: str
    text: str


@dataclass
class FakeCarrier:
    """`sent` is everything accepted, in order."""

    channel: Channel
    name: str = "fake"
    sent: list[Message] = field(default_factory=list)
    away: bool = False
    """It asks everybody to come again in a minute."""
    broken: bool = False
    """It refuses everything for good."""
    reported: int = 0
    capabilities = Capabilities(max_batch=1000, window=50, concurrency=1, receipts=True, lookup=True)

    async def submit(self, batch: Sequence[Outbound], permit: Permit = permitted) -> list[Outcome]:
        return [self._take(one) for one in batch]

    async def reconcile(self, batch: Sequence[Outbound]) -> list[Outcome]:
        taken = {one.delivery_id for one in self.sent}
        return [
            Outcome(
                one.delivery_id,
                Verdict.ACCEPTED if one.delivery_id in taken else Verdict.REFUSED_AGAIN,
                carrier_ref=f"{self.channel}-{one.delivery_id}" if one.delivery_id in taken else "",
            )
            for one in batch
        ]

    def parse_receipt(self, request: RawRequest) -> list[Receipt]:
        raise AssertionError("receipts of the fake come from `receipts`")

    async def close(self) -> None:
        pass

    def receipts(self) -> list[Receipt]:
        """What the carrier reports about messages it has not reported on."""
        fresh, self.reported = self.sent[self.reported :], len(self.sent)
        return [self._receipt(one) for one in fresh if not one.to.endswith(SILENT)]

    def _take(self, one: Outbound) -> Outcome:
        if self.away:
            return Outcome(one.delivery_id, Verdict.REFUSED_AGAIN, code="20429", retry_after=60)
        if self.broken or one.address.endswith(INVALID):
            return Outcome(one.delivery_id, Verdict.REFUSED_FINALLY, code="21211")
        text = one.message.text.replace(PERSONAL_LINK, one.link)
        self.sent.append(Message(one.delivery_id, one.address, text))
        return Outcome(one.delivery_id, Verdict.ACCEPTED, carrier_ref=f"{self.channel}-{one.delivery_id}")

    def _receipt(self, one: Message) -> Receipt:
        lost = one.to.endswith(UNREACHABLE) or one.to.startswith("bounce")
        state = ReceiptState.UNDELIVERED if lost else ReceiptState.DELIVERED
        return Receipt(self.name, f"{self.channel}-{one.delivery_id}", one.delivery_id, state, "", "", None)
