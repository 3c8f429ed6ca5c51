"""The measures of a small incident, each counted by hand from the books beside this file."""

import json
from dataclasses import replace
from time import perf_counter
from typing import Any

import pytest
from incident_books import (
    FIRST_WORD,
    at,
    open_incident,
    write_books,
    write_deliveries,
    write_notice,
    write_people,
)
from sqlalchemy import Engine, create_engine, insert, update

from tellfirst.domain.errors import NotFound
from tellfirst.review.answers import Answers
from tellfirst.review.interval import Interval
from tellfirst.review.ledger import PromiseCounts
from tellfirst.review.measures import Measures, measure
from tellfirst.review.reach import Reach
from tellfirst.review.telling import Contacts, Spread, Step
from tellfirst.review.timetable import Silence
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

NOW = at("16:00")


def measured(engine: Engine, incident_id: int = 1) -> Measures:
    with reading(engine) as connection:
        return measure(connection, incident_id, NOW)


@pytest.fixture
def whole(engine: Engine) -> Measures:
    """The hand-counted incident, on both databases."""
    return measured(engine, write_books(engine))


def test_every_affected_customer_is_told_or_counted_under_one_reason(whole: Measures) -> None:
    told = whole.telling
    assert told.audience_count == 12
    assert told.told_count == 7  # 1, 2, 3, 4, 11, 12, and 9 through the phone of 1
    assert told.untold == {
        "covered_by_shared_contact": 1,  # 10: the phone of 5 never got it
        "no_contact_point": 1,
        "opted_out": 1,
        "refused_by_carrier": 1,
        "undelivered": 1,
    }


def test_told_first_is_of_those_who_could_be_told_and_of_all(whole: Measures) -> None:
    told = whole.telling
    assert told.reachable_count == 10  # all but 7 (nowhere) and 8 (opted out)
    assert told.told_first_count == 5  # 1, 2, 3, 4, 9; 11 and 12 had asked before
    assert told.told_first_share == 0.5
    assert told.told_first_share_of_all == 0.4167


def test_contacts_are_split_by_whether_their_customer_had_been_told(whole: Measures) -> None:
    # 12 at 09:55 (before we knew), 11 at 10:01, 5 at 10:30 (never told) | 2 at 10:20.
    # Who asked first: 5, 11, 12, and 10 who shares the phone of 5.
    assert whole.contacts == Contacts(count=4, before_told_count=3, after_told_count=1, asked_first_count=4)


def test_lead_time_is_measured_from_the_opening_and_from_the_start(whole: Measures) -> None:
    # 2, 2, 4, 6, 8, 10, 12 minutes after the opening; the 95th of 100 lies 0.7 between the last two.
    assert whole.telling.since_opened == Spread(6.0, 11.4, 12.0)
    assert whole.telling.since_started == Spread(16.0, 21.4, 22.0)


def test_the_curve_of_the_told_rises_with_each_hand_over(whole: Measures) -> None:
    assert whole.telling.told_over_time == (
        Step(at("10:02"), 2),
        Step(at("10:04"), 3),
        Step(at("10:06"), 4),
        Step(at("10:08"), 5),
        Step(at("10:10"), 6),
        Step(at("10:12"), 7),
    )
    assert [step.count for step in whole.telling.contacted_over_time] == [1, 2, 3, 5]


def test_promises_are_counted_by_kind_and_state(whole: Measures) -> None:
    assert whole.words == PromiseCounts(
        made_count=3,
        kept_count=2,
        broken_count=1,
        replaced_count=0,
        open_count=0,
        kept_share=0.6667,
        worst_late_minutes=11.0,
    )
    assert whole.estimates == PromiseCounts(
        made_count=2,
        kept_count=1,
        broken_count=0,
        replaced_count=1,
        open_count=0,
        kept_share=1.0,
        worst_late_minutes=0.0,
    )
    late = whole.promises[1]
    assert (late.sequence, late.due_at, late.settled_by, late.late_minutes) == (2, at("10:55"), 3, 11.0)


def test_the_longest_silence_is_between_two_words_to_everyone(whole: Measures) -> None:
    # Words at 10:12, 10:26, 11:06 and 11:34.
    assert whole.silence == Silence(40.0, 30.0, 2, False)


def test_the_timetable_has_each_notice_with_whom_it_reached(whole: Measures) -> None:
    lines = [
        (one.sequence, one.occasion, one.planned_count, one.told, one.kept and one.kept.value)
        for one in whole.notices
    ]
    assert lines == [
        (1, "first_word", 12, {"sms": 4, "email": 2}, "kept"),
        (2, "update", 3, {"sms": 2}, "broken"),
        (3, "update", 0, {}, "kept"),
        (4, "restored", 12, {"sms": 4, "email": 1}, None),
        (5, "survey", 12, {"sms": 4, "email": 1}, None),
    ]
    assert whole.notices[0].told_count == 6
    assert whole.notices[2].estimate_at == at("12:00")


