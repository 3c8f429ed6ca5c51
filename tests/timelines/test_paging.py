"""Paging: a silent incident is written down with what it waits for; a told one is told, whatever Prefect has heard."""

import hyderabad
from databases import fixtures
from hyderabad import FIRST, MINUTE, T0, add_customer, rows
from sqlalchemy import Engine, update

from tellfirst.notices.approving import ask
from tellfirst.notices.telling import has_been_told, tell_first
from tellfirst.store import tables as t
from tellfirst.store.engine import writing
from tellfirst.timelines import paging


def _matched(engine: Engine) -> Engine:
    with writing(engine) as connection:
        hyderabad.build(connection)
        add_customer(connection, 1, "HYD0004")
        hyderabad.strike(connection, "HYD0004")
    return engine


matched, small_matched = fixtures(_matched)


def test_the_log_says_that_the_control_room_was_paged_and_what_the_incident_waits_for(
    matched: Engine,
) -> None:
    with writing(matched) as connection:
        paged = paging.page(connection, FIRST, paging.NO_FIRST_WORD, T0 + 12 * MINUTE)
        assert paged.sentence == "open for 12 minutes and nobody has been told; it stands at matched"
        connection.execute(update(t.incident).values(approval_needed=True))
        ask(connection, hyderabad.incident(connection), hyderabad.voice(T0))
        paging.page(connection, FIRST, paging.NO_FIRST_WORD, T0)
        connection.execute(update(t.incident).values(held="no_playbook"))
        paging.page(connection, FIRST, paging.NO_FIRST_WORD, T0)
        waits = [
            details["waits_for"]
            for topic, details in rows(connection, t.incident_entry, "topic", "details")
            if topic == "paged"
        ]
    assert waits == ["stands at matched", "waits for approval (open)", "is held: no_playbook"]


def test_an_incident_counts_as_told_once_somebody_was_or_nobody_is_left_to_hear(
    small_matched: Engine,
) -> None:
    with writing(small_matched) as connection:
        assert not has_been_told(connection, FIRST)
        tell_first(connection, FIRST, hyderabad.voice(T0))
        assert not has_been_told(connection, FIRST), "planned, and nothing has left"
        hyderabad.deliver(connection, T0)
        assert has_been_told(connection, FIRST)
        connection.execute(t.delivery.delete())
        assert has_been_told(connection, FIRST)
