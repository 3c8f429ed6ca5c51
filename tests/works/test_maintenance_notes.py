"""Calendars with X-MAINTNOTE: what is read, and what is refused with line and cure."""

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
from calendars import calendar, entry

from tellfirst.domain.errors import Refused
from tellfirst.domain.impact import Impact
from tellfirst.domain.times import clock_face
from tellfirst.domain.work import UNSAID, StatedWork, WorkSource, WorkStatus
from tellfirst.works.reading import read_works

OK, AT_RISK, DEGRADED, DOWN = Impact


def read(raw: bytes, **known: str) -> StatedWork:
    [one] = read_works(raw, "note.ics", **known).statements
    return one.stated


def changed(*more: str, **fields: str | None) -> StatedWork:
    return read(calendar(entry(*more, **fields)))


def refusal(*more: str, **fields: str | None) -> str:
    with pytest.raises(Refused) as refused:
        changed(*more, **fields)
    return str(refused.value)


def test_a_note_is_read_whole() -> None:
    stated = read(calendar())
    assert (stated.provider, stated.external_id, stated.account) == ("deccan.example", "W1", "A1")
    assert (stated.sequence, stated.status, stated.source) == (1, WorkStatus.CONFIRMED, WorkSource.ICAL)
    assert stated.window.starts_at == datetime(2026, 12, 1, 20, tzinfo=UTC)
    assert stated.window.length == timedelta(hours=2)
    assert (stated.objects, stated.impact, stated.reason) == (("C1",), DOWN, "Work on a mast")


@pytest.mark.parametrize(
    ("word", "impact"),
    [
        ("NO-IMPACT", OK),
        ("REDUCED-REDUNDANCY", AT_RISK),
        ("DEGRADED", DEGRADED),
        ("OUTAGE", DOWN),
        ("PERHAPS", DOWN),
    ],
)
def test_an_impact_nobody_knows_is_an_outage(word: str, impact: Impact) -> None:
    assert changed(x_maintnote_impact=word).impact is impact


def test_objects_may_be_hit_each_in_its_own_way() -> None:
    stated = changed(
        "X-MAINTNOTE-OBJECT-ID;X-MAINTNOTE-OBJECT-IMPACT=DEGRADED:C2", "X-MAINTNOTE-OBJECT-ID:C3"
    )
    assert stated.objects == ("C1", "C2", "C3")
    assert [stated.impact_on(one) for one in stated.objects] == [DOWN, DEGRADED, DOWN]
    assert stated.impact is DOWN


def test_of_several_numbers_the_one_that_is_marked_is_the_works_own() -> None:
    marked = "X-MAINTNOTE-MAINTENANCE-ID;X-MAINTNOTE-PRECEDENCE=PRIMARY:W2"
    assert changed(marked).external_id == "W2"
    assert changed("X-MAINTNOTE-MAINTENANCE-ID:W2").external_id == "W1"


@pytest.mark.parametrize(
    ("fields", "method", "status", "said"),
    [
        ({"x_maintnote_status": "TENTATIVE"}, "", WorkStatus.TENTATIVE, True),
        ({"x_maintnote_status": "IN-PROCESS"}, "", WorkStatus.IN_PROCESS, True),
        ({"x_maintnote_status": "COMPLETED"}, "", WorkStatus.COMPLETED, True),
        ({"x_maintnote_status": None, "status": "CANCELLED"}, "PUBLISH", WorkStatus.CANCELLED, True),
        ({}, "CANCEL", WorkStatus.CANCELLED, True),
        ({"x_maintnote_status": None}, "REQUEST", WorkStatus.CONFIRMED, False),
    ],
)
def test_what_stage_work_is_in(
    fields: dict[str, str | None], method: str, status: WorkStatus, said: bool
) -> None:
    stated = read(calendar(entry(**fields), method=method))
    assert (stated.status, stated.status_is_said) == (status, said)


