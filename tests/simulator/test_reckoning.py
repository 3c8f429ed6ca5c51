"""The reckoning finds each way in which books and carriers can disagree, and nothing where they agree."""

from collections.abc import Iterator

import played
import pytest
from hyderabad import FIRST, T0, rows
from played import UNREACHED, Truth
from sqlalchemy import Connection, Engine, delete, insert, select, update

from tellfirst.simulator.reckoning import Summary, _reckon
from tellfirst.store import tables as t
from tellfirst.store.engine import writing


@pytest.fixture
def books(sqlite_engine: Engine) -> Iterator[Connection]:
    """Open, so that a test can falsify them."""
    with writing(sqlite_engine) as connection:
        played.play(connection)
        yield connection


def reckon(
    books: Connection, truth: Truth | None = None, alerted_at: dict[str, float] | None = None
) -> Summary:
    return _reckon(books, played.truth(books) if truth is None else truth, alerted_at or {}, 12.345)


def the(books: Connection, occasion: str, customer_id: int = 1) -> int:
    """The delivery of an occasion to a customer."""
    d = t.delivery.c
    wanted = select(d.id).where(d.occasion == occasion, d.customer_id == customer_id)
    return int(books.execute(wanted).scalar_one())


def test_where_books_and_carriers_agree_everything_holds(books: Connection) -> None:
    summary = reckon(books)
    assert summary.violations == ()
    assert summary.wall_seconds == 12.3


def test_the_figures_are_those_of_the_books(books: Connection) -> None:
    found = reckon(books)
    assert (found.customers, found.audience, found.deliveries) == (5, 5, 20)
    assert (found.delivered, found.failed, found.cancelled, found.undelivered) == (16, 4, 0, 0)
    assert (found.carrier_accepted, found.ledger_accepted) == (16, 16)
    assert (found.promises_made, found.promises_kept, found.promises_open) == (2, 2, 0)
    assert (found.surveys_sent, found.contacts, found.contacts_answered) == (4, 0, 0)


def test_a_message_the_carriers_saw_twice_is_a_duplicate(books: Connection) -> None:
    truth = played.truth(books)
    summary = reckon(books, [*truth, truth[3], truth[3]])
    assert (summary.duplicates, summary.carrier_accepted, summary.unknown_to_ledger) == (2, 18, 0)
    assert summary.violations == ("2 customers were told the same twice",)


def test_a_message_the_carriers_never_saw_is_found(books: Connection) -> None:
    summary = reckon(books, played.truth(books)[:-1])
    assert summary.unknown_to_carriers == 1
    assert summary.violations == ("1 messages are in our books but not with the carriers",)


def test_a_message_our_books_do_not_have_is_found(books: Connection) -> None:
    stray = {"reference": "4711", "at": 2_000.0}
    summary = reckon(books, [*played.truth(books), stray])
    assert summary.unknown_to_ledger == 1
    assert summary.violations == ("1 messages are with the carriers but not in our books",)


def test_a_message_we_believe_failed_but_the_carriers_took_is_found(books: Connection) -> None:
    taken = {"reference": str(the(books, "first_word", UNREACHED)), "at": 2_000.0}
    assert reckon(books, [*played.truth(books), taken]).unknown_to_ledger == 1


@pytest.mark.parametrize("state", ["pending", "sending", "unknown", "sent"])
def test_a_message_that_never_came_to_an_end_is_lost(books: Connection, state: str) -> None:
    last = the(books, "survey")
    # The database would not let an end be taken back.
    books.exec_driver_sql("DROP TRIGGER delivery_moves_by_the_table")
    books.exec_driver_sql("DROP TRIGGER survey_leaves_after_telling")
    books.execute(update(t.delivery).where(t.delivery.c.id == last).values(state=state, final_at=None))
    summary = reckon(books)
    assert summary.lost == 1
    assert "1 messages were lost" in summary.violations


def test_an_affected_customer_without_any_first_word_is_lost(books: Connection) -> None:
    books.execute(delete(t.delivery).where(t.delivery.c.id == the(books, "first_word", UNREACHED)))
    summary = reckon(books)
    assert (summary.lost, summary.deliveries) == (1, 19)
    assert summary.violations == ("1 messages were lost",)


def test_who_cannot_be_reached_is_in_the_books_with_the_reason_and_not_lost(books: Connection) -> None:
    assert reckon(books).lost == 0
    assert ("failed", "no_contact_point") in rows(books, t.delivery, "state", "reason")


@pytest.mark.parametrize("missed", ["first_word", "restored"])
def test_a_survey_the_carriers_saw_before_both_other_words_is_found(books: Connection, missed: str) -> None:
    """By the carriers' own order: what our books say about the times does not count."""
    truth, early = played.truth(books), str(the(books, missed, customer_id=2))
    for row in truth:
        if row["reference"] == early:
            row["at"] = 9_999.0
    summary = reckon(books, truth)
    assert summary.surveys_before_told == 1
    assert summary.violations == ("1 customers were asked before they were told",)


def test_a_survey_to_someone_the_carriers_never_told_is_found(books: Connection) -> None:
    truth = [row for row in played.truth(books) if row["reference"] != str(the(books, "first_word"))]
    assert reckon(books, truth).surveys_before_told == 1


def test_carriers_may_report_in_any_order(books: Connection) -> None:
    assert reckon(books, played.truth(books)[::-1]).violations == ()


def test_a_promise_nobody_settled_is_found(books: Connection) -> None:
    books.execute(
        update(t.promise).where(t.promise.c.id == 1).values(state="open", settled_at=None, settled_by=None)
    )
    summary = reckon(books)
    assert (summary.promises_open, summary.promises_kept) == (1, 1)
    assert summary.violations == ("1 promises are neither kept nor recorded broken",)


def test_a_broken_promise_is_counted_and_is_no_violation(books: Connection) -> None:
    books.execute(update(t.promise).where(t.promise.c.id == 1).values(state="broken"))
    summary = reckon(books)
    assert (summary.promises_broken, summary.violations) == (1, ())


def test_sending_again_is_counted(books: Connection) -> None:
    books.execute(update(t.delivery).where(t.delivery.c.id <= 2).values(resend_count=2))
    assert reckon(books).resends == 4


def test_contacts_are_counted_with_those_that_were_answered(books: Connection) -> None:
    for sid, answered_at in (("SM1", T0), ("SM2", None)):
        books.execute(
            insert(t.contact).values(
                channel="sms", carrier_event=sid, address="+914", kind="enquiry", intent="other", body="?",
                received_at=T0, answered_at=answered_at,
            )
        )  # fmt: skip
    summary = reckon(books)
    assert (summary.contacts, summary.contacts_answered) == (2, 1)


def test_the_lead_is_from_the_alert_to_the_carriers_word(books: Connection) -> None:
    """First words left 0, 1, 2 and 3 s after 1000; the alert 10 s before."""
    assert reckon(books, alerted_at={FIRST: 990.0}).alert_to_first_word_seconds == {"p50": 11.5, "p95": 12.85}


def test_without_an_alert_of_ours_there_is_no_lead(books: Connection) -> None:
    assert reckon(books, alerted_at={"INC-2026-9999": 1.0}).alert_to_first_word_seconds == {}


def test_a_story_that_did_not_happen_does_not_pass(sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as connection:
        [violation] = reckon(connection, []).violations
    assert violation.startswith("the story did not happen")


def test_every_violation_is_told_not_only_the_first(books: Connection) -> None:
    truth = played.truth(books)
    assert len(reckon(books, [truth[0], *truth[:-1]]).violations) == 2