def test_reach_by_channel_adds_up(whole: Measures) -> None:
    sms, email, none = whole.by_channel
    assert sms == Reach(
        name="sms",
        planned_count=30,
        sendable_count=16,
        delivered_count=11,
        unreceipted_count=1,
        unconfirmed_count=2,
        undelivered_count=1,
        failed_count=1,
        waiting_count=0,
        not_sent={
            "covered_by_shared_contact": 6,
            "contact_point_refused": 4,
            "opted_out": 3,
            "superseded": 1,
        },
        delivered_share=0.6875,
    )
    assert (email.planned_count, email.sendable_count, email.delivered_count) == (6, 5, 4)
    assert (email.undelivered_count, email.not_sent) == (1, {"contact_point_refused": 1})
    assert email.delivered_share == 0.8
    assert (none.planned_count, none.sendable_count, none.failed_count) == (3, 0, 0)
    assert none.not_sent == {"no_contact_point": 3}
    assert none.delivered_share is None


def test_reach_by_language_adds_up(whole: Measures) -> None:
    counts = {
        line.name: (line.planned_count, line.sendable_count, line.delivered_count, line.delivered_share)
        for line in whole.by_language
    }
    assert counts == {
        "te": (21, 14, 14, 1.0),
        "en": (9, 5, 1, 0.2),
        "ur": (6, 2, 0, 0.0),
        "ms": (3, 0, 0, None),
    }
    assert [line.name for line in whole.by_language] == ["te", "en", "ur", "ms"]


def test_the_survey_is_counted_with_how_far_it_may_be_trusted(whole: Measures) -> None:
    # Scores 5, 4, 4, 3: mean 4, deviation 0.8165, t(3) 3.182, so 4 ± 1.299, cut at 5. Wilson for 3 of 4.
    assert whole.survey == Answers(
        invited_count=5,
        answered_count=4,
        response_rate=0.8,
        mean=4.0,
        mean_interval=Interval(2.7, 5.0),
        satisfied_share=0.75,
        satisfied_interval=Interval(0.3006, 0.9544),
        distribution={1: 0, 2: 0, 3: 1, 4: 2, 5: 1},
        withheld={
            "contact_point_refused": 3,
            "covered_by_shared_contact": 2,
            "no_contact_point": 1,
            "opted_out": 1,
        },
    )
    assert whole.telling.survey_before_told_count == 0


def test_every_gap_is_named_counted_and_put_in_words(whole: Measures) -> None:
    assert [(gap.name, gap.count) for gap in whole.gaps] == [
        ("element_unknown", 1),
        ("asked_first", 4),
        ("not_told_it_is_over", 1),  # 4: the mail bounced
        ("untold_covered_by_shared_contact", 1),
        ("untold_no_contact_point", 1),
        ("untold_opted_out", 1),
        ("untold_refused_by_carrier", 1),
        ("untold_undelivered", 1),
        ("promise_broken", 1),
        ("silence", 1),
        ("unconfirmed", 2),
        ("sent_again", 1),
    ]
    sentences = {gap.name: gap.sentence for gap in whole.gaps}
    assert sentences["element_unknown"].startswith("Not in the network: site:GHOST.")
    assert sentences["asked_first"] == "4 customers had to ask before we told them."
    assert sentences["untold_undelivered"].startswith("1 customer was not told:")
    assert sentences["promise_broken"] == (
        "The next word promised in notice 2 for 16:25 IST came 11 minutes late."
    )
    assert "was 40 minutes; a word every 30 minutes was promised" in sentences["silence"]


def test_measures_come_back_from_json_as_they_were(whole: Measures) -> None:
    text = json.dumps(whole.to_json(), allow_nan=False)
    assert Measures.from_json(json.loads(text)) == whole


def test_measuring_again_gives_the_same(engine: Engine) -> None:
    incident_id = write_books(engine)
    assert measured(engine, incident_id) == measured(engine, incident_id)


