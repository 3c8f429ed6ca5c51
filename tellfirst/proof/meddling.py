"""What people do in the middle of sending, by the same functions as in life."""

from datetime import datetime
from random import Random

from sqlalchemy import Connection, insert, select, update

from tellfirst.detect.causes import clear_cause
from tellfirst.domain.delivery import StopEffect
from tellfirst.domain.errors import LostRace
from tellfirst.domain.facts import Action, Cause
from tellfirst.domain.incident import Step
from tellfirst.domain.lifecycle import Take
from tellfirst.domain.occasion import Occasion
from tellfirst.notices.following import follow_up
from tellfirst.notices.speaking import Voice
from tellfirst.notices.words import say
from tellfirst.proof.schedule import Meddling
from tellfirst.proof.town import QUIET_FOR, REFERENCE, SITE
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.inserting import insert_into
from tellfirst.surveys.asking import ask


def meddle(connection: Connection, what: Meddling, voice: Voice, dice: Random) -> None:
    """Do it. Does nothing where somebody did it before: workers that come after one another may repeat it."""
    try:
        match what:
            case Meddling.OPT_OUT:
                _opt_out(connection, voice.now, dice)
            case Meddling.STOP:
                _stop(connection, StopEffect.CANCEL, voice.now)
            case Meddling.HOLD:
                _stop(connection, StopEffect.HOLD, voice.now)
            case Meddling.NEWER_WORD:
                _speak(connection, voice)
            case Meddling.RESOLVE:
                _resolve(connection, voice)
            case Meddling.ASK:
                _resolve(connection, voice)
                ask(connection, REFERENCE, voice)
    except LostRace:
        connection.rollback()


def let_go(connection: Connection, now: datetime) -> None:
    """Lift what holds."""
    s = t.stop.c
    connection.execute(
        update(t.stop).where(s.effect == StopEffect.HOLD, s.lifted_at.is_(None)).values(lifted_at=now)
    )


def _opt_out(connection: Connection, now: datetime, dice: Random) -> None:
    a = t.audience.c
    points = connection.execute(
        select(a.channel, a.address).where(a.address.is_not(None)).order_by(a.customer_id)
    ).all()
    chosen = [points[dice.randrange(len(points))] for _ in range(5)]
    rows = [{"channel": row.channel, "address": row.address, "at": now, "source": "reply"} for row in chosen]
    connection.execute(insert_into(connection, t.opt_out).on_conflict_do_nothing(), rows)


def _stop(connection: Connection, effect: StopEffect, now: datetime) -> None:
    connection.execute(
        insert(t.stop).values(incident_id=None, effect=effect, reason="a proof", actor="proof", at=now)
    )


def _speak(connection: Connection, voice: Voice) -> None:
    say(
        connection,
        REFERENCE,
        author="proof",
        now=voice.now,
        cause=Cause.POWER_FAILURE,
        action=Action.REPAIRING,
    )
    due = Take(Step.FOLLOW_UP, "engineers_spoke", Occasion.UPDATE)
    follow_up(connection, REFERENCE, due, voice)


def _resolve(connection: Connection, voice: Voice) -> None:
    it = incidents.by_reference(connection, REFERENCE)
    clear_cause(connection, it.id, SITE, voice.now - QUIET_FOR, reason="engineer_says_so", actor="proof")
    due = Take(Step.FOLLOW_UP, "quiet_long_enough", Occasion.RESTORED)
    follow_up(connection, REFERENCE, due, voice)
