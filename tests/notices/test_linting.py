"""Each rule of `lint` finds its fault in a copy of the texts that has this one fault, and names the place."""

import shutil
import time
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tellfirst.domain.errors import Mistake
from tellfirst.domain.occasion import Locale, Occasion
from tellfirst.domain.playbook import NPS_TEXTS
from tellfirst.notices.linting import lint
from tellfirst.notices.samples import SAMPLE
from tellfirst.notices.sources import environment, read_sources

NOT_THERE = "this text does not exist"


def test_the_texts_of_the_house_have_no_mistake_and_are_read_in_time_for_a_start(texts: Path) -> None:
    """In time means within fifteen times of what parsing them costs, which every start pays on any machine."""
    began = time.process_time()
    sources = read_sources(texts)
    for source in sources.values():
        environment(sources).parse(source)
    parsed = time.process_time()
    assert lint(texts) == ()
    assert time.process_time() - parsed < 15 * (parsed - began)


@dataclass(frozen=True)
class Fault:
    """One edit, and the mistake it must lead to."""

    file: str
    old: str
    new: str
    line: int
    problem: str
    cure: str
    shown_by: tuple[str, ...] = ()
    """Texts that must be there for the fault to show."""


FAULTS = {
    "a syntax error": Fault(
        "update/sms.en.j2", "{% endif %}\nCause", "{% endfi %}\nCause", 2, "unknown tag 'endfi'", "syntax"
    ),
    "a filter Jinja does not know": Fault(
        "overrun/sms.en.j2", "| capitalize", "| capitalise", 1, "No filter named 'capitalise'", "syntax"
    ),
    "a misspelt placeholder": Fault(
        "first_word/sms.te.j2",
        "{{ next_update }}",
        "{{ next_updat }}",
        4,
        "no value {{ next_updat }}",
        "{{ next_update }}",
    ),
    "a placeholder nobody knows": Fault(
        "answer/stopped.ur.j2", "START", "{{ zzz }}", 1, "no value {{ zzz }}", "use one of company, contact"
    ),
    "a personal link outside a survey": Fault(
        "restored/sms.en.j2", "We are sorry.", "Sorry. {{ link }}", 3, "no value {{ link }}", "use one of"
    ),
    "a placeholder the layout does not get": Fault(
        "layout/email.html.j2",
        "<title>{{ subject }}",
        "<title>{{ sbject }}",
        11,
        "{{ sbject }}",
        "{{ subject }}",
    ),
    "a required fact that is not said": Fault(
        "first_word/email.ms.j2", "sejak {{ started }}", "", 1, "not always told {{ started }}", "say it"
    ),
    "a required fact said only at times": Fault(
        "update/sms.ur.j2",
        "مدد: {{ contact }}۔",
        "{% if estimate %}{{ contact }}{% endif %}",
        6,
        "not always told {{ contact }}",
        "say it wherever it is known",
    ),
    "an estimate that is known and not said": Fault(
        "overrun/email.en.j2",
        "is {{ estimate }}.",
        "is late.",
        20,
        "not always told {{ estimate }}",
        "say it",
    ),
    "an emergency effect that is not said": Fault(
        "first_word/sms.en.j2",
        '{{ emergency_calls or "" }}',
        "",
        1,
        "not always told {{ emergency_calls }}",
        "say it",
    ),
    "the page missing in a mail": Fault(
        "overrun/email.te.j2", "{{ page }}", "", 1, "not always told {{ page }}", "say it"
    ),
    "a survey without its link": Fault(
        "survey/sms.te.j2", "{{ link }}", "", 1, "not always told {{ link }}", "say it"
    ),
    "a fact printed although it may be unknown": Fault(
        "first_word/sms.en.j2",
        "Cause:",
        "Back by {{ estimate }}. Cause:",
        2,
        "can be unknown",
        "{% if %}",
    ),
    "an expression that fails": Fault(
        "update/sms.en.j2", "#{{ sequence }}", "#{{ sequence + 1 }}", 11, "cannot be rendered", "mend"
    ),
    "a subject that is missing": Fault(
        "restored/email.en.j2", "Subject: ", "", 1, "no subject of one line", "begin the mail"
    ),
    "a subject of two lines": Fault(
        "restored/email.en.j2", " is back", "\nis back", 1, "no subject of one line", "begin the mail"
    ),
    "an SMS over its parts": Fault(
        "survey/sms.te.j2",
        "వద్దంటే",
        "ఇలాంటి ప్రశ్నలు వద్దంటే",
        1,
        "takes 4 parts (213 units of ucs-2), 3 are allowed",
        "fewer words",
    ),
    "an answer over its parts": Fault(
        "answer/stopped.en.j2", "texts", "texts " * 60, 1, "3 parts", "fewer words"
    ),
    "a character that doubles the price": Fault(
        "restored/sms.ms.j2", "maaf", "maaf ☹", 3, "U+2639 WHITE FROWNING FACE", "GSM-7"
    ),
    "a word list with a character that doubles the price": Fault(
        "phrases/ms.yaml", "sudah di lokasi", "di façade", 32, "U+00E7", "GSM-7"
    ),
    "a promotional word": Fault(
        "restored/email.en.j2", "We are sorry", "Enjoy a discount. We are sorry", 5, "'discount'", "without"
    ),
    "a promotional word in Telugu": Fault(
        "update/email.te.j2", "నమస్కారం,", "నమస్కారం, ఉచితంగా", 3, "'ఉచిత'", "without"
    ),
    "a promotional word in a word list": Fault(
        "phrases/ur.yaml", "شکریہ۔ آپ", "مفت شکریہ۔ آپ", 64, "'مفت'", "without"
    ),
    "an address in the text": Fault(
        "survey/email.en.j2",
        "{{ link }}/1",
        "{{ link }}/1 or https://bit.ly/x",
        12,
        "'https://bit.ly/x'",
        "{{ page }}",
    ),
    "an address without a scheme": Fault(
        "restored/email.ms.j2",
        "{{ page }}",
        "{{ page }} my-telco.com.my",
        19,
        "'my-telco.com.my'",
        "{{ page }}",
    ),
    "an address between quotes": Fault(
        "restored/email.en.j2", "{{ page }}", '{{ page ~ " www.x.test" }}', 19, "'www.x.test'", "{{ page }}"
    ),
    "an address in the layout": Fault(
        "layout/email.html.j2",
        "<p style",
        '<img src="https://x.test/p.gif"><p style',
        16,
        "https://x",
        "take it out",
    ),
    "a clock time in the text": Fault(
        "restored/email.en.j2", "Hello,", "Hello, call before 17:30,", 3, "'17:30'", "zone"
    ),
    "a clock time of twelve hours": Fault(
        "restored/email.en.j2", "Hello,", "Hello, call before 5 pm,", 3, "'5 pm'", "zone"
    ),
    "a key missing in a word list": Fault(
        "phrases/te.yaml", "  weather:", "  wether:", 21, "causes.weather is missing", "add it"
    ),
    "a doubled key in a word list": Fault(
        "phrases/en.yaml", "  voice:", "  mobile:", 5, 'found duplicate key "mobile"', "mend this line"
    ),
    "a promise to who was told wrongly": Fault(
        "correction/sms.en.j2",
        "does not affect you.",
        "does not affect you. Next text by {{ next_update }}.",
        13,
        "can be unknown",
        "{% if %}",
    ),
    "a warning to who was told wrongly": Fault(
        "correction/email.ms.j2",
        "{{ after_all }}",
        "{{ impact }} {{ after_all }}",
        31,
        "can be unknown",
        "{% if",
    ),
    "no way back for who was told wrongly": Fault(
        "correction/email.te.j2", "{{ after_all }}, ", "", 1, "not always told {{ after_all }}", "say it"
    ),
    "a fact left out where the text is terse": Fault(
        "update/sms.en.j2",
        "Help: {{ contact }}.",
        "{% if not terse %}Help: {{ contact }}.{% endif %}",
        10,
        "not always told {{ contact }}",
        "say it wherever it is known",
    ),
    "several services of which none is named": Fault(
        "phrases/en.yaml",
        "service ({names})",
        "services",
        9,
        "does not name once what goes into it",
        "{names}",
    ),
    "several services named twice": Fault(
        "phrases/ur.yaml",
        "{names} سروس",
        "{names} {names}",
        9,
        "does not name once what goes into it",
        "{names}",
    ),
    "a spoken time without its minutes": Fault(
        "phrases/te.yaml",
        "{minute} ",
        "",
        40,
        "spoken.time does not name once",
        "{hour} and {minute} and {part}",
    ),
    "a spoken day with a name nobody fills": Fault(
        "phrases/en.yaml", "on {day} {month}", "on {day} {mnth}", 42, "spoken.another_day", "{month}"
    ),
    "a month missing in a word list": Fault(
        "phrases/ms.yaml", "12: Disember", "13: Disember", 49, "spoken.months.12 is missing", "add it"
    ),
    "an address that is said aloud": Fault(
        "update/voice.en.j2",
        "For help,",
        "See {{ page }}. For help,",
        12,
        "no value {{ page }}",
        "{{ place }}",
    ),
    "a link that is said aloud": Fault(
        "survey/voice.ms.j2", "Sila hantar", "{{ link }} Sila hantar", 3, "no value {{ link }}", "use one of"
    ),
    "a call that does not say whose clock it means": Fault(
        "restored/voice.ur.j2", "{{ local_time }}", "", 1, "not always told {{ local_time }}", "say it"
    ),
    "a call without a reference": Fault(
        "first_word/voice.te.j2", "{{ reference }}", "", 1, "not always told {{ reference }}", "say it"
    ),
    "a short name missing in a word list": Fault(
        "phrases/te.yaml", "    power:", "    powr:", 10, "several.names.power is missing", "add it"
    ),
    "a word list of another kind": Fault(
        "phrases/en.yaml", "reviewed: false", "reviewed: perhaps", 1, "reviewed is not true or false", "write"
    ),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_is_found_with_its_file_its_line_and_a_cure(
    texts: Path, tmp_path: Path, fault: Fault
) -> None:
    tree = copied(texts, tmp_path, fault.file, *fault.shown_by)
    edit(tree / fault.file, fault.old, fault.new)
    found = [mistake for mistake in lint(tree) if mistake.problem != NOT_THERE]
    assert {mistake.file for mistake in found} == {f"{tree}/{fault.file}"}
    (mistake,) = [mistake for mistake in found if fault.problem in mistake.problem]
    assert mistake.line == fault.line
    assert fault.cure in mistake.cure


def test_every_missing_text_is_named_with_a_model_to_write_it_from(texts: Path, tmp_path: Path) -> None:
    tree = copied(texts, tmp_path)
    for name in ("update/sms.te.j2", "answer/known.ms.j2", "layout/email.html.j2", "phrases/ur.yaml"):
        (tree / name).unlink()
    found = {mistake.file.removeprefix(f"{tree}/"): mistake for mistake in lint(tree)}
    assert set(found) == {
        "update/sms.te.j2",
        "answer/known.ms.j2",
        "layout/email.html.j2",
        "phrases/ur.yaml",
    }
    assert all(mistake.problem == NOT_THERE for mistake in found.values())
    assert "update/sms.en.j2" in found["update/sms.te.j2"].cure
    assert "phrases/en.yaml" in found["phrases/ur.yaml"].cure


def test_an_extra_key_is_named_with_the_key_it_may_have_meant(texts: Path, tmp_path: Path) -> None:
    tree = copied(texts, tmp_path, "phrases/te.yaml")
    edit(tree / "phrases" / "te.yaml", "  weather:", "  wether:")
    assert Mistake(
        f"{tree}/phrases/te.yaml", 27, "nothing uses the entry causes.wether", "did you mean weather?"
    ) in lint(tree)


def test_an_empty_text_is_named_once(texts: Path, tmp_path: Path) -> None:
    tree = copied(texts, tmp_path)
    (tree / "update" / "sms.ms.j2").write_text("{# to be written #}\n", encoding="utf-8")
    assert [(mistake.file, mistake.problem) for mistake in lint(tree)] == [
        (f"{tree}/update/sms.ms.j2", "this says nothing")
    ]


def test_a_file_that_is_not_utf8_is_named_with_its_line(texts: Path, tmp_path: Path) -> None:
    tree = copied(texts, tmp_path)
    (tree / "update" / "sms.ms.j2").write_bytes("satu\ndua caf\xe9".encode("latin-1"))
    assert [(mistake.file, mistake.line, mistake.problem) for mistake in lint(tree)] == [
        (f"{tree}/update/sms.ms.j2", 2, "this is not UTF-8")
    ]


def test_a_comment_may_say_what_a_text_may_not(texts: Path, tmp_path: Path) -> None:
    tree = copied(texts, tmp_path)
    edit(
        tree / "update" / "sms.en.j2",
        "{{ company }}",
        "{# free offer at 09:40, see www.x.test #}{{ company }}",
    )
    assert lint(tree) == ()


def test_a_word_too_long_for_an_sms_is_found_in_the_text_it_bursts(texts: Path, tmp_path: Path) -> None:
    tree = copied(texts, tmp_path, "first_word/sms.te.j2")
    edit(tree / "phrases" / "te.yaml", "software_fault: ", "software_fault: కొత్త ")
    (mistake,) = [mistake for mistake in lint(tree) if mistake.problem != NOT_THERE]
    assert mistake.file == f"{tree}/first_word/sms.te.j2"
    assert "4 parts" in mistake.problem


def test_names_too_long_for_all_services_at_once_are_found_in_the_text_they_burst(
    texts: Path, tmp_path: Path
) -> None:
    tree = copied(texts, tmp_path, "update/sms.te.j2")
    edit(tree / "phrases" / "te.yaml", "    online: ఆన్‌లైన్", "    online: ఆన్‌లైన్ అన్నీ")
    (mistake,) = [mistake for mistake in lint(tree) if mistake.problem != NOT_THERE]
    assert mistake.file == f"{tree}/update/sms.te.j2"
    assert "4 parts" in mistake.problem


def test_a_company_with_a_long_name_learns_what_it_costs(texts: Path) -> None:
    long = replace(SAMPLE, company="Deccan Mobile and Broadband Services")
    problems = {mistake.problem.partition(" (")[0] for mistake in lint(texts, long)}
    assert "this SMS takes 4 parts" in problems


def test_a_directory_that_is_not_there_is_one_mistake(tmp_path: Path) -> None:
    (mistake,) = lint(tmp_path / "nowhere")
    assert "there is no directory of templates" in mistake.problem


def copied(texts: Path, tmp_path: Path, *names: str) -> Path:
    """A copy of the texts to change; with `names` only of these and what every text needs: read faster."""
    tree = tmp_path / "templates"
    if not names:
        return Path(shutil.copytree(texts, tree))
    for name in {*names, "layout/email.html.j2", *(f"phrases/{locale}.yaml" for locale in Locale)}:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(texts / name, tree / name)
    return tree


def edit(path: Path, old: str, new: str) -> None:
    source = path.read_text(encoding="utf-8")
    assert old in source, f"{path.name} no longer holds {old!r}"
    path.write_text(source.replace(old, new, 1), encoding="utf-8")


def test_the_texts_of_a_survey_that_asks_for_0_to_10_may_be_sent(texts: Path) -> None:
    assert lint(texts, overrides=[(Occasion.SURVEY, NPS_TEXTS)]) == ()
