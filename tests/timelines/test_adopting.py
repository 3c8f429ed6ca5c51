"""A playbook is copied when an incident opens; only an operator's word replaces the copy."""

from dataclasses import replace
from datetime import timedelta

import hyderabad
import pytest
from databases import fixtures
from hyderabad import BOOK, BOOKS, FIRST, MINUTE, T0, add_customer
from sqlalchemy import Engine, select, update

from tellfirst.domain.errors import LostRace, NotFound, RuleBroken
from tellfirst.domain.impact import Impact
from tellfirst.domain.incident import Stage
from tellfirst.domain.lifecycle import Wait
from tellfirst.domain.planned_work import PlannedRules
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.engine import writing
from tellfirst.timelines.adopting import Change, adopt, proposed
from tellfirst.timelines.promises import open_promises
from tellfirst.timelines.situation import next_step

NOW = T0 + 3 * MINUTE
FASTER = replace(BOOK, version="fedcba", next_update_every=timedelta(minutes=20))
TODAY = {"mobile_site_down": FASTER, "other": replace(FASTER, name="other", severity="S1")}


def _told(engine: Engine) -> Engine:
    with writing(engine) as connection:
        hyderabad.build(connection)
        add_customer(connection, 1, "HYD0004")
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection)
    return engine


told, told_small = fixtures(_told)


def test_a_later_edit_changes_nothing_that_runs(told: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BOOKS, "mobile_site_down", FASTER)
    with writing(told) as connection:
        hyderabad.post(connection, hyderabad.body(hyderabad.alert("HYD0005", starts_at=NOW)), NOW)
        hyderabad.match(connection, FIRST, NOW)
        assert hyderabad.incident(connection).playbook == BOOK


def test_what_would_change_is_named_key_by_key(told: Engine) -> None:
    with writing(told) as connection:
        found = proposed(connection, FIRST, TODAY, "")
    assert found.changes == (Change("next_update_every", "PT30M", "PT20M"),)
    assert (found.old_version, found.book.version) == (BOOK.version, "fedcba")


def test_the_copy_is_replaced_and_the_log_says_by_whom(told: Engine) -> None:
    with writing(told) as connection:
        before = open_promises(connection, 1)
        adopt(connection, proposed(connection, FIRST, TODAY, ""), NOW, "asha")
        it = hyderabad.incident(connection)
        assert (it.playbook, it.next_due_at, it.footprint_changed) == (FASTER, NOW, False)
        assert open_promises(connection, 1) == before, "what was promised stays promised"
        e = t.incident_entry.c
        noted = connection.execute(select(e.reason, e.actor, e.details).where(e.topic == "playbook")).one()
        assert (noted.reason, noted.actor) == ("adopted", "asha")
        assert (noted.details["old_version"], noted.details["new_version"]) == (BOOK.version, "fedcba")
        due = next_step(connection, FIRST, NOW, NOW)
        assert due == Wait(before["next_update"] - BOOK.warn_before, "next_mark")  # type: ignore[index]


def test_another_playbook_raises_the_severity_and_a_milder_one_does_not_lower_it(told: Engine) -> None:
    with writing(told) as connection:
        connection.execute(update(t.incident).values(severity="S2"))
        calm = {name: replace(book, emergency_calls=False) for name, book in TODAY.items()}
        adopt(connection, proposed(connection, FIRST, calm, "other"), NOW, "asha")
        assert hyderabad.incident(connection).severity == "S1"
        mild = {"mild": replace(calm["other"], name="mild", severity="S4")}
        adopt(connection, proposed(connection, FIRST, mild, "mild"), NOW, "asha")
        assert hyderabad.incident(connection).severity == "S1"


def test_whom_it_tells_is_looked_at_again_where_the_new_one_chooses_others(told: Engine) -> None:
    wider = {"mobile_site_down": replace(FASTER, tell_from=Impact.AT_RISK)}
    with writing(told) as connection:
        adopt(connection, proposed(connection, FIRST, wider, ""), NOW, "asha")
        assert hyderabad.incident(connection).footprint_changed


def test_a_held_incident_without_a_playbook_goes_on_with_the_one_that_is_named(told: Engine) -> None:
    with writing(told) as connection:
        connection.execute(update(t.incident).values(playbook=None, held="no_playbook", stage=Stage.OPENED))
        with pytest.raises(RuleBroken, match="name the one it is to have"):
            proposed(connection, FIRST, TODAY, "")
        adopt(connection, proposed(connection, FIRST, TODAY, "mobile_site_down"), NOW, "asha")
        it = hyderabad.incident(connection)
        assert (it.held, it.playbook) == (None, FASTER)


def test_what_is_closed_or_unknown_or_of_another_kind_is_refused(told_small: Engine) -> None:
    planned = {"planned_work": replace(FASTER, name="planned_work", planned=PlannedRules(becomes="other"))}
    with writing(told_small) as connection:
        with pytest.raises(NotFound, match="there is no playbook mobile_site_down any more; there are other"):
            proposed(connection, FIRST, {"other": TODAY["other"]}, "")
        with pytest.raises(RuleBroken, match="is an outage and planned_work is for announced work"):
            proposed(connection, FIRST, planned, "planned_work")
        connection.execute(update(t.incident).values(stage=Stage.CLOSED))
        with pytest.raises(RuleBroken, match="is closed"):
            proposed(connection, FIRST, TODAY, "")


def test_an_incident_that_moved_on_meanwhile_is_not_overwritten(told_small: Engine) -> None:
    with writing(told_small) as connection:
        seen = proposed(connection, FIRST, TODAY, "")
        incidents.change(connection, hyderabad.incident(connection), cause="power_failure")
        with pytest.raises(LostRace):
            adopt(connection, seen, NOW, "asha")
