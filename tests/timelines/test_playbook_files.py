"""Playbooks are read strictly: every mistake is named with its file, its line and what to do."""

from datetime import time, timedelta
from pathlib import Path

import hyderabad
import pytest

from tellfirst.domain.errors import SetupError
from tellfirst.domain.facts import ServiceKind
from tellfirst.domain.impact import Impact
from tellfirst.domain.occasion import Channel
from tellfirst.domain.playbook import PATIENCE
from tellfirst.domain.quiet_hours import Instead, QuietHours
from tellfirst.domain.ramp import Canary
from tellfirst.spans import span
from tellfirst.store import playbook_copy
from tellfirst.timelines.playbooks import load_playbooks

FILE = """\
title: Broadband down
service: broadband
severity: S2
alerts: [OltDown]
channels: [email, sms]
emergency_calls: false
audience:
  tell_from: at_risk
  seen_within: 36h
  located_within: 400d
  approve_above: 25%
words:
  next_update_every: 45m
  warn_before: 300s
  overrun_before: 20m
verification:
  quiet_for: 12m
delivery:
  receipt_within: 2h
survey:
  ask: true
  after: 3h
  open_for: 2d
"""


def _write(folder: Path, text: str, name: str = "broadband_down.yaml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def _complaint(folder: Path) -> str:
    with pytest.raises(SetupError) as found:
        load_playbooks(folder)
    return str(found.value)


def test_a_playbook_is_what_its_file_says_under_its_files_name(tmp_path: Path) -> None:
    [book] = load_playbooks(_write(tmp_path, FILE)).values()
    assert (book.name, book.title, book.service, book.severity) == (
        "broadband_down",
        "Broadband down",
        ServiceKind.BROADBAND,
        "S2",
    )
    assert (book.alerts, book.channels) == (("OltDown",), (Channel.EMAIL, Channel.SMS))
    assert (book.emergency_calls, book.survey) == (False, True)
    assert (book.next_update_every, book.warn_before, book.overrun_before) == (
        timedelta(minutes=45),
        timedelta(minutes=5),
        timedelta(minutes=20),
    )
    assert (book.quiet_for, book.receipt_within) == (timedelta(minutes=12), timedelta(hours=2))
    assert (book.survey_after, book.survey_open_for) == (timedelta(hours=3), timedelta(days=2))
    assert (book.tell_from, book.approve_above) == (Impact.AT_RISK, 0.25)
    assert (book.seen_within, book.located_within) == (timedelta(hours=36), timedelta(days=400))


def test_the_version_changes_with_the_file_and_only_with_it(tmp_path: Path) -> None:
    first = load_playbooks(_write(tmp_path, FILE))["broadband_down"].version
    assert load_playbooks(tmp_path)["broadband_down"].version == first
    assert load_playbooks(_write(tmp_path, FILE + "# a remark\n"))["broadband_down"].version != first


def test_the_playbooks_of_the_house_can_be_used() -> None:
    assert "mobile_site_down" in hyderabad.BOOKS
    assert {one for book in hyderabad.BOOKS.values() for one in book.alerts} >= {
        "CellSiteDown",
        "AreaMajorOutage",
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1s", timedelta(seconds=1)),
        ("30m", timedelta(minutes=30)),
        ("30 m", timedelta(minutes=30)),
        ("2h", timedelta(hours=2)),
        ("1d", timedelta(days=1)),
        ("090m", timedelta(minutes=90)),
    ],
)
def test_a_span_is_a_number_and_a_unit(text: str, expected: timedelta) -> None:
    assert span(text) == expected


@pytest.mark.parametrize(
    "value",
    ["0m", "30", 30, 30.0, "", "m", "-5m", "1.5h", "30min", "1h30m", "NaN", "99999999999d", True, None, []],
)
def test_anything_else_is_no_span_and_the_complaint_shows_one(value: object) -> None:
    with pytest.raises(ValueError, match="30m, 2h or 1d"):
        span(value)


