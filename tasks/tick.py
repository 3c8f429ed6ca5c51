"""What the clock does every half minute."""

from prefect import task

from tasks.owing import UNREADABLE, policy_of
from tasks.policy import STEP
from tasks.refs import Counted
from tellfirst import conductor
from tellfirst.bootstrap import world
from tellfirst.contacts import outages, replying
from tellfirst.contacts.alarming import tell
from tellfirst.delivery import leasing, reaching, switching
from tellfirst.detect import announcing
from tellfirst.domain.escalation import StaffRole
from tellfirst.store.engine import reading, writing
from tellfirst.store.ticks import ticked
from tellfirst.timelines import deadlines, escalating, judging
from tellfirst.timelines.calling import call_staff
from tellfirst.timelines.promises import lapse_all
from tellfirst.timelines.situation import due_incidents, make_due
from tellfirst.waking import wake


@task(name="write down the tick", **STEP)
def write_down() -> None:
    """That the clock is alive: whoever watches it needs no Prefect for that."""
    here = world()
    with writing(here.engine) as connection:
        ticked(connection, here.wall.now())


@task(name="record broken promises", **STEP)
def record_broken_promises() -> Counted:
    """No promise stays open past its time."""
    here = world()
    with writing(here.engine) as connection:
        broken = lapse_all(connection, here.clock.now())
    return Counted(reason="lapsed", counts={"broken": len(broken)})


@task(name="lay and judge deadlines", **STEP)
def keep_deadlines() -> Counted:
    """What is owed by policy as of now, and what was missed."""
    here = world()
    policy, now = policy_of(here), here.clock.now()
    with writing(here.engine) as connection:
        if policy is None:
            return Counted(reason=UNREADABLE, counts={"missed": judging.judge_all(connection, now)})
        return Counted(reason="kept", counts={"missed": deadlines.keep(connection, policy, now)})


@task(name="put in doubt what dead workers left", **STEP)
def reap() -> Counted:
    """Messages between intent and record whose worker is gone."""
    here = world()
    with writing(here.engine) as connection:
        return Counted(reason="reaped", counts={"unknown": leasing.reap(connection, here.wall.now())})


@task(name="weigh the carriers", **STEP)
def weigh_carriers() -> Counted:
    """Shares move slowly away from a slow or failing carrier, and slowly back."""
    here = world()
    moved = 0
    for channel in here.fleet.channels:
        with writing(here.engine) as connection:
            found = switching.weigh(connection, here.candidates(channel), here.clock.now(), here.wall.now())
        moved += bool(found.shares)
    return Counted(reason="weighed", counts={"channels_changed": moved})


@task(name="take up announced work", **STEP)
def take_up_works() -> Counted:
    """Work that was stated gets its incident; one that runs follows what was stated since."""
    here = world()
    with writing(here.engine) as connection:
        moved = announcing.take_up(connection, here.playbooks, here.clock.now())
    return Counted(reason="taken_up", counts={"incidents": len(moved)})


@task(name="find whom a word did not reach", **STEP)
def find_unreached() -> Counted:
    """Their incidents are due at once: the next channel is tried."""
    here = world()
    now, wall = here.clock.now(), here.wall.now()
    with reading(here.engine) as connection:
        waiting = reaching.waiting_incidents(connection, now, wall)
    if waiting:
        with writing(here.engine) as connection:
            make_due(connection, waiting, now)
    return Counted(reason="looked", counts={"incidents": len(waiting)})


@task(name="tend contacts", **STEP)
def tend_contacts() -> Counted:
    """Contacts wait with the outage that hits them, and are asked whether theirs is fixed when it is over."""
    here = world()
    with writing(here.engine) as connection:
        tended = outages.tend(connection, here.templates, here.clock.now())
    return Counted(reason="tended", counts={"joined": tended.joined_count, "asked": tended.asked_count})


@task(name="escalate", **STEP)
def escalate() -> Counted:
    """What comes near or is late is told to staff, each level once, and handed on until somebody takes it."""
    here = world()
    now = here.clock.now()
    with writing(here.engine) as connection:
        queues = here.contact_words.queues.roles
        raised = escalating.escalate(connection, here.roles, here.markets.around(now), now, queues)
    taken = call_staff(
        *(here.engine, here.pager, here.roles.rotas, here.settings.variable, here.wall.now()),
        here.settings.web_url,
    )
    return Counted(reason="escalated", counts={"raised": raised, "taken": taken})


@task(name="tell of withheld texts", **STEP)
def tell_of_withheld_texts() -> Counted:
    """What looks like an attack on our bill is told to whoever commands, once an hour."""
    here = world()
    rota = here.roles.rotas[here.roles.usual[StaffRole.COMMANDER]]
    addresses = [found for name in rota.chain[0].channels if (found := here.settings.variable(name))]
    return Counted(
        reason="told", counts={"alarms": tell(here.engine, here.pager, addresses, here.clock.now())}
    )


@task(name="send answers", **STEP)
def send_answers() -> Counted:
    """What customers asked and could not be told in the same breath. With the brake pulled it waits."""
    here = world()
    if here.brake.is_pulled:
        return Counted(reason="brake_is_pulled", counts={})
    sent = replying.send_answers(here.engine, here.post, here.clock.now(), here.wall.now())
    return Counted(reason="sent", counts={"taken": sent.taken, "failed": sent.failed})


@task(name="bury forgotten runs", **STEP)
def bury_forgotten() -> Counted:
    """What died with its machine would keep its place for ever."""
    return Counted(reason="looked", counts={"buried": conductor.bury_forgotten()})


@task(name="what is due", **STEP)
def due() -> list[str]:
    """Incidents whose time has come, the longest due first."""
    here = world()
    with reading(here.engine) as connection:
        return due_incidents(connection, here.clock.now())


@task(name="wake", task_run_name="wake {reference}", **STEP)
def wake_incident(reference: str) -> str:
    """Started, resumed, requeued after a crash, or already running."""
    return wake(world(), reference)
