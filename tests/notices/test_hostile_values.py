"""Values from outside are only ever words: they neither run nor break out, in SMS and mail alike."""

from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tellfirst.domain.errors import SetupError
from tellfirst.domain.facts import FactRecord
from tellfirst.domain.message import PERSONAL_LINK, Message, Reader
from tellfirst.domain.occasion import Channel, Locale, Occasion
from tellfirst.notices.rendering import Templates
from tellfirst.notices.sources import WRITTEN

Facts = Callable[..., FactRecord]

OVERRIDES = {chr(point) for point in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}
HOSTILE = {
    "a template": "{{7*7}}{% for x in [1] %}{{ ''.__class__ }}{% endfor %}",
    "markup": '<b onclick="x()">bold</b><script>alert(1)</script>',
    "an attribute": '"><img src=x onerror=alert(1)>',
    "line breaks": "one\r\n\r\nSubject: two\nthree\u2028four\x85five\x0bsix",
    "an override": "\u202egnp.exe\u202c \u2066in\u2069 \u202bx",
    "controls": "bell\x07null\x00escape\x1b[31m",
    "a personal link": "%link% %%link%% %li%link%nk% %link%link%",
}
FIELDS = ("place", "company", "reference", "contact")

each_hostile = pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
each_locale = pytest.mark.parametrize("locale", list(Locale))
each_channel = pytest.mark.parametrize("channel", WRITTEN)


class Tags(HTMLParser):
    """Every tag a mail program would obey, with its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def tags(html: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Tags()
    parser.feed(html)
    return parser.found


def links(message: Message) -> int:
    """How often a message asks for its customer's own link."""
    return (message.subject + message.text + message.html).count(PERSONAL_LINK)


def update(templates: Templates, known: FactRecord, channel: Channel, locale: Locale) -> Message:
    return templates.render(Occasion.UPDATE, channel, known, Reader(locale, "Asia/Kolkata", "down"))


@each_hostile
@each_locale
@each_channel
@pytest.mark.parametrize("field", FIELDS)
def test_a_hostile_value_stays_a_word_on_its_line(
    templates: Templates, facts: Facts, value: str, locale: Locale, channel: Channel, field: str
) -> None:
    tame = update(templates, facts(**{field: "Tame"}), channel, locale)
    message = update(templates, facts(**{field: value}), channel, locale)
    said = message.subject + message.text
    assert message.text.count("\n") == tame.text.count("\n")
    assert "\n" not in message.subject
    assert not OVERRIDES & set(said)
    assert not [char for char in said if ord(char) < 0x20 and char != "\n"]
    assert links(message) == links(tame)
    assert "49" not in said
    assert [tag for tag, _ in tags(message.html)] == [tag for tag, _ in tags(tame.html)]


@each_hostile
@each_locale
@each_channel
def test_a_hostile_note_stays_a_word_on_its_line(
    templates: Templates, facts: Facts, value: str, locale: Locale, channel: Channel
) -> None:
    tame = update(templates, facts(notes=((locale, "Tame"),)), channel, locale)
    message = update(templates, facts(notes=((locale, value),)), channel, locale)
    said = message.subject + message.text
    assert message.text.count("\n") == tame.text.count("\n")
    assert not OVERRIDES & set(said)
    assert links(message) == links(tame)
    assert "49" not in said
    assert [tag for tag, _ in tags(message.html)] == [tag for tag, _ in tags(tame.html)]


def test_what_looks_like_a_template_is_shown_as_written(templates: Templates, facts: Facts) -> None:
    assert (
        "in {{7*7}} since"
        in templates.render(
            Occasion.FIRST_WORD, Channel.SMS, facts(place="{{7*7}}"), Reader("en", "Asia/Kolkata", "down")
        ).text
    )


def test_an_sms_is_not_escaped_and_a_page_is(templates: Templates, facts: Facts) -> None:
    known = facts(place="Fish & <Chips>")
    assert "Fish & <Chips>" in update(templates, known, Channel.SMS, Locale.ENGLISH).text
    mail = update(templates, known, Channel.EMAIL, Locale.ENGLISH)
    assert "Fish & <Chips>" in mail.text
    assert "Fish &amp; &lt;Chips&gt;" in mail.html


def test_an_address_in_a_value_is_not_made_a_link(templates: Templates, facts: Facts) -> None:
    mail = update(templates, facts(place="https://evil.example"), Channel.EMAIL, Locale.ENGLISH)
    assert [attributes["href"] for tag, attributes in tags(mail.html) if tag == "a"] == [
        facts().page,
        PERSONAL_LINK,
    ]


def test_a_page_that_is_no_web_address_is_not_made_a_link(templates: Templates, facts: Facts) -> None:
    mail = update(templates, facts(page="javascript:alert(1)"), Channel.EMAIL, Locale.ENGLISH)
    assert [attributes["href"] for tag, attributes in tags(mail.html) if tag == "a"] == [PERSONAL_LINK]


@pytest.mark.parametrize(
    "attack",
    [
        "{{ company.__class__.__mro__ }}",
        "{{ ''.__class__.__base__.__subclasses__() }}",
        "{{ cycler.__init__.__globals__ }}",
        "{% set x = [] %}{{ x.append(1) }}",
    ],
)
def test_a_hostile_template_does_not_leave_its_sandbox(
    tmp_path: Path, attack: str, facts: Facts, texts: Path
) -> None:
    (tmp_path / "update").mkdir()
    (tmp_path / "phrases").mkdir()
    (tmp_path / "phrases" / "en.yaml").write_bytes((texts / "phrases" / "en.yaml").read_bytes())
    (tmp_path / "update" / "sms.en.j2").write_text(attack, encoding="utf-8")
    with pytest.raises(SetupError, match=r"update/sms\.en\.j2 cannot be rendered"):
        update(Templates(tmp_path), facts(), Channel.SMS, Locale.ENGLISH)