MISTAKES = [
    (
        "a typing error in a key",
        "next_update_every",
        "next_update_evry",
        13,
        "did you mean `next_update_every`?",
    ),
    ("a typing error at the top", "severity", "severty", 3, "did you mean `severity`?"),
    ("a key of nothing", "emergency_calls: false", "emergency_calls: false\nmood: good", 7, "(remove it)"),
    ("a missing key", "severity: S2\n", "", 1, "`severity` is missing (add it)"),
    ("a missing key further in", "  quiet_for: 12m", "  {}", 16, "`verification.quiet_for` is missing"),
    ("a missing part", "verification:\n  quiet_for: 12m\n", "", 1, "`verification` is missing"),
    ("a doubled key", "severity: S2", "severity: S2\nseverity: S1", 4, "duplicate key"),
    ("a span of nothing", "quiet_for: 12m", "quiet_for: 0m", 17, "30m, 2h or 1d"),
    ("a span without a unit", "quiet_for: 12m", "quiet_for: '30'", 17, "30m, 2h or 1d"),
    ("a number for a span", "quiet_for: 12m", "quiet_for: 30", 17, "30m, 2h or 1d"),
    ("a negative span", "quiet_for: 12m", "quiet_for: -5m", 17, "30m, 2h or 1d"),
    ("a span beyond time", "quiet_for: 12m", "quiet_for: 99999999999d", 17, "30m, 2h or 1d"),
    ("a warning no shorter", "warn_before: 300s", "warn_before: 45m", 12, "must be shorter"),
    ("a warning that is longer", "warn_before: 300s", "warn_before: 46m", 12, "must be shorter"),
    ("a severity nobody has", "severity: S2", "severity: S5", 3, "`severity`"),
    ("no alerts", "alerts: [OltDown]", "alerts: []", 4, "`alerts`"),
    ("no channels", "channels: [email, sms]", "channels: []", 5, "`channels`"),
    ("a channel nobody has", "channels: [email, sms]", "channels: [pigeon]", 5, "`channels.0`"),
    (
        "the channel of the unreachable",
        "channels: [email, sms]",
        "channels: [sms, none]",
        5,
        "one of sms, email, whatsapp, voice, fax",
    ),
    ("a service nobody sells", "service: broadband", "service: bread", 2, "`service`"),
    (
        "no audience rules",
        FILE[FILE.index("audience:") : FILE.index("words:")],
        "",
        1,
        "`audience` is missing",
    ),
    ("an impact nobody has", "tell_from: at_risk", "tell_from: gone", 8, "at_risk, degraded, down"),
    ("telling those who are well", "tell_from: at_risk", "tell_from: ok", 8, "at_risk, degraded, down"),
    ("a number for an impact", "tell_from: at_risk", "tell_from: 2", 8, "at_risk, degraded, down"),
    ("a presence without a unit", "seen_within: 36h", "seen_within: 36", 9, "30m, 2h or 1d"),
    ("a share without its sign", "approve_above: 25%", "approve_above: 25", 11, "like 25%, up to 100%"),
    ("a fraction for a share", "approve_above: 25%", "approve_above: 0.25", 11, "like 25%, up to 100%"),
    ("a share of nothing", "approve_above: 25%", "approve_above: 0%", 11, "like 25%, up to 100%"),
    ("more than everybody", "approve_above: 25%", "approve_above: 101%", 11, "like 25%, up to 100%"),
    ("a word for a yes", "ask: true", "ask: perhaps", 21, "`survey.ask`"),
    ("a tab", "  quiet_for: 12m", "\tquiet_for: 12m", 17, "correct the YAML on this line"),
    ("an unclosed list", "alerts: [OltDown]", "alerts: [OltDown", 5, "correct the YAML on this line"),
    ("a Python object", "title: Broadband down", "title: !!python/object:os.system {}", 1, "`title`"),
]


@pytest.mark.parametrize(
    ("before", "after", "line", "complaint"),
    [case[1:] for case in MISTAKES],
    ids=[case[0] for case in MISTAKES],
)
def test_a_mistake_is_named_with_its_file_and_line_and_a_cure(
    tmp_path: Path, before: str, after: str, line: int, complaint: str
) -> None:
    assert before in FILE
    found = _complaint(_write(tmp_path, FILE.replace(before, after, 1)))
    assert f"broadband_down.yaml:{line}: " in found
    assert complaint in found


def test_several_mistakes_are_named_at_once(tmp_path: Path) -> None:
    text = FILE.replace("S2", "S9").replace("12m", "0m").replace("title", "tittle")
    found = _complaint(_write(tmp_path, text))
    assert [line in found for line in (":1: ", ":3: ", ":17: ")] == [True, True, True]
    assert len(found.splitlines()) == 5


