"""What is done for the sources that can be asked, and for the mailboxes that customers write to."""

from prefect import task

from tasks.policy import STEP
from tellfirst.bootstrap import world
from tellfirst.contacts import mailbox
from tellfirst.detect.asking import Unanswered, ask
from tellfirst.detect.watching import due_sources, take_answer, take_silence
from tellfirst.store.engine import reading, writing
from tellfirst.waking import nudge


@task(name="sources that are due", **STEP)
def due() -> list[str]:
    """By name."""
    here = world()
    with reading(here.engine) as connection:
        return due_sources(connection, here.sources, here.clock.now())


@task(name="ask a source", task_run_name="ask {name}", **STEP)
def ask_source(name: str) -> str:
    """`answered` or `silent`; incidents that moved are woken."""
    here = world()
    source, asked_at = here.sources.all[name], here.clock.now()
    assert source.poll is not None, "only a source with a poll is due"
    try:
        standing = ask(name, source.parser, source.poll, here.settings.variable)
    except Unanswered as fault:
        with writing(here.engine) as connection:
            take_silence(connection, name, here.sources, str(fault), asked_at, here.clock.now())
        return "silent"
    with writing(here.engine) as connection:
        taken = take_answer(
            connection, name, (), standing, here.sources, here.playbooks, asked_at, here.clock.now()
        )
    nudge(here, [*taken.opened, *taken.moved])
    return "answered"


def mailboxes() -> list[str]:
    """By name, as config/doors.yaml has them."""
    return list(world().doors.mailboxes)


@task(name="look into a mailbox", task_run_name="look into {name}", **STEP)
def look_into(name: str) -> str:
    """`read`, or why it could not be: a mailbox that is away today is asked again in a minute."""
    here = world()
    looked = mailbox.look(
        *(name, here.doors.mailboxes[name], here.settings.variable),
        *(here.desk, here.mail_rules, here.clock.now),
    )
    return looked.fault or "read"
