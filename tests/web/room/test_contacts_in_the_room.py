"""What people do with a contact in the room: look, take, answer, pass on, close; each in the books and in the audit."""

from collections.abc import Callable
from typing import Any

import hyderabad
import pytest
import room_staff as staff
import room_story as outage
from databases import on_both
from front import TestClient
from httpx import Response
from hyderabad import MINUTE, rows
from room_story import FIRST

from tellfirst.accounts.audit import entries
from tellfirst.bootstrap import World
from tellfirst.contacts.replying import Post, send_answers
from tellfirst.store import tables as t
from tellfirst.store.engine import reading

Enter = Callable[[str], TestClient]
story = outage.story
pytestmark = on_both
CONTACT = "CON-000001"
PAGE = f"/room/contacts/{CONTACT}"


def act(client: TestClient, name: str, **fields: str) -> Response:
    return staff.send(client, f"{PAGE}/{name}", **fields)


def audited(world: World) -> list[tuple[str, str, str | None, str | None, Any]]:
    """The newest first, without who came in."""
    with reading(world.engine) as connection:
        found = entries(connection)
    return [
        (one.account, one.what.value, one.incident, one.customer, one.details.get("contact"))
        for one in found
        if one.what.value != "logged_in"
    ]


def kept(world: World, *columns: str) -> list[tuple[Any, ...]]:
    with reading(world.engine) as connection:
        return rows(connection, t.contact, *columns)


def test_a_contact_is_reached_from_the_list_and_from_its_incident_and_each_look_is_audited(
    enter: Enter, people: World
) -> None:
    client = enter("operator")
    for where in ("/room/contacts", f"/room/incidents/{FIRST}"):
        assert f'<a href="{PAGE}">{CONTACT}</a>' in client.get(where).text
    page = client.get(PAGE).text
    assert "no signal since &lt;b&gt;morning&lt;/b&gt;" in page
    assert hyderabad.phone(1) not in page
    for shown in (f"/room/incidents/{FIRST}", "/room/customers/C1", "known", "helpdesk", "2 min 0 s late"):
        assert shown in page, shown
    assert audited(people)[0] == ("operator", "looked_at_contact", FIRST, "C1", CONTACT)


def test_a_contact_that_there_is_not_is_nowhere(enter: Enter) -> None:
    client = enter("operator")
    for where in ("CON-000099", "nonsense", "9" * 30):
        assert client.get(f"/room/contacts/{where}").status_code == 404
        assert staff.send(client, f"/room/contacts/{where}/take").status_code == 404


def test_whoever_takes_it_has_it_and_is_not_offered_it_again(enter: Enter, people: World) -> None:
    client = enter("operator")
    assert act(client, "take").headers["location"] == f"{PAGE}?done=contact_taken"
    assert kept(people, "state", "taken_by") == [("taken", "operator")]
    page = client.get(f"{PAGE}?done=contact_taken").text
    assert "It is yours; nobody else is called about it." in page
    assert f"{PAGE}/take" not in page
    assert f"{PAGE}/take" in enter(staff.BOTH).get(PAGE).text
    assert ("operator", "contact_taken", FIRST, "C1", CONTACT) in audited(people)


def test_an_answer_is_shown_with_its_way_before_it_is_promised(enter: Enter, people: World) -> None:
    client = enter("operator")
    text = "Your <SIM> was blocked.\r\nIt works again."
    shown = act(client, "answer", text=text, kind="complaint")
    assert shown.status_code == 200
    assert "Nothing has been done yet." in shown.text
    assert "sms +91 ••••• 01" in shown.text
    assert "Your &lt;SIM&gt; was blocked." in shown.text
    assert kept(people, "state") == [("waiting",)]
    assert audited(people) == [("operator", "looked_at_contact", FIRST, "C1", CONTACT)]
    done = act(client, "answer", text=text, kind="complaint", step="do")
    assert done.headers["location"] == f"{PAGE}?done=contact_answered"
    assert kept(people, "state", "state_reason", "kind", "taken_by") == [
        ("closed", "answered_by_a_person", "complaint", "operator")
    ]
    with reading(people.engine) as connection:
        [said] = rows(connection, t.contact_answer, "author", "channel", "state", "body")
    assert said == ("operator", "sms", "pending", "Your <SIM> was blocked.\nIt works again.")
    assert audited(people)[0] == ("operator", "contact_answered", FIRST, "C1", CONTACT)


