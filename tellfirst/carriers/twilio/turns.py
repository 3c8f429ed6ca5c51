"""Taking turns: a bounded number of requests at once, one message each, and no more once all would fail."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from tellfirst.carriers.port import Outbound, Outcome, Permit, Verdict, withheld
from tellfirst.carriers.twilio.api import FAILURES, History
from tellfirst.carriers.twilio.codes import LOST
from tellfirst.carriers.twilio.reconcile import LISTED, Find, settle

Call = Callable[[Outbound], Awaitable[Outcome]]
NewestTo = Callable[[str, int], Awaitable[History]]


class Turns:
    """The turns of one carrier. Belongs to the event loop of its first request."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._turns = asyncio.Semaphore(at_once)

    async def call_each(self, batch: Sequence[Outbound], permit: Permit, call: Call) -> list[Outcome]:
        """One outcome per message, in order. Once a call shows that all would fail, no more are made."""
        waiting = iter(enumerate(batch))
        ended: dict[int, Outcome] = {}
        stops: list[Outcome] = []

        # A lane per connection and not a task per message: at full speed the tasks cost as much as the calls.
        async def one_after_the_other() -> None:
            async with self._turns:
                for place, outbound in waiting:
                    if stops:
                        ended[place] = replace(stops[0], delivery_id=outbound.delivery_id)
                        continue
                    if reason := await permit([outbound]):
                        ended[place] = withheld([outbound], reason)[0]
                        continue
                    ended[place] = outcome = await call(outbound)
                    if outcome.stops_carrier:
                        stops.append(outcome)

        lanes = min(self._at_once, len(batch))
        await asyncio.gather(*(one_after_the_other() for _ in range(lanes)))
        return [ended[place] for place in range(len(batch))]

    async def look_up_each(self, batch: Sequence[Outbound], newest_to: NewestTo, find: Find) -> list[Outcome]:
        """What Twilio's own list says of messages whose answer was lost; one look-up per address."""
        by_address: dict[str, list[Outbound]] = defaultdict(list)
        for outbound in batch:
            by_address[outbound.address].append(outbound)

        async def look_up(address: str, rows: list[Outbound]) -> list[Outcome]:
            try:
                async with self._turns:
                    history = await newest_to(address, LISTED)
            except FAILURES:
                return [
                    Outcome(row.delivery_id, Verdict.UNKNOWN, code="lookup_failed", reason=LOST)
                    for row in rows
                ]
            return settle(rows, history, find)

        settled = await asyncio.gather(*(look_up(*one) for one in by_address.items()))
        return [outcome for outcomes in settled for outcome in outcomes]
