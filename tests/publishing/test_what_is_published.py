"""The public sees what all customers were told, and nothing that was said to some alone."""

import json
from datetime import timedelta

import hyderabad
import pytest
from hyderabad import FIRST, MINUTE, T0
from press_room import PRESS, look, read_story
from sqlalchemy import Engine, insert, select, update

from tellfirst.domain.audience import Over
from tellfirst.domain.facts import ServiceKind
from tellfirst.domain.impact import Impact
from tellfirst.domain.incident import Step
from tellfirst.domain.lifecycle import Take
from tellfirst.domain.occasion import Locale, Occasion
from tellfirst.domain.promise import PromiseState
from tellfirst.notices.words import say
from tellfirst.publishing.addresses import OnTheSite
from tellfirst.publishing.feeds.alerts import alert
from tellfirst.publishing.feeds.summary import summary
from tellfirst.publishing.hearers import Memory
from tellfirst.publishing.published import Ending, Phase
from tellfirst.publishing.reading import PAST_FOR, board, marker
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing
from tellfirst.timelines.promises import lapse_all

SPOKE = Take(Step.FOLLOW_UP, "engineers_spoke", Occasion.UPDATE)
HOUR = timedelta(hours=1)


@pytest.fixture
def told(city: Engine) -> Engine:
    """Miyapur is down and was told: two customers in India, one of them with broadband too, and one in Malaysia."""
    with writing(city) as connection:
        hyderabad.add_customer(connection, 1, "HYD0004")
        hyderabad.add_customer(connection, 2, "HYD0004")
        hyderabad.add_service(connection, 2, "site:HYD0004", kind="broadband")
        hyderabad.add_customer(connection, 3, "HYD0004", zone="Asia/Kuala_Lumpur")
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection)
    return city


def test_what_goes_on_is_shown_with_its_place_its_services_and_the_clock_of_most_of_its_customers(
    told: Engine,
) -> None:
    [one] = look(told, T0).incidents
    assert (one.reference, one.phase, one.place, one.zone) == (FIRST, Phase.NOW, "Miyapur", "Asia/Kolkata")
    assert (one.impact, one.services) == (Impact.DOWN, (ServiceKind.MOBILE, ServiceKind.BROADBAND))
    assert one.next_word_at == T0 + hyderabad.BOOK.next_update_every


def test_an_incident_nobody_was_told_of_is_not_published(city: Engine) -> None:
    with writing(city) as connection:
        hyderabad.add_customer(connection, 1, "HYD0004")
        hyderabad.strike(connection, "HYD0004")
    assert look(city, T0).incidents == ()


def test_what_was_asked_of_some_alone_is_not_published(told: Engine) -> None:
    with writing(told) as connection:
        say(connection, FIRST, author="ravi", now=T0 + MINUTE, estimate_at=T0 + HOUR)
        hyderabad.speak_next(connection, SPOKE, T0 + MINUTE)
        last = connection.execute(select(t.notice).order_by(t.notice.c.id.desc()).limit(1)).one()
        for number, whom in enumerate(("sample", "worse"), start=1):
            copied = {
                **last._mapping,
                "id": last.id + number,
                "sequence": last.sequence + number,
                "whom": whom,
            }
            connection.execute(insert(t.notice).values(**copied))
    [one] = look(told, T0 + MINUTE).incidents
    assert [word.occasion for word in read_story(told, T0 + MINUTE, FIRST).words] == ["first_word", "update"]
    assert one.last.sequence == last.sequence


def test_an_estimate_that_has_lapsed_does_not_stand(told: Engine) -> None:
    with writing(told) as connection:
        say(connection, FIRST, author="ravi", now=T0 + MINUTE, estimate_at=T0 + HOUR)
        hyderabad.speak_next(connection, SPOKE, T0 + MINUTE)
    stands, lapsed = (look(told, now).incidents[0].last for now in (T0 + HOUR - MINUTE, T0 + HOUR))
    assert (stands.occasion, stands.facts.estimate_at) == (Occasion.UPDATE, T0 + HOUR)
    assert (lapsed.occasion, lapsed.facts.estimate_at) == (Occasion.OVERRUN, None)


def test_what_is_over_is_past_with_its_end_and_after_thirty_days_gone(told: Engine) -> None:
    with writing(told) as connection:
        hyderabad.mend(connection, "HYD0004", now=T0 + 10 * MINUTE)
        hyderabad.all_clear(connection, T0 + 25 * MINUTE)
    [one] = look(told, T0 + HOUR).incidents
    assert (one.phase, one.ending, one.next_word_at) == (Phase.PAST, Ending.OVER, None)
    assert one.ended_at is not None
    assert one.began_at < one.ended_at <= T0 + 25 * MINUTE
    assert look(told, T0 + PAST_FOR + HOUR).incidents == ()


