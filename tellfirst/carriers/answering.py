"""An answer to one customer, and what a carrier must be able to do to bring it."""

from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from tellfirst.carriers.port import Outcome


@dataclass(frozen=True, slots=True)
class Written:
    """`answer_id` comes back in the outcome and goes nowhere else: the numbers of deliveries are others.

    `in_reply_to` and `references` are those of the mail it answers (RFC 5322, 3.6.4), empty where it answers none.
    """

    answer_id: int
    address: str = field(repr=False)
    text: str = field(repr=False)
    subject: str = field(default="", repr=False)
    language: str = ""
    in_reply_to: str = field(default="", repr=False)
    references: str = field(default="", repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """What a mail with it carries besides: nobody's machine answers it (RFC 3834, 3.1.7), and it stands below
        what it answers."""
        thread = {"In-Reply-To": self.in_reply_to, "References": self.references or self.in_reply_to}
        return {"Auto-Submitted": "auto-replied"} | {name: one for name, one in thread.items() if one}


@runtime_checkable
class Answers(Protocol):
    """A carrier that brings answers, one at a time, beside the notices that the ledger keeps."""

    async def answer(self, written: Written) -> Outcome:
        """One try. The outcome bears the id of the answer."""
        ...
