"""The script of a notice: what is said to each kind of reader, and how a window of addresses becomes messages."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tellfirst.carriers.port import Outbound, Outcome, Verdict
from tellfirst.delivery.intending import Addressed
from tellfirst.domain.delivery import DeliveryReason
from tellfirst.domain.errors import RuleBroken, SetupError
from tellfirst.domain.message import Message, Reader

Render = Callable[[Reader], Message]
Link = Callable[[int], str]


def no_link(_delivery_id: int) -> str:
    """Of a message that has none."""
    return ""


@dataclass(frozen=True, slots=True)
class Script:
    """What to say: the text per kind of reader, and each customer's own link where the occasion has one."""

    render: Render
    link: Link
    valid_for: int
    unsubscribe: Link = no_link
    """Where a customer ends such messages; empty where they cannot be ended."""


class Texts:
    """Renders once per kind of reader, not once per customer."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._rendered: dict[Reader, Message] = {}

    def written(self, window: Sequence[Addressed]) -> tuple[list[Outbound], list[Outcome]]:
        """The messages, and the ends of those whose text cannot be made: one poor row must not hold the others."""
        written, unwritable = [], []
        for one in window:
            try:
                written.append(self.outbound(one))
            except (RuleBroken, SetupError):
                reason = DeliveryReason.UNWRITABLE
                unwritable.append(Outcome(one.delivery_id, Verdict.REFUSED_FINALLY, reason=reason))
        return written, unwritable

    def outbound(self, one: Addressed) -> Outbound:
        """The message to one customer. Raises what rendering raises."""
        if one.reader not in self._rendered:
            self._rendered[one.reader] = self._script.render(one.reader)
        return Outbound(
            delivery_id=one.delivery_id,
            address=one.address,
            message=self._rendered[one.reader],
            link=self._script.link(one.delivery_id),
            valid_for=self._script.valid_for,
            unsubscribe=self._script.unsubscribe(one.delivery_id),
            intended_at=one.intended_at,
        )
