"""Which packs bind an incident: decided again at every change, promoted in mid-life, left, declared or exempt."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select, update

from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.incident import Stage
from tellfirst.domain.pack import HOUSE_DEFAULT, Ground, Pack
from tellfirst.domain.policy import Applies, applies, combine, looks_again
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.incidents import Incident
from tellfirst.store.inserting import insert_into
from tellfirst.store.prepared import asked, prepared
from tellfirst.timelines.measuring import Measured, measure
from tellfirst.timelines.packs import Policy


@dataclass(frozen=True, slots=True)
class Standing:
    """How one pack stands to an incident. `since_at` is None while it does not bind."""

    pack: Pack
    since_at: datetime | None
    promoted: bool
    exempt: bool

    @property
    def binds(self) -> bool:
        return self.since_at is not None and not self.exempt


@dataclass(frozen=True, slots=True)
class Applied:
    """All packs of an incident, and what was measured to decide it."""

    standings: tuple[Standing, ...]
    site_zone: str
    again_at: datetime | None
    """When time alone may make another pack bind."""


def apply(connection: Connection, it: Incident, policy: Policy, now: datetime) -> Applied:
    """Decide for every pack that is on, write what changed and note it. A closed incident stays as it is."""
    rows = _rows(connection, it.id)
    declared = frozenset(name for name, row in rows.items() if row.declared_at)
    first_look = _first_look(connection, it)
    kind = connection.execute(select(t.incident.c.kind).where(t.incident.c.id == it.id)).scalar_one()
    measured = measure(connection, it, kind, policy, declared)
    standings = tuple(
        _decided(connection, it, pack, rows.get(name), measured, now, first_look=first_look)
        for name, pack in policy.packs.items()
    )
    waiting = [looks_again(one.pack, measured.scope, now) for one in standings if one.since_at is None]
    return Applied(standings, measured.site_zone, min((at for at in waiting if at), default=None))


def _rows(connection: Connection, incident_id: int) -> dict[str, Row[tuple[object, ...]]]:
    p = t.incident_pack
    return {row.pack: row for row in connection.execute(select(p).where(p.c.incident_id == incident_id))}


def _first_look(connection: Connection, it: Incident) -> bool:
    """Nobody has looked yet at whom it hurts: what binds now binds from the beginning."""
    s = t.incident_scope.c
    seen = connection.scalar(select(s.revision).where(s.incident_id == it.id))
    return not seen


def _decided(
    connection: Connection,
    it: Incident,
    pack: Pack,
    row: Row[tuple[object, ...]] | None,
    measured: Measured,
    now: datetime,
    *,
    first_look: bool,
) -> Standing:
    since_at = row.since_at if row else None
    exempt = bool(row and row.exempt_at)
    promoted = bool(row and row.promoted)
    if it.stage is Stage.CLOSED:
        return Standing(pack, since_at, promoted, exempt)
    found = applies(pack, measured.scope, now)
    if found.applies and since_at is None:
        promoted = not first_look
        since_at = now
        reason = f"promoted_into:{pack.id}" if promoted else f"bound_by:{pack.id}"
        incidents.note(connection, it.id, now, "policy", reason, because=list(found.reasons))
    elif not found.applies and since_at is not None:
        since_at = None
        incidents.note(connection, it.id, now, "policy", f"left:{pack.id}", because=list(found.reasons))
    _write(connection, it, pack, found, since_at, promoted=promoted)
    return Standing(pack, since_at, promoted, exempt)


def _write(
    connection: Connection,
    it: Incident,
    pack: Pack,
    found: Applies,
    since_at: datetime | None,
    *,
    promoted: bool,
) -> None:
    p = t.incident_pack
    # The rhythm of the house's own words is the playbook's.
    every = combine([pack], it.severity).word_every if pack.id != HOUSE_DEFAULT else None
    values = {
        "version": pack.version,
        "since_at": since_at,
        "promoted": promoted,
        "reasons": list(found.reasons),
        "word_every_seconds": int(every.total_seconds()) if every else None,
    }
    written = insert_into(connection, p).values(incident_id=it.id, pack=pack.id, **values)
    connection.execute(written.on_conflict_do_update(index_elements=["incident_id", "pack"], set_=values))


def word_every(connection: Connection, incident_id: int, playbook: timedelta) -> timedelta:
    """How often customers hear again: by the playbook, or as often as the strictest pack that binds asks for."""
    seconds = _strictest.run(connection, incident_id=incident_id).scalar()
    return playbook if seconds is None else min(playbook, timedelta(seconds=seconds))


@prepared
def _strictest() -> Select[tuple[int]]:
    p = t.incident_pack.c
    binds = (p.since_at.is_not(None), p.exempt_at.is_(None))
    return select(func.min(p.word_every_seconds)).where(asked(p.incident_id), *binds)


def exempt(
    connection: Connection,
    it: Incident,
    policy: Policy,
    name: str,
    *,
    ground: Ground,
    reason: str,
    by: str,
    now: datetime,
) -> None:
    """Claim an exemption from a pack, as evidence: by whom, on which ground, why. The house default goes on.

    Raises RuleBroken for a pack that is not on, that knows no such ground, or without a reason and a name.
    """
    pack = _on(policy, name)
    if name == HOUSE_DEFAULT:
        raise RuleBroken("nothing exempts from the house default; customers are told whatever happened")
    if ground not in pack.grounds:
        known = ", ".join(pack.grounds) or "none"
        raise RuleBroken(f"{name} knows no exemption for {ground}; its grounds are {known}")
    _said(reason, by)
    _keep(
        connection, it, pack, exempt_at=now, exempt_by=by, exempt_ground=ground, exempt_reason=reason.strip()
    )
    incidents.note(connection, it.id, now, "policy", f"exempt:{name}", actor=by, ground=ground, why=reason)


def declare(
    connection: Connection, it: Incident, policy: Policy, name: str, *, reason: str, by: str, now: datetime
) -> None:
    """Say that a pack binds which no measure can show: an authority has called for it. Raises RuleBroken."""
    pack = _on(policy, name)
    _said(reason, by)
    _keep(connection, it, pack, declared_at=now, declared_by=by, declared_reason=reason.strip())
    incidents.note(connection, it.id, now, "policy", f"declared:{name}", actor=by, why=reason)


def _on(policy: Policy, name: str) -> Pack:
    if name not in policy.packs:
        raise RuleBroken(f"the pack {name} is not on; on are {', '.join(policy.packs) or 'none'}")
    return policy.packs[name]


def _said(reason: str, by: str) -> None:
    if not reason.strip() or not by.strip():
        raise RuleBroken("say why, and who says so: it is kept as evidence")


def _keep(connection: Connection, it: Incident, pack: Pack, **values: object) -> None:
    p = t.incident_pack
    new = {"version": pack.version, "promoted": False, "reasons": []}
    written = insert_into(connection, p).values(incident_id=it.id, pack=pack.id, **new, **values)
    connection.execute(written.on_conflict_do_nothing())
    key = (p.c.incident_id == it.id, p.c.pack == pack.id)
    connection.execute(update(p).where(*key).values(**values))
    s = t.incident_scope
    connection.execute(update(s).where(s.c.incident_id == it.id).values(digest=None))  # to be laid again


def packs_of(connection: Connection, incident_id: int) -> list[dict[str, Any]]:
    """How each pack stands to an incident, for people."""
    p = t.incident_pack
    rows = connection.execute(select(p).where(p.c.incident_id == incident_id).order_by(p.c.pack))
    return [
        {
            "pack": row.pack,
            "binds": "exempt" if row.exempt_at else "yes" if row.since_at else "no",
            "since": row.since_at,
            "promoted": "yes" if row.promoted else "no",
            "because": "; ".join(row.reasons),
            "exempt by": f"{row.exempt_by}: {row.exempt_ground}, {row.exempt_reason}"
            if row.exempt_at
            else "",
            "declared by": f"{row.declared_by}: {row.declared_reason}" if row.declared_at else "",
        }
        for row in rows
    ]
