"""WhatsApp, fax and webhook: the words of another channel, and beside them what each of the three needs."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tellfirst.domain.facts import FactRecord, ServiceKind
from tellfirst.domain.message import PERSONAL_LINK, Reader
from tellfirst.domain.occasion import Channel, Locale, Occasion
from tellfirst.domain.reading import Reading
from tellfirst.notices.channels import values_on
from tellfirst.notices.rendering import Templates
from tellfirst.notices.wording import ON_THEIR_PAGE

Facts = Callable[..., FactRecord]

TEXTS = Path(__file__).parents[2] / "templates"
PAIR = (ServiceKind.MOBILE, ServiceKind.BROADBAND)
READER = Reader("en-IN", "Asia/Kolkata", "degraded", PAIR)

each_notice = pytest.mark.parametrize(("occasion", "locale"), [(o, x) for o in Occasion for x in Locale])


@each_notice
def test_whatsapp_keeps_the_sms_for_the_books(
    templates: Templates, facts: Facts, occasion: Occasion, locale: Locale
) -> None:
    reader = replace(READER, locale=locale)
    message = templates.render(occasion, Channel.WHATSAPP, facts(), reader)
    assert message.text == templates.render(occasion, Channel.SMS, facts(), reader).text
    assert message.subject + message.html + message.facts == ""


@each_notice
def test_whatsapp_offers_every_known_value_in_the_readers_language(
    templates: Templates, facts: Facts, occasion: Occasion, locale: Locale
) -> None:
    reader = replace(READER, locale=locale)
    offered = dict(templates.render(occasion, Channel.WHATSAPP, facts(), reader).values)
    words = templates.phrases(locale)
    known = values_on(Channel.SMS, occasion, facts(), reader, words)
    assert offered == {name: value for name, value in known.items() if isinstance(value, str)}
    assert offered["impact"] == words.impacts["degraded"]
    assert "Kukatpally" in offered["place"]
    assert (offered.get("link") == PERSONAL_LINK) == (occasion is Occasion.SURVEY)


def test_whoever_writes_a_template_is_told_of_every_value(templates: Templates, facts: Facts) -> None:
    page = (TEXTS.parent / "docs" / "how-to" / "voice-and-whatsapp.md").read_text(encoding="utf-8")
    full = facts(emergency_calls=True, notes=(("en", "A crew is there."),))
    for occasion in Occasion:
        for name, _ in templates.render(occasion, Channel.WHATSAPP, full, READER).values:
            assert f"`{name}`" in page


def test_what_is_not_known_is_not_offered(templates: Templates, facts: Facts) -> None:
    bare = facts(estimate_at=None, emergency_calls=False, notes=())
    offered = dict(templates.render(Occasion.FIRST_WORD, Channel.WHATSAPP, bare, READER).values)
    assert not {"estimate", "emergency_calls", "note", "holding", "down"} & set(offered)
    assert "next_update" in offered


@each_notice
@pytest.mark.parametrize("channel", [Channel.FAX, Channel.WEBHOOK])
def test_fax_and_webhook_say_what_the_mail_says(
    templates: Templates, facts: Facts, occasion: Occasion, locale: Locale, channel: Channel
) -> None:
    reader = replace(READER, locale=locale)
    message = templates.render(occasion, channel, facts(), reader)
    mail = templates.render(occasion, Channel.EMAIL, facts(), reader)
    own_page = occasion in ON_THEIR_PAGE
    lines = [line for line in mail.text.split("\n") if not (own_page and PERSONAL_LINK in line)]
    assert (message.text, message.subject, message.html) == ("\n".join(lines), mail.subject, "")
    assert bool(message.facts) == (channel is Channel.WEBHOOK)


def test_a_webhooks_facts_are_the_record_and_what_is_this_readers_own(
    templates: Templates, facts: Facts
) -> None:
    noted = facts(notes=(("en", "A crew is there."), ("ur", "عملہ")))
    told = json.loads(templates.render(Occasion.UPDATE, Channel.WEBHOOK, noted, READER, holding=True).facts)
    assert FactRecord.from_json(told) == replace(noted, notes=(("en", "A crew is there."),))
    own = {name: told[name] for name in ("occasion", "holding", "locale", "zone", "impact", "services")}
    assert own == {
        "occasion": "update",
        "holding": True,
        "locale": "en",
        "zone": "Asia/Kolkata",
        "impact": "degraded",
        "services": ["mobile", "broadband"],
    }


def test_equal_facts_are_equal_texts(templates: Templates, facts: Facts) -> None:
    first, second = (
        templates.render(Occasion.UPDATE, Channel.WEBHOOK, facts(), replace(READER, locale=tag)).facts
        for tag in ("en-IN", "en_GB")
    )
    assert first == second
    assert first == json.dumps(json.loads(first), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@pytest.mark.parametrize("services", [(), PAIR])
@pytest.mark.parametrize("impact", ["ok", "down"])
@pytest.mark.parametrize("occasion", list(Occasion))
def test_a_reading_comes_back_from_its_text(
    facts: Facts, occasion: Occasion, impact: str, services: tuple[ServiceKind, ...]
) -> None:
    reading = Reading.of(occasion, False, facts(), Reader("te", "Asia/Kolkata", impact, services))
    assert Reading.from_text(reading.to_text()) == reading


def test_who_was_told_wrongly_is_neither_promised_nor_warned_of_anything(facts: Facts) -> None:
    noted = facts(emergency_calls=True, notes=(("en", "A crew is there."),))
    told = Reading.of(Occasion.CORRECTION, False, noted, replace(READER, locale="en", impact="ok")).facts
    assert (told.emergency_calls, told.notes) == (False, ())
    assert {told.next_update_at, told.estimate_at, told.previous_estimate_at} == {None}
