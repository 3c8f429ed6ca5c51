"""Each act: a look that changes nothing and shows the words, then the act, in the books and in the audit."""

from collections.abc import Callable
from dataclasses import replace
from unittest.mock import patch

import hyderabad
import pytest
import room_staff as staff
import room_story as outage
from databases import on_both
from front import TestClient
from httpx import Response
from room_story import FIRST
from sqlalchemy import select, update

from tellfirst.accounts.audit import entries
from tellfirst.bootstrap import World
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

Enter = Callable[[str], TestClient]
story = outage.story
pytestmark = on_both


def act(client: TestClient, name: str, reference: str = FIRST, **fields: str) -> Response:
    return staff.send(client, f"/room/incidents/{reference}/{name}", **fields)


def audited(world: World) -> list[tuple[str, str, str | None]]:
    with reading(world.engine) as connection:
        found = entries(connection)
    looks = ("logged_in", "looked_at_contacts")
    return [(one.account, one.what.value, one.incident) for one in found if one.what.value not in looks]


def entry(world: World) -> tuple[str, str, str]:
    """The newest of the incident's own log."""
    e = t.incident_entry.c
    with reading(world.engine) as connection:
        row = connection.execute(select(e.topic, e.reason, e.actor).order_by(e.id.desc()).limit(1)).one()
    return row.topic, row.reason, row.actor


def test_a_word_is_shown_in_every_language_before_it_goes_and_nothing_is_written(
    enter: Enter, people: World
) -> None:
    client = enter("operator")
    shown = act(client, "update", cause="power_failure", estimate="+90m", note_en="A crew is on site.")
    assert shown.status_code == 200
    assert "Nothing has been done yet." in shown.text
    assert "A crew is on site." in shown.text
    assert 'lang="te"' in shown.text
    assert 'lang="ur"' in shown.text
    assert "10:46 IST" in shown.text
    with reading(people.engine) as connection:
        assert connection.execute(select(t.word)).all() == []
    assert audited(people) == []


def test_a_confirmed_word_is_the_one_that_was_shown(enter: Enter, people: World) -> None:
    client = enter("operator")
    fields = {"cause": "power_failure", "estimate": "+90m", "note_en": "A crew is on site."}
    shown = act(client, "update", **fields)
    for name, value in fields.items():
        assert f'name="{name}" value="{value}"' in shown.text
    done = act(client, "update", **fields, step="do")
    assert (done.status_code, done.headers["location"]) == (303, f"/room/incidents/{FIRST}?done=updated")
    with reading(people.engine) as connection:
        said = connection.execute(select(t.word)).one()
    assert (said.author, said.cause, said.notes) == (
        "operator",
        "power_failure",
        {"en": "A crew is on site."},
    )
    assert said.estimate_at == outage.T0 + 97 * outage.MINUTE
    assert audited(people) == [("operator", "said", FIRST)]
    assert "Your word is on its way." in client.get(done.headers["location"]).text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "an update must say something"),
        ({"estimate": "soon"}, "is no time"),
        ({"estimate": "2026-11-22T03:00+00:00"}, "has passed"),
        ({"cause": "gremlins"}, "is none of"),
        ({"note_en": "x" * 301}, "300 characters"),
    ],
)
def test_what_cannot_be_said_is_refused_at_the_look(
    enter: Enter, people: World, fields: dict[str, str], sentence: str
) -> None:
    refused = act(enter("operator"), "update", **fields)
    assert refused.status_code == 422
    assert sentence in refused.text
    with reading(people.engine) as connection:
        assert connection.execute(select(t.word)).all() == []


def test_restored_is_declared_after_the_all_clear_was_shown(enter: Enter, people: World) -> None:
    client = enter("operator")
    shown = act(client, "restore")
    assert "site:HYD0004" in shown.text
    assert "is back" in shown.text or "is working" in shown.text or "restored" in shown.text
    assert act(client, "restore", step="do").status_code == 303
    with reading(people.engine) as connection:
        [cause] = connection.execute(select(t.incident_element)).all()
    assert cause.until_at == outage.T0 + 7 * outage.MINUTE
    assert audited(people) == [("operator", "declared_restored", FIRST)]


def test_a_cause_is_withdrawn_with_the_correction_shown_first(enter: Enter, people: World) -> None:
    client = enter("operator")
    assert act(client, "withdraw").status_code == 422
    assert act(client, "withdraw", element="site:HYD0009").status_code == 422
    shown = act(client, "withdraw", element="site:HYD0004")
    assert (shown.status_code, "site:HYD0004" in shown.text) == (200, True)
    assert "we got something wrong in an earlier text" in shown.text
    assert act(client, "withdraw", element="site:HYD0004", step="do").status_code == 303
    with reading(people.engine) as connection:
        [cause] = connection.execute(select(t.incident_element)).all()
    assert cause.withdrawn_at is not None
    assert audited(people) == [("operator", "withdrew", FIRST)]


def test_an_incident_is_acknowledged_once(enter: Enter, people: World) -> None:
    first, second = enter("operator"), enter(staff.BOTH)
    assert act(first, "acknowledge").headers["location"].endswith("done=acknowledged")
    assert act(second, "acknowledge").headers["location"].endswith("done=taken")
    with reading(people.engine) as connection:
        assert connection.execute(select(t.acknowledgement.c.by)).scalar_one() == "operator"


