"""Calls: what is said aloud, in every language."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from tellfirst.carriers.twilio.speech import LONGEST_TWIML, VOICES, read_aloud
from tellfirst.domain.facts import FactRecord
from tellfirst.domain.message import PERSONAL_LINK, Message, Reader
from tellfirst.domain.occasion import Channel, Locale, Occasion
from tellfirst.domain.sms import one_line
from tellfirst.notices.proofs import notice_proofs
from tellfirst.notices.rendering import Templates
from tellfirst.notices.samples import SAMPLE

Facts = Callable[..., FactRecord]

each_text = pytest.mark.parametrize(("occasion", "locale"), [(o, x) for o in Occasion for x in Locale])
each_locale = pytest.mark.parametrize("locale", list(Locale))
PROMISING = (Occasion.FIRST_WORD, Occasion.UPDATE, Occasion.OVERRUN, Occasion.CORRECTION)
NEXT_UPDATE = {
    Locale.ENGLISH: "by 9:40 in the morning",
    Locale.TELUGU: "ఉదయం 9 గంటల 40 నిమిషాల లోగా",
    Locale.MALAY: "sebelum pukul 9:40 pagi",
    Locale.URDU: "صبح 9 بج کر 40 منٹ تک",
}
TOMORROW = {
    Locale.ENGLISH: "11 o'clock in the morning on 23 November",
    Locale.TELUGU: "నవంబర్ 23న ఉదయం 11 గంటల లోగా",
    Locale.MALAY: "pukul 11 pagi pada 23 November",
    Locale.URDU: "23 نومبر، صبح 11 بجے",
}


def call(
    templates: Templates,
    facts: FactRecord,
    locale: str,
    occasion: Occasion = Occasion.FIRST_WORD,
    **reader: str,
) -> Message:
    it = Reader(**{"locale": locale, "zone": "Asia/Kolkata", "impact": "down", **reader})  # type: ignore[arg-type]
    return templates.render(occasion, Channel.VOICE, facts, it)


def test_a_first_word_in_english_sounds_like_this(templates: Templates, facts: Facts) -> None:
    assert call(templates, facts(), "en").text == (
        "This is Deccan Mobile, with a message about your service. Mobile service has been down in Kukatpally "
        "since 9:07 in the morning. Cause: a cut cable. We are repairing it. We expect to fix it by 11:30 in the "
        "morning. We will tell you more by 9:40 in the morning. We are sorry for the trouble. All times are your "
        "local time. For help, call 1 9 8. The reference is I N C, 2 0 2 6, 0 0 0 7."
    )


@each_text
def test_a_call_says_its_reference_sign_by_sign_and_how_to_reach_us(
    templates: Templates, facts: Facts, occasion: Occasion, locale: Locale
) -> None:
    said = call(templates, facts(), locale, occasion).text
    comma = "،" if locale is Locale.URDU else ","
    assert f"I N C{comma} 2 0 2 6{comma} 0 0 0 7" in said
    assert "1 9 8" in said
    assert "Deccan Mobile" in said


@each_text
def test_nothing_is_said_that_only_eyes_can_use(
    templates: Templates, facts: Facts, occasion: Occasion, locale: Locale
) -> None:
    said = call(templates, facts(emergency_calls=True), locale, occasion).text
    assert "http" not in said
    assert PERSONAL_LINK not in said
    assert not re.search("[\u200e\u200f<>#/_{}]", said)
    assert said == one_line(said)


@pytest.mark.parametrize("occasion", PROMISING)
@each_locale
def test_a_call_promises_its_next_word_in_spoken_words(
    templates: Templates, facts: Facts, occasion: Occasion, locale: Locale
) -> None:
    said = call(templates, facts(), locale, occasion).text
    assert NEXT_UPDATE[locale] in said
    assert "IST" not in said
    assert templates.phrases(locale).spoken.local_time in said


@each_locale
def test_a_time_on_another_day_is_said_with_its_day(
    templates: Templates, facts: Facts, locale: Locale
) -> None:
    tomorrow = facts(estimate_at=datetime(2026, 11, 23, 5, 30, tzinfo=UTC))
    assert TOMORROW[locale] in call(templates, tomorrow, locale).text


@pytest.mark.parametrize(
    ("utc", "said"),
    [
        ((18, 30), "12 o'clock at night on 23 November"),
        ((22, 29), "3:59 at night on 23 November"),
        ((22, 30), "4 o'clock in the morning on 23 November"),
        ((6, 29), "11:59 in the morning"),
        ((6, 30), "12 o'clock in the afternoon"),
        ((10, 29), "3:59 in the afternoon"),
        ((10, 30), "4 o'clock in the evening"),
        ((14, 30), "8 o'clock at night"),
        ((14, 35), "8:05 at night"),
    ],
)
def test_each_part_of_the_day_has_its_name(
    templates: Templates, facts: Facts, utc: tuple[int, int], said: str
) -> None:
    known = facts(estimate_at=datetime(2026, 11, 22, *utc, tzinfo=UTC))
    assert f"We expect to fix it by {said}." in call(templates, known, "en").text


@pytest.mark.parametrize(
    ("contact", "said"),
    [
        ("+92-51-111-222", "9 2, 5 1, 1 1 1, 2 2 2"),
        ("1800 22 33", "1 8 0 0, 2 2, 3 3"),
        ("care@deccan.example", "care@deccan.example"),
        ("", ""),
    ],
)
def test_a_phone_number_is_said_digit_by_digit(
    templates: Templates, facts: Facts, contact: str, said: str
) -> None:
    assert f"For help, call {said}." in call(templates, facts(contact=contact), "en").text


def test_a_note_of_the_readers_language_is_said(templates: Templates, facts: Facts) -> None:
    noted = facts(notes=(("en", "50% of the cable is laid"), ("ms", "Kabel")))
    said = call(templates, noted, "en", Occasion.UPDATE).text
    assert "50% of the cable is laid. " in said
    assert "Kabel" not in said


def test_who_was_told_wrongly_hears_no_promise(templates: Templates, facts: Facts) -> None:
    wrong = facts(emergency_calls=True)
    for locale in Locale:
        said = call(templates, wrong, locale, Occasion.CORRECTION, impact="ok").text
        words = templates.phrases(locale)
        assert words.after_all in said
        assert words.spoken.local_time not in said
        assert words.emergency["affected"] not in said


@each_text
def test_every_call_is_short_enough_to_be_read_twice(
    templates: Templates, occasion: Occasion, locale: Locale
) -> None:
    by = VOICES.get(locale, VOICES["te"])
    for proof in notice_proofs(templates, occasion, Channel.VOICE, locale, SAMPLE):
        twiml = read_aloud(f"{proof.said} {'x' * 300}", by)
        assert len(twiml) <= LONGEST_TWIML
        assert twiml.count(proof.said) == 2


@pytest.mark.parametrize("channel", [one for one in Channel if one is not Channel.NONE])
@each_locale
def test_every_message_names_its_language_and_occasion(
    templates: Templates, facts: Facts, channel: Channel, locale: Locale
) -> None:
    message = templates.render(Occasion.UPDATE, channel, facts(), Reader(f"{locale}-XX", "UTC", "down"))
    assert (message.locale, message.occasion) == (locale.value, "update")
