"""`tellfirst customer show`."""

from typing import Annotated

from cyclopts import App, Parameter, validators
from sqlalchemy import select

from tellfirst.bootstrap import world
from tellfirst.contacts.history import History
from tellfirst.contacts.links import revoke
from tellfirst.domain.errors import NotFound
from tellfirst.printing import out, show_json, show_table
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

COLUMNS = ("at", "what", "incident", "channel", "how")
app = App(name="customer", help="One customer's history across every channel.")


@app.command
def show(
    reference: Annotated[str, Parameter(help="Like C000123.")],
    /,
    *,
    json: Annotated[bool, Parameter(help="Print for programs.")] = False,
) -> None:
    """Show all that one customer was told, promised and asked, and what they brought to us, in order of time."""
    here = world()
    with reading(here.engine) as connection:
        person = here.history(connection, reference)
    if json:
        show_json(person.to_json())
        return
    _show(person)


@app.command
def history(
    reference: Annotated[str, Parameter(help="Like C000123.")],
    /,
    *,
    page: Annotated[int, Parameter(help="1 is the newest.", validator=validators.Number(gte=1))] = 1,
    json: Annotated[bool, Parameter(help="Print for programs.")] = False,
) -> None:
    """The same by pages, for a history that is long."""
    here = world()
    with reading(here.engine) as connection:
        person = here.history(connection, reference, page)
    if json:
        show_json(person.to_json())
        return
    _show(person)
    out.print(f"page {person.page} of {person.pages}, {person.count} entries")


@app.command(name="end-links")
def end_links(
    reference: Annotated[str, Parameter(help="Like C000123.")],
    /,
) -> None:
    """End every link of this customer that was sent until now, as they can do themselves on their page."""
    here = world()
    with writing(here.engine) as connection:
        found = connection.scalar(select(t.customer.c.id).where(t.customer.c.reference == reference))
        if found is None:
            raise NotFound(f"there is no customer {reference}; references look like C000123")
        revoke(connection, found, "operator", here.clock.now())
    out.print(f"the links that were sent to {reference} until now open nothing any more")


def _show(person: History) -> None:
    out.print(
        f"[bold]{person.reference}[/]  {person.language}  wishes {person.wish or 'no channel'}"
        f"{'  on a priority list' if person.priority else ''}{'  wants no surveys' if person.no_surveys else ''}"
    )
    show_table("Services", person.services, empty="none")
    entries = [{name: getattr(entry, name) for name in COLUMNS} for entry in person.entries]
    show_table("History", entries, empty="never written to, never heard from")
