"""`tellfirst customer show`."""

from typing import Annotated

from cyclopts import App, Parameter

from tellfirst.bootstrap import world
from tellfirst.contacts.history import history
from tellfirst.printing import out, show_json, show_table
from tellfirst.store.engine import reading

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
        person = history(connection, reference)
    if json:
        show_json(person.to_json())
        return
    out.print(
        f"[bold]{person.reference}[/]  {person.language}  wishes {person.wish or 'no channel'}"
        f"{'  on a priority list' if person.priority else ''}"
    )
    show_table("Services", person.services, empty="none")
    show_table("History", person.entries, empty="never written to, never heard from")
