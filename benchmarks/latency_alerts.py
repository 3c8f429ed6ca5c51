"""Alerts of the bench, one after another and all at once, and what became of each as seen from outside."""

import json
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from tellfirst import conductor
from tellfirst.bootstrap import World
from tellfirst.simulator.city_network import sites
from tellfirst.simulator.loopback import get_json, post
from tellfirst.store import tables as t
from tellfirst.store.engine import reading

TOLD_WITHIN, STORM_WITHIN = 120.0, 420.0
"""Seconds after which a measurement is given up: it is then no measurement."""


@dataclass(frozen=True, slots=True)
class Told:
    """One alert, in unix seconds."""

    reference: str
    posted_at: float
    answered_at: float
    told_at: float

    @property
    def seconds(self) -> float:
        return self.told_at - self.posted_at


@dataclass(frozen=True, slots=True)
class Storm:
    """Seconds after the POST at which each incident's run had begun, and its first customer was told."""

    woken: tuple[float, ...]
    told: tuple[float, ...]


class Alerts:
    """Each of a site of its own, whose area is one that no other alert names: so every alert is an incident."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._sites = [one.element_id.partition(":")[2] for one in sites()]

    def single(self) -> Told:
        """One alert; returns when its run sleeps again."""
        posted_at, answered_at, [reference] = self._post(1)
        self._until(lambda: self._asleep([reference]), TOLD_WITHIN)
        [told_at] = self._told([reference])
        return Told(reference, posted_at, answered_at, told_at)

    def storm(self, count: int) -> Storm:
        """One body with many alerts; returns when every run sleeps again."""
        posted_at, _, references = self._post(count)
        woken: dict[str, float] = {}

        def all_asleep() -> bool:
            for reference in self._begun(references):
                woken.setdefault(reference, time.time() - posted_at)
            return len(woken) == count and self._asleep(references)

        self._until(all_asleep, STORM_WITHIN)
        told = tuple(at - posted_at for at in self._told(references))
        return Storm(tuple(woken.values()), told)

    def rest(self, seconds: float) -> None:
        """What has just been started has work of its own to do first."""
        time.sleep(seconds)

    def _post(self, count: int) -> tuple[float, float, list[str]]:
        names, self._sites = self._sites[:count], self._sites[count:]
        body = json.dumps({"version": "4", "alerts": [_alert(name) for name in names]}).encode()
        settings, posted_at = self._world.settings, time.time()
        headers = {"Authorization": f"Bearer {self._world.signal_token}", "Content-Type": "application/json"}
        answer = post(f"{settings.web_url}/signals/alertmanager", body, headers)
        return posted_at, time.time(), list(answer["opened"])

    def _told(self, references: list[str]) -> list[float]:
        """When a carrier accepted the first message of each."""
        d, i = t.delivery.c, t.incident.c
        chosen = select(d.id, i.reference).select_from(t.delivery).join(t.incident, i.id == d.incident_id)
        with reading(self._world.engine) as connection:
            of = {row.id: row.reference for row in connection.execute(chosen)}
        first: dict[str, float] = {}
        for row in self._truth():
            reference = of[int(row["reference"])]
            first[reference] = min(row["at"], first.get(reference, row["at"]))
        return [first[one] for one in references]

    def _truth(self) -> list[dict[str, Any]]:
        url = f"{self._world.settings.carriers_url}/truth/accepted"
        return [row for one in ("sms", "email") for row in get_json(f"{url}?channel={one}&since=0")]

    def _begun(self, references: list[str]) -> list[str]:
        i = t.incident.c
        with reading(self._world.engine) as connection:
            chosen = select(i.reference).where(i.reference.in_(references), i.fence > 0)
            return list(connection.scalars(chosen))

    def _asleep(self, references: list[str]) -> bool:
        i = t.incident.c
        with reading(self._world.engine) as connection:
            rows = connection.execute(select(i.stage, i.flow_run_id).where(i.reference.in_(references))).all()
        return all(one.stage == "told" and one.flow_run_id for one in rows) and all(
            conductor.is_asleep(one.flow_run_id) for one in rows
        )

    @staticmethod
    def _until(holds: Callable[[], bool], within: float) -> None:
        until = time.monotonic() + within
        while not holds():
            if time.monotonic() > until:
                raise SystemExit(f"nothing to measure: not every incident was told within {within:.0f} s")
            time.sleep(0.25)


def _alert(site: str) -> dict[str, Any]:
    labels = {"alertname": "CellSiteDown", "area": f"Around {site}", "severity": "critical", "site_id": site}
    now = datetime.now(UTC).isoformat()
    return {
        "status": "firing",
        "labels": labels,
        "startsAt": now,
        "endsAt": "0001-01-01T00:00:00Z",
        "fingerprint": site,
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
