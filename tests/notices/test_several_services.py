"""A customer with several affected services reads of exactly those, in every language and on every channel."""

import re
from collections.abc import Callable
from itertools import combinations

import pytest
import smsutil

from tellfirst.domain.facts import Action, Cause, FactRecord, ServiceKind
from tellfirst.domain.message import LINK_LENGTH, PERSONAL_LINK, Message, Reader
from tellfirst.domain.occasion import Channel, Locale, Occasion
from tellfirst.notices.phrases import Phrases
from tellfirst.notices.rendering import Templates
from tellfirst.notices.samples import service_sets
from tellfirst.notices.sources import WRITTEN

Facts = Callable[..., FactRecord]
Services = tuple[ServiceKind, ...]

PARTS = {Locale.ENGLISH: 2, Locale.MALAY: 2, Locale.TELUGU: 3, Locale.URDU: 3}
PAIR = (ServiceKind.MOBILE, ServiceKind.BROADBAND)
ALL = tuple(ServiceKind)
TOGETHER = {
    Locale.ENGLISH: "service (mobile, internet)",
    Locale.TELUGU: "మొబైల్, నెట్ సేవ",
    Locale.MALAY: "perkhidmatan (mudah alih, internet)",
    Locale.URDU: "موبائل، نیٹ سروس",
}
NAMES_NO_SERVICE = {
    (Occasion.SURVEY, Channel.SMS, Locale.TELUGU),
    (Occasion.SURVEY, Channel.SMS, Locale.URDU),
}
"""Survey texts that speak of the place alone: with a link of full length there is no room for more."""

NOTICES = [
    (occasion, channel, locale)
    for occasion in Occasion
    for channel in WRITTEN
    for locale in Locale
    if (occasion, channel, locale) not in NAMES_NO_SERVICE
]
each_notice = pytest.mark.parametrize(("occasion", "channel", "locale"), NOTICES)
each_locale = pytest.mark.parametrize("locale", list(Locale))
each_number = pytest.mark.parametrize("services", [(ServiceKind.POWER,), PAIR, ALL[1:4], ALL], ids=len)


def reader(locale: Locale, services: Services, impact: str = "degraded") -> Reader:
    return Reader(locale, "Asia/Kolkata", impact, services)


def said(message: Message) -> str:
    """All a customer reads, in one case and without the marks that only steer the screen."""
    return re.sub("[\u200e\u200f]", "", f"{message.subject}\n{message.text}").casefold()


def phrase(services: Services, words: Phrases) -> str:
    """What these services are called, written down here once more."""
    if len(services) == 1:
        return words.services[services[0]]
    comma = "، " if "موبائل" in words.several.names.values() else ", "
    names = comma.join(words.several.names[kind] for kind in services)
    return words.several.together.replace("{names}", names)


@each_notice
@each_number
def test_a_notice_names_the_affected_services_and_no_other(
    templates: Templates,
    facts: Facts,
    occasion: Occasion,
    channel: Channel,
    locale: Locale,
    services: Services,
) -> None:
    words = templates.phrases(locale)
    # The incident's own service is not among those of the customer who has only power.
    known = facts(service=ServiceKind.ONLINE, cause=Cause.FIBRE_CUT)
    text = said(templates.render(occasion, channel, known, reader(locale, services)))
    named = phrase(services, words).casefold()
    assert named in text
    assert not re.search(rf"[,،] {re.escape(named)}", text)
    others = [name for kind, name in words.services.items() if kind not in services]
    assert not any(name.casefold() in text.replace(named, "") for name in others)


@pytest.mark.parametrize("kind", ["known", "restored_recently"])
@each_locale
@each_number
def test_an_answer_names_the_affected_services(
    templates: Templates, facts: Facts, kind: str, locale: Locale, services: Services
) -> None:
    known = facts(service=ServiceKind.ONLINE)
    answer = templates.answer(
        kind, locale, known, "Asia/Kolkata", known.stated_at, "degraded", services=services
    )
    assert phrase(services, templates.phrases(locale)).casefold() in answer.casefold()


@pytest.mark.parametrize("occasion", [one for one in Occasion if one is not Occasion.SURVEY])
@each_locale
@each_number
def test_a_subject_names_the_affected_services(
    templates: Templates, facts: Facts, occasion: Occasion, locale: Locale, services: Services
) -> None:
    known = facts(service=ServiceKind.ONLINE)
    subject = templates.render(occasion, Channel.EMAIL, known, reader(locale, services)).subject
    assert phrase(services, templates.phrases(locale)) in subject


@each_locale
def test_two_services_are_called_like_this(templates: Templates, facts: Facts, locale: Locale) -> None:
    sms = templates.render(Occasion.RESTORED, Channel.SMS, facts(), reader(locale, PAIR)).text
    assert TOGETHER[locale] in sms


def test_an_english_sms_about_two_services_reads_like_this(templates: Templates, facts: Facts) -> None:
    sms = templates.render(Occasion.FIRST_WORD, Channel.SMS, facts(), reader(Locale.ENGLISH, PAIR, "down"))
    assert sms.text == (
        "Deccan Mobile: service (mobile, internet) has been down in Kukatpally since 09:07 IST. "
        "Cause: a cut cable. We are repairing it. We expect to fix it by 11:30 IST. "
        "We will text you again by 09:40 IST. Sorry. Help: 198. Ref INC-2026-0007"
    )


