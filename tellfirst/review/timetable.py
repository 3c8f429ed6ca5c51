"""The notices of an incident in the order they were spoken, and the longest silence between them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

import pandas as pd
from sqlalchemy import Connection, select

from tellfirst.domain.delivery import HANDED_OVER
from tellfirst.domain.occasion import Occasion, Reach
from tellfirst.domain.promise import PromiseKind, PromiseState
from tellfirst.review.ledger import Promised
from tellfirst.store import tables as t
from tellfirst.store.incidents import Incident

BEGINS = frozenset({Occasion.FIRST_WORD, Occasion.STARTED})
"""Words with which a time without service begins."""
END = 0
"""Stands where a notice's sequence does when a silence was not ended by one."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice. `told` is how many customers were reached per channel; `kept` how the next word stands."""

    sequence: int
    occasion: Occasion
    reason: str
    holding: bool
    author: str
    created_at: datetime
    spoken_at: datetime | None
    """When the last message had been offered to its carrier; None while some still wait."""
    planned_count: int
    told: Mapping[str, int]
    next_update_at: datetime | None
    estimate_at: datetime | None
    kept: PromiseState | None
    reach: Reach = Reach.PUSH

    @property
    def told_count(self) -> int:
        return sum(self.told.values())


@dataclass(frozen=True, slots=True)
class Silence:
    """The longest one between words to the whole audience, in minutes; None until all had the first word."""

    longest_minutes: float | None
    promised_minutes: float | None
    after_sequence: int | None
    within_promise: bool | None


def timetable(
    connection: Connection, incident_id: int, deliveries: pd.DataFrame, promises: Iterable[Promised]
) -> tuple[Notice, ...]:
    """One line per notice."""
    n = t.notice.c
    rows = connection.execute(
        select(
            *(n.id, n.sequence, n.occasion, n.reason, n.holding, n.author),
            *(n.created_at, n.spoken_at, n.next_update_at, n.estimate_at, n.reach),
        )
        .where(n.incident_id == incident_id)
        .order_by(n.sequence)
    )
    next_words = {Reach.PUSH: PromiseKind.NEXT_UPDATE, Reach.PULL: PromiseKind.PAGE_UPDATE}
    kept = {(one.sequence, one.kind): one.state for one in promises}
    each = ["notice_id", "customer_id"]
    planned = deliveries.drop_duplicates(each)["notice_id"].value_counts()
    told = deliveries[deliveries["state"].isin(HANDED_OVER)].drop_duplicates(each, keep="last")
    return tuple(
        Notice(
            sequence=row.sequence,
            occasion=Occasion(row.occasion),
            reason=row.reason,
            holding=row.holding,
            author=row.author,
            created_at=row.created_at,
            spoken_at=row.spoken_at,
            planned_count=int(planned.get(row.id, 0)),
            told=_by_channel(told[told["notice_id"] == row.id]),
            next_update_at=row.next_update_at,
            estimate_at=row.estimate_at,
            kept=kept.get((row.sequence, next_words[Reach(row.reach)])),
            reach=Reach(row.reach),
        )
        for row in rows
    )


def silence(notices: Sequence[Notice], it: Incident, now: datetime) -> Silence:
    """From the first word until everybody was told that it is over, or until `now` while that is to come.

    Announced work begins with the word that it has started: before, nobody is without service. Words to a part of
    the audience only, to late joiners or to those who are back already, end no silence for the rest and are left
    out; so are words that were only published, for nobody was written to.
    """
    every = it.playbook.next_update_every.total_seconds() / 60 if it.playbook else None
    words = _words_to_all(notices, over=it.verified_at is not None)
    marks = [(word.spoken_at, word.sequence) for word in words if word.spoken_at]
    if not words or words[0].occasion not in BEGINS:
        return Silence(None, every, None, None)
    if words[-1].occasion is not Occasion.RESTORED:
        marks.append((max(it.closed_at or now, *(at for at, _ in marks)), END))
    promised = {one.sequence: _promised_minutes(one, every) for one in words}
    gaps = [
        (_minutes(later - at), promised[sequence], sequence)
        for (at, sequence), (later, _) in pairwise(sorted(marks))
    ]
    minutes, within, after = max(gaps, key=lambda gap: (gap[1] is not None and gap[0] > gap[1], gap[0]))
    return Silence(minutes, within, after, minutes <= within if within is not None else None)


def _promised_minutes(word: Notice, every: float | None) -> float | None:
    """Work that became an outage has had two rhythms: what counts is what the word itself promised."""
    if word.next_update_at is None or every is None:
        return every
    return max(every, _minutes(word.next_update_at - word.created_at))


def _minutes(span: timedelta) -> float:
    return round(span.total_seconds() / 60, 1)


def _words_to_all(notices: Sequence[Notice], *, over: bool) -> list[Notice]:
    spoken = [one for one in notices if one.spoken_at and one.reach is Reach.PUSH]
    first = [one for one in spoken if one.occasion in BEGINS][:1]
    to_all = (Occasion.UPDATE, Occasion.OVERRUN, Occasion.CORRECTION)
    between = [one for one in spoken if one.occasion in to_all]
    last = [one for one in spoken if one.occasion is Occasion.RESTORED][-1:] if over else []
    return first + between + last


def _by_channel(rows: pd.DataFrame) -> dict[str, int]:
    return {str(channel): int(count) for channel, count in rows["channel"].value_counts().items()}
