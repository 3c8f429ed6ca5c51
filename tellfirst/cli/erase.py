"""`tellfirst erase`."""

import getpass
from typing import Annotated

from cyclopts import Parameter

from tellfirst.bootstrap import World, world
from tellfirst.domain.erasing import Kind, kind_of
from tellfirst.domain.errors import RuleBroken
from tellfirst.erasing import erasing
from tellfirst.erasing.compacting import compact
from tellfirst.erasing.erasing import Outlook
from tellfirst.printing import err, out, show_json, show_table
from tellfirst.store import suppressions
from tellfirst.store.engine import reading, writing


def erase(
    *references: Annotated[str, Parameter(help="Customers, like C000123.")],
    yes: Annotated[bool, Parameter(help="Do it; without, only what would become of what is shown.")] = False,
    force: Annotated[str, Parameter(help="Why, although they wait for a word of ours.")] = "",
    keep_free_pages: Annotated[
        bool, Parameter(help="Do not write the database anew afterwards.", negative="")
    ] = False,
    lift: Annotated[bool, Parameter(help="Instead: let them come back by an import.", negative="")] = False,
    address: Annotated[
        tuple[str, ...], Parameter(help="With --lift: this number or mail address too.", negative="")
    ] = (),
    json: Annotated[bool, Parameter(help="Print for programs.", negative="")] = False,
) -> int:
    """Erase customers: nothing leads to them any more; a keyed hash keeps imports from bringing them back."""
    here = world()
    if not references and not (lift and address):
        raise RuleBroken("name a customer, like C000123")
    if lift:
        return _lift(here, references, address, json=json)
    if yes:
        now = here.clock.now()
        with writing(here.engine) as connection:
            done = [
                erasing.erase(connection, one, here.suppression_key, now, getpass.getuser(), force)
                for one in references
            ]
    else:
        with reading(here.engine) as connection:
            done = [erasing.look(connection, one) for one in references]
    whole = compact(here.engine) if yes and not keep_free_pages else None
    _show(references, done, erased=yes, whole=whole, json=json)
    return 0 if yes or not any(one.waits for one in done) else 1


def _lift(here: World, references: tuple[str, ...], addresses: tuple[str, ...], *, json: bool) -> int:
    named = [*((Kind.REFERENCE, one) for one in references), *((kind_of(one), one) for one in addresses)]
    with writing(here.engine) as connection:
        lifted = suppressions.lift(connection, here.suppression_key, named)
    if json:
        show_json({"lifted": lifted})
    else:
        out.print(f"{lifted} of {len(named)} may come back by an import")
    return 0 if lifted else 1


def _show(
    references: tuple[str, ...], done: list[Outlook], *, erased: bool, whole: bool | None, json: bool
) -> None:
    if json:
        show_json(
            [
                {
                    "customer": reference,
                    "erased": erased,
                    "waits": list(one.waits),
                    "rows": one.table(),
                    "suppressed": one.suppressed_count,
                    "free_pages_gone": whole,
                }
                for reference, one in zip(references, done, strict=True)
            ]
        )
        return
    for reference, one in zip(references, done, strict=True):
        show_table(f"{reference}{'' if erased else ', as it would be'}", one.table())
        out.print(f"{one.suppressed_count} hashes keep them from coming back by an import")
        for reason in one.waits:
            out.print(f"waits: {reason}: {erasing.CURES[reason]}")
    if not erased:
        out.print(
            "nothing was changed; repeat with --yes. What stays: counts, and backups until you drop them"
        )
    elif whole is None:
        out.print(
            "free pages of the database may still hold what was removed; erase once without that option"
        )
    elif not whole:
        err.print(
            "tellfirst: somebody read the database meanwhile; its journal still holds what was removed "
            "until the next checkpoint"
        )
