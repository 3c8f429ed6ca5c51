"""What becomes of a contact, by its kind and by what goes on."""

from typing import Any

import pytest

from tellfirst.domain.contact import ContactKind, Match
from tellfirst.domain.handling import Care, Circumstances, Hit, handle

REPORT, COMPLAINT, ENQUIRY = ContactKind.INCIDENT_REPORT, ContactKind.COMPLAINT, ContactKind.ENQUIRY


def _said(kind: ContactKind | None, **more: Any) -> tuple[Match, str, Care]:
    usual = {"speaks_of_trouble": kind is REPORT, "word_count": 5}
    found = handle(Circumstances(kind, **{**usual, **more}))
    assert found.reason
    return found.match, found.answer, found.care


@pytest.mark.parametrize("hit", list(Hit))
@pytest.mark.parametrize("kind", [ContactKind.ORDER, ContactKind.SERVICE_REQUEST, ContactKind.INVOICE_QUERY])
def test_business_of_their_own_goes_to_its_queue_whatever_goes_on(kind: ContactKind, hit: Hit) -> None:
    assert _said(kind, hit=hit) == (Match.NONE, "queued", Care.QUEUE)


@pytest.mark.parametrize("kind", [REPORT, ENQUIRY])
def test_whoever_is_hit_hears_the_same_facts_and_nobody_has_to_look(kind: ContactKind) -> None:
    assert _said(kind, hit=Hit.TOLD) == (Match.KNOWN, "known", Care.NOBODY)


def test_a_complaint_about_an_outage_waits_with_it() -> None:
    assert _said(COMPLAINT, hit=Hit.TOLD) == (Match.KNOWN, "known", Care.WITH_OUTAGE)
    assert _said(COMPLAINT, missed=True) == (Match.MISSED, "known", Care.WITH_OUTAGE)


def test_after_the_outage_a_complaint_is_one_like_any_other() -> None:
    assert _said(COMPLAINT, hit=Hit.OVER) == (Match.OVER, "queued", Care.QUEUE)


def test_what_nobody_understands_goes_to_a_person_also_while_an_outage_goes_on() -> None:
    assert _said(None, hit=Hit.TOLD) == (Match.KNOWN, "known", Care.QUEUE)
    assert _said(None) == (Match.NONE, "queued", Care.QUEUE)


def test_too_little_to_go_by_is_asked_about() -> None:
    assert _said(None, word_count=1) == (Match.NONE, "not_understood", Care.NOBODY)
    assert _said(None, word_count=1, hit=Hit.TOLD) == (Match.KNOWN, "known", Care.NOBODY)


def test_what_nobody_was_told_of_is_not_told_by_an_answer() -> None:
    assert _said(REPORT, hit=Hit.UNTOLD) == (Match.KNOWN, "noted", Care.QUEUE)
    assert _said(ENQUIRY, hit=Hit.UNTOLD) == (Match.NONE, "queued", Care.QUEUE)


def test_whoever_was_missed_hears_what_the_others_were_told() -> None:
    assert _said(REPORT, missed=True) == (Match.MISSED, "known", Care.NOBODY)


def test_that_it_is_over_is_said_once_and_then_they_are_believed() -> None:
    over = {"hit": Hit.OVER, "can_be_opened": True}
    assert _said(REPORT, **over) == (Match.OVER, "restored_recently", Care.NOBODY)
    assert _said(REPORT, **over, heard_it_is_over=True) == (Match.OPENED, "opened", Care.QUEUE)
    assert _said(ENQUIRY, **over, heard_it_is_over=True)[1] == "restored_recently"


def test_work_that_has_not_begun_explains_no_outage() -> None:
    ahead = {"hit": Hit.ANNOUNCED, "can_be_opened": True}
    assert _said(ENQUIRY, **ahead) == (Match.ANNOUNCED, "announced", Care.NOBODY)
    assert _said(REPORT, **ahead) == (Match.OPENED, "opened", Care.QUEUE)


def test_who_names_a_place_where_something_is_known_hears_of_it() -> None:
    assert _said(REPORT, there=True) == (Match.KNOWN, "known", Care.NOBODY)
    assert _said(COMPLAINT, there=True) == (Match.NONE, "queued", Care.QUEUE)


def test_nothing_is_opened_for_whom_we_cannot_place() -> None:
    assert _said(REPORT) == (Match.NONE, "queued", Care.QUEUE)
    assert _said(REPORT, can_be_opened=True) == (Match.OPENED, "opened", Care.QUEUE)


def test_who_asks_whether_something_is_wrong_hears_that_nothing_is_known() -> None:
    assert _said(ENQUIRY, speaks_of_trouble=True) == (Match.NONE, "none_known", Care.NOBODY)
    assert _said(ENQUIRY) == (Match.NONE, "queued", Care.QUEUE)
