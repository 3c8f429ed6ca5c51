"""`tellfirst preview`."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from rich.markup import escape

from tellfirst.acting.looking import speaker
from tellfirst.bootstrap import World, world
from tellfirst.domain.delivery import DeliveryReason
from tellfirst.domain.errors import RuleBroken
from tellfirst.printing import out, show_json, show_table
from tellfirst.store import incidents
from tellfirst.store.engine import reading, writing

if TYPE_CHECKING:
    from tellfirst.domain.hand_over import HandOver
    from tellfirst.review.estimating import Estimate
    from tellfirst.review.forecasting import TooLate
    from tellfirst.review.previewing import Preview

CANNOT_BE_TOLD = frozenset(
    {DeliveryReason.NO_CONTACT_POINT, DeliveryReason.OPTED_OUT, DeliveryReason.CONTACT_POINT_REFUSED}
)
MOST_LINES = 10
"""Areas and districts shown to a person; --json has all."""


def preview(
    incident: Annotated[str, Parameter(help="Like INC-2026-0007.")],
    /,
    *,
    districts: Annotated[bool, Parameter(help="Also everybody registered in the hit districts.")] = False,
    picture: Annotated[
        Path | None, Parameter(help="Write the picture of the footprint there, as PNG.")
    ] = None,
    json: Annotated[bool, Parameter(help="Print for programs.")] = False,
) -> None:
    """Whom an incident hurts and what the first word would be, before anybody is told; it changes nothing."""
    here = world()
    found, drawn = _look(here, incident, districts, picture is not None)
    if picture is not None and drawn is not None:
        _write(picture, drawn)
    show_json(found.to_json()) if json else show_preview(found, picture)


def _look(
    here: World, reference: str, whole_districts: bool, with_picture: bool
) -> tuple["Preview", bytes | None]:
    # Here and not above: numpy, shapely and matplotlib would cost every other command a second.
    from tellfirst.review.previewing import as_matched, needs_matching, preview

    now = here.clock.now()
    with reading(here.engine) as connection:
        matches = needs_matching(incidents.by_reference(connection, reference))
        by = speaker(here, connection)
    # Writers wait only while there is something to match.
    with (
        (writing if matches else reading)(here.engine) as connection,
        as_matched(connection, reference, now, here.policy) as it,
    ):
        found = preview(connection, it, now, by, whole_districts)
        drawn = None
        if with_picture:
            from tellfirst.review.footprint_picture import draw

            drawn = draw(connection, reference)
    return found, drawn


def _write(picture: Path, drawn: bytes) -> None:
    try:
        picture.write_bytes(drawn)
    except OSError as failed:
        raise RuleBroken(f"{picture} cannot be written ({failed.strerror}); choose another file") from None


def show_preview(found: "Preview", picture: Path | None) -> None:
    share = f"{found.affected_count:,} of {found.base_count:,} customers, {found.share}"
    held = f", held: {found.held}" if found.held else ""
    out.print(f"[bold]{escape(found.name)}[/]  {found.stage}{held}", soft_wrap=True)
    if found.fresh:
        out.print(f"as matching it now would find it (revision {found.revision}); nothing was written")
    else:
        out.print(f"as matched at revision {found.revision}")
    out.print(f"[bold]affected: {share}[/]", soft_wrap=True)
    _approval(found)
    out.print(
        f"at risk, not told: {found.at_risk_count:,}   uncertain: {found.uncertain_count:,}   "
        f"on priority lists: {found.priority_count:,}"
    )
    _messages(found.estimate)
    _hand_over(found.hand_over)
    _cannot_be_made(found.cannot_be_made)
    show_table("What the first word does", _rows("customers who are", found.outcomes), empty="nobody to tell")
    for title, counts in (
        ("Impact", found.impacts),
        ("Service", found.services),
        ("Channel", found.channels),
        ("Language", found.languages),
    ):
        if counts:
            out.print(
                f"{title}: " + "   ".join(f"{name.replace('_', ' ')} {n:,}" for name, n in counts.items())
            )
    if found.around_outage_count:
        out.print(
            f"told on another channel because theirs passes through what is down: {found.around_outage_count:,}"
        )
    show_table(_title("Areas", len(found.areas)), _rows("area", found.areas, MOST_LINES), empty="none")
    _districts(found)
    _samples(found.estimate)
    if picture is not None:
        out.print(f"the picture is in {picture}", markup=False, soft_wrap=True)


def _approval(found: "Preview") -> None:
    if not found.approval_needed:
        approved = f"approved with {found.approved_count:,} affected customers"
        rule = f"no approval is needed (it is above {found.approve_above} of all customers)"
        out.print(approved if found.approved_count else rule)
        return
    why = "nobody is affected" if not found.affected_count else f"over {found.approve_above} of all customers"
    if found.fresh:
        out.print(f"[bold red]approval will be needed: {why}[/]")
        return
    command = f"tellfirst incident approve {found.incident} --revision {found.revision}"
    out.print(
        f"[bold red]waits for approval: {why}[/]; to approve what you see here: `{command}`", soft_wrap=True
    )


def _districts(found: "Preview") -> None:
    rows = [
        {"district": one.name, "affected": one.affected_count, "registered there": one.registered_count}
        for one in found.districts
    ]
    most = len(rows) if found.second_set else MOST_LINES
    show_table(_title("Registered districts", len(rows), most), rows[:most], empty="none known")
    if (whole := found.second_set) is None:
        return
    out.print(
        f"second set, everybody registered there: {whole.registered_count:,} "
        f"({whole.affected_count:,} affected, {whole.not_affected_count:,} not); it is never told by itself",
        soft_wrap=True,
    )
    for counts in (whole.channels, whole.languages):
        out.print("  " + "   ".join(f"{name} {count:,}" for name, count in counts.items()))


def _messages(it: "Estimate") -> None:
    if not it.message_counts:
        out.print("The first word: no message would leave")
        return
    sent = ", ".join(f"{count:,} by {channel}" for channel, count in it.message_counts.items())
    cost = f"cost not known: set {' and '.join(it.missing)}"
    if it.cost is not None:
        cost = f"about {it.cost:,.2f} {it.currency}".rstrip()
    parts = f" ({it.segment_count:,} SMS parts)" if it.segment_count else ""
    out.print(f"[bold]The first word[/]: {sent}{parts}; {cost}", soft_wrap=True)


def _hand_over(it: "HandOver") -> None:
    if it.count:
        marks = (("public", it.public), ("first message", it.started), ("half", it.half))
        spans = [f"{name} after {_span(mark)}" for name, mark in (*marks, ("95 of 100", it.most))]
        out.print(f"Once it may leave: {', '.join(spans)}, all after {_span(it.done)}", soft_wrap=True)
    if it.stuck_count:
        out.print(
            f"[bold red]{it.stuck_count:,} messages have no open carrier[/]; see `tellfirst carriers`",
            soft_wrap=True,
        )


def _cannot_be_made(late: Sequence["TooLate"]) -> None:
    for one in late:
        reached = "no open carrier" if one.reached_at is None else f"only at {one.reached_at:%H:%M} UTC"
        out.print(
            f"[bold red]cannot be made: {one.name} of {one.pack}, due {one.due_at:%H:%M} UTC[/] ({reached}); open "
            "a carrier or raise its rate (`tellfirst carriers`), or tell fewer at once",
            soft_wrap=True,
        )


def _span(span: timedelta) -> str:
    """'40 s', '17 min', '2 h 48 min'."""
    seconds = round(span.total_seconds())
    if seconds < 120:
        return f"{seconds} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def _samples(it: "Estimate") -> None:
    for one in it.samples:
        size = f"{one.segment_count} parts, {one.encoding}" if one.segment_count else "mail"
        out.print(
            f"  {one.language}, the longest first word ({size}; {one.readers:,} get it):", soft_wrap=True
        )
        out.print("\n".join(f"    {line}" for line in one.text.split("\n")), markup=False, soft_wrap=True)


def _rows(name: str, counts: Mapping[str, int], most: int | None = None) -> list[dict[str, object]]:
    shown = list(counts.items())[:most]
    return [{name: _said(key) if name != "area" else key, "count": count} for key, count in shown]


def _said(key: str) -> str:
    words = key.replace("_", " ")
    return f"cannot be told: {words}" if key in CANNOT_BE_TOLD else words


def _title(name: str, count: int, most: int = MOST_LINES) -> str:
    return f"{name}, the first {most} of {count}" if count > most else name
