"""Every occasion, channel and language, rendered and read as a customer would."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
import smsutil

from tellfirst.domain.facts import Action, Cause, FactRecord, ServiceKind
from tellfirst.domain.message import PERSONAL_LINK, Message, Reader
from tellfirst.domain.occasion import Channel, Locale, Occasion
from tellfirst.notices.rendering import Templates
from tellfirst.notices.wording import IN_THE_CALENDAR, ON_THEIR_PAGE

Facts = Callable[..., FactRecord]

PARTS = {Locale.ENGLISH: 2, Locale.MALAY: 2, Locale.TELUGU: 3, Locale.URDU: 3}
IMPACTS = ("at_risk", "degraded", "down")
PROBLEM = ("Deccan Mobile", "INC-2026-0007", "Kukatpally", "198")
SAYS = {
    Occasion.FIRST_WORD: (*PROBLEM, "09:07 IST", "09:40 IST"),
    Occasion.UPDATE: (*PROBLEM, "88", "09:40 IST"),
    Occasion.OVERRUN: (*PROBLEM, "88", "10:15 IST", "09:40 IST"),
    Occasion.RESTORED: (*PROBLEM, "88", "09:07 IST", "12:52 IST"),
    Occasion.CORRECTION: (*PROBLEM, "88", "09:40 IST"),
    Occasion.PLANNED: (*PROBLEM, "09:07 - 14:00 IST", "09:40 IST"),
    Occasion.REMINDER: (*PROBLEM, "09:07 - 14:00 IST", "09:40 IST"),
    Occasion.STARTED: (*PROBLEM, "88", "09:07 IST", "09:40 IST"),
    Occasion.CANCELLED: (*PROBLEM, "88", "09:07 - 14:00 IST"),
    Occasion.SURVEY: ("Deccan Mobile", "INC-2026-0007", "STOP", PERSONAL_LINK),
}
ABOUT_A_RUNNING_PROBLEM = (
    *(Occasion.FIRST_WORD, Occasion.UPDATE, Occasion.OVERRUN, Occasion.CORRECTION),
    Occasion.STARTED,
)

each_text = pytest.mark.parametrize(
    ("occasion", "channel", "locale"),
    [(o, c, x) for o in Occasion for c in (Channel.SMS, Channel.EMAIL) for x in Locale],
)
each_sms = pytest.mark.parametrize(("occasion", "locale"), [(o, x) for o in Occasion for x in Locale])
each_mail = each_sms


def reader(locale: Locale, impact: str = "down") -> Reader:
    return Reader(locale, "Asia/Kolkata", impact)


def plain(message: Message) -> str:
    """All a customer reads, without the marks that only steer the screen."""
    return re.sub("[\u200e\u200f]", "", f"{message.subject}\n{message.text}")


@each_text
@pytest.mark.parametrize("with_estimate", [True, False])
def test_a_text_says_what_its_occasion_owes_the_customer(
    templates: Templates,
    facts: Facts,
    occasion: Occasion,
    channel: Channel,
    locale: Locale,
    with_estimate: bool,
) -> None:
    known = facts() if with_estimate else facts(estimate_at=None)
    said = plain(templates.render(occasion, channel, known, reader(locale)))
    for value in SAYS[occasion]:
        assert value in said
    running = occasion in ABOUT_A_RUNNING_PROBLEM
    assert ("11:30 IST" in said) == (running and with_estimate)
    assert (known.page in said) == (channel is Channel.EMAIL and occasion is not Occasion.SURVEY)


@each_sms
@pytest.mark.parametrize("with_estimate", [True, False])
def test_an_sms_keeps_to_its_parts_in_the_words_that_take_most_room(
    templates: Templates, facts: Facts, occasion: Occasion, locale: Locale, with_estimate: bool
) -> None:
    words = templates.phrases(locale)
    wordiest = facts(
        sequence=12,
        service=ServiceKind(max(words.services, key=lambda key: len(words.services[key]))),
        cause=Cause(max(words.causes, key=lambda key: len(words.causes[key]))),
        action=Action(max(words.actions, key=lambda key: len(words.actions[key]))),
        **({} if with_estimate else {"estimate_at": None}),
    )
    for impact in IMPACTS:
        for holding in (False, True):
            sms = templates.render(occasion, Channel.SMS, wordiest, reader(locale, impact), holding).text
            sent = smsutil.split(sms.replace(PERSONAL_LINK, "https://status.example/s/" + "x" * 47))
            assert len(sent.parts) <= PARTS[locale], sms
            assert (sent.encoding == "gsm0338") == (locale in {Locale.ENGLISH, Locale.MALAY})


@each_sms
def test_a_text_about_emergency_calls_may_cost_one_part_more(
    templates: Templates, facts: Facts, occasion: Occasion, locale: Locale
) -> None:
    sms = templates.render(occasion, Channel.SMS, facts(emergency_calls=True), reader(locale)).text
    sent = smsutil.split(sms.replace(PERSONAL_LINK, "x" * 72))
    assert len(sent.parts) <= PARTS[locale] + 1, sms


@each_text
def test_emergency_calls_are_spoken_of_only_when_they_are_hit(
    templates: Templates, facts: Facts, occasion: Occasion, channel: Channel, locale: Locale
) -> None:
    emergency = templates.phrases(locale).emergency
    over = occasion is Occasion.RESTORED
    line = emergency["working" if over else "affected"]
    hit = templates.render(occasion, channel, facts(emergency_calls=True), reader(locale)).text
    calm = templates.render(occasion, channel, facts(), reader(locale)).text
    assert (line in hit) == (occasion not in {Occasion.SURVEY, Occasion.CANCELLED})
    assert not any(words in calm for words in emergency.values())


@each_text
def test_only_mails_and_surveys_lead_to_a_page_of_ones_own(
    templates: Templates, facts: Facts, occasion: Occasion, channel: Channel, locale: Locale
) -> None:
    message = templates.render(occasion, channel, facts(), reader(locale))
    by_mail = occasion in IN_THE_CALENDAR | ON_THEIR_PAGE and channel is Channel.EMAIL
    assert (PERSONAL_LINK in message.text) == (occasion is Occasion.SURVEY or by_mail)
    if channel is Channel.SMS:
        assert "http" not in message.text


class Shown(HTMLParser):
    """What a mail program shows of a page, and everything it would fetch or follow."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.addresses: set[str] = set()
        self.attributes: dict[str, dict[str, str | None]] = {}
        self.skipping = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes.setdefault(tag, dict(attrs))
        self.skipping = tag == "title"
        self.addresses |= {value or "" for name, value in attrs if name in {"href", "src", "background"}}

    def handle_endtag(self, tag: str) -> None:
        self.skipping = False

    def handle_data(self, data: str) -> None:
        if not self.skipping:
            self.words += data.split()


