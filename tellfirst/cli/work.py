"""`tellfirst work import|add|list|show|cancel|map|same|apart|check|start|complete|extend`."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, Parameter

from tellfirst.acting.deed import deed
from tellfirst.bootstrap import World, world
from tellfirst.cli import work_running
from tellfirst.cli.typist import typist
from tellfirst.cli.work_circuits import apart, map_, same
from tellfirst.cli.work_gate import check, shown_slices
from tellfirst.domain.audit import Audited
from tellfirst.domain.errors import Refused
from tellfirst.domain.impact import Impact
from tellfirst.domain.work import WorkStatus
from tellfirst.printing import err, out, show_json, show_table
from tellfirst.store.engine import reading
from tellfirst.works.listing import cure_of, objects_shown, statements_shown, works_of

if TYPE_CHECKING:
    from tellfirst.works.statements import WorksRead
    from tellfirst.works.stating import Stated

# What reads calendars and networks is imported by the command that needs it: it costs every other one its time.

app = App(name="work", help="Announced work: take it over, look at it, and check it before it is announced.")
app.command(map_, name="map")
app.command(same)
app.command(apart)
app.command(check)
app.command(work_running.start)
app.command(work_running.complete)
app.command(work_running.extend)
WorkId = Annotated[int, Parameter(help="Its number in `tellfirst work list`.")]
Json = Annotated[bool, Parameter(help="Print for programs.", negative="")]


@app.command(name="import")
def import_(
    *files: Annotated[Path, Parameter(help="Calendars (.ics), mails (.eml) or lists of works (.csv).")],
    provider: Annotated[str, Parameter(help="Whose notices they are, like zayo; else what they say.")] = "",
    json: Json = False,
) -> int:
    """Take over notices of work. Of a faulty notice nothing is stored; of a list, every good row."""
    from tellfirst.works.reading import read_file

    here = world()
    stored: list[dict[str, Any]] = []
    wrong: list[str] = []
    for path in files:
        try:
            read = read_file(path, provider=provider)
        except Refused as refused:
            wrong.append(str(refused))
            continue
        stored += _store(here, path, read)
        wrong += [str(one) for one in read.rejected]
    if json:
        show_json({"stored": stored, "rejected": wrong})
    else:
        show_table("Works", stored, empty="none stored")
        for sentence in wrong:
            err.print(f"tellfirst: {sentence}", markup=False, soft_wrap=True)
    return 1 if wrong or not files else 0


def _store(here: World, path: Path, read: "WorksRead") -> list[dict[str, Any]]:
    """All works of a file in one transaction."""
    from tellfirst.works.stating import state

    now = here.clock.now()
    stored = []
    actor = typist()
    with deed(here, actor, Audited.WORK_STATED, count=len(read.statements)) as doing:
        for one in read.statements:
            found = state(doing.connection, one.stated, one.digest, actor.name, here.playbooks, now)
            stored.append({"file": path.name, **_row(found, one.stated.provider, one.stated.external_id)})
    return stored


def _row(found: "Stated", provider: str, number: str) -> dict[str, Any]:
    cure = cure_of(found.held, found.work_id, provider)
    if found.perhaps:
        cure = cure.replace("OTHER", str(found.perhaps))
    return {
        "work": found.work_id,
        "provider": provider,
        "number": number,
        "verdict": found.verdict.value,
        "held": found.held,
        "cure": cure,
    }


@app.command
def add(
    *elements: Annotated[str, Parameter(help="What it hits, like site:HYD0004.")],
    number: Annotated[
        str, Parameter(help="Your number for it, like CHG0031000; a second time it is changed.")
    ],
    starts_at: Annotated[str, Parameter(help="Like 2026-12-01T01:00+05:30, or without an offset in --zone.")],
    ends_at: Annotated[str, Parameter(help="The same.")],
    zone: Annotated[str, Parameter(help="Of whose clock the times are, like Asia/Kolkata.")] = "",
    impact: Annotated[
        Literal["down", "degraded", "at_risk", "ok"], Parameter(help="How badly it hits what is named.")
    ] = "down",
    tentative: Annotated[bool, Parameter(help="It is not certain yet; nobody is told.", negative="")] = False,
    reason: Annotated[str, Parameter(help="What for, in your words.")] = "",
    playbook: Annotated[
        str, Parameter(help="Of planned work; where there is one, it need not be named.")
    ] = "",
    json: Json = False,
) -> int:
    """Announce work of your own, or change it."""
    from tellfirst.works.adding import add_work, stated_by_a_person

    here = world()
    stated = stated_by_a_person(
        number,
        starts_at,
        ends_at,
        elements,
        zone=zone,
        impact=Impact[impact.upper()],
        status=WorkStatus.TENTATIVE if tentative else WorkStatus.CONFIRMED,
        reason=reason,
        playbook=playbook,
    )
    actor = typist()
    with deed(here, actor, Audited.WORK_STATED) as doing:
        found = add_work(doing.connection, stated, actor.name, here.playbooks, here.clock.now())
        doing.details["work"] = found.work_id
    return _say(found, stated.provider, stated.external_id, json=json)


@app.command
def cancel(
    what: Annotated[str, Parameter(help="Its number in `tellfirst work list`, or its incident.")],
    /,
    *,
    json: Json = False,
) -> int:
    """Say that announced work does not take place; exactly those who were told of it are told so."""
    from tellfirst.works import resolving
    from tellfirst.works.known import by_id

    if not what.isdecimal():
        return work_running.cancel(what)
    here, work, actor = world(), int(what), typist()
    with deed(here, actor, Audited.WORK_CANCELLED, work=work) as doing:
        it = by_id(doing.connection, work)
        found = resolving.cancel(doing.connection, work, actor.name, here.playbooks, here.clock.now())
    return _say(found, it.provider, it.external_id, json=json)


def _say(found: "Stated", provider: str, number: str, *, json: bool) -> int:
    row = _row(found, provider, number)
    if json:
        show_json(row)
    else:
        held = f", held: {found.held} ({row['cure']})" if found.held else ""
        out.print(f"work {found.work_id} ({number}): {found.verdict}{held}", markup=False, soft_wrap=True)
    return 0


@app.command(name="list")
def list_(
    *,
    ended: Annotated[bool, Parameter(help="Also what is over or cancelled.", negative="")] = False,
    json: Json = False,
) -> None:
    """Announced work by its beginning; held work says what it waits for."""
    with reading(world().engine) as connection:
        rows = works_of(connection, ended=ended)
    show_json(rows) if json else show_table("Announced work", rows, empty="none")


@app.command
def show(work: WorkId, /, *, json: Json = False) -> None:
    """One work: what it hits, from when to when whom it takes what, and every word about it."""
    from tellfirst.works.impact import impact_of
    from tellfirst.works.known import by_id
    from tellfirst.works.plans import plan_of_stored

    here = world()
    with reading(here.engine) as connection:
        it = by_id(connection, work)
        objects, statements = objects_shown(connection, it), statements_shown(connection, work)
        impact = impact_of(connection, plan_of_stored(connection, it), here.clock.now())
    parts: Sequence[tuple[str, list[dict[str, Any]]]] = (
        ("What it hits", objects),
        ("From when to when", shown_slices(impact)),
        ("Every word about it", statements),
    )
    if json:
        facts = asdict(it) | {"impact": it.impact.word, "cure": cure_of(it.held, it.id, it.provider)}
        show_json(
            {"work": facts, "objects": objects, "slices": shown_slices(impact), "statements": statements}
        )
        return
    held = f"  held: {it.held} ({cure_of(it.held, it.id, it.provider)})" if it.held else ""
    out.print(
        f"work {it.id}  {it.provider} {it.external_id}  {it.status}  {it.impact.word}{held}", markup=False
    )
    for title, rows in parts:
        show_table(title, rows)
