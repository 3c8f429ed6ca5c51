"""What an incident needs next, read from the database, and when the clock is to look again."""

from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta

import hyderabad
import pytest
from databases import fixtures
from hyderabad import BOOK, FIRST, MINUTE, SECOND, T0, add_customer, rows
from sqlalchemy import Connection, Engine, event, text, update

from tellfirst.audience.matching import match
from tellfirst.detect.weighing import weigh
from tellfirst.domain.audience import Whom
from tellfirst.domain.facts import Cause
from tellfirst.domain.incident import Stage, Step
from tellfirst.domain.lifecycle import Decision, Finished, Take, Wait
from tellfirst.domain.occasion import Occasion
from tellfirst.notices.following import follow_up
from tellfirst.notices.telling import tell_first
from tellfirst.notices.words import say
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing
from tellfirst.surveys.asking import ask
from tellfirst.timelines.promises import lapse_all
from tellfirst.timelines.situation import due_incidents, next_step, situation

WAITING = text(
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
)
HOUR = timedelta(hours=1)
TELL_FIRST = Take(Step.NOTIFY, "nobody_told_yet", Occasion.FIRST_WORD, Whom.NEWLY_AFFECTED)
TELL_LATECOMERS = Take(Step.NOTIFY, "newly_affected", Occasion.FIRST_WORD, Whom.NEWLY_AFFECTED)
ALL_CLEAR = Take(Step.FOLLOW_UP, "quiet_long_enough", Occasion.RESTORED, Whom.BACK)


def _told(engine: Engine) -> Engine:
    with writing(engine) as connection:
        hyderabad.build(connection)
        add_customer(connection, 1, "HYD0004")
        add_customer(connection, 2, "HYD0005")
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection)
    return engine


told, told_small = fixtures(_told)


