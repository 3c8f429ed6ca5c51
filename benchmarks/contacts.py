"""How well the rules understand what customers write: `make bench-contacts`.

    texts with a known intent → the kind that docs/contacts.md gives the intent → the kind the rules give the text

Of the Bitext collection every second text of each intent was looked at while the rules were written; the figures are
those of the other half. Nobody looked at Banking77: it shows what the rules do in a trade they know nothing of.

Precision: of the texts that the rules gave a kind, how many have it. Recall: of those that have it, how many got it.
Unsure: how many go to a person. The texts belong to others and are no part of this repository.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from benchmarks.table import Figure, Outcome, Setting, conclude
from tellfirst.contacts.reception import Reception
from tellfirst.contacts.words import load_words
from tellfirst.domain.contact import ContactKind
from tellfirst.domain.understanding import read
from tellfirst.printing import out

ROOT = Path(__file__).parents[1]
TEXTS = ROOT.parent / "shared" / "data" / "contact-texts"
MAPPING = ROOT / "docs" / "contacts.md"
NONE = "none"
_ROW = re.compile(r"^\| (`.+`) \| `(\w+)` \|$")


@dataclass(frozen=True, slots=True)
class Example:
    """A text, and the kind that its intent has; None for an intent that a person has to read."""

    text: str
    intent: str
    kind: ContactKind | None


@dataclass(frozen=True, slots=True)
class Score:
    """How one kind came out: texts that have it, that got it, and both."""

    kind: ContactKind
    have: int
    got: int
    right: int

    @property
    def precision(self) -> float:
        return self.right / self.got if self.got else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.have if self.have else 1.0


@dataclass(frozen=True, slots=True)
class Scores:
    kinds: tuple[Score, ...]
    text_count: int
    unsure_count: int
    unsure_right: int
    confused: Mapping[tuple[str, str], int]
    """By intent and the wrong kind it got, the most frequent first."""

    @property
    def precision(self) -> float:
        """Of all that got a kind."""
        got = sum(one.got for one in self.kinds)
        return sum(one.right for one in self.kinds) / got if got else 1.0

    @property
    def recall(self) -> float:
        have = sum(one.have for one in self.kinds)
        return sum(one.right for one in self.kinds) / have if have else 1.0


def mapping(page: Path = MAPPING) -> dict[str, ContactKind | None]:
    """The kind of every intent, as the page says. Raises ValueError for an intent that stands there twice."""
    found: dict[str, ContactKind | None] = {}
    for line in page.read_text(encoding="utf-8").splitlines():
        if row := _ROW.match(line):
            for intent in re.findall(r"`([^`]+)`", row[1]):
                if intent in found:
                    raise ValueError(f"{intent} has two kinds in {page}")
                found[intent] = None if row[2] == NONE else ContactKind(row[2])
    return found


def bitext(folder: Path, *, looked_at: bool) -> list[Example]:
    """One half of the collection: the one that was looked at while the rules were written, or the other."""
    kinds, number = mapping(), Counter[str]()
    found = []
    for row in _rows(folder / "bitext-dev.csv"):
        intent = row["intent"]
        if (number[intent] % 2 == 0) is looked_at:
            found.append(Example(row["utterance"], intent, kinds[intent]))
        number[intent] += 1
    return found


def banking77(folder: Path) -> list[Example]:
    kinds = mapping()
    rows = _rows(folder / "banking77-test.csv")
    return [Example(row["text"], row["category"], kinds[row["category"]]) for row in rows]


def score(examples: Sequence[Example], reception: Reception) -> Scores:
    """What the rules make of the texts."""
    got = [read(one.text, reception.speeches, reception.queues.sure_from).kind for one in examples]
    pairs = list(zip(examples, got, strict=True))
    wrong = Counter(
        (one.intent, str(kind)) for one, kind in pairs if kind is not None and kind is not one.kind
    )
    return Scores(
        kinds=tuple(
            Score(
                kind,
                have=sum(one.kind is kind for one in examples),
                got=got.count(kind),
                right=sum(one.kind is kind and its is kind for one, its in pairs),
            )
            for kind in ContactKind
        ),
        text_count=len(examples),
        unsure_count=got.count(None),
        unsure_right=sum(one.kind is None and its is None for one, its in pairs),
        confused=dict(wrong.most_common(12)),
    )


def figures(name: str, scores: Scores, targets: Mapping[str, str] | None = None) -> Iterator[Figure]:
    wanted = targets or {}
    yield Figure(f"{name}: texts", scores.text_count, "")
    for one in scores.kinds:
        yield Figure(f"{name}: {one.kind}, precision", round(one.precision, 3), f"of {one.got}")
        yield Figure(f"{name}: {one.kind}, recall", round(one.recall, 3), f"of {one.have}")
    yield Figure(f"{name}: all kinds, precision", round(scores.precision, 3), "", wanted.get("precision"))
    yield Figure(f"{name}: all kinds, recall", round(scores.recall, 3), "", wanted.get("recall"))
    yield Figure(f"{name}: unsure, to a person", round(scores.unsure_count / scores.text_count, 3), "of all")


def bench(
    *,
    texts: Annotated[Path, Parameter(help="The folder with the two collections.")] = TEXTS,
    looked_at: Annotated[bool, Parameter(help="Only the half that may be looked at, with mistakes.")] = False,
    json: Annotated[Path | None, Parameter(help="Where to write the figures.")] = None,
) -> int:
    """Measure how well contacts are understood."""
    if not texts.is_dir():
        out.print(f"there are no texts in {texts}; name their folder with --texts", soft_wrap=True)
        return 1
    reception = load_words(ROOT / "config")
    if looked_at:
        return _show_mistakes(
            score(bitext(texts, looked_at=True), reception), bitext(texts, looked_at=True), reception
        )
    setting = Setting.begin("make bench-contacts", 0, ())
    unseen, other = score(bitext(texts, looked_at=False), reception), score(banking77(texts), reception)
    found = (
        *figures("bitext", unseen, {"precision": ">= 0.9", "recall": ">= 0.7"}),
        *figures("banking77", other),
    )
    details: dict[str, Any] = {
        "confused": {
            "bitext": [[*pair, count] for pair, count in unseen.confused.items()],
            "banking77": [[*pair, count] for pair, count in other.confused.items()],
        }
    }
    return conclude(Outcome("contacts", setting, found, details), json)


def _show_mistakes(scores: Scores, examples: Sequence[Example], reception: Reception) -> int:
    for figure in figures("looked at", scores):
        out.print(f"{figure.name}  {figure.value}  {figure.unit}")
    for one in examples:
        its = read(one.text, reception.speeches, reception.queues.sure_from)
        if its.kind is not one.kind:
            out.print(f"{one.kind} got {its.kind} ({its.likeliest} {its.sureness}): {one.text}", markup=False)
    return 0


def _rows(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


app = App(help=__doc__)
app.default(bench)

if __name__ == "__main__":
    raise SystemExit(app())
