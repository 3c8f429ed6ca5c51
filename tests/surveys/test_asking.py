"""The gate: only who was told of the problem and told that it is over is asked, and nobody before that."""

from datetime import timedelta

import hyderabad
import pytest
from hyderabad import BOOK, FIRST, MINUTE, T0, add_customer, all_clear, phone, rows
from sqlalchemy import Connection, Engine, insert, select, update

from tellfirst.contacts import still_out
from tellfirst.domain.errors import LostRace, NotFound
from tellfirst.domain.incident import Stage, Step
from tellfirst.domain.lifecycle import Take, Wait
from tellfirst.domain.occasion import Occasion
from tellfirst.notices.following import follow_up
from tellfirst.store import playbook_copy
from tellfirst.store import tables as t
from tellfirst.store.engine import writing
from tellfirst.surveys.asking import ask
from tellfirst.surveys.responding import Standing, invitation
from tellfirst.timelines.situation import next_step

BACK = T0 + MINUTE
CERTAIN = BACK + BOOK.quiet_for
ASKED = CERTAIN + BOOK.survey_after


def _town(connection: Connection, *keys: int) -> None:
    hyderabad.build(connection)
    for key in keys:
        add_customer(connection, key, "HYD0004")
    hyderabad.strike(connection, "HYD0004")


def _restored(connection: Connection, *, lost: tuple[int, ...] = ()) -> None:
    hyderabad.mend(connection, "HYD0004", now=BACK)
    all_clear(connection, CERTAIN, lost=lost)


def _invitations(connection: Connection) -> list[tuple[object, ...]]:
    found = rows(connection, t.delivery, "customer_id", "state", "reason", "occasion")
    return [row[:3] for row in found if row[3] == "survey"]


def test_everyone_stays_in_the_books_with_the_reason_why_they_are_not_asked(engine: Engine) -> None:
    with writing(engine) as connection:
        hyderabad.build(connection)
        for key in (1, 2, 3):
            add_customer(connection, key, "HYD0004")
        add_customer(connection, 4, "HYD0004", phone=None)
        add_customer(connection, 5, "HYD0004", phone=phone(1))
        add_customer(connection, 6, "HYD0004")
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection)
        # To 2 the first word and to 3 the all-clear never left, and nobody at a carrier refused them.
        d = t.delivery.c
        never_left = {"state": "cancelled", "reason": "superseded"}
        hyderabad.as_if(connection, d.customer_id == 2, **never_left)
        hyderabad.mend(connection, "HYD0004", now=BACK)
        _speak_all_clear_without(connection, 3)
        connection.execute(
            insert(t.opt_out).values(channel="sms", address=phone(6), at=CERTAIN, source="customer")
        )
        asked = ask(connection, FIRST, hyderabad.voice(ASKED))
        assert asked is not None
        assert (asked.plan.planned_count, asked.plan.pending_count) == (6, 1)
        assert _invitations(connection) == [
            (1, "pending", "affected"),
            (2, "cancelled", "never_told"),
            (3, "cancelled", "not_told_it_is_over"),
            (4, "failed", "no_contact_point"),
            (5, "cancelled", "covered_by_shared_contact"),
            (6, "cancelled", "opted_out"),
        ]


def _speak_all_clear_without(connection: Connection, key: int) -> None:
    due = Take(Step.FOLLOW_UP, "quiet_long_enough", Occasion.RESTORED)
    follow_up(connection, FIRST, due, hyderabad.voice(CERTAIN))
    d = t.delivery.c
    connection.execute(
        update(t.delivery)
        .where(d.customer_id == key, d.occasion == "restored")
        .values(state="cancelled", reason="superseded")
    )
    hyderabad.deliver(connection, CERTAIN)


def test_a_contact_point_that_did_not_take_the_all_clear_is_not_asked_how_it_went(
    sqlite_engine: Engine,
) -> None:
    with writing(sqlite_engine) as connection:
        _town(connection, 1, 2)
        hyderabad.tell(connection)
        _restored(connection, lost=(2,))
        ask(connection, FIRST, hyderabad.voice(ASKED))
        assert _invitations(connection) == [
            (1, "pending", "affected"),
            (2, "cancelled", "contact_point_refused"),
        ]


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.VERIFIED])
def test_nobody_is_asked_before_service_is_verified_to_be_back_nor_twice(
    sqlite_engine: Engine, stage: Stage
) -> None:
    with writing(sqlite_engine) as connection:
        _town(connection, 1)
        hyderabad.tell(connection)
        connection.execute(update(t.incident).values(stage=stage))
        with pytest.raises(LostRace, match="nobody is asked before service is verified"):
            ask(connection, FIRST, hyderabad.voice(ASKED))
        assert _invitations(connection) == []


