"""What becomes of a request that is good: it is made true and answered, or lied about on purpose."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, Protocol, TypeVar

from tellfirst.simulator.carriers.account import Account
from tellfirst.simulator.carriers.http.message import Answer
from tellfirst.simulator.carriers.lies import Lie
from tellfirst.simulator.carriers.truth.entries import Call, Mail, Text

E = TypeVar("E", Text, Call, Mail)
E_in = TypeVar("E_in", Text, Call, Mail, contravariant=True)
Waits = asyncio.Future[None] | None
"""Receipts that were to be posted before the answer, when there are any."""


class Report(Protocol[E_in]):
    """Plans the receipts of an entry."""

    def __call__(self, account: Account, entry: E_in, /, *, is_true: bool = True) -> Waits:
        """What the answer has to wait for."""
        ...


@dataclass(frozen=True, slots=True)
class Accepting(Generic[E]):
    """How one resource accepts: how it reports, names another message, and fails."""

    report: Report[E]
    new_ref: Callable[[int], str]
    """The carrier's own name for the entry of a row."""
    error_answer: Callable[[int], Answer]

    def keep(self, account: Account, entry: E) -> Waits:
        """Make `entry` true: on disk first, then its receipts, for some of which the answer may have to wait."""
        account.truth.append(entry)
        return self.report(account, entry)

    def accept(self, account: Account, entry: E, answer: Answer) -> Answer:
        """`answer`, and the truth behind it, unless it is this request's turn to be lied about."""
        match account.lies.next(entry.row):
            case Lie.ANSWERS_WITHOUT_ACCEPTING:
                waits = None
            case Lie.RECEIPTS_FOR_NOTHING:
                self.report(account, entry, is_true=False)
                return self.error_answer(500)
            case Lie.ACCEPTS_TWICE:
                waits = self.keep(account, entry)
                row = account.truth.next_row
                self.keep(account, replace(entry, row=row, carrier_ref=self.new_ref(row)))
            case _:
                waits = self.keep(account, entry)
        return answer if waits is None else replace(answer, wait_for=waits)