def test_an_incident_without_anything_has_zeros_and_no_shares(engine: Engine) -> None:
    with writing(engine) as connection:
        incident_id = open_incident(connection, playbook=None, stage="opened", held="no_playbook")
    empty = measured(engine, incident_id)
    told = empty.telling
    assert (told.audience_count, told.reachable_count, told.told_count, told.told_first_count) == (0,) * 4
    assert (told.told_first_share, told.told_first_share_of_all) == (None, None)
    assert told.since_opened == told.since_started == Spread(None, None, None)
    assert (told.untold, told.told_over_time, told.contacted_over_time) == ({}, (), ())
    assert empty.contacts == Contacts(0, 0, 0, 0)
    assert empty.words == empty.estimates == PromiseCounts(0, 0, 0, 0, 0, None, 0.0)
    assert empty.silence == Silence(None, None, None, None)
    assert (empty.notices, empty.promises, empty.by_channel, empty.by_language) == ((), (), (), ())
    assert empty.survey.invited_count == empty.survey.answered_count == 0
    assert (empty.survey.mean, empty.survey.mean_interval, empty.survey.response_rate) == (None,) * 3
    assert (empty.survey.satisfied_share, empty.survey.satisfied_interval) == (None, None)
    assert empty.zone == "UTC"
    assert [gap.name for gap in empty.gaps] == ["no_audience"]
    json.dumps(empty.to_json(), allow_nan=False)