@each_notice
def test_who_names_no_service_reads_of_the_incidents_own(
    templates: Templates, facts: Facts, occasion: Occasion, channel: Channel, locale: Locale
) -> None:
    known = facts(service=ServiceKind.VOICE)
    own = templates.render(occasion, channel, known, reader(locale, (ServiceKind.VOICE,)))
    assert templates.render(occasion, channel, known, reader(locale, ())) == own


@each_locale
def test_the_order_in_which_services_are_given_changes_nothing(
    templates: Templates, facts: Facts, locale: Locale
) -> None:
    texts = {
        templates.render(Occasion.UPDATE, Channel.EMAIL, facts(), reader(locale, services)).text
        for services in (ALL, ALL[::-1], ALL + PAIR)
    }
    assert len(texts) == 1


@pytest.mark.parametrize("occasion", list(Occasion))
@each_locale
@pytest.mark.parametrize("services", [*combinations(ALL, 2), ALL], ids=lambda services: "+".join(services))
def test_an_sms_about_several_services_keeps_to_its_parts(
    templates: Templates, facts: Facts, occasion: Occasion, locale: Locale, services: Services
) -> None:
    words = templates.phrases(locale)
    wordiest = {
        "sequence": 12,
        "cause": Cause(max(words.causes, key=lambda key: len(words.causes[key]))),
        "action": Action(max(words.actions, key=lambda key: len(words.actions[key]))),
    }
    for impact in ("ok", "at_risk", "degraded", "down"):
        if impact == "ok" and occasion is not Occasion.CORRECTION:
            continue
        for changes in ({}, {"estimate_at": None}, {"previous_estimate_at": None}):
            for holding in (False, True):
                known = facts(**wordiest | changes)
                it = reader(locale, services, impact)
                sms = templates.render(occasion, Channel.SMS, known, it, holding).text
                sent = smsutil.split(sms.replace(PERSONAL_LINK, "x" * LINK_LENGTH))
                assert len(sent.parts) <= PARTS[locale], sms
                assert (sent.encoding == "gsm0338") == (locale in {Locale.ENGLISH, Locale.MALAY})


@each_locale
def test_a_terse_overrun_still_says_that_it_is_late(
    templates: Templates, facts: Facts, locale: Locale
) -> None:
    """Courtesies make room for a long place; that the repair takes longer is no courtesy."""
    late = {
        Locale.ENGLISH: "takes longer than we thought",
        Locale.TELUGU: "ఆలస్యమైంది",
        Locale.MALAY: "kami lewat",
        Locale.URDU: "دیر ہے",
    }
    known = facts(place="Kukatpally " * 40, previous_estimate_at=None)
    assert late[locale] in templates.render(Occasion.OVERRUN, Channel.SMS, known, reader(locale, ALL)).text


@each_locale
def test_a_text_that_fits_keeps_its_courtesies_and_one_that_does_not_goes_without(
    templates: Templates, facts: Facts, locale: Locale
) -> None:
    sorry = {
        Locale.ENGLISH: "we got something wrong in an earlier text",
        Locale.TELUGU: "క్షమించండి",
        Locale.MALAY: "SMS kami sebelum ini silap",
        Locale.URDU: "معذرت",
    }[locale]

    def correction(place: str) -> str:
        known = facts(place=place)
        return templates.render(Occasion.CORRECTION, Channel.SMS, known, reader(locale, PAIR, "down")).text

    assert sorry in correction("Koti")
    assert sorry not in correction("Koti " * 60)


def test_a_note_makes_room_before_a_courtesy_does(templates: Templates, facts: Facts) -> None:
    it = reader(Locale.ENGLISH, PAIR)

    def correction(note: str) -> str:
        known = facts(notes=(("en", note),) if note else ())
        return templates.render(Occasion.CORRECTION, Channel.SMS, known, it).text

    full = correction("")
    fitting = "x" * (2 * 153 - len(full) - len(" ."))
    assert correction(fitting) == full.replace("repairing it. ", f"repairing it. {fitting}. ")
    # Without the apology this one would have room as well.
    assert correction(f"{fitting}x") == full


def test_urdu_lists_with_its_own_comma_and_closes_no_bracket_on_the_wrong_side(
    templates: Templates, facts: Facts
) -> None:
    message = templates.render(Occasion.OVERRUN, Channel.EMAIL, facts(), reader(Locale.URDU, ALL))
    listed = "موبائل، نیٹ، فون، بجلی، آن لائن سروس"
    assert listed in message.subject
    assert message.subject.startswith("\u200f")
    assert listed in message.text


@each_locale
def test_no_two_services_share_a_short_name(templates: Templates, locale: Locale) -> None:
    names = templates.phrases(locale).several.names
    assert sorted(names) == sorted(ServiceKind)
    assert len(set(names.values())) == len(names)


@each_locale
def test_the_samples_hold_the_longest_pair_and_all_services(templates: Templates, locale: Locale) -> None:
    words = templates.phrases(locale)
    own, pair, everything = service_sets(words)

    def room(services: Services) -> int:
        return sum(len(words.several.names[kind]) for kind in services)

    assert own == ()
    assert room(pair) == max(map(room, combinations(ALL, 2)))
    assert everything == ALL
