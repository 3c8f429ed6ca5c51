"""State work and let its incident begin."""

from prefect import task

from tasks.policy import STEP
from tasks.refs import Counted
from tasks.work_form import WorkForm
from tellfirst import waking
from tellfirst.bootstrap import world
from tellfirst.detect.announcing import take_up
from tellfirst.store.engine import writing
from tellfirst.works.adding import add_work


@task(name="state the work", **STEP)
def announce(work: WorkForm) -> list[str]:
    """The references of the incidents that began. Raises RuleBroken for an element or a playbook nobody knows."""
    here = world()
    now = here.clock.now()
    with writing(here.engine) as connection:
        add_work(connection, work.stated(), "form", here.playbooks, now)
        return take_up(connection, here.playbooks, now, "form")


@task(name="wake what began", **STEP)
def wake(references: list[str]) -> Counted:
    """Its run begins at once; what cannot be woken now the clock wakes."""
    here = world()
    for reference in references:
        waking.wake(here, reference)
    return Counted(reason="announced" if references else "held", counts={"incidents": len(references)})
