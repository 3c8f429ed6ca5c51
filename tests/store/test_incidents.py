"""Moving an incident: by whoever saw it last, and by nobody else."""

import pytest
import town
from sqlalchemy import Engine

from tellfirst.domain.errors import LostRace, NotFound
from tellfirst.domain.incident import Stage
from tellfirst.store import incidents
from tellfirst.store.engine import reading, writing


@pytest.fixture
def struck(engine: Engine) -> Engine:
    with writing(engine) as connection:
        town.build(connection)
        town.strike(connection, "north-1")
    return engine


def test_an_incident_is_read_as_it_was_written(struck: Engine) -> None:
    with reading(struck) as connection:
        it = incidents.by_reference(connection, town.REFERENCE)
        assert incidents.newest_first(connection) == [it]
    assert (it.stage, it.held, it.version, it.playbook) == (Stage.DETECTED, None, 1, town.BOOK)
    assert (it.started_at, it.estimate_at, it.footprint_changed) == (town.T0, None, False)


def test_a_change_raises_the_version(struck: Engine) -> None:
    with writing(struck) as connection:
        it = incidents.by_reference(connection, town.REFERENCE)
        incidents.change(connection, it, stage=Stage.MATCHED)
        changed = incidents.by_reference(connection, town.REFERENCE)
    assert (changed.stage, changed.version) == (Stage.MATCHED, 2)


def test_a_change_of_what_has_moved_on_loses_the_race_and_changes_nothing(struck: Engine) -> None:
    with writing(struck) as connection:
        stale = incidents.by_reference(connection, town.REFERENCE)
        incidents.change(connection, stale, stage=Stage.MATCHED)
    with pytest.raises(LostRace, match="INC-2026-0001 has moved on"), writing(struck) as connection:
        incidents.change(connection, stale, stage=Stage.CLOSED)
    with reading(struck) as connection:
        assert incidents.by_reference(connection, town.REFERENCE).stage is Stage.MATCHED


def test_an_incident_nobody_opened_is_not_found(struck: Engine) -> None:
    with reading(struck) as connection, pytest.raises(NotFound, match="INC-2026-9999"):
        incidents.by_reference(connection, "INC-2026-9999")
