"""A first word that waits for approval is changed by its facts, seen before it counts, and asked about anew."""

from collections.abc import Callable
from dataclasses import replace
from unittest.mock import patch

import bearing
import hyderabad
import pytest
import room_staff as staff
import room_story as outage
from databases import on_both
from front import TestClient
from httpx import Response
from hyderabad import SECOND, rows

from tellfirst.bootstrap import World
from tellfirst.notices import approving
from tellfirst.notices.telling import tell_first
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing
from tellfirst.web.app import create_app

Enter = Callable[[str], TestClient]
story = outage.story
pytestmark = on_both
PREVIEW = f"/room/incidents/{SECOND}/preview"


def act(client: TestClient, name: str, **fields: str) -> Response:
    return staff.send(client, f"/room/incidents/{SECOND}/{name}", **fields)


@pytest.fixture(params=[1, 2])
def waiting(request: pytest.FixtureRequest, people: World) -> World:
    """A second outage hits so many that one must agree, or two."""
    second = 0.2 if request.param == 2 else None
    book = replace(hyderabad.BOOK, approve_above=0.1)
    book = replace(book, approvals=replace(book.approvals, above=0.1, second_above=second))
    now = people.clock.now()
    with patch.dict(hyderabad.BOOKS, {"mobile_site_down": book}), writing(people.engine) as connection:
        for key in range(20, 30):
            hyderabad.add_customer(connection, key, "HYD0000")
        hyderabad.post(connection, hyderabad.body(hyderabad.alert("HYD0000", starts_at=now)), now)
        hyderabad.weigh(connection, SECOND, now)
        hyderabad.match(connection, SECOND, now)
        approving.ask(connection, incidents.by_reference(connection, SECOND), people.voice())
    return people


def asked(world: World) -> list[tuple[str, str | None, str | None]]:
    with reading(world.engine) as connection:
        return rows(connection, t.approval, "state", "reason", "first_by")


def test_what_it_would_say_instead_is_shown_with_its_cost_before_it_counts(
    enter: Enter, waiting: World
) -> None:
    client = enter("operator")
    page = client.get(PREVIEW).text
    assert "Cause: being investigated" in page
    assert f'action="/room/incidents/{SECOND}/update"' in page
    shown = act(client, "update", cause="power_failure", estimate="+90m").text
    assert "The first word waits for approval." in shown
    assert "Cause: a power failure" in shown
    assert "mobile service has been down in Kukatpally" in shown
    assert "<b>10</b> readers" in shown
    assert asked(waiting) == [("open", None, None)]
    with reading(waiting.engine) as connection:
        assert rows(connection, t.word, "id") == []


def test_a_change_leads_back_to_the_approval_and_a_yes_that_was_given_counts_no_more(
    enter: Enter, waiting: World
) -> None:
    approver, operator = enter("approver"), enter("operator")
    with reading(waiting.engine) as connection:
        [(due_at,)] = rows(connection, t.approval, "due_at")
    assert act(approver, "approve", revision="1").status_code == 303
    done = act(operator, "update", cause="power_failure", step="do")
    assert done.headers["location"] == f"{PREVIEW}?done=asked_anew"
    page = operator.get(done.headers["location"]).text
    assert "its approval is asked anew" in page
    assert "Cause: a power failure" in page
    assert asked(waiting) == [("outdated", "facts_changed", "approver"), ("open", None, None)]
    with reading(waiting.engine) as connection:
        digests = rows(connection, t.approval, "digest")
        assert rows(connection, t.approval, "due_at")[-1] == (due_at,)
        it = incidents.by_reference(connection, SECOND)
    assert digests[0] != digests[1]
    assert it.approval_needed


def test_what_leaves_is_what_was_approved_and_says_it_once(enter: Enter, waiting: World) -> None:
    act(enter("operator"), "update", cause="power_failure", action="crew_on_site", step="do")
    for name in ("approver", staff.BOTH):
        act(enter(name), "approve", revision="1")
    with writing(waiting.engine) as connection:
        spoken = tell_first(connection, SECOND, waiting.voice())
        assert spoken is not None
        [facts] = [one for (one,) in rows(connection, t.notice, "facts") if one["reference"] == SECOND]
        assert (facts["cause"], facts["action"]) == ("power_failure", "crew_on_site")
        assert rows(connection, t.word, "notice_id") == [(spoken.notice_id,)]
        assert incidents.by_reference(connection, SECOND).cause == "power_failure"


def test_a_sentence_of_ones_own_follows_the_first_word_whose_texts_have_no_room_for_it(
    enter: Enter, waiting: World
) -> None:
    assert "yours follow it at once" in act(enter("operator"), "update", note_en="A crew is on site.").text
    heard = act(enter("operator"), "update", note_en="A crew is on site.", step="do")
    assert heard.headers["location"].endswith("done=word_waits")
    assert asked(waiting) == [("open", None, None)]
    for name in ("approver", staff.BOTH):
        act(enter(name), "approve", revision="1")
    with writing(waiting.engine) as connection:
        assert tell_first(connection, SECOND, waiting.voice()) is not None
        assert rows(connection, t.word, "notice_id") == [(None,)]


def test_the_same_by_the_api(waiting: World) -> None:
    program = bearing.program(create_app(waiting), waiting)
    said = {"cause": "power_failure"}
    seen = program.post(f"/api/v1/incidents/{SECOND}/update/preview", json=said).json()
    assert (seen["what"], seen["wording"]["reader_count"]) == ("will_change_first_word", 10)
    assert "a power failure" in seen["wording"]["texts"][0]["words"]
    assert asked(waiting) == [("open", None, None)]
    assert program.post(f"/api/v1/incidents/{SECOND}/update", json=said).json()["done"] == "asked_anew"
    assert [state for state, *_ in asked(waiting)] == ["outdated", "open"]
    whole = program.get(f"/api/v1/incidents/{SECOND}/preview").json()
    assert whole["wording"]["texts"] == seen["wording"]["texts"]
    assert whole["estimate"]["segment_count"] == whole["wording"]["part_count"]


def test_what_is_no_news_asks_nothing_anew(enter: Enter, waiting: World) -> None:
    done = act(enter("operator"), "update", cause="being_investigated", step="do")
    assert done.headers["location"].endswith("done=word_waits")
    assert asked(waiting) == [("open", None, None)]


def test_what_somebody_said_no_to_is_asked_about_again_by_a_person_alone(
    enter: Enter, waiting: World
) -> None:
    act(enter("approver"), "decline", revision="1", remark="no such outage")
    act(enter("operator"), "update", cause="power_failure", step="do")
    assert [state for state, *_ in asked(waiting)] == ["declined"]
