"""A schedule: all that will go wrong in one run, drawn from its seed and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from random import Random

from tellfirst.delivery.terms import TERMS
from tellfirst.domain.delivery import Doubt
from tellfirst.proof.points import AT_THE_DOOR, INSIDE, OPEN_GROUND, POINTS, RENEWING, STATEMENT

STALL = TERMS.lease_for + 3 * TERMS.skew
"""Long enough that the lease is over in everybody's eyes."""
NAP = TERMS.window_within
"""Long enough that the lease must be renewed, too short to lose it."""
SKEW_SECONDS = 2.4
"""Each clock is off by at most this: two differ by less than the terms allow for."""


class Policy(StrEnum):
    """What is done with a lost answer, as it is typed."""

    LOOK_UP = "look-up"
    NEVER_TWICE = "never-twice"
    AT_LEAST_ONCE = "at-least-once"

    @property
    def doubt(self) -> Doubt:
        return {
            Policy.LOOK_UP: Doubt.LOOK_UP_THEN_RESEND,
            Policy.NEVER_TWICE: Doubt.NEVER_TWICE,
            Policy.AT_LEAST_ONCE: Doubt.AT_LEAST_ONCE,
        }[self]


class Strike(StrEnum):
    KILL = "kill"
    """SIGKILL, by the process to itself."""
    STALL = "stall"
    """Stopped until its lease is over and the others have had their turn."""
    NAP = "nap"
    """Stopped, but not for so long."""
    RESTART = "restart"
    """The database server ends at once, without writing anything back, and starts again."""
    MEDDLE = "meddle"
    """A person does something: resolves, stops, speaks."""
    FREEZE = "freeze"
    """Stopped inside the call, after the last look at the lease: what no look of ours can prevent."""


class Meddling(StrEnum):
    """What a person does in the middle of sending."""

    OPT_OUT = "opt_out"
    STOP = "stop"
    HOLD = "hold"
    """Stopped, and let go a little later."""
    NEWER_WORD = "newer_word"
    RESOLVE = "resolve"
    ASK = "ask"
    """Resolved, and the survey planned at once."""


@dataclass(frozen=True, slots=True)
class Blow:
    """At the `nth` passage of `point` in one life."""

    strike: Strike
    point: str
    nth: int
    meddling: Meddling | None = None


@dataclass(frozen=True, slots=True)
class Seat:
    """One worker after another, under one clock; each life ends by its blow, the last one by itself."""

    skew: timedelta
    lives: tuple[tuple[Blow, ...], ...]
    relieves: bool = False
    """Its first life begins when another worker has been stopped inside a call."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Everything of one run."""

    seed: int
    policy: Policy
    window: int
    chunk_size: int
    concurrency: int
    seats: tuple[Seat, ...]
    faults: Mapping[str, object]
    door_strike: str = ""
    """The point at the door that fails now and then."""
    lies: str = ""
    lies_every: int = 3


RATES = {
    "throttled": 0.04,
    "unavailable": 0.01,
    "reset_before_accept": 0.03,
    "error_before_accept": 0.025,
    "timeout_before_accept": 0.005,
    "html_before_accept": 0.005,
    "error_after_accept": 0.02,
    "reset_after_accept": 0.02,
    "timeout_after_accept": 0.02,
    "html_after_accept": 0.005,
    "half_answer": 0.01,
    "slow_answer": 0.005,
    "lookup_error": 0.05,
    "lookup_throttled": 0.02,
    "lookup_reset": 0.03,
    "receipt_lost": 0.05,
    "receipt_duplicated": 0.1,
    "receipt_late": 0.05,
    "receipt_early": 0.1,
    "receipt_out_of_order": 0.05,
    "receipt_forged": 0.03,
    "receipt_of_another_account": 0.02,
}
"""Shares of the calls, look-ups and receipts that go wrong: far more than in life."""
FORGETS = "forgets"
SILENT_RATES = {name: rate for name, rate in RATES.items() if not name.startswith("receipt_")} | {
    "receipt_lost": 0.9
}
"""For carriers that deny what they took: otherwise their own receipts would give them away before anybody asks."""
SPANS = {"retry_after_seconds": 1, "hold_seconds": 0.4, "slow_seconds": 0.05, "late_seconds": 0.15}
_STRUCK_BY_WORKERS = tuple(name for name in POINTS if name not in (*AT_THE_DOOR, INSIDE))


