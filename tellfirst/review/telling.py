"""Were they told before they had to ask, and how soon?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import ceil

import pandas as pd

from tellfirst.domain.contact import Match
from tellfirst.review.frames import Frames

POINTS = 120
"""Steps of a curve at most: more cannot be seen."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Minutes, to a tenth; percentiles between two customers are interpolated. None: nobody was told."""

    p50: float | None
    p95: float | None
    max: float | None


@dataclass(frozen=True, slots=True)
class Step:
    """So many customers by then."""

    at: datetime
    count: int


@dataclass(frozen=True, slots=True)
class Telling:
    """`reachable_count` customers have a contact point and have not opted out of it. Shares are 0 to 1."""

    audience_count: int
    reachable_count: int
    told_count: int
    told_first_count: int
    told_first_share: float | None
    """Of those who could be told."""
    told_first_share_of_all: float | None
    untold: Mapping[str, int]
    """By reason; with `told_count` they make the whole audience."""
    not_told_over_count: int
    """Told of the problem and back, but never told that it is over."""
    since_opened: Spread
    since_started: Spread
    told_over_time: tuple[Step, ...]
    contacted_over_time: tuple[Step, ...]
    survey_before_told_count: int


@dataclass(frozen=True, slots=True)
class Contacts:
    """Contacts about the incident, by whether their customer had been told when they came."""

    count: int
    before_told_count: int
    after_told_count: int
    asked_first_count: int
    """Customers who had to ask before they were told, or were never told."""
    missed_count: int = 0
    """Customers whom nobody had counted until they wrote."""


def telling(table: pd.DataFrame, opened_at: datetime, started_at: datetime) -> Telling:
    """From the rows of `members`."""
    told = table["told_at"].dropna()
    reachable, told_first = int(table["reachable"].sum()), int(table["told_first"].sum())
    told_then = table["told_at"].notna() & ~(table["surveyed_at"] <= table["told_at"])
    not_told_over = table["told_at"].notna() & table["over_at"].notna() & table["told_over_at"].isna()
    return Telling(
        audience_count=len(table),
        reachable_count=reachable,
        told_count=len(told),
        told_first_count=told_first,
        told_first_share=share(told_first, reachable),
        told_first_share_of_all=share(told_first, len(table)),
        untold=by_reason(table["untold_reason"]),
        not_told_over_count=int(not_told_over.sum()),
        since_opened=_spread(told, opened_at),
        since_started=_spread(told, started_at),
        told_over_time=_curve(told),
        contacted_over_time=_curve(table["contacted_at"].dropna()),
        survey_before_told_count=int((table["surveyed"] & ~told_then).sum()),
    )


def contacts(frames: Frames, table: pd.DataFrame) -> Contacts:
    """A contact at the very moment of the telling was on its way before: it counts as before."""
    came = frames.contacts
    told_at = table["told_at"].reindex(came["customer_id"]).set_axis(came.index)
    after = int((came["received_at"] > told_at).sum())
    asked_first = table["contacted_at"].notna() & ~(table["told_at"] < table["contacted_at"])
    return Contacts(
        count=len(came),
        before_told_count=len(came) - after,
        after_told_count=after,
        asked_first_count=int(asked_first.sum()),
        missed_count=int(came.loc[came["match"] == Match.MISSED, "customer_id"].nunique()),
    )


def share(part: int, whole: int) -> float | None:
    """None of nothing: a share of an empty whole is not zero, it does not exist."""
    return round(part / whole, 4) if whole else None


def by_reason(reasons: "pd.Series[str]") -> dict[str, int]:
    """How often each stands there, the most frequent first, alike ones by name."""
    counted = {str(reason): int(count) for reason, count in reasons.dropna().value_counts().items()}
    return dict(sorted(counted.items(), key=lambda one: (-one[1], one[0])))


def _spread(told: "pd.Series[pd.Timestamp]", since: datetime) -> Spread:
    if told.empty:
        return Spread(None, None, None)
    waited = (told - pd.Timestamp(since)).dt.total_seconds() / 60
    p50, p95 = (round(float(waited.quantile(part)), 1) for part in (0.5, 0.95))
    return Spread(p50, p95, round(float(waited.max()), 1))


def _curve(moments: "pd.Series[pd.Timestamp]") -> tuple[Step, ...]:
    """Cumulative, at the end of equal steps, so that the curve never runs ahead of the truth."""
    if moments.empty:
        return ()
    span = (moments.max() - moments.min()).total_seconds()
    ends = moments.dt.ceil(f"{max(1, ceil(span / POINTS))}s")
    counted = ends.value_counts().sort_index().cumsum()
    return tuple(Step(pd.Timestamp(str(at)).to_pydatetime(), int(count)) for at, count in counted.items())
