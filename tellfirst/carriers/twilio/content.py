"""Filling a content template: WhatsApp lets a business begin a conversation only with a text it has approved.

Source: Twilio, Using Variables with Content API; error 21656 (values must not be empty nor hold line breaks).
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from tellfirst.carriers.port import Outbound
from tellfirst.carriers.twilio.api import Listed
from tellfirst.carriers.twilio.settings import ContentTemplate
from tellfirst.domain.message import PERSONAL_LINK

REFERENCE = "reference"
"""The value without which a rendered body cannot be recognised."""


class Filled(NamedTuple):
    """A template with one customer's values, in the order of its variables."""

    template: ContentTemplate
    values: tuple[str, ...]

    def as_sent(self) -> dict[str, str]:
        """The two parameters of Messages.create that stand in for a body."""
        numbered = {str(number): value for number, value in enumerate(self.values, start=1)}
        return {
            "content_sid": self.template.sid,
            "content_variables": json.dumps(numbered, ensure_ascii=False),
        }


def fill(templates: Iterable[ContentTemplate], outbound: Outbound) -> Filled | None:
    """The first template whose values are all known, filled; None when there is none."""
    known = _values(outbound)
    for template in templates:
        values = tuple(known.get(name, "") for name in template.variables)
        if all(values):
            return Filled(template, values)
    return None


def recognised(filled: Filled | None, young: Sequence[Listed]) -> Listed | str | None:
    """The only one of the listed messages whose body shows every value of ours, our reference among them.

    The list tells neither template nor variables, and how a body reads when an approved text was filled is
    WhatsApp's matter. So a body that does not match proves nothing: only an empty list proves absence.
    """
    if not young:
        return None
    if filled is None or REFERENCE not in filled.template.variables:
        return "which_message"
    same = [one for one in young if all(value in one.body for value in filled.values)]
    return same[0] if len(same) == 1 else "which_message"


def _values(outbound: Outbound) -> Mapping[str, str]:
    return {
        name: " ".join(value.replace(PERSONAL_LINK, outbound.link).split())
        for name, value in outbound.message.values
    }
