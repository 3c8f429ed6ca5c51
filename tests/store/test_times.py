"""Times go in aware and come back as the same instant."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, event, insert, select
from sqlalchemy.exc import StatementError

from tellfirst.store.engine import reading, writing
from tellfirst.store.tables import stepped_clock

INSTANT = datetime(2026, 10, 25, 0, 30, 15, 123456, tzinfo=UTC)


def test_a_time_without_a_zone_is_refused(engine: Engine) -> None:
    naive = INSTANT.replace(tzinfo=None)
    with writing(engine) as connection, pytest.raises(StatementError, match="has no zone"):
        connection.execute(insert(stepped_clock).values(id=1, now_at=naive))


def test_a_comparison_with_a_time_without_a_zone_is_refused(engine: Engine) -> None:
    naive = INSTANT.replace(tzinfo=None)
    with reading(engine) as connection, pytest.raises(StatementError, match="has no zone"):
        connection.execute(select(stepped_clock).where(stepped_clock.c.now_at < naive))


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/St_Johns"])
def test_a_time_in_any_zone_comes_back_as_the_same_instant_in_utc(engine: Engine, zone: str) -> None:
    with writing(engine) as connection:
        connection.execute(insert(stepped_clock).values(id=1, now_at=INSTANT.astimezone(ZoneInfo(zone))))
    with reading(engine) as connection:
        found = connection.scalars(select(stepped_clock.c.now_at)).one()
    assert found == INSTANT
    assert found.tzinfo is UTC


def test_a_server_that_thinks_in_local_time_changes_nothing(postgresql_engine: Engine) -> None:
    # At INSTANT clocks in Berlin go back: 02:30 exists twice, and a detour through local time loses an hour.
    event.listen(postgresql_engine, "connect", lambda raw, _: raw.execute("SET TIME ZONE 'Europe/Berlin'"))
    postgresql_engine.dispose()
    with writing(postgresql_engine) as connection:
        connection.execute(insert(stepped_clock).values(id=1, now_at=INSTANT))
        assert connection.scalar(select(stepped_clock.c.now_at).where(stepped_clock.c.now_at == INSTANT))
    with reading(postgresql_engine) as connection:
        assert connection.scalar(select(stepped_clock.c.now_at)) == INSTANT
