"""Approved templates are read before a customer is: each must say what its notice owes."""

import pytest

from tellfirst.domain.occasion import Locale, Occasion
from tellfirst.notices.approved import Approved, check_approved
from tellfirst.notices.rendering import Templates

ALWAYS = ("reference", "service", "place", "impact", "cause", "action", "started", "next_update")
FIRST_WORD = [
    (*ALWAYS, "estimate", "emergency_calls"),
    (*ALWAYS, "emergency_calls"),
    (*ALWAYS, "estimate"),
    ALWAYS,
]
NOT_YOURS = ("reference", "sequence", "service", "place", "after_all")


def problems(templates: Templates, approved: Approved) -> list[str]:
    return [mistake.problem for mistake in check_approved("channels.yaml", approved, templates)]


@pytest.mark.parametrize("locale", list(Locale))
def test_templates_that_say_all_in_every_turn_have_no_mistake(templates: Templates, locale: Locale) -> None:
    assert problems(templates, {("first_word", locale): FIRST_WORD}) == []


def test_a_template_may_keep_company_and_contact_in_its_own_words(templates: Templates) -> None:
    with_house = [(*variant, "company", "contact") for variant in FIRST_WORD]
    assert problems(templates, {("first_word", "en"): with_house}) == []


def test_an_effect_on_emergency_calls_that_is_known_must_be_said(templates: Templates) -> None:
    assert problems(templates, {("first_word", "te"): FIRST_WORD[2:]}) == [
        "WhatsApp's first_word in te does not always tell the reader emergency_calls"
    ]


def test_the_fullest_template_must_come_first(templates: Templates) -> None:
    assert problems(templates, {("first_word", "en"): FIRST_WORD[::-1]}) == [
        "WhatsApp's first_word in en does not always tell the reader emergency_calls",
        "WhatsApp's first_word in en does not always tell the reader estimate",
    ]


def test_a_turn_that_no_template_fits_is_found(templates: Templates) -> None:
    assert problems(templates, {("first_word", "ms"): FIRST_WORD[:1]}) == [
        "WhatsApp's first_word in ms has no template for every turn it can take"
    ]


def test_a_correction_also_reaches_who_is_not_affected(templates: Templates) -> None:
    affected = [(*(name for name in variant if name != "started"), "sequence") for variant in FIRST_WORD]
    assert problems(templates, {("correction", "en"): affected}) == [
        "WhatsApp's correction in en has no template for every turn it can take"
    ]
    assert problems(templates, {("correction", "en"): [*affected, NOT_YOURS]}) == []


def test_a_misspelt_value_is_named_with_the_one_it_may_have_meant(templates: Templates) -> None:
    [mistake] = check_approved("channels.yaml", {("survey", "en"): [("reference", "lnk")]}, templates)
    assert (mistake.file, mistake.cure) == ("channels.yaml", "did you mean link?")
    assert "a value lnk that nobody gives" in mistake.problem


def test_a_survey_without_its_link_is_found(templates: Templates) -> None:
    assert problems(templates, {(Occasion.SURVEY, Locale.URDU): [("reference",)]}) == [
        "WhatsApp's survey in ur does not always tell the reader link"
    ]
