"""The pump as a process: it waits for a database that is away, and ends after the window in hand."""

from dataclasses import replace
from datetime import timedelta

import pytest
from bench import BenchCarrier, MakeBench
from sqlalchemy import select
from sqlalchemy.exc import OperationalError, ProgrammingError

from tellfirst.delivery import pumping
from tellfirst.delivery.pumping import Round
from tellfirst.delivery.sending import send_chunk
from tellfirst.domain.occasion import Channel
from tellfirst.store import tables as t
from tellfirst.store.engine import reading

QUIET = Round(0, 0, 0, (), 0, None)


def test_a_database_that_is_away_is_said_once_and_waited_for(
    make_bench: MakeBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = OperationalError("", {}, ConnectionError())
    ends: list[Exception | Round] = [away, away, QUIET]
    rests: list[timedelta] = []
    said: list[str] = []

    def one_round(_: object) -> Round:
        end = ends.pop(0)
        if isinstance(end, Exception):
            raise end
        return end

    def rest(span: timedelta) -> bool:
        rests.append(span)
        return True

    monkeypatch.setattr(pumping, "one_round", one_round)
    pumping.run(make_bench().pump(), rest, said.append, until_done=True)
    assert said == ["the database is away; nothing is sent until it is back", "the database is back"]
    assert rests == [timedelta(seconds=1), timedelta(seconds=2)]


def test_a_wrong_statement_is_no_absence(make_bench: MakeBench, monkeypatch: pytest.MonkeyPatch) -> None:
    def one_round(_: object) -> Round:
        raise ProgrammingError("", {}, ValueError())

    monkeypatch.setattr(pumping, "one_round", one_round)
    with pytest.raises(ProgrammingError):
        pumping.run(make_bench().pump(), lambda _: True, lambda _: None)


def test_asked_to_end_it_ends_after_the_window_in_hand_and_gives_the_chunk_back_at_once(
    make_bench: MakeBench,
) -> None:
    bench = make_bench()
    c = t.chunk.c
    with reading(bench.engine) as connection:
        chunk_id = connection.scalar(select(c.id).where(c.channel == Channel.SMS))
    assert chunk_id
    sender = replace(bench.sender, is_ending=lambda: True)
    pump = bench.pump()
    with reading(bench.engine) as connection:
        script = pump.script(connection, 1, Channel.SMS)
    sent = send_chunk(sender, chunk_id, BenchCarrier(bench.account, Channel.SMS), script)
    assert sent.accepted_count == 2
    with reading(bench.engine) as connection:
        row = connection.execute(select(c.lease_until, c.due_at, c.done_at).where(c.id == chunk_id)).one()
    assert tuple(row) == (None, bench.now(), None)


def test_until_done_ends_when_nothing_is_open(make_bench: MakeBench) -> None:
    bench = make_bench()
    bench.run_until_done()
    assert {state for state, _ in bench.states().values()} == {"sent"}
