"""A customer whom we told of a problem they do not have: set right, promised nothing, shown a way back."""

import re
from collections.abc import Callable

import pytest

from tellfirst.domain.facts import Action, Cause, FactRecord, ServiceKind
from tellfirst.domain.message import Reader
from tellfirst.domain.occasion import Channel, Locale, Occasion
from tellfirst.notices.rendering import Templates

Facts = Callable[..., FactRecord]

NOT_YOURS = {
    Locale.ENGLISH: "does not affect you",
    Locale.TELUGU: "మీకు వర్తించదు",
    Locale.MALAY: "tidak menjejaskan anda",
    Locale.URDU: "آپ متاثر نہیں",
}
YOURS = {
    Locale.ENGLISH: r"(?<!not )affects? you|trouble this causes you|\bstill\b",
    Locale.TELUGU: "వర్తిస్తుంది|మీకు కలిగిన",
    Locale.MALAY: r"(?<!tidak )menjejaskan anda|\bmasih\b",
    Locale.URDU: "متاثر ہے|متاثر ہیں|اب بھی|آپ کو ہونے والی",
}
PROMISES = {
    Locale.ENGLISH: "again|text you|hear from|next text|tell you|expect|estimate|fix|Ref.* by ",
    Locale.TELUGU: "లోగా|చెబుతాం|తెలియజేస్తాం|అంచనా|SMS",
    Locale.MALAY: "lagi sebelum|seterusnya|memberitahu|anggaran|jangka|akan ",
    Locale.URDU: "اگلی خبر|تک۔|متوقع|بتائیں|توقع|بحالی",
}
REPLY = {
    Locale.ENGLISH: "reply",
    Locale.TELUGU: "జవాబివ్వండి",
    Locale.MALAY: "balas",
    Locale.URDU: "جواب دیں",
}

each_text = pytest.mark.parametrize(
    ("channel", "locale"),
    [(channel, locale) for channel in (Channel.SMS, Channel.EMAIL) for locale in Locale],
)
each_time = pytest.mark.parametrize(
    "services", [(), (ServiceKind.MOBILE, ServiceKind.POWER), tuple(ServiceKind)]
)


def correction(
    templates: Templates,
    known: FactRecord,
    channel: Channel,
    locale: Locale,
    services: tuple[ServiceKind, ...],
) -> str:
    it = Reader(locale, "Asia/Kolkata", "ok", services)
    message = templates.render(Occasion.CORRECTION, channel, known, it)
    return re.sub("[\u200e\u200f]", "", f"{message.subject}\n{message.text}")


@each_text
@each_time
@pytest.mark.parametrize("emergency_calls", [False, True])
def test_who_was_told_wrongly_is_not_affected_is_promised_nothing_and_learns_what_to_do(
    templates: Templates,
    facts: Facts,
    channel: Channel,
    locale: Locale,
    services: tuple[ServiceKind, ...],
    emergency_calls: bool,
) -> None:
    words = templates.phrases(locale)
    noted = facts(notes=((locale.value, "The crew will be back soon"),), emergency_calls=emergency_calls)
    text = correction(templates, noted, channel, locale, services)
    assert NOT_YOURS[locale] in text
    assert not re.search(YOURS[locale], text)
    assert not re.search(PROMISES[locale], text, re.IGNORECASE)
    assert not re.search(r"\d{1,2}:\d{2}", text)
    assert words.after_all in text
    way_back = text[text.index(words.after_all) :]
    assert REPLY[locale] in way_back.casefold()
    assert "198" in way_back
    assert "88" in text
    hurting = (
        words.causes[Cause.FIBRE_CUT],
        words.actions[Action.REPAIRING],
        *words.emergency.values(),
        "crew",
    )
    assert not any(one in text for one in hurting)


@each_text
def test_it_goes_out_even_when_no_next_word_is_known(
    templates: Templates, facts: Facts, channel: Channel, locale: Locale
) -> None:
    ended = facts(next_update_at=None, estimate_at=None)
    assert NOT_YOURS[locale] in correction(templates, ended, channel, locale, ())
