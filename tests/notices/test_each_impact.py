"""Every text is true for every impact: only a reader whose service is down reads that it is."""

import re
from collections.abc import Callable
from itertools import product

import pytest

from tellfirst.domain.facts import Action, Cause, FactRecord, ServiceKind
from tellfirst.domain.impact import Impact
from tellfirst.domain.message import Reader
from tellfirst.domain.occasion import Channel, Locale, Occasion
from tellfirst.notices.rendering import Templates
from tellfirst.notices.sources import WRITTEN

Facts = Callable[..., FactRecord]

HITS = [impact.word for impact in Impact if impact is not Impact.OK]
SERVICES = [*((kind,) for kind in ServiceKind), (ServiceKind.MOBILE, ServiceKind.POWER), tuple(ServiceKind)]
SERVICE = r"(?:సేవ|ఇంటర్నెట్|విద్యుత్)"
SAYS_DOWN = {
    Locale.ENGLISH: r"\bdown\b|\boutages?\b|\bcut off\b|\bno service\b|\bback\b(?! to normal)",
    Locale.TELUGU: rf"{SERVICE} (?:ఇంకా )?లేదు|ఆగిపో|నిలిచిపో",
    Locale.MALAY: r"\bterputus\b|\bterhenti\b|\btiada (?:perkhidmatan|bekalan)\b",
    Locale.URDU: r"بند (?:ہے|ہو|تھی|رہ)|منقطع",
}
"""What only a customer without any service may be told."""

each_notice = pytest.mark.parametrize(
    ("occasion", "channel", "locale"), list(product(Occasion, WRITTEN, Locale))
)
each_lesser_impact = pytest.mark.parametrize("impact", ["ok", "at_risk", "degraded"])
each_hit = pytest.mark.parametrize("impact", HITS)
each_locale = pytest.mark.parametrize("locale", list(Locale))


def beside_its_own(templates: Templates, locale: Locale, impact: str, text: str) -> str:
    """`text` without the phrase of its reader's impact, which may name what it is at risk of."""
    bare = re.sub("[\u200e\u200f]", "", text)
    return bare.replace(templates.phrases(locale).impacts[impact], "*")


@each_notice
@each_lesser_impact
def test_only_who_is_down_reads_so(
    templates: Templates, facts: Facts, occasion: Occasion, channel: Channel, locale: Locale, impact: str
) -> None:
    known = facts(cause=Cause.WEATHER, action=Action.REPAIRING)
    late = facts(cause=Cause.WEATHER, estimate_at=None, previous_estimate_at=None)
    for services, turn, holding in product(SERVICES, (known, late), (False, True)):
        it = Reader(locale, "Asia/Kolkata", impact, services)
        message = templates.render(occasion, channel, turn, it, holding)
        text = beside_its_own(templates, locale, impact, f"{message.subject}\n{message.text}")
        assert not re.search(SAYS_DOWN[locale], text, re.IGNORECASE)


@each_locale
def test_the_words_this_file_looks_for_are_those_of_the_word_list(
    templates: Templates, facts: Facts, locale: Locale
) -> None:
    it = Reader(locale, "Asia/Kolkata", "down")
    for channel in WRITTEN:
        text = templates.render(Occasion.FIRST_WORD, channel, facts(cause=Cause.WEATHER), it).text
        assert re.search(SAYS_DOWN[locale], text, re.IGNORECASE)


@pytest.mark.parametrize(
    "occasion", [Occasion.FIRST_WORD, Occasion.UPDATE, Occasion.OVERRUN, Occasion.CORRECTION]
)
@pytest.mark.parametrize("channel", WRITTEN)
@each_locale
@each_hit
def test_a_text_about_a_running_problem_says_the_readers_own_impact(
    templates: Templates, facts: Facts, occasion: Occasion, channel: Channel, locale: Locale, impact: str
) -> None:
    words = templates.phrases(locale)
    known = facts(cause=Cause.WEATHER)
    text = templates.render(occasion, channel, known, Reader(locale, "Asia/Kolkata", impact)).text
    assert words.impacts[impact] in text


@pytest.mark.parametrize("kind", ["known", "restored_recently"])
@each_locale
@pytest.mark.parametrize("impact", ["at_risk", "degraded"])
def test_an_answer_tells_only_who_is_down_so(
    templates: Templates, facts: Facts, kind: str, locale: Locale, impact: str
) -> None:
    known = facts(cause=Cause.WEATHER)
    answer = templates.answer(kind, locale, known, "Asia/Kolkata", known.stated_at, impact)
    text = beside_its_own(templates, locale, impact, answer)
    assert not re.search(SAYS_DOWN[locale], text, re.IGNORECASE)


def test_an_english_all_clear_says_back_to_who_was_without_and_back_to_normal_to_the_others(
    templates: Templates, facts: Facts
) -> None:
    def restored(impact: str) -> str:
        return templates.render(
            Occasion.RESTORED, Channel.SMS, facts(), Reader("en", "Asia/Kolkata", impact)
        ).text

    assert "mobile service in Kukatpally has been back since 12:52 IST" in restored("down")
    for impact in ("at_risk", "degraded"):
        assert "mobile service in Kukatpally has been back to normal since 12:52 IST" in restored(impact)
