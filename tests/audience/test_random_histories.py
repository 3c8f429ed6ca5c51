"""Whatever happens in whatever order: everyone hears each thing that concerns them, once, and nothing else.

Random worlds go their way while every word that the lifecycle asks for is planned and handed over at once, or
as soon as a carrier that is away is back.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from hyderabad import MINUTE, voice
from random_worlds import World, a_world, forgotten
from sqlalchemy import Connection, Engine, Row, func, select, update

from tellfirst.audience.matching import match
from tellfirst.delivery.intending import intend
from tellfirst.delivery.leasing import lease
from tellfirst.delivery.readying import ready
from tellfirst.detect.causes import clear_cause
from tellfirst.detect.weighing import weigh
from tellfirst.domain.audience import Over, Whom
from tellfirst.domain.delivery import HANDED_OVER
from tellfirst.domain.incident import Stage, Step
from tellfirst.domain.lifecycle import Take
from tellfirst.domain.occasion import Occasion
from tellfirst.domain.promise import PromiseState
from tellfirst.notices.concluding import conclude_all
from tellfirst.notices.following import follow_up
from tellfirst.notices.telling import tell_first
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.surveys.asking import ask
from tellfirst.timelines.promises import lapse_all
from tellfirst.timelines.situation import due_incidents, next_step

STEPS = 9
SQLITE_WORLDS, POSTGRESQL_WORLDS = range(100, 114), range(130, 132)
LOST = frozenset({3, 11, 17})
"""Customers whose contact point takes nothing."""


class History:
    """A world that is followed up until everything in it is over."""

    def __init__(self, world: World) -> None:
        self.world, self.connection = world, world.connection
        self.afflictions: Counter[tuple[int, int]] = Counter()
        self._since: dict[tuple[int, int], int] = {}
        self._put_off: set[int] = set()

    def goes_on(self) -> None:
        """All that falls due until the next thing happens is done at its own time; then it happens."""
        self._lives_until(self.world.later())
        self.world.happens()
        self._settle()

    def ends(self) -> None:
        """Every cause is gone; days pass."""
        now = self.world.now
        c = t.incident_element.c
        left = select(c.incident_id, c.element_id).where(c.until_at.is_(None), c.withdrawn_at.is_(None))
        for row in self.connection.execute(left).all():
            clear_cause(self.connection, row.incident_id, row.element_id, now, reason="monitor_resolved")
        self._lives_until(now + timedelta(days=5))

    def _lives_until(self, then: datetime) -> None:
        """The clock wakes whoever is due."""
        while True:
            self._settle()
            due_at = self.connection.scalar(
                select(func.min(t.incident.c.next_due_at)).where(t.incident.c.stage != Stage.CLOSED)
            )
            if due_at is None or due_at > then:
                break
            self.world.now = max(due_at, self.world.now)
        self.world.now = then
        self._settle()

    def _settle(self) -> None:
        lapse_all(self.connection, self.world.now)
        for _ in range(60):
            due = due_incidents(self.connection, self.world.now)
            if not due:
                return
            for reference in due:
                self._run(reference)
        raise AssertionError(f"{due} never come to rest")

    def _run(self, reference: str) -> None:
        now = self.world.now
        for _ in range(25):
            it = incidents.by_reference(self.connection, reference)
            if it.held:
                # Nobody is there to look at it: it ends here.
                ended = {"stage": Stage.CLOSED, "held": None}
                connection = self.connection
                connection.execute(update(t.incident).where(t.incident.c.id == it.id).values(**ended))
                return
            due = next_step(self.connection, reference, now, now)
            if not isinstance(due, Take):
                return
            self._take(reference, due, now)
            self._watch(it.id)
        raise AssertionError(f"{reference} goes round in a circle at {due}")

    def _take(self, reference: str, due: Take, now: datetime) -> None:
        match due.step:
            case Step.DETECT:
                weigh(self.connection, reference, now)
            case Step.MATCH:
                match(self.connection, reference, now)
            case Step.NOTIFY:
                tell_first(self.connection, reference, voice(now))
            case Step.FOLLOW_UP:
                follow_up(self.connection, reference, due, voice(now))
            case Step.SURVEY:
                ask(self.connection, reference, voice(now))
            case Step.CLOSE:
                it = incidents.by_reference(self.connection, reference)
                incidents.change(self.connection, it, stage=Stage.CLOSED)
        if due.step in (Step.NOTIFY, Step.FOLLOW_UP, Step.SURVEY):
            self._send(reference, now)

    def _send(self, reference: str, now: datetime) -> None:
        it = incidents.by_reference(self.connection, reference)
        d, c = t.delivery, t.chunk
        for chunk_id, _ in ready(self.connection, it.id, now, now):
            this = c.c.id == chunk_id
            if chunk_id not in self._put_off and self.world.chance.random() < 0.2:
                self._put_off.add(chunk_id)
                later = update(c).where(this).values(due_at=now + 4 * MINUTE)
                self.connection.execute(later)
                continue
            held = lease(self.connection, chunk_id, now)
            assert held is not None
            window = intend(self.connection, held, 1_000, now, now)
            for one in window:
                took = one.customer_id not in LOST
                values = (
                    {"state": "delivered", "handed_over_at": now, "final_at": now}
                    if took
                    else {"state": "failed", "reason": "refused_by_carrier", "final_at": now}
                )
                self.connection.execute(update(d).where(d.c.id == one.delivery_id).values(**values))
            self.connection.execute(update(c).where(this).values(done_at=now, lease_until=None))
        conclude_all(self.connection, it.id, now)

    def _watch(self, incident_id: int) -> None:
        """Count how often trouble began for each customer."""
        a = t.audience.c
        rows = select(a.customer_id, a.affected_revision).where(
            a.incident_id == incident_id, a.affected_revision.is_not(None)
        )
        for customer, revision in self.connection.execute(rows):
            key = incident_id, customer
            if self._since.get(key) != revision:
                self._since[key] = revision
                self.afflictions[key] += 1


def _deliveries(connection: Connection) -> list[Row[object]]:
    """Every delivery with its notice's part and revision, and the row of its customer."""
    d, n, a = t.delivery.c, t.notice.c, t.audience.c
    same = (a.incident_id == d.incident_id) & (a.customer_id == d.customer_id)
    return list(
        connection.execute(
            select(
                *(d.incident_id, d.customer_id, d.notice_id, d.occasion, d.state, d.reason, d.covered_by),
                *(n.whom, n.audience_revision, d.channel, a.address, a.over, a.over_revision),
            )
            .join(t.notice, n.id == d.notice_id)
            .join(t.audience, same)
            .order_by(d.id)
        )
    )


