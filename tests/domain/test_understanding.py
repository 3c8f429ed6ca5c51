"""What a contact is about: the cues that speak for it, how sure they make us, and when nobody is."""

from pathlib import Path

import pytest

from tellfirst.contacts.words import load_words
from tellfirst.domain.contact import ContactKind
from tellfirst.domain.facts import ServiceKind
from tellfirst.domain.understanding import HINT, LIKELY, SURE, Speech, cue, plain_words, read

DESK = load_words(Path(__file__).parents[2] / "config")
ENOUGH = DESK.queues.sure_from
REPORT, COMPLAINT, ENQUIRY = ContactKind.INCIDENT_REPORT, ContactKind.COMPLAINT, ContactKind.ENQUIRY
ORDER, REQUEST, INVOICE = ContactKind.ORDER, ContactKind.SERVICE_REQUEST, ContactKind.INVOICE_QUERY


@pytest.mark.parametrize(
    ("text", "kind", "service"),
    [
        ("No signal here since morning", REPORT, ServiceKind.MOBILE),
        ("my broadband isn't working", REPORT, ServiceKind.BROADBAND),
        ("We have had no electricity for two hours", REPORT, ServiceKind.POWER),
        ("The app does not load", REPORT, ServiceKind.ONLINE),
        ("I want to complain about your engineer", COMPLAINT, None),
        ("Why was I charged twice on my bill?", INVOICE, None),
        ("I want to order a new sim", ORDER, ServiceKind.MOBILE),
        ("Please change my address", REQUEST, None),
        ("What are your opening hours?", ENQUIRY, None),
        ("is there an outage?", ENQUIRY, None),
        ("there is an outage here", REPORT, None),
        ("Tiada isyarat di sini", REPORT, ServiceKind.MOBILE),
        ("Talian internet terputus sejak pagi", REPORT, ServiceKind.BROADBAND),
        ("Saya tidak puas hati, mahu buat aduan", COMPLAINT, None),
        ("Kenapa bil saya salah caj?", INVOICE, None),
        ("Saya mahu beli pelan baharu", ORDER, None),
        ("Tolong tukar alamat saya", REQUEST, None),
        ("Berapa harga pakej?", ENQUIRY, None),
        ("ఇక్కడ సిగ్నల్ లేదు", REPORT, ServiceKind.MOBILE),
        ("ఇంటర్నెట్‌ పనిచేయడం లేదు", REPORT, ServiceKind.BROADBAND),
        ("కరెంటు పోయింది", REPORT, ServiceKind.POWER),
        ("నేను ఫిర్యాదు చేయాలి", COMPLAINT, None),
        ("నా బిల్లు ఎక్కువ వచ్చింది", INVOICE, None),
        ("కొత్త కనెక్షన్ కావాలి", ORDER, None),
        ("నా చిరునామా మార్చండి", REQUEST, None),
        ("ప్లాన్ ధర చెప్పండి", ENQUIRY, None),
        ("یہاں سگنل نہیں ہے", REPORT, ServiceKind.MOBILE),
        ("بجلی بند ہے", REPORT, ServiceKind.POWER),
        ("مجھے شکایت کرنی ہے", COMPLAINT, None),
        ("میرا بل زیادہ آیا ہے", INVOICE, None),
        ("نیا کنکشن چاہیے", ORDER, None),
        ("میرا پتہ تبدیل کریں", REQUEST, None),
        ("میرا کنکشن بند کر دیں", REQUEST, None),
        ("پیکج کی قیمت بتائیں", ENQUIRY, None),
    ],
)
def test_a_text_in_each_language_is_understood(
    text: str, kind: ContactKind, service: ServiceKind | None
) -> None:
    found = read(text, DESK.speeches, ENOUGH)
    assert (found.kind, found.service) == (kind, service)
    assert found.sureness >= ENOUGH


@pytest.mark.parametrize("text", ["", "hello", "thanks", "1", "🙏", "we are at home tomorrow"])
def test_what_says_nothing_has_no_kind_and_no_reason(text: str) -> None:
    found = read(text, DESK.speeches, ENOUGH)
    assert (found.kind, found.sureness) == (None, 0.0)


def test_what_speaks_as_much_for_two_kinds_is_unsure_and_says_why() -> None:
    found = read("no signal, and I want to file a complaint", DESK.speeches, ENOUGH)
    assert found.kind is None
    assert {REPORT.value, COMPLAINT.value} <= {one.about for one in found.because}


def test_the_reasons_are_the_cues_that_stood_in_it() -> None:
    speech = Speech({REPORT: (cue("no|zero signal", SURE),)}, {ServiceKind.MOBILE: (cue("signal", LIKELY),)})
    found = read("There is NO signal!", [speech], 0.5)
    assert [one.to_json() for one in found.because] == [
        {"about": "incident_report", "words": "no|zero signal", "weight": SURE},
        {"about": "mobile", "words": "signal", "weight": LIKELY},
    ]
    assert (found.kind, found.sureness, found.service) == (REPORT, SURE, ServiceKind.MOBILE)


def test_hints_add_up_and_what_speaks_against_takes_away() -> None:
    hints = Speech({ORDER: (cue("order", HINT), cue("plan", HINT))})
    alone, both = read("order", [hints], 0.5), read("order a plan", [hints], 0.5)
    assert (alone.kind, alone.likeliest) == (None, ORDER)
    assert both.kind is ORDER
    against = Speech({INVOICE: (cue("bill", LIKELY),)})
    assert read("order a plan bill", [hints, against], 0.5).sureness < both.sureness


@pytest.mark.parametrize(
    ("words", "text", "stands_there"),
    [
        ("bill|bills", "my bill.", True),
        ("bill", "billing", False),
        ("bill*", "billing", True),
        ("no ... signal", "no 4G mobile signal", True),
        ("no ... signal", "no one two three four five six signal", False),
        ("doesn't work", "it doesnt work", True),
        ("నెట్‌వర్క్", "నెట్వర్క్", True),
        ("signal", "sig-nal", False),
        ("signal", "ＳＩＧＮＡＬ?", True),
    ],
)
def test_a_cue_stands_in_a_text_by_whole_words(words: str, text: str, stands_there: bool) -> None:
    assert bool(cue(words, SURE).pattern.search(plain_words(text))) is stands_there


@pytest.mark.parametrize("words", ["", "...", "no ...", "... signal", "*", "a||b", "!"])
def test_a_cue_that_would_speak_for_every_text_is_refused(words: str) -> None:
    with pytest.raises(ValueError, match="word"):
        cue(words, SURE)


def test_a_hostile_text_is_read_in_no_time_and_no_further_than_its_first_words() -> None:
    assert read("no " * 100_000, DESK.speeches, ENOUGH).kind is None
    assert read("x " * 1_000 + "no signal", DESK.speeches, ENOUGH).kind is None
