"""Every genuine notice there is: calendars by two readers, the rest by the package for networks' own words."""

from dataclasses import replace

import notices
import pytest
from notices import agrees, mails, notes, sequence_of

from tellfirst.domain.errors import Refused
from tellfirst.domain.work import UNSAID
from tellfirst.works.maintenance_notes import read_notes
from tellfirst.works.reading import read_works

CIRCUITS = pytest.importorskip("circuit_maintenance_parser", reason="the extra circuits is not installed")
READ_OTHERWISE = {
    "cogent3.eml": "its known result begins after it ends; the package reads 11/3/2022 as the 11th of March or so",
    "lumen3.html": "says that it is scheduled; its known result says that it has begun",
    "lumen4.html": "the same",
    "lumen8.html": "the same",
}
UNREADABLE = {"ntt2": "its times are days with a Z, and its number is missing: no reader takes it"}


def test_every_calendar_is_read_as_it_is_known_to_say_and_as_the_other_reader_reads_it() -> None:
    from tellfirst.works.circuit_mails import read_calendar

    read = work_count = 0
    for note in notes():
        if note.name in UNREADABLE:
            continue
        ours = [one.stated for one in read_notes(note.raw, note.name, provider=note.provider).statements]
        # That of GTT takes no bare calendar.
        generic = "genericprovider" if note.provider in {"ical", "gtt"} else note.provider
        theirs = [one.stated for one in read_calendar(note.raw, note.name, generic).statements]
        assert len(ours) == len(theirs) == len(note.stated), note.name
        for mine, other, known in zip(ours, theirs, note.stated, strict=True):
            assert agrees(mine, known) == [], note.name
            assert mine.external_id == known["maintenance_id"]
            assert mine.sequence == sequence_of(known)
            kept = {"source": other.source, "provider": other.provider, "organizer": other.organizer}
            assert replace(mine, **kept, zone=other.zone, reason=other.reason) == replace(
                other, sequence=mine.sequence if mine.sequence == UNSAID else other.sequence
            ), note.name
            work_count += 1
        read += 1
    assert (read, work_count) == (12, 13)


def test_each_calendar_that_lacks_a_field_is_refused_with_its_name_and_a_cure() -> None:
    lacking = {
        "ical_no_account": "X-MAINTNOTE-ACCOUNT",
        "ical_no_end": "DTEND",
        "ical_no_maintenance_id": "X-MAINTNOTE-MAINTENANCE-ID",
        "ical_no_object_id": "X-MAINTNOTE-OBJECT-ID",
        "ical_no_organizer": "ORGANIZER",
        "ical_no_provider": "X-MAINTNOTE-PROVIDER",
        "ical_no_stamp": "DTSTAMP",
        "ical_no_start": "DTSTART",
    }
    refused = {}
    for note in notes(faulty=True):
        with pytest.raises(Refused, match=f"has no {lacking[note.name]}.*\\(ask its sender"):
            read_works(note.raw, note.name)
        refused[note.name] = True
    assert set(refused) == set(lacking)


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_calendar_that_no_reader_takes_is_refused_by_ours_with_every_fault(name: str) -> None:
    [note] = [one for one in notes() if one.name == name]
    with pytest.raises(Refused, match=r"DTSTART cannot be read[\s\S]*MAINTENANCE-ID"):
        read_works(note.raw, note.name, provider=note.provider)


def test_every_mail_in_a_networks_own_words_is_read_as_it_is_known_to_say() -> None:
    read = work_count = 0
    otherwise = set()
    for mail in mails():
        stated = [one.stated for one in read_works(mail.raw, "notice.eml", provider=mail.provider).statements]
        assert mail.stated, mail.name
        assert all(one.provider == mail.provider for one in stated)
        differing = [min((agrees(one, known) for one in stated), key=len) for known in mail.stated]
        if any(differing):
            otherwise.add(mail.name)
        assert len({one.external_id for one in stated}) == len(stated), mail.name
        read += 1
        work_count += len(stated)
    assert otherwise == set(READ_OTHERWISE)
    assert (read, work_count) == (52, 63)


def test_a_mail_of_nobody_we_know_is_refused_with_the_names_of_those_we_do() -> None:
    mail = next(iter(mails()))
    with pytest.raises(Refused, match=r"nobody reads the notices of nobody; known are .*zayo"):
        read_works(mail.raw, "notice.eml", provider="nobody")
    with pytest.raises(Refused, match="say whose notice it is with --provider"):
        read_works(mail.raw, "notice.eml")


def test_a_calendar_without_the_fields_of_a_note_names_the_way_to_import_it() -> None:
    colt = notices.needed() / "colt" / "colt1"
    with pytest.raises(Refused, match=r"a calendar without X-MAINTNOTE .*--provider"):
        read_works(colt.read_bytes(), "colt1.ics")
