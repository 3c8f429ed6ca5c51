"""Put a word into the books: the notice, its promise and one delivery per customer, at once."""

from prefect import task

from tasks.milestones import Milestone, reached
from tasks.policy import STEP
from tasks.refs import Counted, IncidentRef
from tellfirst.bootstrap import world
from tellfirst.domain.lifecycle import Take
from tellfirst.domain.occasion import Reach
from tellfirst.notices.becoming import become_outage
from tellfirst.notices.following import follow_up
from tellfirst.notices.speaking import Spoken
from tellfirst.notices.telling import tell_first
from tellfirst.review.reckoning import note_hand_over
from tellfirst.store.engine import writing
from tellfirst.surveys.asking import ask


@task(name="plan the first word", **STEP)
def plan_first_word(incident: IncidentRef) -> Counted:
    """To everyone affected who has not been told."""
    here = world()
    if here.brake.is_pulled:
        # It would be cancelled at once, and stand in the books as a word that was never meant to leave.
        return _counted(0, "first_word")
    with writing(here.engine) as connection:
        senders = here.senders(connection)
        note_hand_over(connection, incident.reference, here.templates, here.house, senders, here.clock.now())
        spoken = tell_first(connection, incident.reference, here.voice())
    _promised(incident, spoken)
    return _counted(spoken.plan.planned_count if spoken else 0, "first_word")


@task(name="plan the next word", **STEP)
def plan_next_word(incident: IncidentRef, due: Take) -> Counted:
    """Update, overrun, correction or all-clear, as is due."""
    here = world()
    with writing(here.engine) as connection:
        spoken = follow_up(connection, incident.reference, due, here.voice())
    if spoken and due.reach is Reach.PULL:
        return Counted(reason="published", counts={"planned": 0})
    _promised(incident, spoken)
    return _counted(spoken.plan.planned_count if spoken else 0, str(due.occasion))


@task(name="turn it into an outage", **STEP)
def turn_into_outage(incident: IncidentRef) -> Counted:
    """Same incident, same reference: the outage's playbook, and a word to everyone who waits."""
    here = world()
    with writing(here.engine) as connection:
        spoken = become_outage(connection, incident.reference, here.playbooks, here.voice())
    return _counted(spoken.plan.planned_count if spoken else 0, "announced_end_has_passed")


@task(name="plan the survey", **STEP)
def plan_survey(incident: IncidentRef) -> Counted:
    """To everyone who was told, and told that it is over."""
    here = world()
    with writing(here.engine) as connection:
        asked = ask(connection, incident.reference, here.voice(), here.links)
    return _counted(asked.plan.planned_count if asked else 0, "survey")


def _promised(incident: IncidentRef, spoken: Spoken | None) -> None:
    if spoken and spoken.next_update_at:
        reached(incident, Milestone.PROMISED)


def _counted(planned: int, reason: str) -> Counted:
    return Counted(reason=reason if planned else "nobody_left_to_hear_it", counts={"planned": planned})