@pytest.mark.parametrize("effect", ["hold", "cancel"])
def test_sending_is_stopped_and_let_go(enter: Enter, people: World, effect: str) -> None:
    client = enter("approver")
    assert "Messages that have not left" in act(client, "stop", reason="wrong town", effect=effect).text
    assert act(client, "stop", reason="wrong town", effect=effect, step="do").status_code == 303
    page = client.get(f"/room/incidents/{FIRST}").text
    assert "is stopped since" in page
    assert "wrong town" in page
    assert act(client, "go", step="do").headers["location"].endswith("done=lifted")
    assert act(client, "go", step="do").headers["location"].endswith("done=not_stopped")
    assert [what for _, what, _ in audited(people)] == ["lifted", "lifted", "stopped"]


def test_a_stop_without_a_reason_stops_nothing(enter: Enter, people: World) -> None:
    assert act(enter("operator"), "stop", step="do").status_code == 422
    assert audited(people) == []


def test_everything_is_stopped_from_the_front(enter: Enter) -> None:
    client = enter("operator")
    assert staff.send(client, "/room/stop", reason="the wrong words", step="do").headers["location"] == (
        "/room?done=stopped"
    )
    assert "Sending is stopped" in client.get("/room").text
    assert staff.send(client, "/room/go", step="do").headers["location"] == "/room?done=lifted"
    assert "Sending is stopped" not in client.get("/room").text


@pytest.fixture
def waiting(people: World) -> World:
    """A second outage hits so many that two must agree."""
    book = replace(hyderabad.BOOK, approve_above=0.1)
    book = replace(book, approvals=replace(book.approvals, above=0.1, second_above=0.2))
    now = people.clock.now()
    with patch.dict(hyderabad.BOOKS, {"mobile_site_down": book}), writing(people.engine) as connection:
        for key in range(20, 30):
            hyderabad.add_customer(connection, key, "HYD0000")
        hyderabad.post(connection, hyderabad.body(hyderabad.alert("HYD0000", starts_at=now)), now)
        hyderabad.weigh(connection, hyderabad.SECOND, now)
        hyderabad.match(connection, hyderabad.SECOND, now)
        it = incidents.by_reference(connection, hyderabad.SECOND)
        assert it.approval_needed
        from tellfirst.notices import approving

        approving.ask(connection, it, people.voice())
    return people


def test_two_accounts_must_agree_and_one_does_not_count_twice(enter: Enter, waiting: World) -> None:
    first, second = enter("approver"), enter(staff.BOTH)
    page = first.get(f"/room/incidents/{hyderabad.SECOND}/preview").text
    assert 'name="revision" value="1"' in page
    assert "Deccan Mobile: mobile service has been down in Kukatpally" in page
    one = act(first, "approve", hyderabad.SECOND, revision="1")
    assert one.headers["location"].endswith("done=first_of_two")
    again = act(first, "approve", hyderabad.SECOND, revision="1")
    assert (again.status_code, "has agreed already" in again.text) == (422, True)
    assert (
        act(second, "approve", hyderabad.SECOND, revision="1").headers["location"].endswith("done=approved")
    )
    with reading(waiting.engine) as connection:
        row = connection.execute(select(t.approval)).one()
    assert (row.first_by, row.second_by, row.state) == ("approver", staff.BOTH, "approved")
    assert [(who, what) for who, what, _ in audited(waiting)] == [
        (staff.BOTH, "approved"),
        ("approver", "approved"),
    ]


def test_an_answer_about_another_revision_is_refused_with_what_has_changed(
    enter: Enter, waiting: World
) -> None:
    refused = act(enter("approver"), "approve", hyderabad.SECOND, revision="7")
    assert (refused.status_code, "nothing was approved" in refused.text) == (422, True)
    assert act(enter("approver"), "approve", hyderabad.SECOND).status_code == 422


def test_a_no_says_why(enter: Enter, waiting: World) -> None:
    client = enter("approver")
    assert act(client, "decline", hyderabad.SECOND, revision="1").status_code == 422
    assert act(client, "decline", hyderabad.SECOND, revision="1", remark="the wrong sites").status_code == 303
    assert "the wrong sites" in client.get("/room/approvals").text
    retried = act(enter("operator"), "retry", hyderabad.SECOND)
    assert retried.headers["location"].endswith("done=retried")


def test_what_is_refused_is_not_audited_as_done(enter: Enter, people: World) -> None:
    client = enter("operator")
    for name in ("retry", "resume-notice", "cancel-notice", "work-start", "work-cancel"):
        assert (name, act(client, name, step="do").status_code) == (name, 422)
    assert audited(people) == []


def test_a_closed_incident_takes_no_word(enter: Enter, people: World) -> None:
    with writing(people.engine) as connection:
        connection.execute(update(t.incident).values(stage="closed", closed_at=people.clock.now()))
    client = enter("operator")
    assert act(client, "update", cause="power_failure", step="do").status_code == 422
    assert "/update" not in client.get(f"/room/incidents/{FIRST}").text