@pytest.mark.parametrize("text", ["", "- a list\n", "just words\n", "~\n"])
def test_a_file_without_keys_is_named(tmp_path: Path, text: str) -> None:
    assert "broadband_down.yaml:1: holds no keys" in _complaint(_write(tmp_path, text))


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    (tmp_path / "old.yaml").write_bytes(FILE.replace("Broadband", "Brédband").encode("latin-1"))
    assert "old.yaml:1: is not YAML" in _complaint(tmp_path)


def test_two_playbooks_must_not_claim_one_alert(tmp_path: Path) -> None:
    _write(tmp_path, FILE)
    _write(tmp_path, FILE.replace("[OltDown]", "[RouterDown, OltDown]"), "router_down.yaml")
    found = _complaint(tmp_path)
    assert "router_down.yaml and broadband_down.yaml both claim the alert OltDown" in found


def test_an_empty_folder_is_no_plan(tmp_path: Path) -> None:
    assert "there is no playbook in" in _complaint(tmp_path)
    assert "there is no playbook in" in _complaint(tmp_path / "nowhere")


def test_a_playbook_can_be_told_to_ask_nobody(tmp_path: Path) -> None:
    assert (
        load_playbooks(_write(tmp_path, FILE.replace("ask: true", "ask: false")))["broadband_down"].survey
        is False
    )


REACH = """
quiet_hours:
  from: "21:00"
  to: "08:00"
  channels: [sms, voice]
  unless: {severity: [S1, S2], priority_from: 5}
  instead: next_channel
"""


def test_quiet_hours_patience_and_canary_are_read_and_have_their_defaults(tmp_path: Path) -> None:
    plain = FILE
    said = plain.replace(
        "delivery:\n",
        "delivery:\n  receipt_patience: {sms: 5m}\n  around_outage: false\n"
        "  canary: {from: 500, stop_above: 3%}\n",
    )
    (tmp_path / "mobile_site_down.yaml").write_text(said + REACH, encoding="utf-8")
    book = load_playbooks(tmp_path)["mobile_site_down"]
    assert book.quiet_hours == QuietHours(
        time(21), time(8), (Channel.SMS, Channel.VOICE), ("S1", "S2"), 5, Instead.NEXT_CHANNEL
    )
    assert book.receipt_patience == {**PATIENCE, Channel.SMS: timedelta(minutes=5)}
    assert (book.around_outage, book.canary) == (False, Canary(500, 0.03))
    (tmp_path / "mobile_site_down.yaml").write_text(plain, encoding="utf-8")
    usual = load_playbooks(tmp_path)["mobile_site_down"]
    assert (usual.quiet_hours, usual.around_outage, usual.canary) == (None, True, Canary())
    assert playbook_copy.from_json(playbook_copy.to_json(book)) == book


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ('quiet_hours: {from: "21:00", to: "25:00"}', "hour of the day"),
        ('quiet_hours: {from: 21, to: "08:00"}', "hour of the day"),
        ('quiet_hours: {from: "21:00", to: "21:00"}', "same hour"),
        ('quiet_hours: {form: "21:00", to: "08:00"}', "from"),
    ],
)
def test_quiet_hours_that_mean_nothing_are_refused(tmp_path: Path, wrong: str, problem: str) -> None:
    plain = FILE
    (tmp_path / "mobile_site_down.yaml").write_text(f"{plain}\n{wrong}\n", encoding="utf-8")
    with pytest.raises(SetupError) as refused:
        load_playbooks(tmp_path)
    assert any(problem in str(mistake) for mistake in refused.value.mistakes), refused.value.mistakes