@each_mail
def test_the_html_of_a_mail_says_exactly_what_its_text_says(
    templates: Templates, facts: Facts, occasion: Occasion, locale: Locale
) -> None:
    message = templates.render(occasion, Channel.EMAIL, facts(), reader(locale))
    shown = Shown(message.html)
    assert " ".join(shown.words).replace(" ", "") == "".join(message.text.split())
    taps = {f"{PERSONAL_LINK}/{score}" for score in range(1, 6)}
    followed = taps if occasion is Occasion.SURVEY else {facts().page}
    own = {PERSONAL_LINK} if occasion in IN_THE_CALENDAR | ON_THEIR_PAGE else set()
    assert shown.addresses == followed | own
    assert shown.attributes["html"] == {"lang": locale.value, "dir": locale.direction}
    assert "viewport" in message.html
    assert not {"img", "script", "link", "table", "style"} & shown.attributes.keys()


@each_mail
def test_a_mail_has_a_subject_of_one_line_and_tidy_paragraphs(
    templates: Templates, facts: Facts, occasion: Occasion, locale: Locale
) -> None:
    message = templates.render(occasion, Channel.EMAIL, facts(estimate_at=None), reader(locale))
    assert message.subject.strip() == message.subject
    assert message.subject
    assert "\n" not in message.subject
    assert "\n\n\n" not in message.text
    assert not any(line != line.strip() for line in message.text.split("\n"))


