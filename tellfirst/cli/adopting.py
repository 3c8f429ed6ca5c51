"""`tellfirst incident adopt-playbook`."""

from dataclasses import asdict
from typing import Annotated

from cyclopts import Parameter

from tellfirst.acting.deed import deed
from tellfirst.bootstrap import world
from tellfirst.cli.typist import typist
from tellfirst.domain.audit import Audited
from tellfirst.printing import out, show_json, show_table
from tellfirst.store.engine import reading
from tellfirst.timelines.adopting import adopt, proposed
from tellfirst.waking import nudge


def adopt_playbook(
    reference: Annotated[str, Parameter(help="Like INC-2026-0007.")],
    name: Annotated[str, Parameter(help="Which playbook; the one it has when left out.")] = "",
    /,
    *,
    look: Annotated[bool, Parameter(help="Only show what would change.")] = False,
    json: Annotated[bool, Parameter(help="Print for programs.")] = False,
) -> None:
    """Let a running incident take today's playbook instead of the copy it has kept since it opened."""
    here = world()
    with reading(here.engine) as connection:
        adoption = proposed(connection, reference, here.playbooks, name)
    book, changes = adoption.book, adoption.changes
    changed = bool(changes) or adoption.old_version != book.version
    if changed and not look:
        actor = typist()
        with deed(here, actor, Audited.PLAYBOOK_ADOPTED, reference, playbook=book.name) as doing:
            # Once more: the incident may have taken another one since.
            adoption = proposed(doing.connection, reference, here.playbooks, name)
            adopt(doing.connection, adoption, here.clock.now(), actor.name)
    if changed and not look:
        nudge(here, [reference])
    rows = [asdict(one) for one in changes]
    versions = {"old version": adoption.old_version, "new version": book.version}
    if json:
        show_json(
            {"incident": reference, "playbook": book.name, **versions, "adopted": changed and not look}
            | {"changes": rows}
        )
        return
    show_table(f"{reference}: {book.name}", rows, empty="the same as the file says")
    if not changed:
        out.print(f"{reference} has this playbook already; nothing was changed")
    elif look:
        out.print("nothing was changed; without --look it is adopted")
    else:
        out.print(f"{reference} follows {book.name} as of now ({book.version}); its promises stay as made")
