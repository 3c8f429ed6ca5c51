"""A policy that cannot be read keeps nobody from being told: it is written down, and the rest goes on."""

from dataclasses import dataclass

import hyderabad
from hyderabad import CONFIG, FIRST, T0
from sqlalchemy import Engine, func, select

from tasks import owing
from tellfirst.domain.errors import SetupError
from tellfirst.store import tables as t
from tellfirst.store.engine import writing
from tellfirst.timelines.packs import Policy, load_policy


@dataclass(frozen=True)
class Clock:
    def now(self):  # type: ignore[no-untyped-def]
        return T0


@dataclass(frozen=True)
class Here:
    """A world of which only this is asked."""

    readable: bool
    clock: Clock = Clock()

    @property
    def policy(self) -> Policy:
        if not self.readable:
            raise SetupError("the policy packs cannot be used")
        return load_policy(CONFIG)


def _laid(engine: Engine, *, readable: bool) -> tuple[int, list[str]]:
    with writing(engine) as connection:
        hyderabad.build(connection)
        hyderabad.add_customer(connection, 1, "HYD0004")
        hyderabad.strike(connection, "HYD0004")
        owing.lay(connection, Here(readable), FIRST)  # type: ignore[arg-type]
        e = t.incident_entry.c
        noted = list(connection.scalars(select(e.reason).where(e.topic == "policy")))
        return connection.execute(select(func.count()).select_from(t.deadline)).scalar_one(), noted


def test_what_is_owed_is_laid_with_the_match(sqlite_engine: Engine) -> None:
    assert _laid(sqlite_engine, readable=True) == (4, ["bound_by:house-default"])


def test_a_policy_that_cannot_be_read_is_noted_and_nothing_fails(sqlite_engine: Engine) -> None:
    assert _laid(sqlite_engine, readable=False) == (0, [owing.UNREADABLE])
    assert owing.policy_of(Here(False)) is None  # type: ignore[arg-type]
