"""tellfirst sends one notice, in a process of its own: `python -m benchmarks.delivery.ours NOTICE CHANNEL`.

Everything of the outside comes from the environment, as for any process of an installation. CHANNEL `none` leaves
carrier and network out and commits windows of a hundred: what is left is the bookkeeping. RATE, when given, is the
segments a second this sender may send, as `segments_per_second` in config/channels.yaml says it.
"""

import json
import os
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime

from benchmarks.delivery.instant import WINDOW, InstantCarrier
from benchmarks.delivery.processes import wait_for_go
from benchmarks.outage import INCIDENT
from benchmarks.peak import highest_so_far
from tellfirst.bootstrap import World, world
from tellfirst.carriers.port import Carrier
from tellfirst.delivery import sending, standing
from tellfirst.delivery.pacing import Pace
from tellfirst.delivery.scripting import Script
from tellfirst.delivery.sending import Sender
from tellfirst.domain.message import Reader
from tellfirst.domain.occasion import Channel
from tellfirst.notices import scripts
from tellfirst.store.engine import reading

NONE = "none"
LOOK_AGAIN = 0.02
"""Seconds between two looks for chunks that another worker holds."""


def main(notice_id: int, channel: str, rate: float = 0.0) -> None:
    here = world()
    script = _script(here, notice_id, Channel.SMS if channel == NONE else Channel(channel))
    sender = _sender(here, channel)
    # The vendors' libraries are loaded before the clock starts, as every contestant's are.
    here.fleet.make_readers()
    wait_for_go()
    began, ticks = time.time(), time.process_time()
    accepted = unknown = 0
    while chunks := _open(here):
        before = accepted
        for chunk_id in chunks:
            carrier = _carrier(here, channel)
            sent = sending.send_chunk(sender, chunk_id, carrier, script, pace=_pace(here, carrier, rate))
            accepted += sent.accepted_count
            unknown += sent.unknown_count
        if accepted == before:
            time.sleep(LOOK_AGAIN)
    told = {
        "began": began,
        "ended": time.time(),
        "processor_seconds": time.process_time() - ticks,
        "accepted": accepted,
        "unknown": unknown,
        "peak_mib": highest_so_far(),
        "load": os.getloadavg()[0],
    }
    sys.stdout.write(json.dumps(told) + "\n")


def _script(here: World, notice_id: int, channel: Channel) -> Script:
    """With the texts read and compiled, as they are in a process that has spoken before."""
    with reading(here.engine) as connection:
        made = scripts.script(connection, notice_id, channel, here.templates, here.links)
    for language in ("en", "te", "ur"):
        made.render(Reader(language, "Asia/Kolkata", "down"))
    return made


def _sender(here: World, channel: str) -> Sender:
    return replace(here.sender, window=WINDOW) if channel == NONE else here.sender


def _carrier(here: World, channel: str) -> Carrier:
    return InstantCarrier() if channel == NONE else here.fleet.make(here.fleet.of(Channel(channel))[0].name)


def _pace(here: World, carrier: Carrier, rate: float) -> Pace:
    """As every pass has one: without a rate it still looks whether the carrier asked to wait."""
    return Pace(here.engine, here.wall, carrier.name, rate or None, carrier.capabilities.segments)


def _open(here: World) -> list[int]:
    """Chunks with something left to send, another worker's among them."""
    with reading(here.engine) as connection:
        return [chunk for chunk, _ in standing.open_chunks(connection, INCIDENT, datetime.now(UTC))]


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], *map(float, sys.argv[3:]))
