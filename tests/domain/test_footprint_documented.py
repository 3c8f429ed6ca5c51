"""docs/how-to/describe-the-network.md shows what really comes out."""

import csv
import re
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.impact import Impact
from tellfirst.domain.network import Edge, composite_edges, explain, footprint, in_words
from tellfirst.domain.overlap import Span, history

PAGE = (Path(__file__).parents[2] / "docs/how-to/describe-the-network.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
ROWS = csv.DictReader(next(text for kind, text in BLOCKS if kind == "csv").splitlines())
EDGES = [Edge(row["child"], row["group"], int(row["need"]), row["parent"]) for row in ROWS]
EXPLAINED, CIRCLE, OVERLAP = (text.splitlines() for kind, text in BLOCKS if kind == "text")
TABLE = [
    [cell.strip().strip("`") for cell in line.strip("|").split("|")]
    for line in PAGE[PAGE.index("| Fails |") :].split("\n\n")[0].splitlines()
]


def _failed(said: str) -> dict[str, Impact]:
    pairs = [one.rsplit(" ", 1) for one in said.split(", ")]
    return {element: Impact[word.upper()] for element, word in pairs}


def _word(impact: Impact) -> str:
    return impact.word.replace("_", " ")


@pytest.mark.parametrize("row", TABLE[2:], ids=lambda row: str(row[0]))
def test_the_table_says_what_becomes_of_each_element(row: list[str]) -> None:
    hit = footprint(EDGES, _failed(row[0]))
    found = [_word(hit[element].impact if element in hit else Impact.OK) for element in TABLE[0][1:]]
    assert found == row[1:]


def test_every_element_that_fails_in_the_table_is_in_the_network() -> None:
    """An element mistyped on the page would hit itself alone, and `ok` would prove nothing."""
    known = {one for edge in EDGES for one in (edge.child, edge.parent)}
    assert {element for row in TABLE[2:] for element in _failed(row[0])} <= known
    assert set(TABLE[0][1:]) <= known


@pytest.mark.parametrize(("failed", "said"), list(pairwise(EXPLAINED))[::2])
def test_the_explanations_are_those_that_are_given(failed: str, said: str) -> None:
    element = said.split()[0]
    assert in_words(explain(EDGES, _failed(failed), element)) == said.strip()


def test_the_composite_of_the_example_is_the_one_that_an_import_makes() -> None:
    assert [edge for edge in EDGES if edge.group == "members"] == composite_edges(
        1, ["site:HYD0012", "site:HYD0013"]
    )


def test_the_circle_of_the_example_is_refused_in_these_words() -> None:
    ring = [
        Edge("node:North", "ring", 1, "node:East"),
        Edge("node:East", "ring", 1, "node:South"),
        Edge("node:South", "ring", 1, "node:North"),
    ]
    with pytest.raises(RuleBroken) as refused:
        footprint(ring, {"node:East": Impact.DOWN})
    assert [str(refused.value)] == CIRCLE


def test_the_works_of_the_example_overlap_as_shown() -> None:
    lines = [re.fullmatch(r"( *)(\S+) to (\S+) (\S+)(?: is)? (.+)", line) for line in OVERLAP]
    assert all(lines)
    read = [(bool(one[1]), _at(one[2]), _at(one[3]), one[4], one[5]) for one in lines if one]
    spans = [
        Span(element, _failed(f"{element} {word}")[element], since, until, f"W{number}")
        for number, (shown, since, until, element, word) in enumerate(read)
        if not shown
    ]
    expected = [line[1:] for line in read if line[0]]
    (element,) = {line[2] for line in expected}
    lived = [(one.since, one.until, element, _word(one.impact)) for one in history(EDGES, spans, element)]
    assert lived == expected


def _at(clock: str) -> datetime:
    return datetime.strptime(clock, "%H:%M").replace(year=2026, tzinfo=UTC)
