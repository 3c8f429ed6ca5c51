"""Who must agree before many customers are told, by when, and what becomes of each answer."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from tellfirst.domain.facts import Action, Cause, FactRecord

GROWTH = 1.1
"""An approval covers a tenth more: the late sites of an outage that was approved must not wait for a person."""
FORM = "form:"
"""Before a name that somebody wrote into a form: nobody has proved it."""


@dataclass(frozen=True, slots=True)
class Approvals:
    """Shares are of all active customers, 0 to 1; either measure alone asks for a person.

    `within` is how long the question may stand: after it the safe holding notice goes out, never silence.
    """

    above: float = 1.0
    above_count: int | None = None
    second_above: float | None = None
    """Above this share a second account must agree as well."""
    second_above_count: int | None = None
    within: timedelta = timedelta(minutes=15)

    def needed(self, count: int, base: int) -> int:
        """How many accounts must agree before `count` of `base` customers are told: 0, 1 or 2."""
        share = count / base if base else 0.0
        if _exceeds(count, share, self.second_above_count, self.second_above):
            return 2
        return 1 if _exceeds(count, share, self.above_count, self.above) else 0


class ApprovalState(StrEnum):
    """`lapsed`: the time was up and the safe holding notice went out. `outdated`: it was a question about
    something else than what would be said now."""

    OPEN = "open"
    APPROVED = "approved"
    DECLINED = "declined"
    LAPSED = "lapsed"
    OUTDATED = "outdated"


class Refusal(StrEnum):
    """Why an account's yes does not count."""

    NO_NAME = "no_name"
    SAME_ACCOUNT = "same_account_twice"
    TWO_FORMS = "two_names_in_forms"


@dataclass(frozen=True, slots=True)
class Question:
    """May so many be told? `digest` binds it to the texts, the facts and the audience it was asked about."""

    id: int
    incident_id: int
    revision: int
    digest: str
    affected_count: int
    base_count: int
    latecomers: bool
    """Whether others were told before; the words to them go on whatever becomes of the question."""
    needed: int
    asked_at: datetime
    due_at: datetime
    state: ApprovalState
    first_by: str | None = None
    first_at: datetime | None = None
    second_by: str | None = None
    second_at: datetime | None = None
    reason: str | None = None
    told_at: datetime | None = None
    """When the word left that it was about, approved or not."""

    def is_about(self, revision: int, affected_count: int) -> bool:
        """Whether it still asks about this audience.

        Before anybody has agreed it is asked anew for each revision. A first yes covers a tenth more, like an
        approval does, so that a growing outage can be approved by two at all.
        """
        if self.revision == revision:
            return True
        return bool(self.first_by) and self.state is ApprovalState.OPEN and covers(self, affected_count)


def covers(question: Question, affected_count: int) -> bool:
    """Whether what was asked for so many holds for this many too."""
    return affected_count <= question.affected_count * GROWTH


def agree(question: Question, account: str, now: datetime) -> Question | Refusal:
    """The question after `account` has said yes: approved, or open with one of two answers.

    Four eyes: no account counts twice, and a name that was written into a form proves nobody, so of two answers
    one at least must come from an account.
    """
    name = account.removeprefix(FORM).strip()
    if not name:
        return Refusal.NO_NAME
    if question.first_by is None:
        state = ApprovalState.APPROVED if question.needed < 2 else question.state
        return replace(question, state=state, first_by=account, first_at=now)
    if _same(question.first_by, account):
        return Refusal.SAME_ACCOUNT
    if question.first_by.startswith(FORM) and account.startswith(FORM):
        return Refusal.TWO_FORMS
    return replace(question, state=ApprovalState.APPROVED, second_by=account, second_at=now)


def digest(facts: FactRecord, texts: str, revision: int) -> str:
    """A hash of what would be said and to whom; not of the moment and the number of the notice."""
    said = {name: value for name, value in facts.to_json().items() if name not in _PASSING}
    return _sha256({"facts": said, "texts": texts, "revision": revision})


def unclaiming(facts: FactRecord) -> FactRecord:
    """The same problem with nothing said that nobody has agreed to: no cause, no estimate, no engineer's note."""
    return replace(
        facts,
        cause=Cause.BEING_INVESTIGATED,
        action=Action.INVESTIGATING,
        estimate_at=None,
        previous_estimate_at=None,
        notes=(),
    )


_PASSING = frozenset({"sequence", "stated_at", "next_update_at"})


def _sha256(values: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def _same(one: str, other: str) -> bool:
    """`form:Asha` may well be the account asha."""
    return one.removeprefix(FORM).strip().casefold() == other.removeprefix(FORM).strip().casefold()


def _exceeds(count: int, share: float, count_limit: int | None, share_limit: float | None) -> bool:
    return (count_limit is not None and count > count_limit) or (
        share_limit is not None and share > share_limit
    )
