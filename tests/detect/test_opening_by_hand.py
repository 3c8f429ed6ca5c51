"""An engineer opens an incident: at once, with its causes, and never for something nobody knows."""

import pytest
from hyderabad import BOOK, FIRST, MINUTE, T0, alert, body, causes, incident, post, rows
from sqlalchemy import Engine

from tellfirst.detect.opening import open_by_hand
from tellfirst.detect.weighing import weigh
from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.impact import Impact
from tellfirst.domain.incident import Stage
from tellfirst.store import tables as t
from tellfirst.store.engine import writing


def test_an_incident_opened_by_hand_has_its_causes_and_is_due_at_once(small_city: Engine) -> None:
    with writing(small_city) as connection:
        sites = ["site:HYD0005", "site:HYD0004", "site:HYD0005"]
        opened = open_by_hand(connection, sites, BOOK, Impact.DEGRADED, T0 - MINUTE, T0, "ravi")
        assert opened == FIRST
        it = incident(connection)
        assert (it.place, it.playbook, it.started_at, it.next_due_at) == ("Miyapur", BOOK, T0 - MINUTE, T0)
        assert rows(connection, t.incident_element, "element_id", "impact", "since_at") == [
            ("site:HYD0004", Impact.DEGRADED, T0 - MINUTE),
            ("site:HYD0005", Impact.DEGRADED, T0 - MINUTE),
        ]
        assert rows(connection, t.incident_entry, "topic", "reason", "actor")[0] == (
            "opened",
            "engineer",
            "ravi",
        )
        assert weigh(connection, FIRST, T0) is None
        assert incident(connection).stage is Stage.DETECTED


def test_what_a_monitor_reports_later_joins_it(small_city: Engine) -> None:
    with writing(small_city) as connection:
        open_by_hand(connection, ["site:HYD0004"], BOOK, Impact.DOWN, T0, T0, "ravi")
        assert post(connection, body(alert("HYD0005")), T0 + MINUTE).moved == (FIRST,)
        assert causes(connection) == {"site:HYD0004": (1, True), "site:HYD0005": (1, True)}


def test_an_element_nobody_knows_opens_nothing_and_is_named(small_city: Engine) -> None:
    with writing(small_city) as connection:
        sites = ["site:HYD0004", "site:HYD9999", "site:HYD9998"]
        with pytest.raises(
            RuleBroken, match=r"does not know site:HYD9998, site:HYD9999; .* nothing was opened"
        ):
            open_by_hand(connection, sites, BOOK, Impact.DOWN, T0, T0, "ravi")
        assert rows(connection, t.incident, "id") == []


def test_an_outage_does_not_start_in_the_future(small_city: Engine) -> None:
    with writing(small_city) as connection:
        with pytest.raises(RuleBroken, match="cannot start in the future"):
            open_by_hand(connection, ["site:HYD0004"], BOOK, Impact.DOWN, T0 + MINUTE, T0, "ravi")
        assert rows(connection, t.incident, "id") == []
