"""A carrier that accepts at once and in this process: what is left is the bookkeeping."""

from collections.abc import Sequence

from tellfirst.carriers.port import (
    Capabilities,
    Outbound,
    Outcome,
    Permit,
    RawRequest,
    Receipt,
    Verdict,
    permitted,
    withheld,
)
from tellfirst.domain.occasion import Channel

WINDOW = 100


class InstantCarrier:
    """Implements `Carrier`; asks for its permit once per window, as a carrier of batches does."""

    name: str = "instant"
    capabilities: Capabilities = Capabilities(
        max_batch=1_000, window=WINDOW, concurrency=1, receipts=True, lookup=False
    )

    def __init__(self, channel: Channel = Channel.SMS) -> None:
        self.channel = channel
        self.accepted_count = 0

    async def submit(self, batch: Sequence[Outbound], permit: Permit = permitted) -> list[Outcome]:
        if reason := await permit(batch):
            return withheld(batch, reason)
        self.accepted_count += len(batch)
        return [
            Outcome(one.delivery_id, Verdict.ACCEPTED, carrier_ref=f"SM{one.delivery_id:032x}")
            for one in batch
        ]

    async def reconcile(self, batch: Sequence[Outbound]) -> list[Outcome]:
        return [Outcome(one.delivery_id, Verdict.UNKNOWN) for one in batch]

    def parse_receipt(self, request: RawRequest) -> list[Receipt]:
        raise NotImplementedError("it reports nothing")

    async def close(self) -> None:
        pass