def _complaints(history: History) -> Iterator[str]:
    """What of the promise of this house is broken, in words; nothing when all is well."""
    connection = history.connection
    deliveries = _deliveries(connection)
    yield from _said_twice(deliveries, history)
    yield from _unheard(connection, deliveries)
    yield from _owed(connection)


def _said_twice(deliveries: list[Row[object]], history: History) -> Iterator[str]:
    sent = [one for one in deliveries if one.state in HANDED_OVER]
    points = Counter((one.notice_id, one.channel, one.address) for one in sent)
    yield from (f"{point} got a notice {many} times" for point, many in points.items() if many > 1)
    # A notice that did not reach them goes to the next channel: still one word.
    words = {
        (one.incident_id, one.customer_id, one.notice_id)
        for one in deliveries
        if one.occasion == "first_word"
    }
    firsts = Counter(word[:2] for word in words)
    for key, many in firsts.items():
        if many > history.afflictions[key]:
            yield f"{key} was hit {history.afflictions[key]} times and has {many} first words"
    parts = Counter(
        (one.whom, one.incident_id, one.customer_id, one.over_revision)
        for one in sent
        if one.whom in (Whom.BACK, Whom.WRONGLY_TOLD) and one.audience_revision >= (one.over_revision or 0)
    )
    yield from (f"{part} was said {many} times" for part, many in parts.items() if many > 1)


def _words(deliveries: list[Row[object]]) -> int:
    """How many notices they belong to."""
    return len({one.notice_id for one in deliveries})


