"""A large audience waits for a person, for as long as its playbook says; then it hears what is safe to say."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import hyderabad
import pytest
from databases import fixtures
from hyderabad import BOOK, FIRST, MINUTE, T0, add_customer, rows
from sqlalchemy import Connection, Engine, update
from sqlalchemy.exc import IntegrityError

from tellfirst.audience.approving import waiting_share
from tellfirst.audience.matching import match
from tellfirst.detect.causes import open_cause, withdraw_cause
from tellfirst.detect.releasing import release
from tellfirst.detect.weighing import weigh
from tellfirst.domain.approval import Approvals, ApprovalState
from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.facts import Cause, FactRecord
from tellfirst.domain.impact import Impact
from tellfirst.domain.incident import Stage, Step
from tellfirst.domain.lifecycle import Take
from tellfirst.notices.approving import Answered, approve, decline
from tellfirst.notices.following import follow_up
from tellfirst.notices.telling import tell_first
from tellfirst.notices.words import say
from tellfirst.store import approvals, playbook_copy
from tellfirst.store import tables as t
from tellfirst.store.engine import writing
from tellfirst.timelines.situation import next_step

WITHIN = timedelta(minutes=15)
SECOND_ABOVE = 0.7
CAREFUL = replace(BOOK, approve_above=0.4, approvals=Approvals(second_above=SECOND_ABOVE, within=WITHIN))
NEW, GROWN = T0 + MINUTE, T0 + 5 * MINUTE


def _city(engine: Engine) -> Engine:
    """A hundred customers: fifty behind HYD0004, thirty behind HYD0005, three behind HYD0006. HYD0004 fails."""
    with writing(engine) as connection:
        hyderabad.build(connection)
        for key in range(1, 101):
            site = (
                "HYD0004" if key <= 50 else "HYD0005" if key <= 80 else "HYD0006" if key <= 83 else "HYD0000"
            )
            add_customer(connection, key, site)
        hyderabad.post(connection, hyderabad.body(hyderabad.alert("HYD0004")), T0)
        connection.execute(update(t.incident).values(playbook=playbook_copy.to_json(CAREFUL)))
        weigh(connection, FIRST, T0)
        match(connection, FIRST, T0)
    return engine


city, small_city = fixtures(_city)


def run(connection: Connection, now: datetime) -> list[str]:
    """What the flow of the incident does at `now`, until nothing is due: the reasons."""
    taken: list[str] = []
    for _ in range(12):
        due = next_step(connection, FIRST, now, now)
        if not isinstance(due, Take):
            return taken
        taken.append(due.reason)
        match due.step:
            case Step.MATCH:
                match(connection, FIRST, now)
            case Step.NOTIFY:
                tell_first(connection, FIRST, hyderabad.voice(now))
            case Step.FOLLOW_UP:
                follow_up(connection, FIRST, due, hyderabad.voice(now))
        hyderabad.deliver(connection, now)
    raise AssertionError(f"goes round in a circle: {taken}")


def grow(connection: Connection, *sites: str, now: datetime = GROWN) -> None:
    for site in sites:
        open_cause(connection, 1, f"site:{site}", Impact.DOWN, T0, now)


def yes(connection: Connection, account: str, now: datetime = NEW) -> Answered:
    revision = hyderabad.incident(connection).audience_revision
    return approve(connection, FIRST, revision, hyderabad.voice(now), account)


def states(connection: Connection) -> list[str]:
    return [state for (state,) in rows(connection, t.approval, "state")]


def notices(connection: Connection) -> list[tuple[str, FactRecord]]:
    return [
        (occasion, FactRecord.from_json(facts))
        for occasion, facts in rows(connection, t.notice, "occasion", "facts")
    ]


def log(connection: Connection) -> list[str]:
    entries = rows(connection, t.incident_entry, "topic", "reason")
    return [reason for topic, reason in entries if topic == "approval"]


def test_a_question_says_how_many_until_when_and_of_how_many_accounts(city: Engine) -> None:
    with writing(city) as connection:
        assert run(connection, NEW) == ["approval_to_be_asked"]
        asked = approvals.latest(connection, 1)
        assert asked is not None
        assert (asked.affected_count, asked.base_count, asked.needed, asked.revision) == (50, 100, 1, 1)
        assert (asked.asked_at, asked.due_at, asked.state) == (NEW, NEW + WITHIN, ApprovalState.OPEN)
        assert hyderabad.incident(connection).next_due_at == NEW + WITHIN
        assert run(connection, NEW + MINUTE) == []
        assert [one[0] for one in approvals.waiting(connection)] == [FIRST]


def test_what_one_account_approved_is_told_and_nothing_waits_any_more(city: Engine) -> None:
    with writing(city) as connection:
        run(connection, NEW)
        assert yes(connection, "ravi").state is ApprovalState.APPROVED
        assert run(connection, NEW) == ["nobody_told_yet"]
        assert (states(connection), log(connection)) == (["approved"], ["asked", "approved"])
        assert rows(connection, t.approval, "first_by", "first_at", "told_at") == [("ravi", NEW, NEW)]
        assert not approvals.waiting(connection)


def test_above_the_second_limit_two_accounts_must_agree(city: Engine) -> None:
    with writing(city) as connection:
        grow(connection, "HYD0005", now=NEW)
        assert run(connection, NEW) == ["footprint_changed", "approval_to_be_asked"]
        first = yes(connection, "ravi")
        assert (first.affected_count, first.waits_for_second) == (80, True)
        assert run(connection, NEW) == []
        for again in ("ravi", "form:Ravi "):
            with pytest.raises(RuleBroken, match="ravi has agreed already"):
                yes(connection, again)
        assert yes(connection, "form:asha").state is ApprovalState.APPROVED
        assert run(connection, NEW) == ["nobody_told_yet"]
        assert log(connection) == ["asked", "first_of_two", "approved"]


def test_two_names_in_forms_prove_nobody(small_city: Engine) -> None:
    with writing(small_city) as connection:
        grow(connection, "HYD0005", now=NEW)
        run(connection, NEW)
        with pytest.raises(RuleBroken, match="say who you are"):
            yes(connection, "form: ")
        yes(connection, "form:Ravi")
        with pytest.raises(RuleBroken, match="names in forms prove nobody"):
            yes(connection, "form:Asha")
        assert yes(connection, "asha").state is ApprovalState.APPROVED


def test_the_database_refuses_the_same_account_twice_and_an_approval_by_nobody(city: Engine) -> None:
    with writing(city) as connection:
        run(connection, NEW)
    for lie in ({"first_by": "ravi", "second_by": "ravi"}, {"state": "approved"}, {"needed": 3}):
        with pytest.raises(IntegrityError), writing(city) as connection:
            connection.execute(update(t.approval).values(lie))


def test_a_first_yes_covers_a_tenth_more_and_no_more(small_city: Engine) -> None:
    with writing(small_city) as connection:
        grow(connection, "HYD0005", now=NEW)
        run(connection, NEW)
        yes(connection, "ravi")
        grow(connection, "HYD0006")
        assert run(connection, GROWN) == ["footprint_changed"]
        assert states(connection) == ["open"]
        assert yes(connection, "asha", GROWN).state is ApprovalState.APPROVED
        assert run(connection, GROWN) == ["nobody_told_yet"]


def test_an_outage_that_grows_is_asked_about_again_within_the_same_time(city: Engine) -> None:
    with writing(city) as connection:
        run(connection, NEW)
        grow(connection, "HYD0005")
        assert run(connection, GROWN) == ["footprint_changed", "approval_to_be_asked"]
        assert states(connection) == ["outdated", "open"]
        assert {due for (due,) in rows(connection, t.approval, "due_at")} == {NEW + WITHIN}
        assert run(connection, NEW + WITHIN) == ["approval_lapsed"]


def test_an_audience_that_shrinks_to_a_usual_size_is_asked_about_no_more(city: Engine) -> None:
    with writing(city) as connection:
        run(connection, NEW)
        grow(connection, "HYD0006", now=NEW)
        withdraw_cause(connection, 1, "site:HYD0004", NEW, "ravi")
        assert run(connection, NEW) == ["footprint_changed", "nobody_told_yet"]
        assert rows(connection, t.approval, "state", "reason") == [("outdated", "no_longer_needed")]


@pytest.mark.parametrize("changed", [{"cause": "weather"}, {"place": "Secunderabad"}])
def test_an_approval_is_for_the_facts_it_was_asked_about(small_city: Engine, changed: dict[str, Any]) -> None:
    with writing(small_city) as connection:
        run(connection, NEW)
        connection.execute(update(t.incident).values(changed))
        answered = yes(connection, "ravi")
        assert (answered.outdated, states(connection)) == (True, ["outdated", "open"])
        assert run(connection, NEW) == []
        yes(connection, "ravi")
        connection.execute(update(t.incident).values(started_at=T0 - MINUTE))
        assert run(connection, NEW + MINUTE) == ["nobody_told_yet"]
        assert states(connection) == ["outdated", "outdated", "open"]
        assert notices(connection) == []
        assert run(connection, NEW + WITHIN) == ["approval_lapsed"]


def test_an_approval_is_for_the_texts_it_was_asked_about(small_city: Engine) -> None:
    with writing(small_city) as connection:
        run(connection, NEW)
        rewritten = replace(hyderabad.voice(NEW), version=lambda _occasion: "2")
        assert approve(connection, FIRST, 1, rewritten, "ravi").outdated


def test_a_question_nobody_answers_ends_in_the_safe_word_to_everyone(city: Engine) -> None:
    with writing(city) as connection:
        connection.execute(update(t.incident).values(cause="fibre_cut", action="crew_on_site"))
        run(connection, NEW)
        say(
            connection, FIRST, author="asha", now=NEW, estimate_at=NEW + 2 * WITHIN, notes={"en": "A digger."}
        )
        assert run(connection, NEW + WITHIN) == ["approval_lapsed"]
        [(occasion, facts)] = notices(connection)
        assert occasion == "first_word"
        assert (facts.cause, facts.action, facts.estimate_at, facts.notes) == (
            "being_investigated",
            "investigating",
            None,
            (),
        )
        assert facts.next_update_at == NEW + WITHIN + BOOK.next_update_every
        assert {kind for (kind,) in rows(connection, t.promise, "kind")} == {"next_update"}
        assert len(rows(connection, t.delivery, "id")) == 50
        assert (states(connection), log(connection)[-1]) == (["lapsed"], "approval_lapsed_holding_told")
        assert hyderabad.incident(connection).cause == "fibre_cut"
        assert waiting_share(connection, hyderabad.incident(connection)).startswith("waits for approval")


def test_what_needed_the_approval_can_still_be_approved_as_an_update(city: Engine) -> None:
    lapsed, estimate = NEW + WITHIN, NEW + 4 * WITHIN
    with writing(city) as connection:
        run(connection, NEW)
        run(connection, lapsed)
        say(connection, FIRST, author="asha", now=lapsed, cause=Cause.FIBRE_CUT, estimate_at=estimate)
        assert run(connection, lapsed) == []
        holding = lapsed + BOOK.next_update_every - BOOK.warn_before
        assert run(connection, holding) == ["promised_word_nearly_due"]
        assert notices(connection)[-1][1].cause is Cause.BEING_INVESTIGATED
        assert yes(connection, "ravi", holding).state is ApprovalState.APPROVED
        assert run(connection, holding) == ["engineers_spoke"]
        occasion, facts = notices(connection)[-1]
        assert (occasion, facts.cause, facts.estimate_at) == ("update", Cause.FIBRE_CUT, estimate)
        assert not approvals.waiting(connection)


def test_facts_from_before_the_question_are_said_once_they_are_approved(small_city: Engine) -> None:
    with writing(small_city) as connection:
        connection.execute(update(t.incident).values(cause="weather"))
        run(connection, NEW)
        run(connection, NEW + WITHIN)
        yes(connection, "ravi", NEW + WITHIN + MINUTE)
        assert run(connection, NEW + WITHIN + MINUTE) == ["engineers_spoke"]
        assert notices(connection)[-1][1].cause is Cause.WEATHER


def test_where_nothing_was_kept_back_a_late_yes_says_nothing_again(small_city: Engine) -> None:
    with writing(small_city) as connection:
        run(connection, NEW)
        run(connection, NEW + WITHIN)
        yes(connection, "ravi", NEW + WITHIN + MINUTE)
        assert run(connection, NEW + WITHIN + MINUTE) == []
        assert len(notices(connection)) == 1


def test_late_sites_of_what_lapsed_are_told_and_many_more_are_asked_about(small_city: Engine) -> None:
    lapsed = NEW + WITHIN
    with writing(small_city) as connection:
        run(connection, NEW)
        run(connection, lapsed)
        grow(connection, "HYD0006", now=lapsed)
        assert run(connection, lapsed) == ["footprint_changed", "newly_affected"]
        assert notices(connection)[-1][1].cause is Cause.BEING_INVESTIGATED
        grow(connection, "HYD0005", now=lapsed)
        assert run(connection, lapsed) == ["footprint_changed", "approval_to_be_asked"]
        assert run(connection, lapsed + WITHIN) == ["approval_lapsed"]
        assert states(connection) == ["lapsed", "lapsed"]
        assert {facts.cause for _, facts in notices(connection)} == {Cause.BEING_INVESTIGATED}


def test_latecomers_nobody_answers_for_hear_the_safe_word_and_the_others_what_is_known(city: Engine) -> None:
    with writing(city) as connection:
        run(connection, NEW)
        yes(connection, "ravi")
        run(connection, NEW)
        say(connection, FIRST, author="asha", now=NEW, cause=Cause.FIBRE_CUT)
        run(connection, NEW)
        grow(connection, "HYD0005")
        assert run(connection, GROWN) == ["footprint_changed", "approval_to_be_asked"]
        assert run(connection, GROWN + WITHIN)[0] == "approval_lapsed"
        safe = [facts for occasion, facts in notices(connection) if occasion == "first_word"][-1]
        assert safe.cause is Cause.BEING_INVESTIGATED
        assert hyderabad.incident(connection).cause == Cause.FIBRE_CUT
        assert approvals.withheld(connection, 1) is None


def test_a_no_keeps_the_word_back_says_why_and_shows_it_as_late(city: Engine) -> None:
    with writing(city) as connection:
        run(connection, NEW)
        with pytest.raises(RuleBroken, match="say why"):
            decline(connection, FIRST, 1, hyderabad.voice(NEW), "ravi", " ")
        decline(connection, FIRST, 1, hyderabad.voice(NEW), "ravi", "the file of sites is wrong")
        assert run(connection, NEW + 9 * WITHIN) == []
        assert notices(connection) == []
        it = hyderabad.incident(connection)
        assert (it.stage, it.next_due_at) == (Stage.MATCHED, None)
        assert "late: declined (the file of sites is wrong)" in waiting_share(connection, it)
        assert [question.state for *_, question in approvals.waiting(connection)] == ["declined"]
        with pytest.raises(RuleBroken, match=r"was declined .*tellfirst incident retry"):
            yes(connection, "asha")


def test_what_was_declined_is_told_once_it_is_mended_or_asked_about_again(city: Engine) -> None:
    late = NEW + 2 * WITHIN
    with writing(city) as connection:
        run(connection, NEW)
        decline(connection, FIRST, 1, hyderabad.voice(NEW), "ravi", "wrong")
        release(connection, FIRST, {}, late, "asha")
        assert run(connection, late) == ["approval_to_be_asked"]
        asked = approvals.latest(connection, 1)
        assert asked is not None
        assert asked.due_at == late + WITHIN
        decline(connection, FIRST, 1, hyderabad.voice(late), "ravi", "still wrong")
        grow(connection, "HYD0006", now=late)
        withdraw_cause(connection, 1, "site:HYD0004", late, "asha")
        assert run(connection, late) == ["footprint_changed", "nobody_told_yet"]
        assert len(rows(connection, t.delivery, "id")) == 3


def test_whoever_answers_second_is_told_who_was_first(small_city: Engine) -> None:
    with writing(small_city) as connection:
        run(connection, NEW)
        yes(connection, "form:Asha")
        with pytest.raises(RuleBroken, match="form:Asha approved revision 1 at 2026-11-22 03:40:00 UTC"):
            yes(connection, "ravi")
        with pytest.raises(RuleBroken, match="form:Asha approved revision 1"):
            decline(connection, FIRST, 1, hyderabad.voice(NEW), "ravi", "no")
