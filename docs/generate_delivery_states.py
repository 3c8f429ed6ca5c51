"""Writes delivery-states.md beside itself from tellfirst/domain/delivery.py.

Run `python docs/generate_delivery_states.py` after every change there; a test says when the page is old.
"""

import ast
import inspect
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from textwrap import fill

from tellfirst.domain import delivery
from tellfirst.domain.delivery import (
    FINAL,
    HANDED_OVER,
    TRANSITIONS,
    UNSETTLED,
    DeliveryReason,
    DeliveryState,
)

PAGE = Path(__file__).with_name("delivery-states.md")

REASONS = {
    DeliveryReason.AFFECTED: "The incident hurts this customer; nothing special has happened to the message.",
    DeliveryReason.NO_CONTACT_POINT: "We have no contact point of theirs on a channel of the playbook.",
    DeliveryReason.OPTED_OUT: "They have opted out of this contact point.",
    DeliveryReason.COVERED_BY_SHARED_CONTACT: "Another customer with the same contact point gets the message.",
    DeliveryReason.CONTACT_POINT_REFUSED: "An earlier message of this incident failed or did not arrive there.",
    DeliveryReason.NEVER_TOLD: "Survey only: no first word was handed over, so we do not ask.",
    DeliveryReason.NOT_TOLD_IT_IS_OVER: "Survey only: no all-clear was handed over, so we do not ask.",
    DeliveryReason.SUPERSEDED: "A later notice to them was planned before this message left.",
    DeliveryReason.NOT_AFFECTED: "It came out that the problem does not affect this customer.",
    DeliveryReason.THROTTLED: "The carrier did not take it now; it may be offered again.",
    DeliveryReason.LEASE_ENDS: "The call was not made: the worker's lease was about to end; the next one makes it.",
    DeliveryReason.REFUSED_BY_CARRIER: "The carrier refused it for good.",
    DeliveryReason.ANSWER_LOST: "The call was made and its answer never came.",
    DeliveryReason.WORKER_LOST: "The worker died between the intent and the record of the call.",
    DeliveryReason.FOUND_AT_CARRIER: "The answer was lost; the carrier, asked, has the message.",
    DeliveryReason.ABSENT_AT_CARRIER: "The answer was lost; the carrier, asked, proves that it never had it.",
    DeliveryReason.NEVER_TWICE: "The carrier does not have it, and on this occasion nothing is sent again.",
    DeliveryReason.NO_RECEIPT: "No receipt came within the playbook's `receipt_within`.",
    DeliveryReason.TRIES_USED_UP: "The carrier put it off too often.",
    DeliveryReason.NO_FONT_FOR_LANGUAGE: "A fax page could not be drawn: no font has the letters of its language.",
    DeliveryReason.TOO_MANY_PAGES: "The text does not fit the pages a fax may have.",
    DeliveryReason.RECEIPT: "A receipt of the carrier says so.",
}
"""A sentence for every reason; one that is missing stops the page from being made."""


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
            "books. The database refuses to change a state that has ended, except where the diagram shows a way on."
        ),
        "\n".join(_diagram()),
        "## Reasons",
        "\n".join(_reasons()),
    )
    return "\n\n".join(parts) + "\n"


def _states() -> Iterator[str]:
    yield "| State | What it means for the person | Told | Ours | Ended |"
    yield "|---|---|---|---|---|"
    for state, meaning in _meanings().items():
        marks = ("yes" if state in group else "" for group in (HANDED_OVER, UNSETTLED, FINAL))
        yield f"| `{state}` | {meaning} | {' | '.join(marks)} |"


def _diagram() -> Iterator[str]:
    place = list(DeliveryState).index
    yield "```mermaid"
    yield "stateDiagram-v2"
    for before, after in sorted(TRANSITIONS, key=lambda step: (place(step[0]), place(step[1]))):
        yield f"    {before} --> {after}"
    yield "```"


def _reasons() -> Iterator[str]:
    yield "| Reason | What it says |"
    yield "|---|---|"
    for reason in DeliveryReason:
        yield f"| `{reason}` | {REASONS[reason]} |"


def _meanings() -> dict[DeliveryState, str]:
    """The sentence below each state in the source, which Python itself throws away."""
    tree = ast.parse(inspect.getsource(delivery))
    states = next(
        node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "DeliveryState"
    )
    found = {}
    for name, sentence in pairwise(states.body):
        match name, sentence:
            case ast.Assign(targets=[ast.Name(id=word)]), ast.Expr(value=ast.Constant(value=str(text))):
                found[DeliveryState[word]] = " ".join(text.split())
    return {state: found[state] for state in DeliveryState}


def _prose(text: str) -> str:
    return fill(text, 120, break_long_words=False, break_on_hyphens=False)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