def _unheard(connection: Connection, deliveries: list[Row[object]]) -> Iterator[str]:
    of: dict[tuple[int, int], list[Row[object]]] = {}
    for one in deliveries:
        of.setdefault((one.incident_id, one.customer_id), []).append(one)
    for row in connection.execute(select(t.audience).where(t.audience.c.affected_revision.is_not(None))):
        key = row.incident_id, row.customer_id
        mine = of.get(key, [])
        begun = [
            one
            for one in mine
            if one.occasion == "first_word" and one.audience_revision >= row.affected_revision
        ]
        if row.over is None and _words(begun) != 1:
            yield f"{key} waits with {_words(begun)} first words"
        after = [one for one in mine if one.over_revision and one.audience_revision >= one.over_revision]
        restored = [one for one in after if one.whom == Whom.BACK]
        if row.over == Over.BACK and _words(restored) != _words(begun):
            yield f"{key} is back and has {_words(restored)} all-clears for {_words(begun)} first words"
        yield from _corrected_rightly(key, row, mine, after)


def _corrected_rightly(
    key: tuple[int, int], row: Row[object], mine: list[Row[object]], after: list[Row[object]]
) -> Iterator[str]:
    told = [one for one in mine if one.occasion in ("first_word", "update") and one.state in HANDED_OVER]
    corrected = [one for one in after if one.whom == Whom.WRONGLY_TOLD]
    if row.over == Over.WRONGLY_TOLD:
        if len(corrected) != bool(told):
            yield f"{key} was told {len(told)} times for nothing and corrected {len(corrected)} times"
        if asked := [one for one in mine if one.occasion == "survey" and one.state in HANDED_OVER]:
            yield f"{key} was told wrongly and asked {len(asked)} times how it went"
    elif corrected:
        yield f"{key} is {row.over} and was corrected"


def _owed(connection: Connection) -> Iterator[str]:
    p = t.promise.c
    for row in connection.execute(select(t.promise).where(p.state.in_((PromiseState.OPEN, "broken")))):
        yield f"promise {row.id} of {row.kind} in notice {row.notice_id} is {row.state}: {row.reason}"
    i = t.incident.c
    for reference, stage in connection.execute(select(i.reference, i.stage).where(i.stage != Stage.CLOSED)):
        yield f"{reference} has never ended: {stage}"
    n = t.notice.c
    if unspoken := connection.scalar(select(func.count()).where(n.spoken_at.is_(None))):
        yield f"{unspoken} notices were never concluded"


def _history(connection: Connection, seed: int) -> History:
    history = History(a_world(connection, seed))
    for _ in range(STEPS):
        history.goes_on()
    history.ends()
    return history


@pytest.mark.parametrize("seed", SQLITE_WORLDS)
def test_everyone_hears_what_concerns_them_once_and_nothing_is_owed_at_the_end(
    sqlite_engine: Engine, seed: int
) -> None:
    with forgotten(sqlite_engine) as connection:
        assert list(_complaints(_history(connection, seed))) == []


def test_the_same_holds_on_postgresql(postgresql_engine: Engine) -> None:
    for seed in POSTGRESQL_WORLDS:
        with forgotten(postgresql_engine) as connection:
            assert list(_complaints(_history(connection, seed))) == []


def test_the_random_histories_say_everything_there_is_to_say(sqlite_engine: Engine) -> None:
    said: Counter[str] = Counter()
    for seed in range(100, 105):
        with forgotten(sqlite_engine) as connection:
            _history(connection, seed)
            n, d = t.notice.c, t.delivery.c
            said.update(connection.scalars(select(n.whom)))
            said.update(connection.scalars(select(n.occasion)))
            said.update(connection.scalars(select(d.reason)))
    wanted = [
        *(set(Whom) - {Whom.SAMPLE}),
        Occasion.FIRST_WORD,
        Occasion.UPDATE,
        Occasion.CORRECTION,
        Occasion.SURVEY,
    ]
    reasons = ["covered_by_shared_contact", "opted_out", "no_contact_point", "not_affected", "never_told"]
    assert [one for one in (*wanted, *reasons) if not said[one]] == []
