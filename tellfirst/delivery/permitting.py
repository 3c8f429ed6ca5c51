"""The permit for each call: asked by the carrier at the last moment before the request leaves."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from tellfirst.carriers.port import Outbound
from tellfirst.crashpoints import crashpoint
from tellfirst.delivery.brake import Brake
from tellfirst.delivery.leasing import Lease
from tellfirst.delivery.terms import Terms
from tellfirst.domain.delivery import DeliveryReason, StopEffect
from tellfirst.domain.times import Clock

Turn = Callable[[Sequence[Outbound]], Awaitable[None]]
"""Waits until these messages may go at the sender's permitted rate."""


Stopped = Callable[[], StopEffect | None]
"""Whether somebody has stopped what is being sent, and what is to become of it."""
MEANS = {StopEffect.CANCEL: DeliveryReason.STOPPED, StopEffect.HOLD: DeliveryReason.HELD}


async def at_once(_messages: Sequence[Outbound]) -> None:
    """The turn of a sender without a rate."""


def by_nobody() -> StopEffect | None:
    """Where no stop can be."""
    return None


@dataclass(frozen=True, slots=True)
class Permits:
    """Says no when the lease would end inside the call, when the brake is pulled, or when somebody said stop.

    A worker may have been stopped for minutes between its intent and its call; another has the chunk by then, and
    only this look, directly before the call, keeps the customer from being told twice.
    """

    held: Lease
    wall: Clock
    brake: Brake
    terms: Terms
    turn: Turn = at_once
    stopped: Stopped = by_nobody

    async def __call__(self, messages: Sequence[Outbound]) -> str:
        await self.turn(messages)
        crashpoint("call: about to be made")
        if self.brake.is_pulled:
            return DeliveryReason.STOPPED
        if effect := self.stopped():
            return MEANS[effect]
        if not self.held.outlasts(self.wall.now() + self.terms.call_within, self.terms):
            return DeliveryReason.LEASE_ENDS
        return ""
