"""Plays one history: its onset is the alert, what the company said are the operators' words, its end is their word
that the cause is gone. Everything in between - first word, holding words, overruns, all-clear - the rules say.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from tellfirst.detect.causes import clear_cause
from tellfirst.domain.facts import ServiceKind
from tellfirst.domain.incident import Stage as IncidentStage
from tellfirst.domain.occasion import Locale
from tellfirst.domain.signal import Signal, SignalState
from tellfirst.notices.words import NOTE_LENGTH, say
from tellfirst.replay import town
from tellfirst.replay.books import Ledger
from tellfirst.replay.history import History, Word
from tellfirst.replay.theatre import ReplayStage, Theatre, opened, read_ledger
from tellfirst.simulator.stage import NeverAtRest
from tellfirst.store.engine import writing

AUTHOR = "operators"
OVER = frozenset({IncidentStage.VERIFIED, IncidentStage.SURVEYED, IncidentStage.CLOSED})
VERIFIED_WITHIN = timedelta(days=1)


def play(theatre: Theatre, history: History) -> Ledger:
    """The books after the history was played to its all-clear. Raises NeverAtRest where that never comes."""
    stage = theatre.stage(history.onset)
    theatre.alert(stage, onset(history))
    reference = opened(stage.engine).reference
    for at, words in groupby(_spoken(history), key=lambda word: word.at):
        _move_to(stage, at)
        _say(stage, reference, list(words))
    _move_to(stage, history.resolved_at)
    _restore(stage)
    while opened(stage.engine).stage not in OVER:
        due = stage.next_due()
        if due is None or due > history.resolved_at + VERIFIED_WITHIN:
            raise NeverAtRest(f"{history.id} of {history.source} was never verified to be over")
        stage.play_until(due)
    return read_ledger(stage)


def onset(history: History) -> Signal:
    """The alert that a monitor would have raised."""
    alert = "ReplayPower" if history.service is ServiceKind.POWER else f"Replay{history.grade.title()}"
    labels = {"alertname": alert, "severity": "critical", "element": town.ELEMENT, "area": town.AREA}
    return Signal("alertmanager", history.id, history.onset, SignalState.FIRING, None, labels)


def _spoken(history: History) -> Iterator[Word]:
    """Where nobody knows when it began, the first public word stands for the alert, and is not said twice."""
    words = history.words if history.onset_known else history.words[1:]
    if not history.onset_known and history.words[0].estimate_at is not None:
        words = history.words
    yield from words


def _move_to(stage: ReplayStage, moment: datetime) -> None:
    if moment > stage.clock.now():
        stage.play_until(moment)


def _say(stage: ReplayStage, reference: str, words: Sequence[Word]) -> None:
    now = stage.clock.now()
    with writing(stage.engine) as connection:
        for word in words:
            # A company may state a time that has passed; our operators would be refused, and say the rest.
            to_come = word.estimate_at if word.estimate_at and word.estimate_at > now else None
            notes = {Locale.ENGLISH.value: _short(word.text)} if word.text.strip() else {}
            if not (word.cause or word.action or to_come or notes):
                continue
            say(
                connection,
                reference,
                author=AUTHOR,
                now=now,
                cause=word.cause,
                action=word.action,
                estimate_at=to_come,
                notes=notes,
            )
    stage.settle()


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= NOTE_LENGTH else words[: NOTE_LENGTH - 1] + "…"


def _restore(stage: ReplayStage) -> None:
    it = opened(stage.engine)
    with writing(stage.engine) as connection:
        clear_cause(
            connection, it.id, town.ELEMENT, stage.clock.now(), reason="engineer_says_so", actor=AUTHOR
        )
    stage.settle()
