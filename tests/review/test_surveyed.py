"""How surveys stand: who was asked, who was not and why, what came back and how surely, who is to be called."""

from math import sqrt

import asked_town
import pytest
from asked_town import ASKED, CERTAIN
from databases import fixtures
from hyderabad import FIRST, MINUTE
from sqlalchemy import Engine

from tellfirst.domain.errors import NotFound
from tellfirst.domain.survey import Score, SurveyKind
from tellfirst.review.interval import Interval, net_promoters
from tellfirst.review.scored import scored
from tellfirst.review.surveyed import surveyed, withheld_from
from tellfirst.store.engine import reading, writing
from tellfirst.surveys.responding import invitation, respond

town, small_town = fixtures(asked_town.build)


def test_a_survey_stands_as_the_books_say(town: Engine) -> None:
    with writing(town) as connection:
        asked_town.ask_everybody(connection)
        for key, score in ((1, 5), (2, 1)):
            one = invitation(connection, asked_town.survey_of(connection, key), ASKED)
            respond(connection, one, Score(score, ""), "web", ASKED)
    with reading(town) as connection:
        [found] = surveyed(connection, ASKED + MINUTE)
        late = surveyed(connection, ASKED + one.asking.call_back_within + MINUTE, FIRST)[0]
    assert (found.incident, found.gate, found.stage) == (FIRST, "asked", "surveyed")
    assert (found.waiting_count, found.asked_count, found.answered_count) == (0, 3, 2)
    assert (found.mean, found.low_count, found.satisfied_share) == (3.0, 1, 0.5)
    assert found.withheld == {"covered_by_shared_contact": 1, "no_contact_point": 1}
    assert (found.to_call_count, found.late_call_count) == (1, 0)
    assert (late.to_call_count, late.late_call_count) == (1, 1)


def test_each_customer_who_was_not_asked_is_named_with_the_reason(town: Engine) -> None:
    with writing(town) as connection:
        asked_town.ask_everybody(connection)
        assert withheld_from(connection, FIRST) == [
            {"customer": "C4", "because": "no_contact_point", "channel": "none"},
            {"customer": "C5", "because": "covered_by_shared_contact", "channel": "sms"},
        ]


def test_before_it_is_asked_the_gate_says_what_it_waits_for(small_town: Engine) -> None:
    with writing(small_town) as connection:
        assert [one.gate for one in surveyed(connection, CERTAIN)] == ["survey_not_yet"]


def test_a_playbook_that_asks_nobody_says_so(small_town: Engine) -> None:
    with writing(small_town) as connection:
        asked_town.ask_everybody(connection, survey=False)
        assert [one.gate for one in surveyed(connection, ASKED)] == ["not_in_the_playbook"]


def test_an_incident_nobody_opened_is_not_found(small_town: Engine) -> None:
    with reading(small_town) as connection, pytest.raises(NotFound):
        surveyed(connection, ASKED, "INC-2026-9999")


def test_a_net_promoter_score_has_the_error_of_its_sample() -> None:
    """Ten answers: five promoters, two detractors. By hand: variance (7/10 - 0.09), over ten."""
    scores = [10, 10, 9, 9, 9, 8, 7, 7, 6, 0]
    found = scored(scores, SurveyKind.NPS)
    assert found.promoters is not None
    assert found.promoters.score == pytest.approx(30)
    assert found.promoters.error == pytest.approx(100 * sqrt(0.61 / 10))
    assert found.low_count == 2
    assert found.satisfied_interval == Interval(0.2366, 0.7634)


def test_one_answer_says_nothing_about_others() -> None:
    only = net_promoters(1, 0, 1)
    assert only is not None
    assert (only.score, only.error, only.interval) == (100, None, None)
    assert net_promoters(0, 0, 0) is None
