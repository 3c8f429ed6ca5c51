"""Who shares a contact point is marked, and only while it is true."""

from filing import settle, stored
from sqlalchemy import Engine, update

from tellfirst.audience.sharing import mark_shared_contact_points
from tellfirst.store import tables as t
from tellfirst.store.engine import writing


def _give(engine: Engine, reference: str, **points: str | None) -> int:
    with writing(engine) as connection:
        connection.execute(update(t.customer).where(t.customer.c.reference == reference).values(**points))
        return mark_shared_contact_points(connection)


def test_a_shared_number_is_marked_and_unmarked_with_those_who_have_it(engine: Engine) -> None:
    settle(engine, "C1", "C2", "C3")
    assert _give(engine, "C1", phone="+911", email="a@b.in") == 0
    assert _give(engine, "C2", phone="+911") == 2
    assert stored(engine, t.customer, "reference", "phone_shared", "email_shared") == [
        ("C1", True, False), ("C2", True, False), ("C3", False, False)
    ]  # fmt: skip
    assert _give(engine, "C3", phone="+911", email="a@b.in") == 3
    assert _give(engine, "C3", phone="+911", email="a@b.in") == 0
    assert _give(engine, "C1", phone=None, email=None) == 3
    assert stored(engine, t.customer, "reference", "phone_shared", "email_shared") == [
        ("C1", False, False), ("C2", True, False), ("C3", True, False)
    ]  # fmt: skip
    assert _give(engine, "C3", phone="+912") == 2
