"""How texts are made: languages, facts that are missing, versions, answers."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tellfirst.bootstrap import World
from tellfirst.domain.errors import RuleBroken, SetupError
from tellfirst.domain.facts import FactRecord, ServiceKind
from tellfirst.domain.message import Reader
from tellfirst.domain.occasion import Channel, Locale, Occasion
from tellfirst.notices.rendering import Templates
from tellfirst.notices.sources import WRITTEN, notice_name
from tellfirst.notices.wording import AnswerKind
from tellfirst.settings import Settings

Facts = Callable[..., FactRecord]

ENGLISH = Reader("en", "Asia/Kolkata", "down")
NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
LEFT_TO_RIGHT, RIGHT_TO_LEFT = "\u200e", "\u200f"


@pytest.fixture
def tree(texts: Path, tmp_path: Path) -> Path:
    """A copy of the texts to change."""
    return Path(shutil.copytree(texts, tmp_path / "templates"))


def test_a_first_word_in_english_reads_like_this(templates: Templates, facts: Facts) -> None:
    assert templates.render(Occasion.FIRST_WORD, Channel.SMS, facts(), ENGLISH).text == (
        "Deccan Mobile: mobile service has been down in Kukatpally since 09:07 IST. Cause: a cut cable. "
        "We are repairing it. We expect to fix it by 11:30 IST. We will text you again by 09:40 IST. Sorry. "
        "Help: 198. Ref INC-2026-0007"
    )


def test_times_are_those_of_the_readers_place(templates: Templates, facts: Facts) -> None:
    karachi = Reader("en", "Asia/Karachi", "down")
    assert "since 08:37 PKT" in templates.render(Occasion.FIRST_WORD, Channel.SMS, facts(), karachi).text


def test_a_time_on_another_day_says_which(templates: Templates, facts: Facts) -> None:
    tomorrow = facts(estimate_at=datetime(2026, 11, 23, 6, 0, tzinfo=UTC))
    sms = templates.render(Occasion.FIRST_WORD, Channel.SMS, tomorrow, ENGLISH).text
    assert "by 23/11 11:30 IST" in sms


@pytest.mark.parametrize("tag", ["te", "te-IN", "te_IN", "TE-in"])
def test_a_regional_tag_gets_its_language(templates: Templates, facts: Facts, tag: str) -> None:
    reader = Reader(tag, "Asia/Kolkata", "down")
    sms = templates.render(Occasion.FIRST_WORD, Channel.SMS, facts(), reader).text
    assert "మొబైల్ సేవ" in sms


@pytest.mark.parametrize("tag", ["fr", "xx-YY", ""])
def test_a_language_we_do_not_write_gets_english(templates: Templates, facts: Facts, tag: str) -> None:
    reader = Reader(tag, "Asia/Kolkata", "down")
    text = templates.render(Occasion.FIRST_WORD, Channel.SMS, facts(), reader)
    assert text == templates.render(Occasion.FIRST_WORD, Channel.SMS, facts(), ENGLISH)
    assert templates.phrases(tag) == templates.phrases("en")


def test_a_missing_text_is_not_silently_english(tree: Path, facts: Facts) -> None:
    (tree / "update" / "sms.te.j2").unlink()
    with pytest.raises(SetupError, match=r"templates/update/sms\.te\.j2"):
        Templates(tree).render(Occasion.UPDATE, Channel.SMS, facts(), Reader("te", "Asia/Kolkata", "down"))


def test_there_is_no_text_for_the_channel_none(templates: Templates, facts: Facts) -> None:
    with pytest.raises(SetupError, match=r"first_word/none\.en\.j2"):
        templates.render(Occasion.FIRST_WORD, Channel.NONE, facts(), ENGLISH)


@pytest.mark.parametrize(
    ("occasion", "field", "placeholder"),
    [
        (Occasion.FIRST_WORD, "next_update_at", "next_update"),
        (Occasion.UPDATE, "next_update_at", "next_update"),
        (Occasion.OVERRUN, "next_update_at", "next_update"),
        (Occasion.CORRECTION, "next_update_at", "next_update"),
        (Occasion.RESTORED, "ended_at", "ended"),
    ],
)
@pytest.mark.parametrize("channel", WRITTEN)
def test_a_text_that_cannot_say_its_promise_is_not_made(
    templates: Templates, facts: Facts, occasion: Occasion, channel: Channel, field: str, placeholder: str
) -> None:
    with pytest.raises(RuleBroken, match=f"'{placeholder}' is undefined"):
        templates.render(occasion, channel, facts(**{field: None}), ENGLISH)


def test_an_overrun_without_an_earlier_estimate_still_goes_out(templates: Templates, facts: Facts) -> None:
    late = facts(previous_estimate_at=None, estimate_at=None)
    sms = templates.render(Occasion.OVERRUN, Channel.SMS, late, ENGLISH).text
    assert "we are late, sorry" in sms
    assert "No new estimate yet; we will text you more by 09:40 IST" in sms


def test_an_impact_nobody_knows_is_refused(templates: Templates, facts: Facts) -> None:
    with pytest.raises(RuleBroken, match="'gone' is no impact"):
        templates.render(Occasion.FIRST_WORD, Channel.SMS, facts(), Reader("en", "Asia/Kolkata", "gone"))


def test_a_note_goes_to_readers_of_its_language_alone(templates: Templates, facts: Facts) -> None:
    noted = facts(notes=(("en", "The crew has found the cut"),))
    urdu = Reader("ur", "Asia/Kolkata", "down")
    assert (
        "The crew has found the cut. " in templates.render(Occasion.UPDATE, Channel.SMS, noted, ENGLISH).text
    )
    for channel in WRITTEN:
        assert "crew" not in templates.render(Occasion.UPDATE, channel, noted, urdu).text


def test_a_note_that_would_cost_another_part_is_left_to_the_mail(templates: Templates, facts: Facts) -> None:
    noted = facts(notes=(("en", "The cable was cut in two places along the ring road. " * 3),))
    sms = templates.render(Occasion.UPDATE, Channel.SMS, noted, ENGLISH).text
    assert sms == templates.render(Occasion.UPDATE, Channel.SMS, facts(), ENGLISH).text
    assert "two places" in templates.render(Occasion.UPDATE, Channel.EMAIL, noted, ENGLISH).text


def test_typographic_signs_in_a_note_do_not_double_the_price(templates: Templates, facts: Facts) -> None:
    noted = facts(notes=(("en", "We’re at the pole – new cable is here…"),))
    sms = templates.render(Occasion.UPDATE, Channel.SMS, noted, ENGLISH).text
    assert "We're at the pole - new cable is here..." in sms


def test_urdu_keeps_the_groups_of_a_number_in_order(templates: Templates, facts: Facts) -> None:
    known = facts(contact="+92-51-111-222")
    sms = templates.render(Occasion.FIRST_WORD, Channel.SMS, known, Reader("ur", "Asia/Karachi", "down")).text
    assert sms.startswith(f"{RIGHT_TO_LEFT}Deccan Mobile: ")
    assert f" {LEFT_TO_RIGHT}+92-51-111-222" in sms
    assert f" {LEFT_TO_RIGHT}08:37 PKT" in sms


@pytest.mark.parametrize("locale", ["en", "te", "ms"])
def test_other_languages_carry_no_marks(templates: Templates, facts: Facts, locale: str) -> None:
    sms = templates.render(Occasion.FIRST_WORD, Channel.SMS, facts(), Reader(locale, "UTC", "down")).text
    assert not {LEFT_TO_RIGHT, RIGHT_TO_LEFT} & set(sms)


@pytest.mark.parametrize("service", list(ServiceKind))
@pytest.mark.parametrize("locale", list(Locale))
def test_every_service_has_its_own_name(templates: Templates, service: ServiceKind, locale: Locale) -> None:
    names = templates.phrases(locale).services
    assert sorted(names) == sorted(ServiceKind)
    assert list(names.values()).count(names[service]) == 1


@pytest.mark.parametrize("locale", list(Locale))
def test_no_wording_passes_for_reviewed_before_a_native_reader_signed(
    templates: Templates, locale: Locale
) -> None:
    assert templates.phrases(locale).reviewed is False


@pytest.mark.parametrize("locale", list(Locale))
def test_a_survey_page_has_five_named_scores(templates: Templates, locale: Locale) -> None:
    assert list(templates.phrases(locale).survey.scores) == [1, 2, 3, 4, 5]


def test_a_version_names_what_is_rendered_and_not_what_stands_on_disk(tree: Path, facts: Facts) -> None:
    built = Templates(tree)
    before = built.version(Occasion.UPDATE, Channel.SMS, "en")
    (tree / "update" / "sms.en.j2").write_text("{{ company }}: new words", encoding="utf-8")
    assert built.version(Occasion.UPDATE, Channel.SMS, "en") == before
    assert "still down" in built.render(Occasion.UPDATE, Channel.SMS, facts(), ENGLISH).text
    assert Templates(tree).version(Occasion.UPDATE, Channel.SMS, "en") != before


@pytest.mark.parametrize(
    ("changed", "channels"),
    [
        ("update/sms.en.j2", {Channel.SMS}),
        ("update/email.en.j2", {Channel.EMAIL}),
        ("layout/email.html.j2", {Channel.EMAIL}),
        ("update/voice.en.j2", {Channel.VOICE}),
        ("phrases/en.yaml", set(WRITTEN)),
        ("update/sms.te.j2", set()),
        ("overrun/sms.en.j2", set()),
    ],
)
def test_a_version_changes_with_all_a_text_is_made_of_and_nothing_else(
    tree: Path, changed: str, channels: set[Channel]
) -> None:
    before = Templates(tree)
    path = tree / changed
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    after = Templates(tree)
    for channel in WRITTEN:
        same = before.version(Occasion.UPDATE, channel, "en") == after.version(Occasion.UPDATE, channel, "en")
        assert same == (channel not in channels)


@pytest.mark.parametrize("channel", [one for one in Channel if one is not Channel.NONE])
@pytest.mark.parametrize("locale", list(Locale))
def test_the_version_a_notice_keeps_covers_every_channel_and_language(
    tree: Path, channel: Channel, locale: Locale
) -> None:
    def kept() -> str:
        return World(Settings(templates=tree)).template_version(Occasion.UPDATE)

    before, path = kept(), tree / notice_name(Occasion.UPDATE, channel, locale)
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert kept() != before


@pytest.mark.parametrize(
    ("channel", "worded_as"),
    [(Channel.WHATSAPP, Channel.SMS), (Channel.FAX, Channel.EMAIL), (Channel.WEBHOOK, Channel.EMAIL)],
)
def test_a_channel_that_borrows_its_words_has_their_version(
    templates: Templates, channel: Channel, worded_as: Channel
) -> None:
    of = {one: templates.version(Occasion.UPDATE, one, "ur") for one in (channel, worded_as)}
    assert of[channel] == of[worded_as]


def test_a_version_covers_what_a_template_includes(tree: Path) -> None:
    (tree / "update" / "sms.en.j2").write_text('{% include "parts/help.j2" %}', encoding="utf-8")
    (tree / "parts").mkdir()
    (tree / "parts" / "help.j2").write_text("one", encoding="utf-8")
    before = Templates(tree).version(Occasion.UPDATE, Channel.SMS, "en")
    (tree / "parts" / "help.j2").write_text("two", encoding="utf-8")
    assert Templates(tree).version(Occasion.UPDATE, Channel.SMS, "en") != before


@pytest.mark.parametrize("locale", list(Locale))
def test_a_known_problem_is_answered_with_its_facts(
    templates: Templates, facts: Facts, locale: Locale
) -> None:
    known = facts(ended_at=None)
    answer = templates.answer("known", locale, known, "Asia/Kolkata", known.stated_at, "degraded")
    words = templates.phrases(locale)
    values = ("Deccan Mobile", "Kukatpally", "09:07 IST", "11:30 IST", "09:40 IST", "198", "INC-2026-0007")
    for value in (*values, words.causes["fibre_cut"], words.impacts["degraded"]):
        assert value in answer


@pytest.mark.parametrize("locale", list(Locale))
def test_a_restored_service_is_answered_with_its_end(
    templates: Templates, facts: Facts, locale: Locale
) -> None:
    answer = templates.answer("restored_recently", locale, facts(), "Asia/Kolkata", NOW)
    for value in ("12:52 IST", "198", "INC-2026-0007"):
        assert value in answer


@pytest.mark.parametrize("kind", ["none_known", "not_understood"])
@pytest.mark.parametrize("locale", list(Locale))
def test_who_has_no_known_problem_learns_how_to_reach_a_person(
    templates: Templates, kind: str, locale: Locale
) -> None:
    answer = templates.answer(kind, locale, None, "Asia/Kolkata", NOW)
    assert "Deccan Mobile" in answer
    assert "198" in answer


@pytest.mark.parametrize("kind", ["none_known", "not_understood", "stopped", "thanks_for_score"])
def test_an_answer_reads_well_when_the_house_has_no_name(texts: Path, kind: str) -> None:
    answer = Templates(texts).answer(kind, "en", None, "UTC", NOW)
    assert answer[0].isalpha()
    assert answer.endswith(".")
    assert "call" not in answer


@pytest.mark.parametrize("kind", list(AnswerKind))
@pytest.mark.parametrize("locale", list(Locale))
def test_an_answer_with_facts_can_always_be_given(
    templates: Templates, facts: Facts, kind: AnswerKind, locale: Locale
) -> None:
    assert "Deccan Mobile" in templates.answer(kind, locale, facts(), "Asia/Kolkata", NOW)


@pytest.mark.parametrize("kind", ["known", "restored_recently"])
def test_an_answer_about_an_incident_needs_its_facts(templates: Templates, kind: str) -> None:
    with pytest.raises(RuleBroken, match=f"the answer {kind} speaks of an incident"):
        templates.answer(kind, "en", None, "UTC", NOW)


def test_an_unknown_kind_of_answer_is_named(templates: Templates) -> None:
    with pytest.raises(SetupError, match=r"answer/weather\.en\.j2"):
        templates.answer("weather", "en", None, "UTC", NOW)


def test_a_broken_word_list_is_named_when_it_is_needed(tree: Path, facts: Facts) -> None:
    (tree / "phrases" / "en.yaml").write_text("reviewed: false\n", encoding="utf-8")
    with pytest.raises(SetupError, match="the entry services is missing"):
        Templates(tree).render(Occasion.UPDATE, Channel.SMS, facts(), ENGLISH)


def test_a_mail_without_a_subject_is_not_made(tree: Path, facts: Facts) -> None:
    (tree / "update" / "email.en.j2").write_text("Hello,\n\n{{ company }}\n", encoding="utf-8")
    with pytest.raises(SetupError, match=r"update/email\.en\.j2:1: the mail has no subject of one line"):
        Templates(tree).render(Occasion.UPDATE, Channel.EMAIL, facts(), ENGLISH)


def test_a_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="there is no directory of templates"):
        Templates(tmp_path / "nowhere")
