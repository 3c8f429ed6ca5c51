"""`tellfirst customer show`: one history, in the order it happened, whoever spoke."""

from datetime import timedelta

import hyderabad
from hyderabad import FIRST, MINUTE, T0
from sqlalchemy import Engine, insert
from teletype import NOW, Terminal

from tellfirst.domain.incident import Step
from tellfirst.domain.lifecycle import Take
from tellfirst.domain.occasion import Occasion
from tellfirst.domain.survey import Score
from tellfirst.store import tables as t
from tellfirst.store.engine import writing
from tellfirst.surveys.asking import ask
from tellfirst.surveys.responding import invitation, respond


def _live_through_the_rest(engine: Engine) -> None:
    """A question, an update, the all-clear, the survey and an answer; written down out of order."""
    asked_at = T0 + timedelta(hours=3)
    with writing(engine) as connection:
        due = Take(Step.FOLLOW_UP, "promised", Occasion.UPDATE)
        hyderabad.speak_next(connection, due, T0 + 25 * MINUTE)
        hyderabad.mend(connection, "HYD0004", now=T0 + 40 * MINUTE)
        hyderabad.all_clear(connection, T0 + 55 * MINUTE)
        ask(connection, FIRST, hyderabad.voice(asked_at))
        hyderabad.deliver(connection, asked_at)
        [survey] = [
            key
            for key, customer, occasion in hyderabad.rows(
                connection, t.delivery, "id", "customer_id", "occasion"
            )
            if (customer, occasion) == (1, "survey")
        ]
        invited = invitation(connection, survey, asked_at)
        respond(connection, invited, Score(5, ""), "web", asked_at + MINUTE)
        connection.execute(
            insert(t.contact).values(
                channel="sms", carrier_event="SM1", address=hyderabad.phone(1), customer_id=1, incident_id=1,
                kind="incident_report", intent="problem", body="no signal", received_at=NOW, answered_at=NOW,
                answer_kind="known", answer="yes",
            )
        )  # fmt: skip


def test_everything_told_promised_asked_and_answered_stands_in_time_order(
    terminal: Terminal, engine: Engine
) -> None:
    _live_through_the_rest(engine)
    shown = terminal("customer", "show", "C1", "--json").json
    assert [entry["what"] for entry in shown["entries"]] == [
        "told: first_word",
        "promised: next_update",
        "contacted us: incident_report",
        "told: update",
        "promised: next_update",
        "told: restored",
        "told: survey",
        "answered the survey",
    ]
    times = [entry["at"] for entry in shown["entries"]]
    assert times == sorted(times)
    assert {entry["incident"] for entry in shown["entries"]} == {FIRST}
    assert [entry["how"] for entry in shown["entries"] if entry["what"] == "promised: next_update"] == [
        "by 04:09 UTC: kept",
        "by 04:34 UTC: kept",
    ]


def test_a_customers_services_and_wishes_come_first(terminal: Terminal, engine: Engine) -> None:
    shown = terminal("customer", "show", "C3", "--json").json
    assert (shown["reference"], shown["language"], shown["wish"], shown["priority"]) == (
        "C3",
        "ur",
        None,
        False,
    )
    assert shown["services"] == [
        {"service": "mobile", "status": "active", "hangs on": "HYD0004", "area": "Hyderabad-Miyapur"}
    ]


def test_the_page_for_people_says_the_same_without_a_telephone_number(
    terminal: Terminal, engine: Engine
) -> None:
    _live_through_the_rest(engine)
    said = terminal("customer", "show", "C1")
    assert said.status == 0
    assert (
        said.out.index("told: first_word") < said.out.index("contacted us") < said.out.index("told: restored")
    )
    assert hyderabad.phone(1) not in said.out


def test_a_customer_who_never_heard_from_us_has_an_empty_history(terminal: Terminal, engine: Engine) -> None:
    with writing(engine) as connection:
        hyderabad.add_customer(connection, 9)
    assert "never written to, never heard from" in terminal("customer", "show", "C9").out


def test_an_unknown_customer_is_one_sentence(terminal: Terminal, engine: Engine) -> None:
    assert "there is no customer C999; references look like" in terminal("customer", "show", "C999").sentence