def test_customers_nobody_has_planned_to_tell_are_called_forgotten(sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as connection:
        incident_id = open_incident(connection, stage="matched")
        write_people(connection, incident_id, range(1), over=None)
    found = measured(sqlite_engine, incident_id)
    assert found.telling.untold == {"no_first_word_planned": 12}
    assert found.telling.told_first_share == 0.0
    assert found.telling.since_opened == Spread(None, None, None)
    assert any(gap.sentence.startswith("12 customers have been forgotten") for gap in found.gaps)


@pytest.mark.parametrize("state", ["pending", "sending", "unknown"])
def test_a_word_that_is_still_on_its_way_has_told_nobody(sqlite_engine: Engine, state: str) -> None:
    with writing(sqlite_engine) as connection:
        incident_id = open_incident(connection, stage="told")
        write_people(connection, incident_id, range(1), over=None)
        notice_id = write_notice(connection, incident_id, 1, "first_word", "10:00", None)
        lines = dict(FIRST_WORD)
        lines[2] = (state, "affected", None)
        write_deliveries(connection, incident_id, notice_id, "first_word", lines)
    found = measured(sqlite_engine, incident_id)
    assert found.telling.told_count == 6
    assert found.telling.untold["not_sent_yet"] == 1
    assert found.by_channel[0].waiting_count == 1
    assert found.silence == Silence(None, 30.0, None, None)


def test_silence_goes_on_until_now_while_service_is_not_back(sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as connection:
        incident_id = open_incident(connection, stage="following_up")
        write_people(connection, incident_id, range(1), over=None)
        write_notice(connection, incident_id, 1, "first_word", "10:00", "10:02", "10:30")
        write_notice(connection, incident_id, 2, "update", "10:25", "10:27", "10:55")
    assert measured(sqlite_engine, incident_id).silence == Silence(333.0, 30.0, 2, False)


def test_words_to_a_part_of_the_audience_end_no_silence(sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as connection:
        incident_id = open_incident(connection, verified_at=at("11:00"))
        write_notice(connection, incident_id, 1, "first_word", "10:00", "10:00")
        write_notice(connection, incident_id, 2, "first_word", "10:20", "10:20")  # late joiners
        write_notice(connection, incident_id, 3, "restored", "10:40", "10:40")  # those who are back already
        write_notice(connection, incident_id, 4, "restored", "11:00", "11:00")
    assert measured(sqlite_engine, incident_id).silence == Silence(60.0, 30.0, 1, False)


def test_there_is_no_silence_to_measure_while_a_first_word_is_still_waiting(sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as connection:
        incident_id = open_incident(connection, verified_at=at("11:00"))
        write_notice(connection, incident_id, 1, "first_word", "10:00", None)
        write_notice(connection, incident_id, 2, "restored", "11:00", "11:00")
    assert measured(sqlite_engine, incident_id).silence == Silence(None, 30.0, None, None)


def test_a_contact_of_somebody_outside_the_audience_counts_as_one_before_the_telling(
    sqlite_engine: Engine,
) -> None:
    incident_id = write_books(sqlite_engine)
    outsider = {"channel": "sms", "carrier_event": "SM-out", "address": "+910", "kind": "incident_report"}
    with writing(sqlite_engine) as connection:
        connection.execute(
            insert(t.contact).values(
                **outsider, incident_id=incident_id, intent="problem", body="", received_at=at("10:50")
            )
        )
    found = measured(sqlite_engine, incident_id)
    assert found.contacts == Contacts(count=5, before_told_count=4, after_told_count=1, asked_first_count=4)
    assert found.telling.told_first_count == 5


def test_a_promise_nobody_has_answered_is_a_gap_whether_open_or_broken(sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as connection:
        incident_id = open_incident(connection)
        for sequence in (1, 2):
            write_notice(connection, incident_id, sequence, "update", "10:00", "10:00", "10:30")
        common: dict[str, Any] = {"incident_id": incident_id, "kind": "next_update", "made_at": at("10:00")}
        lapsed = {"state": "broken", "settled_at": at("10:31"), "late_by_seconds": 60}
        connection.execute(insert(t.promise).values(notice_id=1, due_at=at("10:30"), **common, **lapsed))
        connection.execute(insert(t.promise).values(notice_id=2, due_at=at("10:40"), state="open", **common))
    found = measured(sqlite_engine, incident_id)
    assert (found.words.open_count, found.words.broken_count, found.words.kept_share) == (1, 1, 0.0)
    sentences = [gap.sentence for gap in found.gaps]
    assert "The next word promised in notice 1 for 10:30 UTC passed in silence." in sentences
    assert "The next word promised in notice 2 for 10:40 UTC is still open." in sentences


def test_a_word_whose_answer_stayed_lost_counts_from_when_the_wait_was_given_up(
    sqlite_engine: Engine,
) -> None:
    incident_id = write_books(sqlite_engine)
    d = t.delivery
    with writing(sqlite_engine) as connection:
        connection.execute(
            update(d)
            .where(d.c.customer_id == 3, d.c.occasion == "first_word")
            .values(handed_over_at=None, final_at=at("10:30"))
        )
    found = measured(sqlite_engine, incident_id)
    assert found.telling.told_count == 7
    assert found.telling.since_opened.max == 30.0


def test_a_contact_at_the_moment_of_the_telling_counts_as_before_it(sqlite_engine: Engine) -> None:
    incident_id = write_books(sqlite_engine)
    c = t.contact
    with writing(sqlite_engine) as connection:
        connection.execute(
            update(c).where(c.c.intent == "other", c.c.customer_id == 2).values(received_at=at("10:04"))
        )
    found = measured(sqlite_engine, incident_id)
    assert (found.contacts.before_told_count, found.contacts.after_told_count) == (4, 0)
    assert found.telling.told_first_count == 4


def test_a_survey_before_the_telling_is_found_although_the_database_would_refuse_it() -> None:
    unguarded = create_engine("sqlite://")
    t.metadata.create_all(unguarded)
    with unguarded.begin() as connection:
        incident_id = open_incident(connection)
        write_people(connection, incident_id, range(1))
        first = write_notice(connection, incident_id, 1, "first_word", "10:00", "10:12")
        write_deliveries(connection, incident_id, first, "first_word", FIRST_WORD)
        asked = write_notice(connection, incident_id, 2, "survey", "10:01", "10:05")
        lines = {
            1: ("delivered", "receipt", "10:01"),  # told at 10:02
            2: ("delivered", "receipt", "10:05"),  # told at 10:04
            5: ("sent", "affected", "10:05"),  # never told
            6: ("cancelled", "never_told", None),  # not asked
        }
        write_deliveries(connection, incident_id, asked, "survey", lines)
        found = measure(connection, incident_id, NOW)
    assert found.telling.survey_before_told_count == 2
    assert found.telling.told_first_count == 6  # nobody has asked here: 2, 3, 4, 9, 11, 12
    assert found.gaps[0].name == "survey_before_told"
    assert found.survey.withheld == {"never_told": 1}


def test_an_incident_that_does_not_exist_is_refused_with_a_way_on(sqlite_engine: Engine) -> None:
    with pytest.raises(NotFound, match="there is no incident number 99"):
        measured(sqlite_engine, 99)


def test_thousands_of_customers_are_measured_in_less_than_three_seconds(sqlite_engine: Engine) -> None:
    copies = 420
    incident_id = write_books(sqlite_engine, copies)
    began = perf_counter()
    found = measured(sqlite_engine, incident_id)
    took = perf_counter() - began
    assert found.telling.audience_count == 12 * copies
    assert found.telling.told_first_count == 5 * copies
    assert found.telling.told_first_share == 0.5
    assert found.contacts == Contacts(4 * copies, 3 * copies, copies, 4 * copies)
    assert found.by_channel[0].delivered_count == 11 * copies
    assert found.survey.distribution == {1: 0, 2: 0, 3: copies, 4: 2 * copies, 5: copies}
    assert found.survey.mean_interval == Interval(3.97, 4.03)
    assert replace(found.telling.since_opened, p95=None) == Spread(6.0, None, 12.0)
    assert took < 3.0
