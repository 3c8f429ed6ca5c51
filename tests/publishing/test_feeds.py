"""Feeds keep their standards, and say what the pages say."""

import json
import os
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from crowd_of_incidents import HOUR, NOW, crowded, incident, long_story
from icalendar import Calendar
from lxml import etree
from press_room import PRESS, SITE

from tellfirst.domain.impact import Impact
from tellfirst.domain.occasion import Locale, Occasion
from tellfirst.publishing.feeds.alerts import alert
from tellfirst.publishing.feeds.atom import NAMESPACE, atom
from tellfirst.publishing.feeds.summary import summary
from tellfirst.publishing.feeds.works import calendar
from tellfirst.publishing.published import Board, Ending, Phase, Story
from tellfirst.publishing.said import said

ATOM = {"a": NAMESPACE}
CAP = {"c": "urn:oasis:names:tc:emergency:cap:1.2"}
SHARED = Path(os.environ.get("TELLFIRST_SHARED") or Path(__file__).resolve().parents[3] / "shared" / "data")
FEW = Board(
    NOW, NOW, crowded().services, tuple(incident(number, phase) for number, phase in enumerate(Phase, 1))
)
each_language = pytest.mark.parametrize("language", Locale)


@cache
def schema():
    xsd = SHARED / "cap" / "cap12.xsd"
    if not xsd.exists():
        pytest.skip("the schema of CAP 1.2 is not beside this checkout (../shared/data/cap)")
    return pytest.importorskip("xmlschema").XMLSchema(str(xsd))


def feed(language: Locale, board: Board = FEW) -> etree._Element:
    news = [(one, one.last) for one in board.incidents]
    return etree.fromstring(atom(PRESS, news, language, NOW).encode())


@each_language
def test_the_atom_feed_has_what_rfc_4287_asks_of_feeds_and_entries(language: Locale) -> None:
    root = feed(language)
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == language
    for parent in (root, *root.iterfind("a:entry", ATOM)):
        for required in ("title", "id", "updated"):
            assert len(parent.findall(f"a:{required}", ATOM)) == 1
        assert datetime.fromisoformat(parent.findtext("a:updated", None, ATOM)).utcoffset() == timedelta(0)
    assert root.find("a:author/a:name", ATOM) is not None
    [own] = root.xpath("a:link[@rel='self']", namespaces=ATOM)
    assert own.get("href") == f"{SITE}/feed.atom?lang={language}"
    ids = root.xpath("//a:id/text()", namespaces=ATOM)
    assert len(ids) == len(set(ids)) == 4


@each_language
def test_an_entry_says_what_customers_were_told_and_leads_to_its_page_and_its_alert(language: Locale) -> None:
    entry = feed(language).find("a:entry", ATOM)
    told = said(PRESS.templates, FEW.incidents[0], FEW.incidents[0].last, language)
    assert entry.findtext("a:title", None, ATOM) == told.title
    content = entry.find("a:content", ATOM)
    assert content.get("type") == "html"
    assert content.text.startswith(f"<p>{told.paragraphs[0][0]}")
    hrefs = {one.get("rel"): one.get("href") for one in entry.iterfind("a:link", ATOM)}
    assert hrefs["alternate"] == f"{SITE}/incident/INC-2026-0001?lang={language}"
    assert hrefs["related"] == f"{SITE}/cap/INC-2026-0001.xml"


def test_an_entry_keeps_its_id_in_every_language_and_however_often_it_is_printed() -> None:
    ids = [feed(language).xpath("//a:entry/a:id/text()", namespaces=ATOM) for language in Locale]
    assert all(one == ids[0] for one in ids)


def test_hostile_values_stay_text_in_the_atom_feed() -> None:
    one = FEW.incidents[0]
    hostile = replace(one.last, facts=replace(one.last.facts, place="<script>alert(1)</script>\x0b"))
    content = etree.fromstring(atom(PRESS, [(one, hostile)], Locale.ENGLISH, NOW).encode())
    assert "<script>" not in content.findtext("a:entry/a:content", None, ATOM)


def events(board: Board, language: Locale = Locale.ENGLISH):
    return Calendar.from_ical(calendar(PRESS, board, language)).walk("VEVENT")


@each_language
def test_the_calendar_has_announced_work_alone_each_with_what_rfc_5545_asks(language: Locale) -> None:
    [entry] = events(FEW, language)
    assert {"UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "SEQUENCE", "STATUS"} <= set(entry)
    assert (entry.decoded("DTSTART"), entry.decoded("DTEND")) == (NOW + 20 * HOUR, NOW + 25 * HOUR)
    assert str(entry["UID"]) == "INC-2026-0002@status.example"
    text = calendar(PRESS, FEW, language)
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))