RINGING = FILE.replace("channels: [email, sms]", "channels: [sms, voice]")
NIGHT = 'quiet_hours: {from: "21:00", to: "07:00"UNLESS}\n'
IMPOSSIBLE = [
    (
        "a rhythm longer than the restore target",
        FILE.replace("next_update_every: 45m", "next_update_every: 9h"),
        13,
        "longer than the 8h in which S2 is to be restored",
    ),
    (
        "a page that speaks less often than texts leave",
        FILE.replace("  warn_before", "  pull_every: 46m\n  warn_before"),
        14,
        "the page would be older than the texts",
    ),
    (
        "a page that would be renewed without a pause",
        FILE.replace("  warn_before", "  pull_every: 5m\n  warn_before"),
        14,
        "make warn_before shorter than both rhythms",
    ),
    (
        "a night that swallows what it may rise to",
        FILE.replace("S2", "S3") + NIGHT.replace("UNLESS", ""),
        24,
        "unless: {severity: [S1, S2]}",
    ),
    (
        "a night that swallows the severity it has",
        FILE + "severity_rises: false\n" + NIGHT.replace("UNLESS", ", unless: {severity: [S1]}"),
        25,
        "unless: {severity: [S2]}",
    ),
    (
        "a night in which nothing speaks",
        RINGING.replace("S2", "S3") + NIGHT.replace("UNLESS", ", unless: {severity: [S1, S2]}"),
        24,
        "add a channel that does not ring, or `words.pull_every`",
    ),
    (
        "no alerts and nobody to open it",
        FILE.replace("[OltDown]", "[]"),
        4,
        "`alerts` names none",
    ),
    ("alerts beside hands", FILE + "by_hand: true\n", 24, "leave one of them out"),
    (
        "work that becomes nothing",
        FILE + "planned: {lead: 10d, becomes: broadband_dwon}\n",
        24,
        "there is no playbook broadband_dwon",
    ),
    (
        "work that becomes work",
        FILE + "planned: {lead: 10d, becomes: broadband_down}\n",
        24,
        "is announced work itself",
    ),
    ("a folder that is not there", FILE + "wording: {first_word: billing}\n", 24, "there is no folder"),
    ("a folder that leads elsewhere", FILE + "wording: {first_word: ../etc}\n", 24, "`wording.first_word`"),
    ("an occasion nobody has", FILE + "wording: {firstword: update}\n", 24, "`wording.firstword"),
]


@pytest.mark.parametrize(
    ("text", "line", "complaint"), [case[1:] for case in IMPOSSIBLE], ids=[case[0] for case in IMPOSSIBLE]
)
def test_a_playbook_that_cannot_be_kept_to_is_refused_with_its_line_and_cure(
    tmp_path: Path, text: str, line: int, complaint: str
) -> None:
    (tmp_path / "texts").mkdir()
    with pytest.raises(SetupError) as found:
        load_playbooks(_write(tmp_path, text), tmp_path / "texts")
    [said] = found.value.mistakes
    assert (said.line, complaint in str(said)) == (line, True), said


def test_a_folder_that_lacks_a_language_is_named_with_what_it_lacks(tmp_path: Path) -> None:
    for folder, names in {"first_word": ("sms.en.j2", "sms.ur.j2"), "billing": ("sms.en.j2",)}.items():
        (tmp_path / "texts" / folder).mkdir(parents=True)
        for name in names:
            (tmp_path / "texts" / folder / name).write_text("x")
    _write(tmp_path, FILE + "wording: {first_word: billing}\n")
    with pytest.raises(SetupError, match=r"billing lacks sms\.ur\.j2"):
        load_playbooks(tmp_path, tmp_path / "texts")
    (tmp_path / "texts" / "billing" / "sms.ur.j2").write_text("x")
    [book] = load_playbooks(tmp_path, tmp_path / "texts").values()
    assert (book.folder("first_word"), book.folder("update")) == ("billing", "update")


@pytest.mark.parametrize(
    "text",
    [
        FILE.replace("next_update_every: 45m", "next_update_every: 8h"),
        FILE.replace("  warn_before", "  pull_every: 45m\n  warn_before"),
        RINGING.replace("S2", "S3").replace("  warn_before", "  pull_every: 30m\n  warn_before")
        + NIGHT.replace("UNLESS", ", unless: {severity: [S1, S2]}"),
        FILE.replace("S2", "S3") + "severity_rises: false\n" + NIGHT.replace("UNLESS", ""),
        FILE.replace("[OltDown]", "[]") + "by_hand: true\n",
    ],
)
def test_what_can_just_be_kept_to_is_accepted(tmp_path: Path, text: str) -> None:
    assert load_playbooks(_write(tmp_path, text))


def test_the_house_ships_seven_and_one_for_reports_of_customers_and_what_they_say_of_each_other_holds() -> (
    None
):
    books = load_playbooks(hyderabad.CONFIG / "playbooks")
    assert set(books) == {
        *("mobile_site_down", "fibre_cut", "core_failure", "degraded_service"),
        *("planned_work", "billing_run_error", "safety_notice", "reported_by_customers"),
    }
    assert [name for name, book in books.items() if not book.alerts] == [
        "billing_run_error",
        "planned_work",
        "reported_by_customers",
        "safety_notice",
    ]
    known = set(hyderabad.SOURCES.alertmanager.alerts)
    assert {alert for book in books.values() for alert in book.alerts} == known
    assert all(playbook_copy.from_json(playbook_copy.to_json(book)) == book for book in books.values())
