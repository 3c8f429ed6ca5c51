"""Writes delivery-states.md beside itself from tellfirst/domain/delivery.py.

Run `python docs/generate_delivery_states.py` after every change there; a test says when the page is old.
"""

import ast
import inspect
from collections.abc import Iterator
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from textwrap import fill

from tellfirst.domain import delivery
from tellfirst.domain.delivery import (
    BORN,
    FINAL,
    HANDED_OVER,
    MOVES,
    TRANSITIONS,
    UNSETTLED,
    Anomaly,
    DeliveryReason,
    DeliveryState,
    Doubt,
)

PAGE = Path(__file__).with_name("delivery-states.md")


def page() -> str:
    """The page as it should stand in the repository."""
    parts = (
        "# The states of a delivery",
        _prose(
            "Made by `docs/generate_delivery_states.py` from `tellfirst/domain/delivery.py`; change it there. "
            "[How a notice travels](how-a-notice-travels.md) says which function makes each step."
        ),
        _prose(
            "A delivery is one message to one customer on one channel. It always has exactly one state "
            "and one named reason."
        ),
        "## States",
        _prose(
            "*Told*: the customer counts as told. *Ours*: something of ours is still to be done. "
            "*Ended*: nothing more is expected."
        ),
        "\n".join(_states()),
        "## Transitions",
        _prose(
            f"All that may happen: {len(TRANSITIONS)} steps and no other. A row is born as `pending`, or at "
            "once as `failed` or `cancelled` with its reason, so that nobody in the audience is left out of the "
            "books. The database refuses every other step, whoever tries it."
        ),
        "\n".join(_diagram()),
        "\n".join(_moves()),
        "## Reasons",
        "\n".join(_table(DeliveryReason, "Reason")),
        "## Doubt",
        _prose("What is done with a message whose answer was lost. A survey or a call is never made twice."),
        "\n".join(_table(Doubt, "Doubt")),
        "## Anomalies",
        _prose("Counted in the table `anomaly`, shown by `tellfirst prove` and in the review."),
        "\n".join(_table(Anomaly, "Anomaly")),
    )
    return "\n\n".join(parts) + "\n"


def _states() -> Iterator[str]:
    yield "| State | What it means for the person | Told | Ours | Ended |"
    yield "|---|---|---|---|---|"
    for state, meaning in _meanings(DeliveryState).items():
        marks = ("yes" if state in group else "" for group in (HANDED_OVER, UNSETTLED, FINAL))
        yield f"| `{state}` | {meaning} | {' | '.join(marks)} |"


def _diagram() -> Iterator[str]:
    place = list(DeliveryState).index
    yield "```mermaid"
    yield "stateDiagram-v2"
    for before, after in sorted(TRANSITIONS, key=lambda step: (place(step[0]), place(step[1]))):
        yield f"    {before} --> {after}"
    yield "```"


def _moves() -> Iterator[str]:
    yield "| From | To | For the reason |"
    yield "|---|---|---|"
    for state, reasons in BORN.items():
        yield f"| (new) | `{state}` | {_listed(reasons)} |"
    place = list(DeliveryState).index
    for (before, after), reasons in sorted(
        MOVES.items(), key=lambda one: (place(one[0][0]), place(one[0][1]))
    ):
        yield f"| `{before}` | `{after}` | {_listed(reasons)} |"


def _listed(reasons: frozenset[DeliveryReason]) -> str:
    return ", ".join(f"`{reason}`" for reason in DeliveryReason if reason in reasons)


def _table(words: type[StrEnum], title: str) -> Iterator[str]:
    yield f"| {title} | What it says |"
    yield "|---|---|"
    for word, meaning in _meanings(words).items():
        yield f"| `{word}` | {meaning} |"


def _meanings(words: type[StrEnum]) -> dict[StrEnum, str]:
    """The sentence below each word in the source, which Python itself throws away; none may be missing."""
    tree = ast.parse(inspect.getsource(delivery))
    listed = next(
        node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == words.__name__
    )
    found = {}
    for name, sentence in pairwise(listed.body):
        match name, sentence:
            case ast.Assign(targets=[ast.Name(id=word)]), ast.Expr(value=ast.Constant(value=str(text))):
                found[words[word]] = " ".join(text.split())
    return {word: found[word] for word in words}


def _prose(text: str) -> str:
    return fill(text, 120, break_long_words=False, break_on_hyphens=False)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
