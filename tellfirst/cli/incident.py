"""`tellfirst incident`: open, list, show, update, restore, withdraw, approve, retry; its playbook and its notices."""

from dataclasses import asdict
from typing import Annotated, Any

from cyclopts import App, Parameter
from rich.markup import escape
from sqlalchemy import Connection, select

from tellfirst.acting import causes
from tellfirst.acting.words import Heard, Statement, speak
from tellfirst.audience import approving
from tellfirst.bootstrap import World, world
from tellfirst.cli.adopting import adopt_playbook
from tellfirst.cli.approving import approve, decline
from tellfirst.cli.deadlines import acknowledge, declare, exempt, fulfil
from tellfirst.cli.halting import cancel_notice, halts, resume_notice
from tellfirst.cli.judging import withdraw
from tellfirst.cli.opening import open_
from tellfirst.cli.spans import moment
from tellfirst.cli.stopping import show_stops
from tellfirst.cli.typist import typist
from tellfirst.delivery import stopping
from tellfirst.detect import confirming
from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.facts import Action, Cause
from tellfirst.printing import out, show_json, show_table
from tellfirst.review import tables_for_operators as tables
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.engine import reading
from tellfirst.store.incidents import Incident
from tellfirst.timelines.applying import packs_of
from tellfirst.timelines.owed import owed
from tellfirst.waking import nudge

app = App(name="incident", help="Open, look at and speak about incidents.")
app.command(open_, name="open")
app.command(withdraw)
app.command(acknowledge)
app.command(exempt)
app.command(declare)
app.command(fulfil)
app.command(adopt_playbook, name="adopt-playbook")
app.command(approve)
app.command(decline)
app.command(resume_notice, name="resume-notice")
app.command(cancel_notice, name="cancel-notice")
Reference = Annotated[str, Parameter(help="Like INC-2026-0007.")]
Json = Annotated[bool, Parameter(help="Print for programs.")]


@app.command(name="list")
def list_(*, json: Json = False) -> None:
    """Incidents, newest first; held ones say what they wait for."""
    here = world()
    with reading(here.engine) as connection:
        found = incidents.newest_first(connection)
        waits = {
            one.id: approving.waiting_share(connection, one)
            or halts(connection, one.id)
            or confirming.waits(connection, one.id)
            for one in found
        }
        stops = stopping.in_force(connection)
    stopped = {one.incident: one.effect for one in stops}
    rows = [
        {
            "incident": one.reference,
            "place": one.place,
            "stage": f"{one.stage} (held: {one.held})" if one.held else str(one.stage),
            "waits for": waits[one.id].removeprefix("waits for "),
            "stopped": str(stopped.get(one.reference) or stopped.get("") or ""),
            "severity": one.severity,
            "started": one.started_at,
            "next due": one.next_due_at,
        }
        for one in found
    ]
    if json:
        show_json(rows)
        return
    show_table("Incidents", rows, empty="none")
    show_stops(here, stops)


@app.command
def show(reference: Reference, /, *, json: Json = False) -> None:
    """Where an incident stands: whom it hurts, what was told, what is promised, and every decision."""
    here = world()
    with reading(here.engine) as connection:
        it = incidents.by_reference(connection, reference)
        waits = approving.waiting_share(connection, it)
        stops = stopping.in_force(connection, it.id)
        halted = halts(connection, it.id)
        parts = {
            "causes": tables.causes(connection, reference),
            "doubts": confirming.doubts(connection, it.id),
            "revisions": tables.revisions(connection, reference),
            "audience": tables.audience(connection, reference),
            "notices": tables.notices(connection, reference),
            "promises": tables.promises(connection, reference),
            "packs": packs_of(connection, it.id),
            "deadlines": owed(connection, here.clock.now(), it.id),
            "log": _log(connection, it.id),
        }
    if json:
        facts = asdict(it) | {"playbook": it.playbook.name if it.playbook else None}
        show_json(
            {"incident": facts, "waits": waits or halted, "stops": [asdict(one) for one in stops], **parts}
        )
        return
    _stands(here, it, waits)
    show_stops(here, stops)
    if halted:
        out.print(
            f"[bold red]{halted}[/]; look below, then `tellfirst incident resume-notice {reference}` or "
            f"`tellfirst incident cancel-notice {reference}`",
            soft_wrap=True,
        )
    for part, title, empty in PARTS:
        show_table(title, parts[part], empty=empty)


