"""Steps of bookkeeping, which Prefect keeps no record of, are retried like those it does."""

import time

import pytest
from sqlalchemy.exc import OperationalError

from tasks.policy import unrecorded
from tellfirst.domain.errors import RuleBroken

AWAY = OperationalError("a statement", {}, Exception("away"))


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    return slept


def test_a_database_that_is_away_for_a_moment_is_asked_again(pauses: list[float]) -> None:
    answers = iter([AWAY, ConnectionError(), "found"])

    @unrecorded
    def look(what: str) -> str:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return f"{answer} {what}"

    assert look("it") == "found it"
    assert pauses == [2.0, 4.0]


def test_one_that_stays_away_is_an_error_in_the_end(pauses: list[float]) -> None:
    @unrecorded
    def look() -> None:
        raise AWAY

    with pytest.raises(OperationalError):
        look()
    assert pauses == [2.0, 4.0, 8.0]


def test_what_our_own_rules_refuse_is_refused_at_once(pauses: list[float]) -> None:
    @unrecorded
    def look() -> None:
        raise RuleBroken("no")

    with pytest.raises(RuleBroken):
        look()
    assert pauses == []
