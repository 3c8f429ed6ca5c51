"""State work and let its incident begin."""

from prefect import task

from tasks.policy import STEP
from tasks.refs import Counted
from tasks.work_form import WorkForm
from tellfirst import waking
from tellfirst.bootstrap import world
from tellfirst.detect.announcing import take_up
from tellfirst.detect.recording import record
from tellfirst.domain.errors import RuleBroken
from tellfirst.store.engine import writing


@task(name="state the work", **STEP)
def announce(work: WorkForm) -> list[str]:
    """The references of the incidents that began; none when an element is not known, and then it is held."""
    here = world()
    if work.playbook not in here.playbooks:
        raise RuleBroken(
            f"there is no playbook {work.playbook}; there are {', '.join(sorted(here.playbooks))}"
        )
    now = here.clock.now()
    with writing(here.engine) as connection:
        record(connection, work.stated(), work.playbook, now, "form")
        return take_up(connection, here.playbooks, now, "form")


@task(name="wake what began", **STEP)
def wake(references: list[str]) -> Counted:
    """Its run begins at once; what cannot be woken now the clock wakes."""
    here = world()
    for reference in references:
        waking.wake(here, reference)
    return Counted(reason="announced" if references else "held", counts={"incidents": len(references)})
