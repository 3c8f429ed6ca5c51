"""Dispatch: send a chunk through one of its channel's carriers, and go on with the next when one closes on the way."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tellfirst.carriers.port import Carrier
from tellfirst.delivery.choosing import choose
from tellfirst.delivery.pacing import Pace
from tellfirst.delivery.roster import Candidate
from tellfirst.delivery.scripting import Script
from tellfirst.delivery.sending import Sender, Sent, send_chunk
from tellfirst.domain.occasion import Channel


@dataclass(frozen=True, slots=True)
class Options:
    """The carriers of one channel, and how to get at one."""

    candidates: Sequence[Candidate]
    make: Callable[[str], Carrier]
    pace: Callable[[str], Pace | None]


def only(channel: Channel, make: Callable[[], Carrier]) -> Options:
    """One carrier without a rate, for whoever has no more."""
    name = make().name
    return Options([Candidate(name, channel, share=100)], lambda _name: make(), lambda _name: None)


@dataclass(frozen=True, slots=True)
class Dispatched:
    """What became of the chunk. `waits`: no carrier of its channel is open; it is due when one is tried again."""

    sent: Sent
    waits: bool = False


def dispatch(sender: Sender, chunk_id: int, script: Script, options: Options) -> Dispatched:
    """Send what is left of a chunk. Every carrier is begun at most once: a closed one is left for the next."""
    total = Sent()
    for _ in options.candidates:
        now, wall = sender.clock.now(), sender.wall.now()
        chosen = choose(sender.engine, chunk_id, options.candidates, now, wall)
        if not chosen.name:
            return Dispatched(total, waits=True)
        carrier, pace = options.make(chosen.name), options.pace(chosen.name)
        total = _together(total, send_chunk(sender, chunk_id, carrier, script, pace=pace, tries=chosen.tries))
        if not total.carrier_stopped:
            return Dispatched(total)
    # All of them closed under it: this look notes until when it waits.
    last = choose(sender.engine, chunk_id, options.candidates, sender.clock.now(), sender.wall.now())
    return Dispatched(total, waits=not last.name)


def _together(one: Sent, other: Sent) -> Sent:
    """Two passes through the same chunk; the end of the later counts."""
    return replace(
        other,
        accepted_count=one.accepted_count + other.accepted_count,
        refused_count=one.refused_count + other.refused_count,
        unknown_count=one.unknown_count + other.unknown_count,
        late_count=one.late_count + other.late_count,
    )
