"""Zero missing and zero extra: after every step of a random world the audience is what plain Python finds."""

from datetime import datetime

import pytest
from brute_force import Books, books
from hyderabad import BOOK
from random_worlds import World, a_world, forgotten
from sqlalchemy import Connection, Engine, or_, select

from tellfirst.audience.matching import match
from tellfirst.audience.revising import Revised
from tellfirst.audience.verifying import verify
from tellfirst.detect.weighing import weigh
from tellfirst.domain.audience import Over
from tellfirst.domain.impact import Impact
from tellfirst.domain.incident import Held, Stage
from tellfirst.store import incidents
from tellfirst.store import tables as t

STEPS = 12
SQLITE_WORLDS, POSTGRESQL_WORLDS = range(40), range(60, 64)
FOLLOWED = (Stage.DETECTED, Stage.MATCHED)


class Expected:
    """The audience of one incident as it must be: followed from revision to revision."""

    def __init__(self) -> None:
        self.affected_since: dict[int, int] = {}
        self.over: dict[int, tuple[str, int]] = {}

    def revise(self, found: Books, revision: int) -> None:
        """What a revision must do to the rows of those it reaches and of those it does not."""
        assert found.it.playbook is not None
        enough = found.it.playbook.tell_from
        self.reached = found.reached()
        hurt = {customer for customer, (impact, _) in self.reached.items() if impact >= enough}
        self.newly = hurt - {one for one in self.affected_since if one not in self.over}
        for customer in self.newly:
            self.affected_since[customer] = revision
            self.over.pop(customer, None)
        still = set(self.affected_since) - set(self.over)
        points = contact_points(found.connection, found.it.id)
        kept = {points[one] for one in hurt if points[one] is not None}
        gone = {one for one in still - hurt if points[one] is None or points[one] not in kept}
        real = found.reached_by_what_was_real() if may_be_wrong(found) else gone
        for one in gone:
            self.over[one] = (Over.BACK if one in real else Over.WRONGLY_TOLD, revision)

    def counts(self, found: Books, revision: int) -> dict[str, int]:
        assert found.it.playbook is not None
        ended = [how for how, when in self.over.values() if when == revision]
        milder = [one for one, (impact, _) in self.reached.items() if impact < found.it.playbook.tell_from]
        return {
            "affected_count": len(set(self.affected_since) - set(self.over)),
            "at_risk_count": len(milder),
            "newly_affected_count": len(self.newly),
            "back_count": ended.count(Over.BACK),
            "wrongly_told_count": ended.count(Over.WRONGLY_TOLD),
        }


def contact_points(connection: Connection, incident_id: int) -> dict[int, tuple[str, str] | None]:
    """Of everybody with a row; None for who has a contact point to themselves, or none."""
    a = t.audience.c
    found = select(a.customer_id, a.channel, a.address, a.shared).where(a.incident_id == incident_id)
    return {
        row.customer_id: (row.channel, row.address) if row.shared else None
        for row in connection.execute(found)
    }


def may_be_wrong(found: Books) -> bool:
    c, b = t.incident_element.c, t.import_batch.c
    withdrawn = select(c.element_id).where(c.incident_id == found.it.id, c.withdrawn_at.is_not(None))
    imported = select(b.id).where(b.at >= found.it.opened_at)
    return any(found.connection.execute(one).first() for one in (withdrawn, imported))


def _run(world: World, steps: int) -> int:
    """The world goes its way, with every revision held against the brute force. How many there were."""
    expected: dict[str, Expected] = {}
    revisions = 0
    for _ in range(steps):
        world.now = world.later()
        world.happens()
        for reference in world.running():
            if incidents.by_reference(world.connection, reference).stage is Stage.OPENED:
                weigh(world.connection, reference, world.now)
        revisions += _settle(world, expected)
        if running := [one for one in world.running() if one in expected]:
            reference = world.chance.choice(running)
            verify(world.connection, reference, BOOK.quiet_for, world.now)
            _compare(world.connection, reference, world.now, expected[reference])
            revisions += 1 + _settle(world, expected)
    return revisions


