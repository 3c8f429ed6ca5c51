"""A worker in a process of its own: `worker_process.py JSON` sends an incident's texts until nothing is open.

It does what a flow's tasks do: reap, ask about lost answers, lease, send. `stop_at` lets it stop itself, as an
operating system would, either right before a call's permit or, after it, inside the call.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tellfirst import crashpoints
from tellfirst.bootstrap import World
from tellfirst.carriers.port import Outbound, Outcome, Permit, permitted
from tellfirst.carriers.twilio import TwilioSettings, TwilioSms
from tellfirst.delivery import leasing, reconciling, sending, standing
from tellfirst.delivery.scripting import Script
from tellfirst.delivery.sending import Sender
from tellfirst.delivery.terms import Terms
from tellfirst.domain.message import Message
from tellfirst.settings import Settings
from tellfirst.store.engine import reading, writing

INCIDENT = 1
SCRIPT = Script(lambda reader: Message(f"service is {reader.impact}"), lambda _: "", 3600)


@dataclass(frozen=True)
class Orders:
    database: str
    twilio: str
    home: str
    window: int
    lease: float = 90.0
    within: float = 120.0
    stop_at: str = ""
    """`permit` or `call`."""
    nth: int = 1

    @property
    def terms(self) -> Terms:
        """Everything as short as the lease is against its ninety seconds."""
        part = self.lease / 90
        usual = Terms()
        names = ("lease_for", "skew", "call_within", "window_within", "look_up_after", "ask_again_after")
        return Terms(**{name: getattr(usual, name) * part for name in names}, come_back_after=timedelta(0))


class StoppedInside(TwilioSms):
    """Stops its process once, after the permit and before the request leaves."""

    def __init__(self, settings: TwilioSettings, nth: int) -> None:
        super().__init__(settings)
        self._left = nth

    async def submit(self, batch: Sequence[Outbound], permit: Permit = permitted) -> list[Outcome]:
        async def then_stop(messages: Sequence[Outbound]) -> str:
            reason = await permit(messages)
            self._left -= 1
            if not reason and self._left == 0:
                os.kill(os.getpid(), signal.SIGSTOP)
            return reason

        return await super().submit(batch, then_stop)


def work(orders: Orders) -> None:
    world = World(Settings(home=orders.home, database_url=orders.database))  # type: ignore[arg-type]
    if orders.stop_at == "permit":
        crashpoints.arm(_stop_before_permit(orders.nth))
    sender = Sender(
        world.engine,
        world.clock,
        world.wall,
        world.brake,
        orders.terms,
        window=orders.window,
        high_water=world.high_water,
    )
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    until = time.monotonic() + orders.within
    while time.monotonic() < until:
        wall = world.wall.now()
        with writing(world.engine) as connection:
            leasing.reap(connection, wall, orders.terms)
        with reading(world.engine) as connection:
            doubtful = standing.doubtful_notices(connection, INCIDENT, wall)
            chunks = standing.open_chunks(connection, INCIDENT, wall)
            over = standing.standing(connection, INCIDENT, wall)
        for notice_id in doubtful:
            reconciling.reconcile(
                world.engine, notice_id, _twilio(orders), SCRIPT, world.clock, world.wall, orders.terms
            )
        for chunk_id, _ in chunks:
            sending.send_chunk(sender, chunk_id, _twilio(orders), SCRIPT)
        if not chunks and over.asks_in is None and not _open(connection, world):
            return
        time.sleep(0.05)


def _open(_connection: Any, world: World) -> bool:
    with reading(world.engine) as connection:
        return connection.exec_driver_sql("SELECT count(*) FROM chunk WHERE done_at IS NULL").scalar_one() > 0


def _twilio(orders: Orders) -> TwilioSms:
    settings = TwilioSettings(
        "AC" + "a" * 32, "a-token", "https://notices.example", sender="+15005550006", base_url=orders.twilio
    )
    return StoppedInside(settings, orders.nth) if orders.stop_at == "call" else TwilioSms(settings)


def _stop_before_permit(nth: int) -> Any:
    left = nth

    def passage(name: str) -> None:
        nonlocal left
        if name == "call: about to be made":
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGSTOP)

    return passage


if __name__ == "__main__":
    work(Orders(**json.loads(sys.argv[1])))