@pytest.mark.parametrize("locale", list(Locale))
@pytest.mark.parametrize("channel", [Channel.SMS, Channel.EMAIL])
def test_who_was_told_wrongly_is_told_so_and_promised_nothing(
    templates: Templates, facts: Facts, channel: Channel, locale: Locale
) -> None:
    said = plain(templates.render(Occasion.CORRECTION, channel, facts(), reader(locale, "ok")))
    assert "Kukatpally" in said
    assert "09:40" not in said
    assert templates.phrases(locale).causes["fibre_cut"] not in said


@pytest.mark.parametrize("locale", list(Locale))
@pytest.mark.parametrize("channel", [Channel.SMS, Channel.EMAIL])
def test_a_holding_word_adds_that_there_is_no_news(
    templates: Templates, facts: Facts, channel: Channel, locale: Locale
) -> None:
    with_news = templates.render(Occasion.UPDATE, channel, facts(), reader(locale)).text
    holding = templates.render(Occasion.UPDATE, channel, facts(), reader(locale), holding=True).text
    assert len(holding) > len(with_news)
    assert templates.phrases(locale).actions["repairing"] in holding


def test_an_english_holding_sms_reads_like_this(templates: Templates, facts: Facts) -> None:
    known = facts(cause=Cause.BEING_INVESTIGATED, action=Action.INVESTIGATING, estimate_at=None)
    assert templates.render(Occasion.UPDATE, Channel.SMS, known, reader(Locale.ENGLISH), True).text == (
        "Deccan Mobile: mobile service is still down in Kukatpally. There is no news yet; work goes on. "
        "Cause: being investigated. Our team is working on it. No estimate yet; we will text you more by "
        "09:40 IST. Help: 198. Ref INC-2026-0007 #88"
    )


def test_an_english_announcement_reads_like_this(templates: Templates, facts: Facts) -> None:
    known = facts(
        stated_at=datetime(2026, 11, 12, 4, 0, tzinfo=UTC),
        next_update_at=datetime(2026, 11, 21, 3, 42, tzinfo=UTC),
        window_until=datetime(2026, 11, 24, 3, 37, tzinfo=UTC),
    )
    assert templates.render(Occasion.PLANNED, Channel.SMS, known, reader(Locale.ENGLISH)).text == (
        "Deccan Mobile: work on mobile service in Kukatpally is planned, 22/11 09:07 - 24/11 09:07 IST. Expect "
        "it to be down. Reason: new equipment. We will text you again by 21/11 09:12 IST. Help: 198. "
        "Ref INC-2026-0007"
    )


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.EMAIL])
@pytest.mark.parametrize("locale", list(Locale))
def test_moved_work_names_the_old_window_and_the_new_one(
    templates: Templates, facts: Facts, channel: Channel, locale: Locale
) -> None:
    moved = facts(
        previous_from=datetime(2026, 11, 21, 3, 37, tzinfo=UTC),
        previous_until=datetime(2026, 11, 21, 8, 30, tzinfo=UTC),
    )
    said = plain(templates.render(Occasion.PLANNED, channel, moved, reader(locale)))
    old, new = said.index("21/11 09:07 - 14:00 IST"), said.index(" 09:07 - 14:00 IST", said.index("14:00"))
    assert old < new


@pytest.mark.parametrize("occasion", list(Occasion))
def test_english_mail_can_be_read_after_eight_years_of_school(
    templates: Templates, facts: Facts, occasion: Occasion
) -> None:
    mail = templates.render(occasion, Channel.EMAIL, facts(emergency_calls=True), reader(Locale.ENGLISH))
    assert school_years(mail.text) <= 8


def school_years(text: str) -> float:
    """Flesch-Kincaid grade level, with runs of vowels for syllables."""
    sentences = [part for part in re.split(r"[.!?:\n]+\s", text) if re.search("[a-z]", part)]
    words = re.findall(r"[A-Za-z]+", text)
    syllables = sum(max(1, len(re.findall(r"[aeiouy]+", word.lower()))) for word in words)
    return 0.39 * len(words) / len(sentences) + 11.8 * syllables / len(words) - 15.59