def _settle(world: World, expected: dict[str, Expected]) -> int:
    """Whatever is to be matched is, until nothing is; a change of one may move those after it."""
    i, done = t.incident.c, 0
    due = select(i.reference).where(or_(i.footprint_changed, i.stage == Stage.DETECTED), i.held.is_(None))
    while reference := world.connection.scalar(due.order_by(i.id).limit(1)):
        found = match(world.connection, reference, world.now)
        known = expected.setdefault(reference, Expected())
        revised = _compare(world.connection, reference, world.now, known)
        assert found.revised == revised
        assert (found.held is Held.EMPTY_AUDIENCE) <= (not known.reached)
        done += 1
        assert done < 30
    for reference in expected:
        _is_up_to_date(world.connection, reference, world.now)
    return done


def _compare(connection: Connection, reference: str, now: datetime, known: Expected) -> Revised:
    found = books(connection, reference, now)
    revision = found.it.audience_revision
    known.revise(found, revision)
    a = t.audience.c
    rows = connection.execute(select(t.audience).where(a.incident_id == found.it.id)).all()
    assert {
        row.customer_id: (row.impact, row.services)
        for row in rows
        if row.revision == revision and row.over != Over.WRONGLY_TOLD
    } == {one: what for one, what in known.reached.items() if one not in _wrong(known)}
    assert {row.customer_id for row in rows if row.revision == revision} == set(known.reached)
    since = {row.customer_id: row.affected_revision for row in rows if row.affected_revision}
    assert since == known.affected_since
    over = {row.customer_id: (row.over, row.over_revision) for row in rows if row.over}
    assert over == known.over
    r = t.audience_revision
    of = (r.c.incident_id == found.it.id) & (r.c.revision == revision)
    counted = connection.execute(select(r).where(of)).one()._mapping
    wanted = known.counts(found, revision)
    assert {name: counted[name] for name in wanted} == wanted
    return Revised(**{name: counted[name] for name in Revised.__slots__})


def _wrong(known: Expected) -> set[int]:
    return {one for one, (how, _) in known.over.items() if how is Over.WRONGLY_TOLD}


def _is_up_to_date(connection: Connection, reference: str, now: datetime) -> None:
    """Nothing that another incident did since has changed what this one hits."""
    found = books(connection, reference, now)
    if found.it.stage not in FOLLOWED or found.it.held:
        return
    e = t.impact_element.c
    of = (e.incident_id == found.it.id) & (e.revision == found.it.audience_revision)
    stored = {
        row.element_id: Impact(row.impact) for row in connection.execute(select(t.impact_element).where(of))
    }
    assert stored == found.impacts(also_verified=False)


@pytest.mark.parametrize("seed", SQLITE_WORLDS)
def test_nobody_is_missing_and_nobody_too_many(sqlite_engine: Engine, seed: int) -> None:
    with forgotten(sqlite_engine) as connection:
        assert _run(a_world(connection, seed), STEPS) > STEPS / 2


def test_nobody_is_missing_and_nobody_too_many_on_postgresql(postgresql_engine: Engine) -> None:
    for seed in POSTGRESQL_WORLDS:
        with forgotten(postgresql_engine) as connection:
            assert _run(a_world(connection, seed), STEPS) > STEPS / 2


def test_the_random_worlds_are_not_tame(sqlite_engine: Engine) -> None:
    """They reach what the rules are about, or the comparison would say little."""
    seen: dict[str, int] = {}
    for seed in range(8):
        with forgotten(sqlite_engine) as connection:
            _run(a_world(connection, seed), STEPS)
            counts = connection.execute(select(t.audience_revision)).all()
            for name in Revised.__slots__:
                seen[name] = seen.get(name, 0) + sum(getattr(row, name) > 0 for row in counts)
            bases = set(connection.scalars(select(t.audience.c.basis)))
            for basis in bases:
                seen[basis] = seen.get(basis, 0) + 1
    wanted = ("affected_count", "at_risk_count", "newly_affected_count", "back_count", "wrongly_told_count")
    bases_wanted = ("service", "home_cell", "recent_cell")
    assert [name for name in (*wanted, *bases_wanted) if seen.get(name, 0) < 3] == []
