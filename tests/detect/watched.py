"""Hyderabad with an Alertmanager that can be asked, and the moves a test makes with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import hyderabad
from hyderabad import FIRST
from monitors import Monitor
from sqlalchemy import Engine, select

from tellfirst.detect.alertmanager import read
from tellfirst.detect.asking import Unanswered, ask
from tellfirst.detect.correlation import Taken, take_signals
from tellfirst.detect.polls import Poll
from tellfirst.detect.sources import Sources
from tellfirst.detect.watching import take_answer, take_silence
from tellfirst.domain.confirmation import Answer
from tellfirst.domain.lifecycle import Decision
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing
from tellfirst.timelines.situation import next_step

NAME = "alertmanager"


def sources(monitor: Monitor) -> Sources:
    """The configuration of the house, with a poll."""
    usual = hyderabad.SOURCES.alertmanager
    assert usual is not None
    poll = Poll(url=monitor.url, targets=monitor.url, every="60s", patience="15m")
    return Sources(alertmanager=usual.model_copy(update={"poll": poll}))


@dataclass
class Watched:
    engine: Engine
    monitor: Monitor

    def __post_init__(self) -> None:
        self.sources = sources(self.monitor)

    def hears(self, body: bytes | str, now: datetime) -> Taken:
        """A webhook body, judged as the door does: the source is asked when something is missing or over."""
        sent = hyderabad.sample(body) if isinstance(body, str) else body
        heard = read(sent, NAME)
        if heard.truncated_count or any(one.state == "resolved" for one in heard.signals):
            return self.asks(now, heard.signals)
        with writing(self.engine) as connection:
            return take_signals(connection, heard.signals, self.sources, hyderabad.BOOKS, now)

    def asks(self, now: datetime, heard: Sequence = ()) -> Taken:
        """One poll, with what a body said just before."""
        source = self.sources.all[NAME]
        assert source.poll is not None
        try:
            standing = ask(NAME, "alertmanager", source.poll, lambda _: "")
        except Unanswered as fault:
            with writing(self.engine) as connection:
                taken = take_signals(connection, heard, self.sources, hyderabad.BOOKS, now)
                take_silence(connection, NAME, self.sources, str(fault), now, now)
            return taken
        with writing(self.engine) as connection:
            return take_answer(connection, NAME, heard, standing, self.sources, hyderabad.BOOKS, now, now)

    def answers(self) -> dict[str, tuple[Answer, str | None]]:
        """By element: what its source answered, and why it waits for a person."""
        c = t.confirmation.c
        with reading(self.engine) as connection:
            rows = connection.execute(select(c.element_id, c.answer, c.held).order_by(c.element_id))
            return {row.element_id: (Answer(row.answer), row.held) for row in rows}

    def needs(self, now: datetime, reference: str = FIRST) -> Decision:
        with writing(self.engine) as connection:
            return next_step(connection, reference, now, now)

    def log(self, topic: str) -> list[str]:
        c = t.incident_entry.c
        with reading(self.engine) as connection:
            return list(connection.scalars(select(c.reason).where(c.topic == topic).order_by(c.id)))