def draw(seed: int, policy: Policy, *, restarts: bool = False, lies: str = "") -> Schedule:
    """The schedule of a seed. `restarts`: there is a database server that can be restarted."""
    dice = Random(f"{policy}:{seed}")  # noqa: S311  # chance that can be repeated is the point
    # Every point has its turn: the first blow goes round, the others fall where they fall.
    first = _STRUCK_BY_WORKERS[seed % len(_STRUCK_BY_WORKERS)]
    count = dice.choice((1, 1, 2, 2, 3))
    seats = []
    for number in range(count):
        lives = [_life(dice, first if number == 0 and life == 0 else None) for life in range(_deaths(dice))]
        if number == 0 and not lives:
            lives = [_life(dice, first)]
        seats.append([list(life) for life in lives])
    _stall_somebody(dice, seats)
    if dice.random() < 0.4:
        point = dice.choice(OPEN_GROUND)
        meddling = dice.choice(list(Meddling))
        nth = dice.randint(1, max(1, POINTS[point] // 2))
        seats[0][0].insert(0, Blow(Strike.MEDDLE, point, nth, meddling))
    if restarts and seed % 2 == 0:
        point = dice.choice(_STRUCK_BY_WORKERS)
        seats[-1].insert(0, [Blow(Strike.RESTART, point, _passage(dice, point))])
    return Schedule(
        seed=seed,
        policy=policy,
        window=dice.choice((5, 8, 20)),
        chunk_size=dice.choice((8, 15, 1000)),
        concurrency=1 if _stops_inside(seats) else dice.choice((1, 4, 8)),
        seats=tuple(
            Seat(
                timedelta(seconds=dice.uniform(-SKEW_SECONDS, SKEW_SECONDS)),
                tuple(tuple(life) for life in lives),
            )
            for lives in seats
        ),
        faults=faults_of(
            seed, lag=dice.choice((0.0, 0.0, 0.03)), rates=SILENT_RATES if lies == FORGETS else RATES
        ),
        door_strike=dice.choice(("", *AT_THE_DOOR)),
        lies=lies,
        lies_every=1 if lies == FORGETS else 3,
    )


def faults_of(seed: int, lag: float, rates: Mapping[str, float] | None = None) -> dict[str, object]:
    """The carriers' plan of faults; `lag` seconds pass until a look-up shows what was accepted."""
    return {
        "seed": seed,
        "rates": dict(RATES if rates is None else rates),
        "lookup_lag_seconds": lag,
        **SPANS,
    }


def _deaths(dice: Random) -> int:
    return dice.choice((0, 1, 1, 1, 2))


def _life(dice: Random, point: str | None) -> list[Blow]:
    point = point or dice.choice((*_STRUCK_BY_WORKERS, STATEMENT, STATEMENT, "call: about to be made"))
    blows = []
    if point in RENEWING:
        blows.append(Blow(Strike.NAP, "record: committed", 1))
    return [*blows, Blow(Strike.KILL, point, _passage(dice, point))]


def _passage(dice: Random, point: str) -> int:
    """Early ones more often: later ones are not always reached."""
    return 1 + int((POINTS[point]) * dice.random() ** 2)


def _stall_somebody(dice: Random, seats: list[list[list[Blow]]]) -> None:
    """A stop in half of the schedules, at first before a call or between asking and writing."""
    if dice.random() < 0.5:
        return
    point = dice.choice(
        (
            "call: about to be made",
            "call: about to be made",
            "reconcile: asked, not written",
            *_STRUCK_BY_WORKERS,
        )
    )
    if len(seats) == 1:
        seats.append([])
    lives = dice.choice(seats)
    if not lives:
        lives.append([])
    strike = dice.choice((Strike.STALL, Strike.STALL, Strike.NAP))
    dice.choice(lives).insert(0, Blow(strike, point, _passage(dice, point)))


def _stops_inside(seats: list[list[list[Blow]]]) -> bool:
    """A stop before a call while others of the same worker are being made would be a stop inside those."""
    stops = (Strike.STALL, Strike.NAP, Strike.RESTART, Strike.FREEZE, Strike.MEDDLE)
    return any(blow.strike in stops for lives in seats for life in lives for blow in life)