def test_work_that_moves_keeps_its_uid_and_work_that_does_not_take_place_is_cancelled_in_its_place() -> None:
    [one] = FEW.of(Phase.PLANNED)
    moved = replace(one, last=replace(one.last, sequence=2))
    gone = replace(moved, phase=Phase.PAST, ending=Ending.CANCELLED)
    first, second, third = (events(replace(FEW, incidents=(it,)))[0] for it in (one, moved, gone))
    assert first["UID"] == second["UID"] == third["UID"]
    assert (first["SEQUENCE"], second["SEQUENCE"]) == (1, 2)
    assert [str(it["STATUS"]) for it in (first, third)] == ["CONFIRMED", "CANCELLED"]


def parsed(board: Board = FEW, language: Locale = Locale.ENGLISH, stories: dict[int, Story] | None = None):
    return json.loads(summary(PRESS, board, stories or {}, language))


def test_the_summary_has_the_shape_of_a_statuspage() -> None:
    body = parsed()
    assert set(body) == {"page", "status", "components", "incidents", "scheduled_maintenances"}
    assert body["status"]["indicator"] == "major"
    assert [one["id"] for one in body["incidents"]] == ["INC-2026-0001", "INC-2026-0003"]
    assert [one["status"] for one in body["incidents"]] == ["identified", "resolved"]
    [work] = body["scheduled_maintenances"]
    assert (work["status"], work["scheduled_for"]) == ("scheduled", work["started_at"])
    assert {one["status"] for one in body["components"]} == {"major_outage"}


def test_with_nothing_wrong_the_summary_says_so() -> None:
    body = parsed(replace(FEW, incidents=()))
    assert body["status"] == {"indicator": "none", "description": "All services are working"}
    assert {one["status"] for one in body["components"]} == {"operational"}


def test_the_summary_lists_every_word_of_a_story_the_newest_first() -> None:
    story = long_story()
    [first, *_] = parsed(replace(FEW, incidents=(story.about,)), stories={1: story})["incidents"]
    sequences = [int(one["id"].rpartition(".")[2]) for one in first["incident_updates"]]
    assert sequences == list(range(120, 0, -1))


def cap(story: Story) -> etree._Element:
    return etree.fromstring(alert(PRESS, story).encode())


def short_story(phase: Phase, **changes: object) -> Story:
    about = replace(incident(7, phase), **changes)
    return Story(
        about, (replace(about.last, sequence=1, said_at=NOW - HOUR), replace(about.last, sequence=2)), ()
    )


STORIES = {
    "going on": short_story(Phase.NOW),
    "degraded": short_story(Phase.NOW, impact=Impact.DEGRADED),
    "at risk": short_story(Phase.NOW, impact=Impact.AT_RISK),
    "planned": short_story(Phase.PLANNED),
    "over": short_story(Phase.PAST),
    "cancelled": short_story(Phase.PAST, ending=Ending.CANCELLED, is_work=True),
    "told wrongly": short_story(Phase.PAST, ending=Ending.CORRECTED),
    "the first word": replace(short_story(Phase.NOW), words=short_story(Phase.NOW).words[:1]),
    "five days": long_story(),
}


@pytest.mark.parametrize("kind", STORIES)
def test_every_alert_keeps_the_schema_of_cap(kind: str) -> None:
    schema().validate(alert(PRESS, STORIES[kind]))


@pytest.mark.parametrize("kind", STORIES)
def test_an_alert_is_for_everybody_and_in_every_language(kind: str) -> None:
    root = cap(STORIES[kind])
    assert root.findtext("c:scope", None, CAP) == "Public"
    assert root.find("c:restriction", CAP) is None
    assert root.xpath("c:info/c:language/text()", namespaces=CAP) == list(Locale)


def test_a_later_alert_updates_the_earlier_ones_by_identifier_and_time_and_a_wrong_one_is_cancelled() -> None:
    kinds = {kind: cap(story).findtext("c:msgType", None, CAP) for kind, story in STORIES.items()}
    assert kinds == {
        "going on": "Update",
        "degraded": "Update",
        "at risk": "Update",
        "planned": "Update",
        "over": "Update",
        "cancelled": "Cancel",
        "told wrongly": "Cancel",
        "the first word": "Alert",
        "five days": "Update",
    }
    first, second = cap(STORIES["the first word"]), cap(STORIES["going on"])
    named = ",".join(first.findtext(f"c:{part}", None, CAP) for part in ("sender", "identifier", "sent"))
    assert second.findtext("c:references", None, CAP) == named
    assert first.find("c:references", CAP) is None


def test_the_all_clear_says_so() -> None:
    over = cap(STORIES["over"])
    assert set(over.xpath("c:info/c:responseType/text()", namespaces=CAP)) == {"AllClear"}
    assert set(over.xpath("c:info/c:urgency/text()", namespaces=CAP)) == {"Past"}
    assert STORIES["over"].words[-1].occasion is Occasion.RESTORED
