"""Switching: the clock moves shares between a channel's carriers, and so may a person."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime

from sqlalchemy import Connection

from tellfirst.crashpoints import crashpoint
from tellfirst.delivery import roster
from tellfirst.delivery.measuring import measures
from tellfirst.delivery.roster import Candidate, Place
from tellfirst.domain.carriers import CarrierReason, Measures, Rank, Shift, shift
from tellfirst.domain.errors import RuleBroken

WHOLE = 100


def weigh(connection: Connection, candidates: Sequence[Candidate], now: datetime, wall: datetime) -> Shift:
    """Look at one channel's carriers and take the step that is due, if any. The reason says which, or why none."""
    if len(candidates) < 2:
        return Shift(CarrierReason.NO_OTHER)
    roster.enter(connection, candidates, now)
    places = roster.places(connection, candidates, lock=True)
    measured = measured_by(connection, candidates, now, wall)
    ranks = [
        Rank(one.name, one.configured, one.share, measured.get(one.name, Measures()))
        for one in places
        if one.is_open
    ]
    last = _last_change(places)
    found = shift(
        ranks,
        last.since if last else None,
        last is not None and last.reason is CarrierReason.BY_HAND,
        now,
    )
    if found.shares:
        before = {one.name: one.share for one in places}
        reasons = {name: _reason(found, name, share > before[name]) for name, share in found.shares}
        seen = {name: asdict(one) for name, one in measured.items()}
        details = {"measured": seen, "because_of": found.name}
        roster.share_out(connection, dict(found.shares), reasons, now, details=details)
        crashpoint("weigh: shares moved, not committed")
    return found


def measured_by(
    connection: Connection, candidates: Sequence[Candidate], now: datetime, wall: datetime
) -> dict[str, Measures]:
    """Each candidate's last quarter of an hour; whoever sends no receipts cannot be late with them."""
    found = measures(connection, candidates[0].channel, now, wall) if candidates else {}
    return {
        one.name: found[one.name] if one.receipts else replace(found[one.name], judged_count=0, slow_count=0)
        for one in candidates
        if one.name in found
    }


def set_share(
    connection: Connection,
    candidates: Sequence[Candidate],
    name: str,
    share: int,
    text: str,
    actor: str,
    now: datetime,
) -> dict[str, int]:
    """A person's share for one carrier; the others keep their proportions. Raises RuleBroken, changing nothing."""
    if not 0 <= share <= WHOLE:
        raise RuleBroken(f"a share is 0 to {WHOLE}; nothing was changed")
    if len(candidates) < 2 and share != WHOLE:
        raise RuleBroken(f"{name} is the only carrier of its channel; close it to stop it")
    roster.enter(connection, candidates, now)
    places = roster.places(connection, candidates, lock=True)
    others = [one for one in places if one.name != name]
    shares = {name: share, **_divided(WHOLE - share, others)}
    roster.share_out(
        *(connection, shares, dict.fromkeys(shares, CarrierReason.BY_HAND), now),
        actor=actor,
        details={"text": text, "asked": name},
    )
    return shares


def _divided(points: int, others: Sequence[Place]) -> dict[str, int]:
    """In proportion to their shares, else to their configured ones; what is left over goes to the first."""
    weights = [one.share for one in others]
    if not any(weights):
        weights = [one.configured for one in others]
    if not any(weights):
        weights = [1] * len(others)
    shares = {one.name: points * weight // sum(weights) for one, weight in zip(others, weights, strict=True)}
    if others:
        shares[others[0].name] += points - sum(shares.values())
    return shares


def _last_change(places: Sequence[Place]) -> Place | None:
    """The last time shares moved; being entered into the books is none."""
    changed = [one for one in places if one.since and one.reason is not CarrierReason.CONFIGURED]
    return max(changed, key=_since, default=None)


def _since(one: Place) -> datetime:
    assert one.since is not None, "only carriers that are in the books have changed"
    return one.since


def _reason(found: Shift, name: str, gains: bool) -> CarrierReason:
    if found.reason is CarrierReason.COMES_BACK or not gains:
        return found.reason
    return CarrierReason.TAKES_OVER
