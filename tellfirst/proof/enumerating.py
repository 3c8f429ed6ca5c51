"""A small run killed at every passage of every point and statement: once before anything went wrong, once after."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from tellfirst.proof.points import AT_THE_DOOR, INSIDE, NAMES
from tellfirst.proof.schedule import Blow, Policy, Schedule, Seat, Strike, faults_of

WINDOW = 2
CHUNK = 3
FIRST_DEATH = Blow(Strike.KILL, "call: answered, not written down", 2)
"""Its second life finds answers that were lost: it reaps, asks and sends again."""
SLACK = 2
"""Passages beyond those counted: receipts come when they come, and a round more may follow."""


def quiet(policy: Policy, *, after_a_death: bool) -> Schedule:
    """The run whose passages are counted."""
    return _run(0, policy, (FIRST_DEATH,) if after_a_death else None, None)


def every_kill(
    policy: Policy, passed: Mapping[str, int], *, after_a_death: bool, one_in: int = 1
) -> Iterator[tuple[Blow, Schedule]]:
    """The run again for each passage. `one_in`: only a sample of them."""
    number = 0
    for name in NAMES:
        if name in AT_THE_DOOR:
            continue
        for nth in range(1, passed[name] + 1):
            number += 1
            if number % one_in == 0:
                blow = Blow(Strike.KILL, name, nth)
                yield blow, _run(number, policy, (FIRST_DEATH,) if after_a_death else None, blow)


def _run(number: int, policy: Policy, first: tuple[Blow, ...] | None, blow: Blow | None) -> Schedule:
    lives = tuple(one for one in (first, (blow,) if blow else None) if one is not None)
    return Schedule(
        seed=number,
        policy=policy,
        window=WINDOW,
        chunk_size=CHUNK,
        concurrency=1,
        seats=(Seat(timedelta(0), lives),),
        faults=faults_of(0, 0.0, {}),
    )


def stopped_inside(policy: Policy, seed: int) -> Schedule:
    """The residue: one worker is stopped inside its call, another takes over, asks, and sends again."""
    # The mails leave first, a request for each language; the next is the first text.
    freeze = (Blow(Strike.FREEZE, INSIDE, 3),)
    return Schedule(
        seed=seed,
        policy=policy,
        window=8,
        chunk_size=1000,
        concurrency=1,
        seats=(Seat(timedelta(0), (freeze,)), Seat(timedelta(0), (), relieves=True)),
        faults=faults_of(seed, 0.0, {}),
    )
