"""The gap report of a period: from stored reviews, the most frequent gap first, and nobody in it by name."""

from datetime import timedelta

import pytest
from incident_books import at, write_books
from sqlalchemy import Engine, func, insert, select, update

from tellfirst.review.measures import measure
from tellfirst.review.period import markdown, over_period, store
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

DAY = timedelta(days=1)
CLOSED = at("22:00")


@pytest.fixture
def closed(engine: Engine) -> Engine:
    """The hand-counted incident, reviewed and closed."""
    incident_id = write_books(engine)
    with writing(engine) as connection:
        measures = measure(connection, incident_id, CLOSED)
        values = {"at": CLOSED, "measures": measures.to_json(), "page": ""}
        connection.execute(insert(t.review).values(incident_id=incident_id, **values))
        connection.execute(update(t.incident).values(stage="closed", closed_at=CLOSED))
    return engine


def test_the_period_counts_what_its_incidents_counted(closed: Engine) -> None:
    with reading(closed) as connection:
        period = over_period(connection, CLOSED - DAY, CLOSED + DAY)
        measures = measure(connection, 1, CLOSED)
    assert len(period.incidents) == 1
    assert (period.told_count, period.audience_count) == (
        measures.telling.told_count,
        measures.telling.audience_count,
    )
    assert period.promises_made == measures.words.made_count + measures.estimates.made_count
    assert {(one.kind, one.count) for one in period.gaps} == {
        (name, sum(gap.count for gap in measures.gaps if gap.name == name))
        for name in {gap.name for gap in measures.gaps}
    }
    assert period.gaps


def test_an_incident_belongs_to_the_period_in_which_it_closed_and_to_no_other(closed: Engine) -> None:
    with reading(closed) as connection:
        before = over_period(connection, CLOSED - DAY, CLOSED)
        after = over_period(connection, CLOSED + timedelta(seconds=1), CLOSED + DAY)
    assert (before.incidents, after.incidents, before.gaps) == ((), (), ())
    assert "No gap was found." in markdown(before)


def test_what_is_not_closed_is_named_and_not_judged(engine: Engine) -> None:
    write_books(engine)
    with reading(engine) as connection:
        period = over_period(connection, CLOSED - DAY, CLOSED + DAY)
    assert (period.incidents, len(period.unfinished)) == ((), 1)
    assert f"Not closed yet: {period.unfinished[0]}." in markdown(period)


def test_a_report_is_kept_as_it_was_read(closed: Engine) -> None:
    with writing(closed) as connection:
        period = over_period(connection, CLOSED - DAY, CLOSED + DAY)
        store(connection, period, CLOSED)
        number = store(connection, period, CLOSED)
        kept = connection.execute(select(t.gap_report).where(t.gap_report.c.id == number)).one()
        assert connection.scalar(select(func.count()).select_from(t.gap_report)) == 2
    assert kept.page == markdown(period)
    assert [one["kind"] for one in kept.gaps] == [one.kind for one in period.gaps]