def test_asking_a_second_time_loses_the_race(sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as connection:
        _town(connection, 1)
        hyderabad.tell(connection)
        _restored(connection)
        ask(connection, FIRST, hyderabad.voice(ASKED))
        with pytest.raises(LostRace):
            ask(connection, FIRST, hyderabad.voice(ASKED))
        assert len(_invitations(connection)) == 1


def test_the_survey_is_open_for_the_playbooks_span(sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as connection:
        _town(connection, 1)
        hyderabad.tell(connection)
        _restored(connection)
        ask(connection, FIRST, hyderabad.voice(ASKED))
        it = hyderabad.incident(connection)
        assert (it.stage, it.survey_closes_at) == (Stage.SURVEYED, ASKED + BOOK.survey_open_for)


def test_a_playbook_without_a_survey_goes_on_to_the_end_and_asks_nobody(sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as connection:
        _town(connection, 1)
        hyderabad.tell(connection)
        _restored(connection)
        silent = {**playbook_copy.to_json(BOOK), "survey": False}
        connection.execute(update(t.incident).values(playbook=silent))
        assert ask(connection, FIRST, hyderabad.voice(ASKED)) is None
        it = hyderabad.incident(connection)
        assert (it.stage, it.survey_closes_at, _invitations(connection)) == (Stage.SURVEYED, ASKED, [])
        assert next_step(connection, FIRST, ASKED, ASKED) == Take(Step.CLOSE, "nothing_outstanding")


def test_a_customer_back_early_and_one_back_late_are_asked_together(sqlite_engine: Engine) -> None:
    late = CERTAIN + timedelta(hours=1)
    with writing(sqlite_engine) as connection:
        hyderabad.build(connection)
        add_customer(connection, 1, "HYD0004")
        add_customer(connection, 2, "HYD0005")
        hyderabad.strike(connection, "HYD0004", "HYD0005")
        hyderabad.tell(connection)
        hyderabad.mend(connection, "HYD0004", now=BACK)
        all_clear(connection, CERTAIN)
        with pytest.raises(LostRace):
            ask(connection, FIRST, hyderabad.voice(CERTAIN))
        hyderabad.mend(connection, "HYD0005", now=CERTAIN)
        all_clear(connection, late)
        ask(connection, FIRST, hyderabad.voice(late))
        assert _invitations(connection) == [(1, "pending", "affected"), (2, "pending", "affected")]


def test_an_incident_nobody_opened_is_not_found(sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as connection, pytest.raises(NotFound):
        ask(connection, FIRST, hyderabad.voice(ASKED))


def test_while_a_word_is_still_owed_the_survey_waits(sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as connection:
        _town(connection, 1)
        hyderabad.tell(connection)
        _restored(connection)
        assert next_step(connection, FIRST, ASKED, ASKED).reason == "verified_and_settled"
        owed = {"state": "open", "settled_at": None, "settled_by": None}
        connection.execute(update(t.promise).values(**owed))
        assert next_step(connection, FIRST, ASKED, ASKED) == Wait(None, "promises_not_settled")


def _once_more(connection: Connection) -> None:
    """Customers say that it is out, and later it is over again."""
    for key in (1, 2):
        still_out.say(connection, 1, phone(key), ASKED + MINUTE)
    still_out.settle(connection, 1, ASKED + 2 * MINUTE, "asha")
    a = t.audience.c
    back = {"over_at": ASKED + 3 * MINUTE, "over": "back", "over_revision": 1}
    connection.execute(update(t.audience).where(a.over_at.is_(None)).values(**back))
    connection.execute(update(t.incident).values(stage=Stage.VERIFIED, verified_at=ASKED + 3 * MINUTE))
    connection.execute(update(t.promise).values(state="kept", settled_at=ASKED + 3 * MINUTE))


def test_after_it_was_opened_again_only_those_are_asked_who_had_not_been(engine: Engine) -> None:
    """What waited to leave was withdrawn; what had left is closed, and open again with the second asking."""
    later = ASKED + 4 * MINUTE
    with writing(engine) as connection:
        _town(connection, 1, 2)
        hyderabad.tell(connection)
        _restored(connection)
        ask(connection, FIRST, hyderabad.voice(ASKED))
        d = t.delivery.c
        sent = {"state": "sent", "handed_over_at": ASKED}
        first = d.customer_id == 1, d.occasion == "survey"
        connection.execute(update(t.delivery).where(*first).values(**sent))
        survey = connection.scalar(select(d.id).where(*first))
        assert survey is not None
        assert invitation(connection, survey, ASKED).standing is Standing.OPEN
        _once_more(connection)
        assert invitation(connection, survey, later).standing is Standing.CLOSED
        ask(connection, FIRST, hyderabad.voice(later))
        assert _invitations(connection) == [
            (1, "sent", "affected"),
            (2, "cancelled", "reopened"),
            (1, "cancelled", "already_asked"),
            (2, "pending", "affected"),
        ]
        assert invitation(connection, survey, later).standing is Standing.OPEN
