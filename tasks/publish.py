"""What the public sees, between two looks at it: the pages as files, and codes that work no more."""

import logging

from tasks.policy import unrecorded
from tellfirst.bootstrap import world
from tellfirst.contacts.affected import asking
from tellfirst.domain.errors import RuleBroken
from tellfirst.publishing import exporting
from tellfirst.store.engine import reading, writing

log = logging.getLogger(__name__)


@unrecorded
def export_pages() -> int:
    """A new copy after each change; how many files it has. 0 where nothing has changed or no folder is configured.

    A folder that cannot be written is logged with every tick: the clock has more to do than to keep a copy.
    """
    here = world()
    folder, now = here.settings.pages_folder, here.clock.now()
    if folder is None:
        return 0
    with reading(here.engine) as connection:
        if not exporting.is_due(connection, folder, now):
            return 0
        copy = exporting.read(connection, now)
    try:
        return exporting.export(here.press, copy, folder)
    except (OSError, RuleBroken) as failure:
        log.error("the status pages were not exported: %s", failure)
        return 0


@unrecorded
def hide_old_codes() -> int:
    """Codes that prove a number no more are hidden in the books, and not sent any more; how many."""
    here = world()
    with writing(here.engine) as connection:
        return asking.hide_old(connection, here.clock.now())
