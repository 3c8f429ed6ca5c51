"""The deadlines of a playbook: they stand in the place of the house's, whatever the severity, and of no other's."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated

from pydantic import AfterValidator

from tellfirst.domain.deadline import FIRST_WORDS, Anchor, DeadlineName, Hearer
from tellfirst.domain.due import DeadlineRule, Due, Repeat
from tellfirst.domain.pack import HOUSE_DEFAULT
from tellfirst.domain.playbook import Playbook
from tellfirst.timelines.dues import DueText

USUAL = {
    DeadlineName.ACKNOWLEDGE: (Hearer.OPERATORS, Anchor.DETECTED),
    **dict.fromkeys(FIRST_WORDS, (Hearer.CUSTOMERS, Anchor.DETECTED)),
    DeadlineName.ESTIMATE: (Hearer.CUSTOMERS, Anchor.DETECTED),
    DeadlineName.UPDATE: (Hearer.CUSTOMERS, Anchor.TOLD),
    DeadlineName.RESTORE: (Hearer.CUSTOMERS, Anchor.DETECTED),
    DeadlineName.CLOSE: (Hearer.OPERATORS, Anchor.VERIFIED),
    DeadlineName.ANSWER: (Hearer.CUSTOMERS, Anchor.REPORTED),
}
"""To whom each is owed and from what it is counted. What authorities are owed is no playbook's to say."""


def _ours_to_say(deadlines: dict[DeadlineName, Due]) -> dict[DeadlineName, Due]:
    if foreign := [one for one in deadlines if one not in USUAL]:
        raise ValueError(
            f"{', '.join(foreign)} is owed by a pack alone; a playbook may set {', '.join(USUAL)}"
        )
    return deadlines


DeadlinesFile = Annotated[dict[DeadlineName, DueText], AfterValidator(_ours_to_say)]


def with_playbook(rules: Iterable[DeadlineRule], pack: str, book: Playbook | None) -> list[DeadlineRule]:
    """The rules of a pack, with those of the playbook in their place if it is the house's own pack."""
    own = dict(book.deadlines) if book and pack == HOUSE_DEFAULT else {}
    return [
        *(one for one in rules if one.name not in own),
        *(_rule(DeadlineName(name), due, book) for name, due in own.items() if book),
    ]


def _rule(name: DeadlineName, due: Due, book: Playbook) -> DeadlineRule:
    hearer, anchor = USUAL[name]
    rule = DeadlineRule(name, hearer, anchor, due, f"playbook {book.name}")
    if name is DeadlineName.UPDATE:
        return replace(rule, repeat=Repeat(due.span), stop_at=Anchor.VERIFIED)
    return rule