def test_times_in_the_zone_of_a_place_are_understood_and_the_place_is_kept() -> None:
    stated = changed(dtstart=";TZID=Asia/Kolkata:20261202T013000", dtend=";TZID=Asia/Kolkata:20261202T033000")
    assert stated.window.starts_at == datetime(2026, 12, 1, 20, tzinfo=UTC)
    assert stated.zone == "Asia/Kolkata"


def test_on_the_night_clocks_change_a_window_has_its_real_length() -> None:
    """02:00-04:00 in Berlin is three hours when clocks go back and one when they go forward (RFC 5545, 3.3.5)."""
    back = changed(dtstart=";TZID=Europe/Berlin:20261025T020000", dtend=";TZID=Europe/Berlin:20261025T040000")
    assert back.window.length == timedelta(hours=3)
    faces = [
        clock_face(at, back.zone, back.window.starts_at)
        for at in (back.window.starts_at, back.window.ends_at)
    ]
    assert faces == ["02:00 CEST", "04:00 CET"]
    on = changed(dtstart=";TZID=Europe/Berlin:20260329T020000", dtend=";TZID=Europe/Berlin:20260329T040000")
    assert on.window.length == timedelta(hours=1)
    assert on.window.starts_at == datetime(2026, 3, 29, 1, tzinfo=UTC)


def test_a_zone_that_the_calendar_defines_itself_is_understood() -> None:
    zone = "\r\n".join(
        [
            "BEGIN:VTIMEZONE",
            "TZID:Our Time",
            "BEGIN:STANDARD",
            "DTSTART:19700101T000000",
            "TZOFFSETFROM:+0530",
            "TZOFFSETTO:+0530",
            "END:STANDARD",
            "END:VTIMEZONE",
        ]
    )
    note = entry(dtstart=";TZID=Our Time:20261202T013000", dtend=";TZID=Our Time:20261202T033000")
    stated = read(calendar(zone, note))
    assert stated.window.starts_at == datetime(2026, 12, 1, 20, tzinfo=UTC)
    assert stated.zone == ""


def test_without_a_sequence_a_note_says_so() -> None:
    assert changed(sequence=None).sequence == UNSAID


def test_an_end_may_be_said_as_a_length() -> None:
    assert changed("DURATION:PT3H", dtend=None).window.length == timedelta(hours=3)


@pytest.mark.parametrize(
    ("fields", "more", "sentence"),
    [
        ({"dtstart": "20261201T200000"}, (), "DTSTART has no zone"),
        ({"dtstart": ";TZID=Mars/Base:20261201T200000"}, (), "Mars/Base, which nobody knows"),
        ({"dtstart": ";VALUE=DATE:20261201"}, (), "a day without a time"),
        ({"dtstart": "tomorrow"}, (), "DTSTART cannot be read"),
        ({"dtend": "20261201T190000Z"}, (), "before it begins"),
        ({"dtend": "20261201T200000Z"}, (), "before it begins"),
        ({"x_maintnote_status": "MAYBE"}, (), "the status MAYBE is unknown"),
        ({"sequence": "-1"}, (), "SEQUENCE is no number"),
        ({"x_maintnote_impact": None}, (), "has no X-MAINTNOTE-IMPACT"),
        ({}, ("RRULE:FREQ=DAILY;COUNT=3",), "one VEVENT for each window"),
        ({}, ("DTSTART:20261202T200000Z",), "DTSTART stands there several times"),
    ],
)
def test_what_cannot_be_announced_is_refused_by_name(
    fields: dict[str, str | None], more: tuple[str, ...], sentence: str
) -> None:
    said = refusal(*more, **fields)
    assert sentence in said
    assert "nothing of it was stored" in said
    assert "note.ics:4: " in said


def test_an_answer_to_an_invitation_announces_nothing() -> None:
    with pytest.raises(Refused, match="METHOD is REPLY"):
        read(calendar(method="REPLY"))


