"""The follow-up step: the word that is due, until service is verified to be back for everyone."""

from sqlalchemy import Connection

from tellfirst.audience import sampling
from tellfirst.audience.verifying import verify
from tellfirst.domain.audience import Whom
from tellfirst.domain.errors import LostRace
from tellfirst.domain.incident import Stage
from tellfirst.domain.lifecycle import Take
from tellfirst.domain.occasion import Occasion, Reach
from tellfirst.notices.publishing import publish
from tellfirst.notices.speaking import Spoken, Voice, speak
from tellfirst.store import incidents
from tellfirst.store.parts import count
from tellfirst.store.prepared import number, prepared
from tellfirst.timelines import promises

FOLLOWING = frozenset({Stage.TOLD, Stage.FOLLOWING_UP, Stage.RESTORED})
LAST_WORDS = frozenset({Whom.BACK, Whom.WRONGLY_TOLD})
"""Said once; where somebody stopped one, it is said after verification."""


def follow_up(connection: Connection, reference: str, due: Take, voice: Voice) -> Spoken | None:
    """Say what `due` says. The all-clear goes to those who are verified to be back, and to nobody else.

    Raises LostRace when the incident is not being followed up any more.
    """
    it = incidents.by_reference(connection, reference)
    if it.stage is Stage.VERIFIED and due.occasion is not None and due.whom in LAST_WORDS:
        return speak(connection, reference, due.occasion, due.whom, due.reason, voice)
    if it.stage not in FOLLOWING or due.occasion is None:
        raise LostRace(f"{reference} is {it.stage}; no further word is due")
    if due.whom is Whom.SAMPLE:
        return _ask_back(connection, reference, due.reason, voice)
    if due.reach is Reach.PULL:
        return publish(connection, reference, due.reason, voice)
    if due.occasion is Occasion.RESTORED:
        return _all_clear(connection, reference, due.reason, voice)
    spoken = speak(connection, reference, due.occasion, due.whom, due.reason, voice)
    if it.stage is Stage.TOLD:
        _move(connection, reference, Stage.TOLD, Stage.FOLLOWING_UP)
    return spoken


def _ask_back(connection: Connection, reference: str, reason: str, voice: Voice) -> Spoken | None:
    """Before everybody hears that service is back, some say whether theirs is. None when nobody can be asked."""
    it = incidents.by_reference(connection, reference)
    assert it.playbook is not None, "an incident without a playbook is held before anyone is told"
    assert it.playbook.sampling is not None, "nobody is asked without a rule that says how many"
    if not sampling.choose(connection, it, it.playbook.sampling.size, voice.now):
        return None
    return speak(connection, reference, Occasion.UPDATE, Whom.SAMPLE, reason, voice)


def _all_clear(connection: Connection, reference: str, reason: str, voice: Voice) -> Spoken | None:
    it = incidents.by_reference(connection, reference)
    assert it.playbook is not None, "an incident without a playbook is held before anyone is told"
    verified = verify(connection, reference, it.playbook.quiet_for, voice.now)
    spoken = speak(connection, reference, Occasion.RESTORED, Whom.BACK, reason, voice)
    to_correct = _to_correct.run(connection, incident_id=it.id).scalar_one()
    if not verified.waiting_count and not verified.open_cause_count and not to_correct:
        if spoken is None:
            promises.release(connection, it.id, voice.now)
        else:
            promises.settle_page(connection, it.id, spoken.notice_id, voice.now)
        it = incidents.by_reference(connection, reference)
        incidents.change(connection, it, stage=Stage.VERIFIED, verified_at=voice.now, estimate_at=None)
    return spoken


_to_correct = prepared(lambda: count(Whom.WRONGLY_TOLD, number("incident_id")))


def _move(connection: Connection, reference: str, before: Stage, after: Stage) -> None:
    it = incidents.by_reference(connection, reference)
    if it.stage is before:
        incidents.change(connection, it, stage=after)