def test_whoever_was_told_wrongly_reads_that_and_not_that_it_is_over(told: Engine) -> None:
    with writing(told) as connection:
        connection.execute(update(t.audience).values(over_at=T0 + MINUTE, over=Over.WRONGLY_TOLD))
        last = connection.execute(select(t.notice).order_by(t.notice.c.id.desc()).limit(1)).one()
        said = {"id": last.id + 1, "sequence": 2, "whom": "wrongly_told", "occasion": "correction"}
        connection.execute(insert(t.notice).values(**{**last._mapping, **said}))
    [one] = look(told, T0 + 2 * MINUTE).incidents
    assert (one.phase, one.ending, one.reader("en").impact) == (Phase.PAST, Ending.CORRECTED, "ok")


def test_the_times_that_were_given_are_listed_with_what_became_of_them(told: Engine) -> None:
    late = T0 + hyderabad.BOOK.next_update_every + MINUTE
    with writing(told) as connection:
        lapse_all(connection, late)
    [given] = read_story(told, late, FIRST).given
    assert (given.due_at, given.state) == (T0 + hyderabad.BOOK.next_update_every, PromiseState.BROKEN)


def test_the_marker_moves_with_every_word_and_with_nothing_else(told: Engine) -> None:
    def now() -> str:
        with reading(told) as connection:
            return marker(connection)

    first = now()
    assert now() == first
    with writing(told) as connection:
        connection.execute(update(t.customer).values(language="te"))
    assert now() == first
    with writing(told) as connection:
        say(connection, FIRST, author="ravi", now=T0 + MINUTE, estimate_at=T0 + HOUR)
        hyderabad.speak_next(connection, SPOKE, T0 + MINUTE)
    assert now() != first


def test_what_was_found_of_an_audience_is_looked_up_again_only_when_its_incident_has_moved(
    told: Engine,
) -> None:
    memory = Memory()
    with writing(told) as connection:
        first = board(connection, T0, memory)
        connection.execute(update(t.audience).values(zone="Asia/Karachi"))
        assert board(connection, T0, memory).incidents == first.incidents
        connection.execute(update(t.incident).values(version=t.incident.c.version + 1))
        assert board(connection, T0, memory).incidents[0].zone == "Asia/Karachi"


def test_a_place_or_a_service_alone_can_be_looked_at(told: Engine) -> None:
    seen = look(told, T0)
    assert seen.seen("Miyapur", "broadband").incidents == seen.incidents
    assert seen.seen("Miyapur", "power").incidents == ()
    assert seen.seen("Kukatpally", "").incidents == ()
    assert (seen.worst(ServiceKind.MOBILE), seen.worst(ServiceKind.POWER)) == (Impact.DOWN, Impact.OK)


def test_an_all_clear_for_some_is_told_as_one_for_some_while_the_others_wait(city: Engine) -> None:
    with writing(city) as connection:
        hyderabad.add_customer(connection, 1, "HYD0004")
        hyderabad.add_customer(connection, 2, "HYD0005")
        hyderabad.strike(connection, "HYD0004", "HYD0005")
        hyderabad.tell(connection)
        hyderabad.mend(connection, "HYD0004", now=T0 + 10 * MINUTE)
        hyderabad.all_clear(connection, T0 + 25 * MINUTE)
    seen = look(city, T0 + 26 * MINUTE)
    told = read_story(city, T0 + 26 * MINUTE, FIRST)
    assert told.about.phase is Phase.NOW
    assert [(word.occasion, word.to_some) for word in told.words] == [
        ("first_word", False),
        ("restored", True),
    ]
    assert "Service is back (for some customers)" in PRESS.incident(
        told, seen.at, Locale.ENGLISH, OnTheSite()
    )
    assert "AllClear" not in alert(PRESS, told)
    [first, *_] = json.loads(summary(PRESS, seen, {1: told}, Locale.ENGLISH))["incidents"][0][
        "incident_updates"
    ]
    assert first["status"] == "monitoring"

    with writing(city) as connection:
        hyderabad.mend(connection, "HYD0005", now=T0 + 30 * MINUTE)
        hyderabad.all_clear(connection, T0 + 50 * MINUTE)
    told = read_story(city, T0 + 51 * MINUTE, FIRST)
    assert [word.to_some for word in told.words] == [False, True, False]
    assert "AllClear" in alert(PRESS, told)
