"""A burst of alerts opens one incident for each failure that explains it, and late alerts join it."""

import hyderabad
import pytest
from hyderabad import FIRST, MINUTE, T0, alert, body, causes, incident, post, rows
from sqlalchemy import Connection, Engine, insert

from tellfirst.store import tables as t
from tellfirst.store.engine import writing

AREAS = [f"Area-{number:02d}" for number in range(12)]
PER_AREA = 5


@pytest.fixture
def wide(engine: Engine) -> Engine:
    """Twelve areas of five sites behind two cores, one of which is enough."""
    with writing(engine) as connection:
        hyderabad.build(connection)
        for area in AREAS:
            _area(connection, area)
    return engine


def _area(connection: Connection, area: str) -> None:
    sites = [f"site:{area}-{place}" for place in range(PER_AREA)]
    elements = [(f"area:{area}", "area"), (f"hub:{area}", "hub"), *((site, "site") for site in sites)]
    connection.execute(
        insert(t.element), [{"id": one, "kind": kind, "name": one, "area": area} for one, kind in elements]
    )
    links = [(f"hub:{area}", core) for core in ("core:A", "core:B")]
    links += [(site, f"hub:{area}") for site in sites]
    connection.execute(
        insert(t.edge),
        [{"child": child, "grp": "up", "need": 1, "parent": parent} for child, parent in links],
    )


def _down(area: str, places: range = range(PER_AREA)) -> list[dict[str, object]]:
    return [alert(f"{area}-{place}", area=area) for place in places]


def test_a_failure_of_both_cores_is_one_incident_named_after_them(wide: Engine) -> None:
    every = [one for area in AREAS for one in _down(area)] + [alert(site) for site in hyderabad.SITES]
    with writing(wide) as connection:
        taken = post(connection, body(*every))
        assert taken.opened == (FIRST,)
        assert taken.judgements == {"opened_an_incident": 1, "joined_an_incident": len(every) - 1}
        it = incident(connection)
        assert (it.cause_key, it.place) == ("core:A+core:B", "core:A + core:B")
        assert len(causes(connection)) == len(every)
        assert rows(connection, t.incident_explanation, "element_id") == [("core:A",), ("core:B",)]


def test_a_late_alert_joins_the_incident_that_explains_it_and_another_one_does_not(wide: Engine) -> None:
    most = [one for area in AREAS for one in _down(area, range(4))] + [
        alert(site) for site in hyderabad.SITES
    ]
    with writing(wide) as connection:
        post(connection, body(*most))
        late = post(connection, body(*_down(AREAS[0], range(4, 5))), T0 + 20 * MINUTE)
        assert (late.judgements, late.moved) == ({"joined_an_incident": 1}, (FIRST,))


def test_four_hubs_are_four_incidents_and_a_lone_site_is_a_fifth(wide: Engine) -> None:
    areas = AREAS[:4]
    fires = [one for area in areas for one in _down(area)] + _down(AREAS[9], range(1))
    with writing(wide) as connection:
        taken = post(connection, body(*fires))
        assert len(taken.opened) == 5


def test_an_incident_of_the_burst_that_the_explanation_covers_is_adopted(wide: Engine) -> None:
    with writing(wide) as connection:
        assert post(connection, body(*_down(AREAS[0]))).opened == (FIRST,)
        others = [one for area in AREAS[1:] for one in _down(area)] + [
            alert(site) for site in hyderabad.SITES
        ]
        taken = post(connection, body(*others), T0 + MINUTE)
        assert (taken.opened, taken.moved) == ((), (FIRST,))


def test_the_storm_resolves_site_by_site(wide: Engine) -> None:
    every = [one for area in AREAS for one in _down(area)] + [alert(site) for site in hyderabad.SITES]
    back = [one | {"status": "resolved", "endsAt": "2026-11-22T03:50:00Z"} for one in every]
    with writing(wide) as connection:
        post(connection, body(*every))
        post(connection, body(*back[1:]), T0 + MINUTE)
        assert [fires for _, fires in causes(connection).values()].count(True) == 1
        assert post(connection, body(*back), T0 + 2 * MINUTE).judgements == {
            "repeated": len(every) - 1,
            "cleared_a_cause": 1,
        }
