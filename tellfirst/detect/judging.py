"""Judging the alerts of one body, one after the other in memory; what they do is written at the end, by sets."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import Connection

from tellfirst.detect.causes import Failure, clear_causes, open_causes, reopen_causes
from tellfirst.detect.docket import Alert, Docket, Episode, open_docket, write_docket
from tellfirst.detect.drawing import draw
from tellfirst.detect.opening import open_incident
from tellfirst.detect.sources import Sources
from tellfirst.detect.storms import Explained, explain, explanations
from tellfirst.domain.confirmation import Answer
from tellfirst.domain.playbook import Playbook
from tellfirst.domain.signal import Judgement, Meaning, Signal, SignalState

Judged = tuple[Judgement, int | None]


class _Move(NamedTuple):
    """What an alert does to a cause."""

    what: str
    failure: Failure
    source: str = ""
    reason: str = ""


class Judging:
    """One body on its way through the rules. Nothing but incidents that open is written before `write`."""

    def __init__(
        self,
        connection: Connection,
        meant: Sequence[tuple[Signal, Meaning | Judgement]],
        sources: Sources,
        books: Mapping[str, Playbook],
        now: datetime,
        answers: Mapping[Alert, Answer],
    ) -> None:
        self._connection, self._sources, self._books, self._now = connection, sources, books, now
        self._answers = answers
        keys = {meaning.cause_key for _, meaning in meant if isinstance(meaning, Meaning)}
        self._docket: Docket = open_docket(connection, [signal for signal, _ in meant], keys)
        self._moves: dict[int, list[_Move]] = {}
        self._explained: Mapping[str, Explained] = explanations(connection, self._fresh(meant), now)

    def judge(self, signal: Signal, meaning: Meaning | Judgement) -> Judged:
        """What `signal` did, and in which incident."""
        if seen := self._docket.seen_before(signal):
            seen.seen_again += 1
            return self._again(signal, seen, meaning)
        if isinstance(meaning, Judgement):
            judged: Judged = (meaning, None)
        elif signal.state is SignalState.FIRING:
            judged = self._firing(signal, meaning)
        else:
            judged = self._resolved(signal, meaning)
        judgement, incident_id = judged
        self._docket.add(
            Episode(
                id=None,
                alert=(signal.source, signal.fingerprint),
                starts_at=signal.starts_at,
                state=signal.state,
                judgement=judgement,
                incident_id=incident_id,
                element=None if isinstance(meaning, Judgement) else meaning.element,
                signal=signal,
            )
        )
        return judged

    def write(self) -> None:
        """Everything that was judged, in the order in which it was."""
        for incident_id, moves in self._moves.items():
            # A cause may fire and resolve within one body; what happens between to others is not mixed up.
            for (what, source, reason), alike in groupby(
                moves, lambda one: (one.what, one.source, one.reason)
            ):
                failures = list({one.failure.element: one.failure for one in alike}.values())
                elements = [one.element for one in failures]
                if what == "open":
                    open_causes(self._connection, incident_id, failures, self._now)
                elif what == "reopen":
                    reopen_causes(self._connection, incident_id, elements, self._now)
                else:
                    confirmed_by = source if self._sources.can_be_asked(source) else None
                    clear_causes(
                        self._connection,
                        incident_id,
                        elements,
                        self._now,
                        reason=reason,
                        confirmed_by=confirmed_by,
                    )
        write_docket(self._connection, self._docket, self._now)

    def _fresh(self, meant: Sequence[tuple[Signal, Meaning | Judgement]]) -> dict[str, str]:
        """The elements that fire for the first time and have no incident to join, with their cause keys."""
        return {
            meaning.element: meaning.cause_key
            for signal, meaning in meant
            if isinstance(meaning, Meaning)
            and signal.state is SignalState.FIRING
            and not signal.suppressed
            and meaning.element
            and meaning.place is None
            and meaning.cause_key not in self._docket.running
            and not self._docket.over(signal)
        }

    def _again(self, signal: Signal, seen: Episode, meaning: Meaning | Judgement) -> Judged:
        firing_on = signal.state is SignalState.FIRING and not self._docket.over(signal)
        if not firing_on or isinstance(meaning, Judgement):
            return Judgement.REPEATED, seen.incident_id
        if seen.incident_id is None or seen.incident_id not in self._docket.running_ids:
            # Its incident has ended, whoever said so, or it was not acted on before the configuration was mended
            # or the silence was over: customers without service need an incident that is followed up.
            judgement, incident_id = self._firing(signal, meaning)
            if judgement is Judgement.SUPPRESSED:
                return Judgement.REPEATED, seen.incident_id
            seen.judgement, seen.incident_id, seen.element = judgement, incident_id, meaning.element
            seen.judged_anew = True
            self._docket.report(seen)
            return judgement, incident_id
        cause = (seen.incident_id, seen.element or "")
        if seen.element is None or cause not in self._docket.claimed:
            return Judgement.REPEATED, seen.incident_id
        # An engineer may have declared it restored; a monitor that goes on firing says otherwise.
        self._docket.claimed.discard(cause)
        self._move(seen.incident_id, "reopen", Failure(seen.element, meaning.impact, signal.starts_at))
        return Judgement.STILL_FIRING, seen.incident_id

    def _firing(self, signal: Signal, meaning: Meaning) -> Judged:
        if self._docket.over(signal):
            return Judgement.STALE, None
        if signal.suppressed:
            return Judgement.SUPPRESSED, None
        judgement = Judgement.JOINED
        running = self._docket.running.get(meaning.cause_key) or self._explained_incident(meaning)
        if running is None:
            running, judgement = self._open(signal, meaning), Judgement.OPENED
        elif meaning.element is None:
            return Judgement.CORROBORATED, running
        if meaning.element is not None:
            if meaning.place is not None:
                draw(self._connection, running, meaning)
            self._docket.claimed.discard((running, meaning.element))
            self._move(running, "open", Failure(meaning.element, meaning.impact, signal.starts_at))
        return judgement, running

    def _open(self, signal: Signal, meaning: Meaning) -> int:
        known = self._explained.get(meaning.element or "")
        opened = open_incident(
            self._connection,
            signal,
            known.key if known else meaning.cause_key,
            self._books,
            self._now,
            explained_by=known.causes if known else (),
            place=meaning.place_name,
        )
        if known:
            known.incident_id = opened
            explain(self._connection, known, self._now)
        else:
            self._docket.running[meaning.cause_key] = opened
        self._docket.running_ids.add(opened)
        return opened

    def _explained_incident(self, meaning: Meaning) -> int | None:
        known = self._explained.get(meaning.element or "")
        return known.incident_id if known else None

    def _resolved(self, signal: Signal, meaning: Meaning) -> Judged:
        incident_id = self._docket.opened_or_joined(signal)
        if incident_id is None:
            return Judgement.CLEARED_NOTHING, None
        if meaning.element is None:
            return Judgement.CORROBORATED, incident_id
        if self._docket.fires_again(signal):
            return Judgement.STALE, incident_id
        if self._docket.another_fires(signal, incident_id, meaning.element):
            return Judgement.OTHERS_FIRE, incident_id
        vanished = self._answers.get((signal.source, signal.fingerprint)) is Answer.VANISHED
        self._docket.claimed.add((incident_id, meaning.element))
        self._move(
            incident_id,
            "clear",
            Failure(meaning.element, meaning.impact, signal.starts_at),
            signal.source,
            "target_vanished" if vanished else "monitor_resolved",
        )
        return (Judgement.VANISHED if vanished else Judgement.CLEARED), incident_id

    def _move(
        self, incident_id: int, what: str, failure: Failure, source: str = "", reason: str = ""
    ) -> None:
        self._moves.setdefault(incident_id, []).append(_Move(what, failure, source, reason))
