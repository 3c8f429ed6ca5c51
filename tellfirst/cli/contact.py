"""`tellfirst contact`: what customers bring, and the people who answer."""

from typing import Annotated, Any
from uuid import uuid4

from cyclopts import App, Parameter
from rich.markup import escape

from tellfirst.acting import contacts as acts
from tellfirst.bootstrap import world
from tellfirst.cli.typist import typist
from tellfirst.contacts.inbound import Inbound
from tellfirst.contacts.listing import listed, shown
from tellfirst.domain.contact import ContactKind, Door
from tellfirst.domain.errors import RuleBroken
from tellfirst.printing import out, show_json, show_table
from tellfirst.store.engine import reading
from tellfirst.waking import nudge

app = App(name="contact", help="What customers bring: keep it, look at it, answer it.")

Reference = Annotated[str, Parameter(help="Like CON-000123.")]
Json = Annotated[bool, Parameter(help="Print for programs.")]
Kind = Annotated[ContactKind | None, Parameter(help="What it was, where nobody had been sure.")]


@app.command
def add(
    text: Annotated[str, Parameter(help="What they said, in their words.")],
    /,
    *,
    customer: Annotated[str, Parameter(help="Whose it is, like C000123.")] = "",
    address: Annotated[str, Parameter(help="The number or mailbox they wrote from.")] = "",
    subject: Annotated[str, Parameter(help="The subject of a letter.")] = "",
    door: Annotated[Door, Parameter(help="How it came to you.")] = Door.AGENT,
    json: Json = False,
) -> None:
    """Keep what a customer told you; what to say to them is printed, and what becomes of it."""
    if not customer and not address:
        raise RuleBroken("say whose it is, with --customer, or where it came from, with --address")
    here = world()
    it = Inbound(f"cli:{uuid4()}", address, text, door, subject, customer or None)
    done = acts.bring(here, typist(), it)
    nudge(here, done.moved)
    if json:
        show_json({**done.kept, "answer": done.answer})
        return
    out.print(f"{done.kept['contact']}: {_in_short(done.kept)}", soft_wrap=True)
    out.print(f"say: {done.answer}", markup=False, soft_wrap=True)


@app.command(name="list")
def list_(
    *,
    queue: Annotated[str | None, Parameter(help="Only of one queue, like faults.")] = None,
    all: Annotated[bool, Parameter(help="Those too that wait for nobody.")] = False,
    json: Json = False,
) -> None:
    """List the contacts that wait for a person, the most urgent first."""
    here = world()
    with reading(here.engine) as connection:
        rows = listed(connection, queue=queue, all_of_them=all)
    show_json(rows) if json else show_table("Contacts", rows, empty="nobody waits")


@app.command
def show(reference: Reference, /, *, json: Json = False) -> None:
    """Show one contact: what came, how it was understood, by which words, and every answer it had."""
    here = world()
    with reading(here.engine) as connection:
        kept = shown(connection, reference)
    if json:
        show_json(kept)
        return
    out.print(f"[bold]{kept['contact']}[/]  {_in_short(kept)}", soft_wrap=True)
    came = f"{kept['received']:%Y-%m-%d %H:%M} UTC by {kept['door']}"
    out.print(f"came {came} from {kept['customer'] or 'nobody we know'}; {kept['state']} ({kept['reason']})")
    if kept["subject"]:
        out.print(kept["subject"], markup=False)
    out.print(kept["body"], markup=False)
    show_table("Understood by", kept["because"], empty="nothing in it")
    show_table("Answers", kept["answers"], empty="none yet")


@app.command
def take(reference: Reference, /, *, json: Json = False) -> None:
    """Take a contact: it is yours, and nobody else is called about it."""
    _say(acts.take(world(), typist(), reference), "is yours", json=json)


@app.command
def answer(
    reference: Reference,
    text: Annotated[str, Parameter(help="Your words.")],
    /,
    *,
    given: Annotated[bool, Parameter(help="You have said it already, as on the telephone.")] = False,
    kind: Kind = None,
    json: Json = False,
) -> None:
    """Answer a contact in your own words; they leave on the way it came, and the contact is closed."""
    kept = acts.answer(world(), typist(), reference, text, given=given, kind=kind)
    _say(kept, "is answered", json=json)


@app.command(name="pass-on")
def pass_on(
    reference: Reference,
    queue: Annotated[str, Parameter(help="To whom, like billing.")],
    /,
    *,
    kind: Kind = None,
    json: Json = False,
) -> None:
    """Pass a contact on to another queue; by when the customer has an answer stays as they were told."""
    kept = acts.pass_on(world(), typist(), reference, queue, kind=kind)
    _say(kept, f"waits in {kept['queue']}", json=json)


@app.command
def close(
    reference: Reference,
    /,
    *,
    reason: Annotated[str, Parameter(help="Why it needs no answer.")],
    kind: Kind = None,
    json: Json = False,
) -> None:
    """Close a contact that needs no answer any more."""
    _say(acts.close(world(), typist(), reference, reason, kind=kind), "is closed", json=json)


def _say(kept: dict[str, Any], what: str, *, json: bool) -> None:
    show_json(kept) if json else out.print(f"{kept['contact']} {what}")


def _in_short(kept: dict[str, Any]) -> str:
    parts = [f"{kept['kind'] or 'unsure'} ({kept['sureness']:.0%} sure)"]
    parts += [escape(str(kept[name])) for name in ("service", "place", "incident") if kept[name]]
    if kept["queue"]:
        due = kept["answer due"]
        parts.append(f"queue {kept['queue']}" + (f", due {due:%Y-%m-%d %H:%M} UTC" if due else ""))
    return "; ".join(parts)
