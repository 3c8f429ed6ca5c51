"""The kinds of all intents are written down, and the rules understand texts that nobody looked at."""

from pathlib import Path

import pytest

from benchmarks.contacts import MAPPING, TEXTS, banking77, bench, bitext, mapping, score
from tellfirst.contacts.words import load_words
from tellfirst.domain.contact import ContactKind

DESK = load_words(Path(__file__).parents[2] / "config")
absent = pytest.mark.skipif(
    not TEXTS.is_dir(), reason="the collections of contact texts are not on this machine"
)


def test_every_intent_has_one_kind_or_none() -> None:
    kinds = mapping()
    assert len(kinds) == 27 + 77
    assert set(kinds.values()) == {*ContactKind, None}


def test_an_intent_with_two_kinds_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "contacts.md"
    page.write_text(MAPPING.read_text(encoding="utf-8") + "| `complaint` | `order` |\n", encoding="utf-8")
    with pytest.raises(ValueError, match="complaint has two kinds"):
        mapping(page)


@absent
def test_every_text_has_a_kind_by_the_page() -> None:
    assert len(bitext(TEXTS, looked_at=True)) + len(bitext(TEXTS, looked_at=False)) == 810
    assert len(banking77(TEXTS)) == 3_080


@absent
def test_of_texts_that_nobody_looked_at_hardly_one_is_taken_for_another_kind() -> None:
    found = score(bitext(TEXTS, looked_at=False), DESK)
    assert found.precision >= 0.95
    assert found.recall >= 0.85
    assert all(one.precision >= 0.9 and one.recall >= 0.8 for one in found.kinds)


@absent
def test_in_a_trade_they_know_nothing_of_the_rules_leave_most_to_a_person() -> None:
    found = score(banking77(TEXTS), DESK)
    assert found.unsure_count / found.text_count >= 0.6


@absent
def test_the_figures_are_written(tmp_path: Path) -> None:
    assert bench(json=tmp_path / "contacts.json") == 0


def test_without_the_texts_it_says_so(tmp_path: Path) -> None:
    assert bench(texts=tmp_path / "nowhere") == 1