def test_the_page_shows_how_an_answer_has_fared(enter: Enter, people: World) -> None:
    client = enter("operator")
    act(client, "answer", text="It works again.", step="do")
    nobody = Post(lambda _channel: [], lambda _name: pytest.fail("nobody brings it"))
    now = people.clock.now()
    assert send_answers(people.engine, nobody, now, now).failed == 1
    page = client.get(PAGE).text
    assert "failed" in page
    assert "no carrier" in page


def test_what_was_said_on_the_telephone_leaves_nothing_behind_to_be_sent(enter: Enter, people: World) -> None:
    client = enter("operator")
    assert "nothing leaves" in act(client, "answer", text="Told them.", given="yes").text
    done = act(client, "answer", text="Told them.", given="yes", step="do")
    assert done.headers["location"] == f"{PAGE}?done=contact_given"
    with reading(people.engine) as connection:
        assert rows(connection, t.contact_answer, "state") == [("given",)]


@pytest.mark.parametrize("step", ["", "do"])
@pytest.mark.parametrize("text", ["", "  ", "x" * 1_601])
def test_an_answer_that_cannot_be_sent_is_refused_at_the_look(
    enter: Enter, people: World, text: str, step: str
) -> None:
    assert act(enter("operator"), "answer", text=text, step=step).status_code == 422
    assert kept(people, "state") == [("waiting",)]
    assert audited(people) == []


def test_it_is_passed_on_with_the_time_the_customer_was_given(enter: Enter, people: World) -> None:
    client = enter("operator")
    act(client, "take")
    done = act(client, "pass-on", queue="billing", kind="invoice_query")
    assert done.headers["location"] == f"{PAGE}?done=contact_passed_on"
    assert kept(people, "state", "queue", "kind", "taken_by", "answer_due_at") == [
        ("waiting", "billing", "invoice_query", None, outage.T0 + 5 * MINUTE)
    ]
    assert audited(people)[0] == ("operator", "contact_passed_on", FIRST, "C1", CONTACT)


@pytest.mark.parametrize("queue", ["", "nobody", "billing "])
def test_it_is_passed_to_no_queue_that_there_is_not_nor_twice_to_one(
    enter: Enter, people: World, queue: str
) -> None:
    client = enter("operator")
    act(client, "pass-on", queue="billing")
    assert act(client, "pass-on", queue=queue).status_code == 422
    assert [what for _, what, *_ in audited(people)] == ["contact_passed_on"]


def test_it_is_closed_with_a_reason_and_takes_nothing_more(enter: Enter, people: World) -> None:
    client = enter("operator")
    assert act(client, "close", reason=" ").status_code == 422
    assert act(client, "close", reason="called twice").headers["location"] == f"{PAGE}?done=contact_closed"
    assert kept(people, "state", "state_reason") == [("closed", "called twice")]
    assert "/close" not in client.get(PAGE).text
    for name in ("take", "answer", "pass-on", "close"):
        refused = act(client, name, text="Hello", queue="billing", reason="x", step="do")
        assert (name, refused.status_code) == (name, 422)
    assert [what for _, what, *_ in audited(people) if what != "looked_at_contact"] == ["contact_closed"]


def test_an_approver_looks_and_does_not_answer(enter: Enter) -> None:
    page = enter("approver").get(PAGE).text
    assert "Your roles let you look at contacts, not answer them." in page
    assert f"{PAGE}/" not in page