def test_looking_at_an_incident_is_a_few_statements(told_small: Engine) -> None:
    """The clock looks at every incident again and again: what is one value is asked for with all the others."""
    asked: list[str] = []

    @event.listens_for(told_small, "before_cursor_execute")
    def _seen(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        asked.append(statement)

    with writing(told_small) as connection:
        _next(connection, T0 + MINUTE)
    # The incident, all that is one value, four about receipts that are missing, and when to look again.
    assert len(asked) <= 7


def _next(connection: Connection, now: datetime) -> Decision:
    return next_step(connection, FIRST, now, now)


def _next_due(connection: Connection) -> datetime | None:
    return hyderabad.incident(connection).next_due_at


def test_every_step_from_the_first_signal_to_the_end_is_asked_for_once(engine: Engine) -> None:
    back = T0 + 2 * MINUTE
    certain = back + BOOK.quiet_for
    survey = certain + BOOK.survey_after
    end = survey + BOOK.survey_open_for
    with writing(engine) as connection:
        hyderabad.build(connection)
        add_customer(connection, 1, "HYD0004")
        hyderabad.post(connection, hyderabad.body(hyderabad.alert("HYD0004")))
        assert _next(connection, T0) == Take(Step.DETECT, "signals_to_weigh")
        weigh(connection, FIRST, T0)
        assert _next(connection, T0) == Take(Step.MATCH, "footprint_known")
        match(connection, FIRST, T0)
        assert _next(connection, T0) == TELL_FIRST
        hyderabad.tell(connection)
        assert _next(connection, T0) == Wait(T0 + BOOK.next_update_every - BOOK.warn_before, "next_mark")
        hyderabad.mend(connection, "HYD0004", now=back)
        assert _next(connection, back) == Wait(certain, "next_mark")
        due = _next(connection, certain)
        assert due == ALL_CLEAR
        assert isinstance(due, Take)
        hyderabad.speak_next(connection, due, certain)
        assert _next(connection, certain) == Wait(survey, "survey_not_yet")
        assert _next(connection, survey) == Take(Step.SURVEY, "verified_and_settled", Occasion.SURVEY)
        ask(connection, FIRST, hyderabad.voice(survey))
        hyderabad.deliver(connection, survey)
        assert _next(connection, survey) == Wait(end, "answers_and_receipts_may_come")
        assert _next(connection, end) == Take(Step.CLOSE, "nothing_outstanding")
        connection.execute(update(t.incident).values(stage=Stage.CLOSED))
        assert _next(connection, end) == Finished()
        assert _next_due(connection) is None


def test_a_wait_is_written_where_the_clock_finds_it(told_small: Engine) -> None:
    mark = T0 + BOOK.next_update_every - BOOK.warn_before
    with writing(told_small) as connection:
        _next(connection, T0)
        assert _next_due(connection) == mark
        assert due_incidents(connection, mark - MINUTE) == []
        assert due_incidents(connection, mark) == [FIRST]


def test_a_step_that_is_due_keeps_the_incident_due_until_it_is_done(told_small: Engine) -> None:
    now = T0 + BOOK.next_update_every
    with writing(told_small) as connection:
        assert isinstance(_next(connection, now), Take)
        assert due_incidents(connection, now) == [FIRST]


def test_a_held_incident_is_not_due_until_a_signal_moves_it(sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as connection:
        hyderabad.build(connection)
        add_customer(connection, 1, "HYD0005")
        hyderabad.strike(connection, "HYD0004")
        assert _next(connection, T0) == Wait(None, "held: empty_audience")
        assert due_incidents(connection, T0 + HOUR) == []
        hyderabad.post(connection, hyderabad.body(hyderabad.alert("HYD0005")), T0 + MINUTE)
        assert due_incidents(connection, T0 + MINUTE) == [FIRST]
        assert _next(connection, T0 + MINUTE) == Take(Step.MATCH, "footprint_known")


def test_the_longest_due_comes_first_and_the_closed_never(sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as connection:
        hyderabad.build(connection)
        sites = ("HYD0000", "HYD0004", "HYD0008")
        hyderabad.post(connection, hyderabad.body(*(hyderabad.alert(site) for site in sites)))
        for key, due_at in ((1, T0), (2, T0 - MINUTE), (3, T0 - HOUR)):
            connection.execute(update(t.incident).where(t.incident.c.id == key).values(next_due_at=due_at))
        connection.execute(update(t.incident).where(t.incident.c.id == 3).values(stage=Stage.CLOSED))
        assert due_incidents(connection, T0) == [SECOND, FIRST]
        connection.execute(update(t.incident).values(next_due_at=None))
        assert due_incidents(connection, T0 + HOUR) == []


def test_a_promise_broken_in_silence_is_answered_at_once_and_then_by_no_second_word(told: Engine) -> None:
    late = T0 + BOOK.next_update_every + MINUTE
    with writing(told) as connection:
        assert lapse_all(connection, late) == [1]
        due = _next(connection, late)
        assert due == Take(Step.FOLLOW_UP, "promised_word_nearly_due", Occasion.UPDATE)
        assert isinstance(due, Take)
        hyderabad.speak_next(connection, due, late)
        assert isinstance(_next(connection, late), Wait)


def test_an_engineers_word_is_the_next_step_and_said_once(told: Engine) -> None:
    now = T0 + MINUTE
    with writing(told) as connection:
        say(connection, FIRST, author="ravi", now=now, cause=Cause.POWER_FAILURE)
        assert due_incidents(connection, now) == [FIRST]
        due = _next(connection, now)
        assert due == Take(Step.FOLLOW_UP, "engineers_spoke", Occasion.UPDATE)
        assert isinstance(due, Take)
        hyderabad.speak_next(connection, due, now)
        assert isinstance(_next(connection, now), Wait)


def test_a_correction_is_said_before_an_update(told_small: Engine) -> None:
    now = T0 + MINUTE
    with writing(told_small) as connection:
        say(connection, FIRST, author="ravi", now=now, cause=Cause.WEATHER)
        say(connection, FIRST, author="ravi", now=now, cause=Cause.FIBRE_CUT, correction=True)
        due = _next(connection, now)
        assert due == Take(Step.FOLLOW_UP, "engineers_corrected", Occasion.CORRECTION)
        assert isinstance(due, Take)
        hyderabad.speak_next(connection, due, now)
        assert isinstance(_next(connection, now), Wait)


def test_latecomers_are_matched_then_told_and_then_waited_with(told: Engine) -> None:
    now = T0 + MINUTE
    with writing(told) as connection:
        hyderabad.post(connection, hyderabad.body(hyderabad.alert("HYD0005")), now)
        assert _next(connection, now) == Take(Step.MATCH, "footprint_changed")
        match(connection, FIRST, now)
        assert _next(connection, now) == TELL_LATECOMERS
        hyderabad.tell(connection, now)
        assert isinstance(_next(connection, now), Wait)


def test_an_estimate_is_withdrawn_before_it_lapses_and_then_nothing_is_due(told_small: Engine) -> None:
    estimate_at = T0 + 20 * MINUTE
    mark = estimate_at - BOOK.overrun_before
    with writing(told_small) as connection:
        say(connection, FIRST, author="ravi", now=T0, estimate_at=estimate_at)
        hyderabad.speak_next(connection, Take(Step.FOLLOW_UP, "", Occasion.UPDATE), T0)
        assert _next(connection, T0) == Wait(mark, "next_mark")
        due = _next(connection, mark)
        assert due == Take(Step.FOLLOW_UP, "estimate_about_to_lapse", Occasion.OVERRUN)
        assert isinstance(due, Take)
        hyderabad.speak_next(connection, due, mark)
        assert isinstance(_next(connection, mark), Wait)


def test_of_several_parts_that_are_quiet_the_first_sets_the_mark(told_small: Engine) -> None:
    with writing(told_small) as connection:
        hyderabad.post(connection, hyderabad.body(hyderabad.alert("HYD0005")), T0)
        match(connection, FIRST, T0)
        hyderabad.tell(connection, T0)
        for minutes, site in ((1, "HYD0004"), (4, "HYD0005")):
            hyderabad.mend(connection, site, now=T0 + minutes * MINUTE)
        assert _next(connection, T0 + 4 * MINUTE) == Wait(T0 + MINUTE + BOOK.quiet_for, "next_mark")


def test_after_the_all_clear_for_a_part_the_rest_is_waited_for(told_small: Engine) -> None:
    now = T0 + MINUTE
    with writing(told_small) as connection:
        hyderabad.post(connection, hyderabad.body(hyderabad.alert("HYD0005")), T0)
        match(connection, FIRST, T0)
        hyderabad.tell(connection, T0)
        hyderabad.mend(connection, "HYD0004", now=now)
        hyderabad.all_clear(connection, now + BOOK.quiet_for)
        decision = _next(connection, now + BOOK.quiet_for)
        assert decision == Wait(T0 + BOOK.next_update_every - BOOK.warn_before, "next_mark")


def test_messages_that_wait_at_the_carrier_are_the_next_mark(told: Engine) -> None:
    now, again_at = T0 + MINUTE, T0 + 3 * MINUTE
    with writing(told) as connection:
        follow_up(connection, FIRST, Take(Step.FOLLOW_UP, "", Occasion.UPDATE), hyderabad.voice(now))
        assert _next(connection, now) == Take(Step.NOTIFY, "messages_waiting")
        connection.execute(
            update(t.chunk).where(t.chunk.c.done_at.is_(None)).values(due_at=again_at, lease_until=None)
        )
        assert _next(connection, now) == Wait(again_at, "next_mark")


@pytest.mark.parametrize("stage", [Stage.VERIFIED, Stage.SURVEYED])
def test_what_could_not_leave_before_the_end_still_may(told_small: Engine, stage: Stage) -> None:
    """Notify sends what waits; there is nobody left to tell first, and that is no failure."""
    certain = T0 + MINUTE + BOOK.quiet_for
    with writing(told_small) as connection:
        hyderabad.mend(connection, "HYD0004", now=T0 + MINUTE)
        follow_up(connection, FIRST, ALL_CLEAR, hyderabad.voice(certain))
        connection.execute(update(t.incident).values(stage=stage))
        assert _next(connection, certain) == Take(Step.NOTIFY, "messages_waiting")
        assert tell_first(connection, FIRST, hyderabad.voice(certain)) is None
        assert hyderabad.incident(connection).stage is stage


def test_a_crash_between_the_last_message_and_its_conclusion_is_made_good(told_small: Engine) -> None:
    """Otherwise promises stay open: before the end a word is said twice, after it nothing ever happens."""
    certain = T0 + MINUTE + BOOK.quiet_for
    with writing(told_small) as connection:
        hyderabad.mend(connection, "HYD0004", now=T0 + MINUTE)
        follow_up(connection, FIRST, ALL_CLEAR, hyderabad.voice(certain))
        connection.execute(update(t.delivery).values(state="sent", handed_over_at=certain))
        connection.execute(update(t.chunk).values(done_at=certain))
        assert _next(connection, certain + HOUR) == Take(Step.NOTIFY, "messages_waiting")
        hyderabad.deliver(connection, certain + HOUR)
        assert _next(connection, certain + HOUR) == Wait(certain + BOOK.survey_after, "survey_not_yet")


def test_a_word_that_comes_while_the_next_step_is_decided_is_not_slept_over(told: Engine) -> None:
    now = T0 + MINUTE
    with ThreadPoolExecutor(1) as worker, writing(told) as connection:
        say(connection, FIRST, author="ravi", now=now, cause=Cause.POWER_FAILURE)
        deciding = worker.submit(_decide, told, now)
        _until_it_waits_or_ends(told, deciding)
        connection.commit()
        deciding.result(10)
    with reading(told) as connection:
        assert due_incidents(connection, now) == [FIRST]


def test_the_clocks_of_promises_and_of_machines_do_not_mix(told_small: Engine) -> None:
    """In a scenario the machine's clock may be years from the story's."""
    wall = T0 + timedelta(days=400)
    with writing(told_small) as connection:
        connection.execute(update(t.chunk).values(done_at=None, due_at=wall + 5 * MINUTE))
        it = hyderabad.incident(connection)
        assert situation(connection, it, T0, wall).retry_due_at == T0 + 5 * MINUTE


def test_the_log_of_an_incident_tells_its_notices(told_small: Engine) -> None:
    with reading(told_small) as connection:
        assert rows(connection, t.incident_entry, "topic", "reason")[-1] == ("notice", "nobody_told_yet")


def _decide(engine: Engine, now: datetime) -> Decision:
    with writing(engine) as connection:
        return next_step(connection, FIRST, now, now)


def _until_it_waits_or_ends(engine: Engine, other: "Future[Decision]") -> None:
    """On SQLite the other transaction waits for ours from its first statement on."""
    with engine.connect() as connection:
        while engine.dialect.name == "postgresql" and not other.done():
            if connection.scalar(WAITING):
                return
            connection.rollback()