PARTS = (
    ("causes", "What failed", "nothing known yet"),
    ("doubts", "Reported gone and not believed yet", "nothing"),
    ("revisions", "Each look at whom it hurts", "not matched yet"),
    ("audience", "Whom it hurts", "nobody known yet"),
    ("notices", "What was told", "nothing yet"),
    ("promises", "What we owe", "nothing"),
    ("packs", "By which policy", "none yet"),
    ("deadlines", "What we owe by policy", "nothing yet"),
    ("log", "Every decision", "nothing"),
)


def _stands(here: World, it: Incident, waits: str) -> None:
    held = f"  [bold red]held: {it.held}[/]" if it.held else ""
    book = f"  ({it.playbook.title})" if it.playbook else ""
    out.print(f"[bold]{escape(it.name)}[/]{escape(book)}  {it.severity}  {it.stage}{held}")
    out.print(f"{it.cause}; {it.action}; since {it.started_at:%Y-%m-%d %H:%M} UTC; next due {it.next_due_at}")
    if waits:
        out.print(
            f"[bold red]{waits}[/]; look with `tellfirst preview {it.reference}`, then "
            f"`tellfirst incident approve {it.reference} --revision {it.audience_revision}`",
            soft_wrap=True,
        )
    if it.flow_run_id:
        out.print(f"run: {here.settings.prefect_url}/runs/flow-run/{it.flow_run_id}")


def _log(connection: Connection, incident_id: int) -> list[dict[str, Any]]:
    e = t.incident_entry.c
    entries = select(e.at, e.topic, e.reason, e.actor, e.details).where(e.incident_id == incident_id)
    return [dict(row) for row in connection.execute(entries.order_by(e.id)).mappings()]


@app.command
def update(
    reference: Reference,
    /,
    *,
    cause: Annotated[Cause | None, Parameter(help="What broke.")] = None,
    action: Annotated[Action | None, Parameter(help="What is being done.")] = None,
    estimate: Annotated[str, Parameter(help="When it will be back: +90m, +2h, or an ISO time.")] = "",
    note: Annotated[list[str] | None, Parameter(help="Your sentence in one language: en='...'")] = None,
    correction: Annotated[bool, Parameter(help="It corrects what was said before.")] = False,
) -> None:
    """Say something to everyone affected; it leaves at once and promises the next word."""
    here = world()
    estimate_at = moment(estimate, here.clock.now()) if estimate else None
    said = Statement(cause, action, estimate_at, _notes(note or []), correction)
    heard = speak(here, typist(), reference, said)
    nudge(here, [reference])
    if heard is Heard.ASKED_ANEW:
        out.print(
            f"the first word about {reference} says so now, and its approval is asked anew; look with "
            f"`tellfirst preview {reference}`, then `tellfirst incident approve {reference}`",
            soft_wrap=True,
        )
        return
    if heard is Heard.WAITS:
        out.print(
            f"your word on {reference} waits for approval: nobody has agreed yet to tell so many more than the safe "
            f"word; `tellfirst incident approve {reference}` lets it leave",
            soft_wrap=True,
        )
        return
    out.print(f"your word on {reference} is on its way")


@app.command
def restore(
    reference: Reference,
    /,
    *elements: Annotated[str, Parameter(help="Which of its elements; all when left out.")],
) -> None:
    """Declare service restored; customers are told when it is verified, not before."""
    here = world()
    cleared = causes.restore(here, typist(), reference, elements)
    nudge(here, [reference])
    out.print(f"{reference}: verification has started for {', '.join(cleared) or 'nothing'}")


@app.command
def retry(reference: Reference, /) -> None:
    """Look again at a held incident, after what it waited for was mended."""
    here = world()
    causes.retry(here, typist(), reference)
    nudge(here, [reference])
    out.print(f"{reference} is looked at again")


def _notes(pairs: list[str]) -> dict[str, str]:
    notes = {}
    for pair in pairs:
        locale, mark, text = pair.partition("=")
        if not mark or not text.strip():
            raise RuleBroken(f"'{pair}' is no note; write it like en='A crew is on site.'")
        notes[locale.strip()] = text.strip()
    return notes
