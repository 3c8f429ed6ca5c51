"""The page and the summary: whole, self-contained, readable without eyes, and without any customer."""

import json
import re
import shutil
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from incident_books import PEOPLE, at, open_incident, write_books
from sqlalchemy import Engine, func, select, update

from tellfirst.domain.errors import NotFound
from tellfirst.review.measures import Measures, measure
from tellfirst.review.report import page, review, summary_markdown
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.engine import connect, reading, writing
from tellfirst.store.incidents import Incident

NOW = at("16:00")
VOID = {"meta", "link", "br", "img", "hr", "input"}
HOSTILE = "<script>alert('x')</script> & \"Kukat$pally\" {{ 7*7 }} | `code`"


class Outline(HTMLParser):
    """Checks that every tag is closed where it must be, and collects what a reader would find."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def named(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in names]


def looked_at(engine: Engine, incident_id: int) -> tuple[Incident, Measures]:
    with reading(engine) as connection:
        measures = measure(connection, incident_id, NOW)
        return incidents.by_reference(connection, measures.reference), measures


@pytest.fixture(scope="module")
def text(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    copy = shutil.copyfile(migrated_file, tmp_path_factory.mktemp("page") / "tellfirst.db")
    engine = connect(f"sqlite:///{copy}")
    shown = page(*looked_at(engine, write_books(engine)))
    engine.dispose()
    return shown


def test_the_page_is_well_formed_and_small(text: str) -> None:
    outline = Outline(text)
    assert text.startswith("<!doctype html>")
    assert outline.named("html") == [{"lang": "en"}]
    assert len(text.encode()) < 300_000


def test_the_page_needs_nothing_from_elsewhere(text: str) -> None:
    outline = Outline(text)
    assert outline.named("script", "link", "img", "iframe", "object", "base", "form") == []
    links = [
        value
        for _, attributes in outline.tags
        for name, value in attributes.items()
        if name in {"href", "src", "xlink:href", "srcset"}
    ]
    assert all((value or "").startswith("#") for value in links)
    assert all(inside.startswith("#") for inside in re.findall(r"url\(([^)]*)", text))
    assert not re.search(r"https?:|//[a-z]|@import|\bon[a-z]+=", text)


def test_the_page_can_be_read_without_eyes(text: str) -> None:
    outline = Outline(text)
    assert all(attributes.get("scope") in {"col", "row"} for attributes in outline.named("th"))
    assert len(outline.named("table")) == len(outline.named("caption"))
    assert len(outline.named("h1")) == 1
    drawings = outline.named("svg")
    assert len(drawings) == len(outline.named("title")) - 1 == len(outline.named("desc")) == 3
    ids = [attributes["id"] for _, attributes in outline.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for attributes in drawings:
        assert attributes["role"] == "img"
        assert set((attributes["aria-labelledby"] or "").split()) <= set(ids)


def test_the_page_says_what_the_measures_say(text: str) -> None:
    plain = " ".join(Outline(text).text.split())
    assert "Kukatpally: 12 customers affected" in plain
    assert "50.0 % 5 of 10 who could be told; wanted: 95 %" in plain
    assert "2 of 3 worst 11 min late" in plain
    assert "The next word promised in notice 2 for 16:25 IST came 11 minutes late." in plain
    assert "The longest silence was 40 min, after notice 2; a word every 30 min was promised." in plain
    assert "Mean 4.00 of 5, with 95 % confidence between 2.70 and 5.00." in plain
    assert "5 asked, 4 answered (80.0 %)." in plain
    assert "22 November 2026, 15:20" in plain


def test_no_customer_is_on_the_page_in_the_measures_or_in_the_summary(sqlite_engine: Engine) -> None:
    incident, measures = looked_at(sqlite_engine, write_books(sqlite_engine))
    everything = (
        page(incident, measures) + json.dumps(measures.to_json()) + summary_markdown(incident, measures)
    )
    assert "Lakshmi" not in everything
    assert "@example.in" not in everything
    assert "919848" not in everything
    assert not any(f"C{one.number:06d}" in everything for one in PEOPLE)


def test_hostile_names_are_shown_and_not_obeyed(sqlite_engine: Engine) -> None:
    incident_id = write_books(sqlite_engine, place=HOSTILE)
    with writing(sqlite_engine) as connection:
        connection.execute(update(t.audience).values(language="<b>$\\frac{1}$"))
        connection.execute(
            update(t.incident_element)
            .where(t.incident_element.c.element_id == "site:GHOST")
            .values(element_id="site:<img src=x>[y](javascript:z)")
        )
    incident, measures = looked_at(sqlite_engine, incident_id)
    shown = page(incident, measures)
    outline = Outline(shown)
    assert outline.named("script", "img", "b") == []
    assert HOSTILE in outline.text
    assert "<b>$\\frac{1}$" in outline.text
    summary = summary_markdown(incident, measures)
    assert HOSTILE not in summary
    assert "<img" not in summary.replace("\\<", "")
    assert "](" not in summary.replace("\\]", "")


def test_an_incident_without_anything_has_a_page_that_says_so(sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as connection:
        incident_id = open_incident(connection, playbook=None, stage="opened", held="no_playbook")
    incident, measures = looked_at(sqlite_engine, incident_id)
    shown = page(incident, measures)
    plain = " ".join(Outline(shown).text.split())
    for sentence in (
        "Kukatpally: 0 customers affected",
        "Nobody was found behind this incident, so nobody was told.",
        "No notice was made.",
        "No time was promised to customers.",
        "No message was planned.",
        "There are no answers.",
    ):
        assert sentence in plain
    assert not re.search(r"\b(nan|NaT|None|inf)\b", plain + summary_markdown(incident, measures))


def test_an_incident_without_gaps_says_that_too(sqlite_engine: Engine) -> None:
    incident, measures = looked_at(sqlite_engine, write_books(sqlite_engine))
    assert "None: everybody was told in time" in page(incident, replace(measures, gaps=()))
    assert "None: everybody was told in time" not in page(incident, measures)
    assert summary_markdown(incident, replace(measures, gaps=())).endswith("### Gaps (0)\n\n- none")


def test_the_same_measures_give_the_same_page_byte_for_byte(sqlite_engine: Engine) -> None:
    incident, measures = looked_at(sqlite_engine, write_books(sqlite_engine))
    assert page(incident, measures) == page(incident, measures)


def test_the_summary_has_the_headline_and_every_gap(sqlite_engine: Engine) -> None:
    incident, measures = looked_at(sqlite_engine, write_books(sqlite_engine))
    summary = summary_markdown(incident, measures).replace("\u00a0", " ")
    assert summary.startswith(
        "## Review of INC-2026-0001\n\n12 customers affected, 7 told, 4 contacts, 5 notices."
    )
    assert "| Promised words kept | 2 of 3 | worst 11 min late |" in summary
    assert f"### Gaps ({len(measures.gaps)})" in summary
    assert summary.count("\n- ") == len(measures.gaps)


def test_a_review_is_stored_and_replaced_by_the_next(engine: Engine) -> None:
    incident_id = write_books(engine)
    review(engine, "INC-2026-0001", at("15:00"))
    second = review(engine, "INC-2026-0001", NOW)
    with reading(engine) as connection:
        row = connection.execute(select(t.review)).one()
        assert connection.scalar(select(func.count()).select_from(t.review)) == 1
    assert (row.incident_id, row.at) == (incident_id, NOW)
    assert row.page == second.page
    assert Measures.from_json(row.measures) == second.measures


def test_an_incident_that_does_not_exist_has_no_review(sqlite_engine: Engine) -> None:
    with pytest.raises(NotFound, match="INC-2026-0009"):
        review(sqlite_engine, "INC-2026-0009", NOW)