def test_one_faulty_entry_refuses_the_notice_and_names_its_line() -> None:
    with pytest.raises(Refused, match=r"note\.ics:19: DTEND has no zone"):
        read_works(calendar(entry(), entry(dtend="20261201T220000")), "note.ics")


@pytest.mark.parametrize(
    "raw",
    [
        b"BEGIN:VCALENDAR\r\nX-MAINTNOTE-\xff\xfe",
        b"BEGIN:VCALENDAR\r\nX-MAINTNOTE-IMPACT:OUTAGE\r\nEND:VEVENT",
        b"BEGIN:VCALENDAR\r\nX-MAINTNOTE-IMPACT",
        b"BEGIN:VCALENDAR\r\nX-MAINTNOTE-IMPACT:OUTAGE\r\nEND:VCALENDAR\r\n",
        b"BEGIN:VCALENDAR\r\nX-MAINTNOTE-A:1\r\n" + b"BEGIN:X\r\n" * 50_000,
    ],
)
def test_what_is_no_calendar_is_refused_in_a_sentence(raw: bytes) -> None:
    with pytest.raises(Refused, match="nothing of it was stored"):
        read_works(raw, "note.ics")


def test_a_calendar_of_hostile_size_is_refused() -> None:
    with pytest.raises(Refused, match="larger than 10 MB"):
        read_works(b"BEGIN:VCALENDAR\r\n" + b" " * 10_000_001, "note.ics")
    with pytest.raises(Refused, match="more than 500 entries"):
        read_works(calendar(*[entry(x_maintnote_maintenance_id=f"W{n}") for n in range(501)]), "note.ics")
    many = [f"X-MAINTNOTE-OBJECT-ID:C{number}" for number in range(2, 10_003)]
    with pytest.raises(Refused, match="names more than 10000 objects"):
        read_works(calendar(entry(*many)), "note.ics")


def test_several_nights_under_one_number_are_works_of_their_own() -> None:
    raw = calendar(entry(), entry(dtstart="20261202T200000Z", dtend="20261202T220000Z"))
    found = read_works(raw, "note.ics").statements
    assert [one.stated.external_id for one in found] == ["W1#1", "W1#2"]
    assert len({one.digest for one in found}) == 2


def _mail(raw: bytes, kind: str = "calendar") -> bytes:
    mail = EmailMessage()
    mail["From"] = "Deccan NOC <noc@deccan.example>"
    mail["Subject"] = "Maintenance"
    mail.set_content("see the attachment")
    mail.add_attachment(raw, "text" if kind == "calendar" else "application", kind, filename="work.ics")
    return mail.as_bytes()


@pytest.mark.parametrize("kind", ["calendar", "octet-stream"])
def test_the_calendar_in_a_mail_is_taken_and_its_sender_vouches_for_it(kind: str) -> None:
    [one] = read_works(_mail(calendar(entry(organizer=None)), kind), "notice.eml").statements
    assert (one.stated.external_id, one.stated.source) == ("W1", WorkSource.MAIL)
    assert one.stated.organizer == "noc@deccan.example"


def test_whoever_imports_a_note_may_say_whose_it_is() -> None:
    stated = read(calendar(entry(x_maintnote_provider=None, organizer=None)), provider=" Deccan ")
    assert (stated.provider, stated.organizer) == ("deccan", "deccan")


@pytest.mark.parametrize("raw", [b"", b"\x00\x01", b"hello", b"PK\x03\x04", b"Subject: x\n\nno calendar"])
def test_what_is_no_notice_is_refused(raw: bytes) -> None:
    with pytest.raises(Refused, match="nothing of it was stored"):
        read_works(raw, "notice")


def test_without_the_extra_a_mail_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from tellfirst.domain.errors import SetupError

    monkeypatch.setitem(sys.modules, "circuit_maintenance_parser", None)
    with pytest.raises(SetupError, match=r"pip install 'tellfirst\[circuits\]'"):
        read_works(b"Subject: x\n\nno calendar", "notice.eml", provider="zayo")
