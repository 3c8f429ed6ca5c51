"""The door of an outside monitor: is the teller itself on time? Reasons and counts, nothing of an incident."""

import threading
import time

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from tellfirst import teller
from tellfirst.bootstrap import World
from tellfirst.domain.lateness import Late

router = APIRouter()
KEPT_FOR = 5.0
"""Seconds an answer is given again: however many ask, the database and Prefect are asked as often as this."""


@router.get("/health/teller")
def of_teller(request: Request) -> JSONResponse:
    """200 while the teller is on time, else 503 with each reason."""
    state = request.app.state
    if not hasattr(state, "health"):
        state.health = Health(state.world)
    found = state.health.look()
    reasons = [{"reason": one.reason, "count": one.count, "since": _moment(one)} for one in found]
    return JSONResponse({"status": "late" if found else "on_time", "reasons": reasons}, 503 if found else 200)


class Health:
    """What was found last, and when."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._looked_at = -KEPT_FOR
        self._found: tuple[Late, ...] = ()
        self._turn = threading.Lock()

    def look(self) -> tuple[Late, ...]:
        """Looks again when the last look is older than `KEPT_FOR`."""
        with self._turn:
            if time.monotonic() - self._looked_at >= KEPT_FOR:
                self._found = teller.look(self._world)
                self._looked_at = time.monotonic()
            return self._found


def _moment(one: Late) -> str | None:
    return one.since.isoformat() if one.since else None
