"""Every look at customers is written down before it is shown, and cannot be taken back."""

from collections.abc import Callable

import pytest
import room_story as outage
from front import TestClient
from room_story import FIRST
from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from tellfirst.accounts.audit import audit, entries
from tellfirst.bootstrap import World
from tellfirst.domain.audit import Actor, Audited, Through
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

Enter = Callable[[str], TestClient]
story = outage.story
ASHA = Actor("asha", Through.ROOM)


@pytest.mark.parametrize(
    ("path", "what", "incident", "customer"),
    [
        (f"/room/incidents/{FIRST}/untold", "looked_at_untold", FIRST, None),
        ("/room/contacts", "looked_at_contacts", None, None),
        (f"/room/incidents/{FIRST}", "looked_at_contacts", FIRST, None),
        ("/room/contacts/CON-000001", "looked_at_contact", FIRST, "C1"),
        ("/room/customers/C1", "looked_at_customer", None, "C1"),
    ],
)
def test_a_look_at_customers_is_audited(
    enter: Enter, people: World, path: str, what: str, incident: str | None, customer: str | None
) -> None:
    enter("operator").get(path)
    with reading(people.engine) as connection:
        newest = entries(connection)[0]
    assert (newest.account, newest.through, newest.what) == ("operator", "room", what)
    assert (newest.incident, newest.customer) == (incident, customer)


@pytest.mark.parametrize(
    "path", ["/room", "/room/incidents", "/room/promises", f"/room/incidents/{FIRST}/preview"]
)
def test_a_look_at_counts_is_not(enter: Enter, people: World, path: str) -> None:
    enter("operator").get(path)
    with reading(people.engine) as connection:
        assert [one.what for one in entries(connection)] == ["logged_in"]


def test_what_cannot_be_audited_is_not_shown(enter: Enter, people: World) -> None:
    client = enter("operator")
    with writing(people.engine) as connection:
        connection.exec_driver_sql("DROP TRIGGER audit_entry_is_never_removed")
        connection.exec_driver_sql("DROP TRIGGER audit_entry_is_never_changed")
        connection.exec_driver_sql("ALTER TABLE audit_entry RENAME TO lost")
    with pytest.raises(Exception, match="audit_entry"):
        client.get(f"/room/incidents/{FIRST}/untold")


def test_a_page_that_draws_itself_again_shows_no_contacts_and_so_audits_no_look(
    enter: Enter, people: World
) -> None:
    page = enter("operator").get(f"/room/incidents/{FIRST}", headers={"X-Room-Live": "1"}).text
    assert "no signal since" not in page
    with reading(people.engine) as connection:
        assert [one.what for one in entries(connection)] == ["logged_in"]


def test_the_audit_page_shows_who_looked_at_whom_and_is_audited_itself(enter: Enter, people: World) -> None:
    enter("operator").get("/room/customers/C1")
    admin = enter("admin")
    page = admin.get("/room/audit", params={"customer": "C1"}).text
    assert "looked at customer" in page
    assert "operator" in page
    with reading(people.engine) as connection:
        assert (entries(connection)[0].account, entries(connection)[0].what) == ("admin", "looked_at_audit")


@pytest.fixture
def audited(engine: Engine) -> Engine:
    with writing(engine) as connection:
        connection.execute(
            insert(t.customer).values(id=7, reference="C7", status="active", language="en", zone="UTC")
        )
        audit(connection, ASHA, Audited.LOOKED_AT_CUSTOMER, outage.T0, customer="C7", shown_count=1)
    return engine


def test_an_entry_of_the_audit_is_never_changed(audited: Engine) -> None:
    with pytest.raises(IntegrityError, match="audit is append-only"), writing(audited) as connection:
        connection.execute(update(t.audit_entry).values(account="nobody"))


def test_an_entry_of_the_audit_is_never_removed(audited: Engine) -> None:
    with pytest.raises(IntegrityError, match="audit is append-only"), writing(audited) as connection:
        connection.execute(delete(t.audit_entry))


def test_an_entry_outlives_the_customer_it_is_about(audited: Engine) -> None:
    with writing(audited) as connection:
        connection.execute(delete(t.customer))
    with reading(audited) as connection:
        [found] = entries(connection)
        kept = connection.execute(select(t.audit_entry.c.customer_id)).scalar_one()
    assert (found.customer, kept) == ("erased", 7)


def test_entries_are_paged_the_newest_first(audited: Engine) -> None:
    with writing(audited) as connection:
        for _ in range(4):
            audit(connection, ASHA, Audited.LOOKED_AT_CONTACTS, outage.T0)
    with reading(audited) as connection:
        first = entries(connection, limit=2)
        second = entries(connection, limit=2, before=first[-1].id)
        of_c7 = entries(connection, customer="C7")
    assert [one.id for one in (*first, *second)] == [5, 4, 3, 2]
    assert [one.id for one in of_c7] == [1]
