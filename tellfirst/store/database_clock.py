"""The clock of the database server: one for all machines that work on the same books."""

import time
from datetime import datetime, timedelta
from threading import Lock

from sqlalchemy import Engine, text

from tellfirst.store.engine import reading

ASK_EVERY = 10.0
"""Seconds between two looks; a machine's own count drifts by less than a millisecond meanwhile."""


class DatabaseClock:
    """PostgreSQL's clock_timestamp(), asked now and then and counted on in between by the machine's steps.

    Raises what the database raises when it must be asked and is away; without it nothing can be sent anyway.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = Lock()
        self._anchor: tuple[datetime, float] | None = None

    def now(self) -> datetime:
        with self._lock:
            anchor = self._anchor
            if anchor is None or time.monotonic() - anchor[1] > ASK_EVERY:
                anchor = self._anchor = self._asked(anchor)
            moment, step = anchor
            return moment + timedelta(seconds=time.monotonic() - step)

    def _asked(self, before: tuple[datetime, float] | None) -> tuple[datetime, float]:
        with reading(self._engine) as connection:
            told: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        step = time.monotonic()
        if before is not None:
            # Never back: a lease must not grow in its holder's eyes.
            told = max(told, before[0] + timedelta(seconds=step - before[1]))
        return told, step
