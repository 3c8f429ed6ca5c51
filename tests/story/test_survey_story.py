"""Surveys on the stepped clock: not too often, taken back when it goes on, and a low score is followed by a call."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, func, insert, select
from stage import Stage

from tellfirst.contacts import still_out
from tellfirst.domain.delivery import HANDED_OVER
from tellfirst.domain.occasion import Channel, Occasion
from tellfirst.domain.survey import Asking
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

STARTS_AT = datetime(2026, 11, 22, 5, 13, tzinfo=UTC)
FIRST = "INC-2026-0001"


def _stage(engine: Engine, **changed: object) -> Stage:
    return Stage(engine, STARTS_AT).by_rules(**changed)


@pytest.fixture
def stage(engine: Engine) -> Stage:
    return _stage(engine)


@pytest.fixture
def small(sqlite_engine: Engine) -> Stage:
    return _stage(sqlite_engine)


def _lived(stage: Stage) -> None:
    """Down at 05:13:20, gone at 05:15:20, verified at 05:25:20: asked two hours later."""
    stage.go_to("05:13:20")
    stage.monitor("002_grouped_firing_1alerts.json")
    stage.go_to("05:15:20")
    stage.monitor("004_grouped_resolved_1alerts.json")


def _surveys(stage: Stage) -> dict[tuple[str, str], int]:
    d = t.delivery.c
    with reading(stage.engine) as connection:
        rows = connection.execute(
            select(d.state, d.reason, func.count().label("how_many"))
            .where(d.occasion == Occasion.SURVEY)
            .group_by(d.state, d.reason)
        )
        return {(row.state, row.reason): row.how_many for row in rows}


def _asked(stage: Stage) -> int:
    return sum(count for (state, _), count in _surveys(stage).items() if state in HANDED_OVER)


def _phones(stage: Stage) -> list[str]:
    """Of those who were asked by text."""
    d, a = t.delivery.c, t.audience.c
    with reading(stage.engine) as connection:
        rows = connection.scalars(
            select(a.address)
            .join(t.delivery, (d.customer_id == a.customer_id) & (d.incident_id == a.incident_id))
            .where(d.occasion == Occasion.SURVEY, d.channel == Channel.SMS, d.state.in_(sorted(HANDED_OVER)))
            .order_by(d.id)
        )
        return list(rows)


def _reasons(stage: Stage) -> list[str]:
    e = t.incident_entry.c
    with reading(stage.engine) as connection:
        return list(connection.scalars(select(e.reason).where(e.topic == "survey").order_by(e.id)))


def _was_asked_before(stage: Stage, times: int, days_ago: int) -> int:
    """Half of those in the audience had `times` surveys about other incidents. How many they are."""
    when = stage.clock.now() - timedelta(days=days_ago)
    a, i = t.audience.c, t.incident
    with writing(stage.engine) as connection:
        one = connection.execute(select(i).where(i.c.reference == FIRST)).one()
        chosen = connection.scalars(select(a.customer_id).where(a.customer_id % 2 == 0)).all()
        for number in range(times):
            past = {
                **one._mapping,
                "reference": f"INC-2025-000{number}",
                "stage": "closed",
                "closed_at": when,
            }
            del past["id"]
            key = connection.execute(insert(i).values(**past)).inserted_primary_key
            assert key is not None
            _past_notices(connection, key[0], chosen, when)
    return len(chosen)


def _past_notices(connection: Connection, incident_id: int, customers: Sequence[int], when: datetime) -> None:
    n, d = t.notice, t.delivery
    for sequence, occasion in enumerate(("first_word", "restored", "survey"), 1):
        key = connection.execute(
            insert(n).values(
                incident_id=incident_id,
                sequence=sequence,
                occasion=occasion,
                reason="past",
                holding=False,
                facts={},
                template_version="1",
                audience_revision=1,
                author="tellfirst",
                created_at=when,
                spoken_at=when,
            )
        ).inserted_primary_key
        assert key is not None
        row = {"notice_id": key[0], "incident_id": incident_id, "occasion": occasion, "channel": "sms"}
        row |= {"state": "delivered", "reason": "receipt", "handed_over_at": when, "final_at": when}
        connection.execute(insert(d), [{**row, "customer_id": one} for one in customers])


@pytest.mark.parametrize(
    ("times", "days_ago", "withheld"),
    [(2, 10, True), (1, 10, False), (2, 40, False)],
    ids=["as often as one may be", "less often", "long ago"],
)
def test_whoever_was_asked_often_lately_is_left_alone_and_the_books_say_why(
    small: Stage, times: int, days_ago: int, withheld: bool
) -> None:
    _lived(small)
    small.go_to("05:30")
    many = _was_asked_before(small, times, days_ago)
    before = _asked(small)
    small.go_to("07:26")
    left_alone = _surveys(small).get(("cancelled", "surveyed_lately"), 0)
    assert _asked(small) > before
    assert 0 < left_alone <= many if withheld else left_alone == 0


def test_the_cap_holds_on_both_databases(engine: Engine) -> None:
    stage = _stage(engine, asking=Asking(at_most=1))
    _lived(stage)
    stage.go_to("05:30")
    _was_asked_before(stage, 1, 29)
    stage.go_to("07:26")
    assert _surveys(stage)["cancelled", "surveyed_lately"] > 0


def test_an_incident_that_goes_on_takes_its_survey_back_and_asks_the_rest_later(engine: Engine) -> None:
    """Asked at ten in the evening: mails leave, texts wait for the morning, and somebody says that theirs is out."""
    stage = _stage(engine, survey_after=timedelta(hours=11))
    _lived(stage)
    stage.go_to("16:26")
    asked, waiting = _asked(stage), _surveys(stage)["pending", "quiet_hours"]
    assert asked > 0
    with writing(stage.engine) as connection:
        still_out.say(connection, 1, _somebody(connection), stage.clock.now())
    stage.settle()
    assert _surveys(stage)["cancelled", "reopened"] == waiting
    assert _reasons(stage)[-1] == "withdrawn_reopened"
    with reading(stage.engine) as connection:
        i = t.incident.c
        assert connection.execute(select(i.stage, i.survey_closes_at)).one() == (
            "following_up",
            stage.clock.now(),
        )
    stage.go_to("16:40")
    with writing(stage.engine) as connection:
        still_out.settle(connection, 1, stage.clock.now(), "asha")
    stage.engineer_restores(FIRST)
    stage.go_to("+1 05:00")
    assert _surveys(stage)["cancelled", "already_asked"] == asked
    assert _asked(stage) > asked
    d = t.delivery.c
    with reading(stage.engine) as connection:
        had = select(d.customer_id).where(d.occasion == Occasion.SURVEY, d.state.in_(sorted(HANDED_OVER)))
        twice = had.group_by(d.customer_id).having(func.count() > 1)
        assert connection.scalars(twice).all() == []


def _somebody(connection: Connection) -> str:
    """The telephone of one of those who were told that it is over."""
    d, a = t.delivery.c, t.audience.c
    told = (
        select(a.address)
        .join(t.delivery, (d.customer_id == a.customer_id) & (d.incident_id == a.incident_id))
        .where(d.occasion == Occasion.RESTORED, d.channel == Channel.SMS, d.state.in_(sorted(HANDED_OVER)))
    )
    return str(connection.scalars(told.order_by(d.id)).first())


def test_a_low_score_becomes_a_call_with_a_deadline(stage: Stage) -> None:
    _lived(stage)
    stage.go_to("07:26")
    low, high = _phones(stage)[:2]
    stage.text(low, "1 nobody told me anything")
    stage.text(high, "5")
    k = t.contact.c
    with reading(stage.engine) as connection:
        [call] = connection.execute(select(t.contact).where(k.state == "waiting")).all()
        scores = sorted(connection.scalars(select(t.response.c.score)))
    assert scores == [1, 5]
    assert (call.queue, call.channel, call.kind, call.address) == ("call_back", "sms", "complaint", low)
    assert call.answer_due_at == stage.clock.now() + timedelta(hours=24)
    assert call.body == "nobody told me anything"
    assert _reasons(stage)[-1] == "low_score"
