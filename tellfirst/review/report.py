"""The review of an incident: one page that stands on its own, and a few lines for operators. Counts only."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import FileSystemLoader, StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment
from sqlalchemy import Engine

from tellfirst.review import charts
from tellfirst.review.headline import headline, minutes, number, percent
from tellfirst.review.labels import label
from tellfirst.review.measures import Measures, measure
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing
from tellfirst.store.incidents import Incident
from tellfirst.store.inserting import insert_into

PAGES = Path(__file__).resolve().parents[2] / "templates" / "pages"
MARKS = {True: "met", False: "missed", None: ""}


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A review as it is stored."""

    measures: Measures
    page: str


def review(engine: Engine, reference: str, now: datetime) -> Reviewed:
    """Measure the incident and store its review in place of an earlier one. Raises NotFound.

    Only the storing holds the write lock: drawing takes long enough to keep messages waiting.
    """
    with reading(engine) as connection:
        it = incidents.by_reference(connection, reference)
        measures = measure(connection, it.id, now)
    made = Reviewed(measures, page(it, measures))
    values = {"at": now, "measures": measures.to_json(), "page": made.page}
    with writing(engine) as connection:
        connection.execute(
            insert_into(engine, t.review)
            .values(incident_id=it.id, **values)
            .on_conflict_do_update(index_elements=[t.review.c.incident_id], set_=values)
        )
    return made


def page(incident: Incident, measures: Measures) -> str:
    """The review as HTML that needs nothing from elsewhere: no script, no font, no image, and prints well."""
    zone = ZoneInfo(measures.zone)

    def face(moment: datetime | None) -> str:
        """Local time, with the day when it is not the opening's."""
        if moment is None:
            return "–"
        local = moment.astimezone(zone)
        same_day = local.date() == incident.opened_at.astimezone(zone).date()
        return f"{local:%H:%M}" if same_day else f"{local:%d/%m %H:%M}"

    return _template().render(
        incident=incident,
        measures=measures,
        headline=headline(measures),
        marks=MARKS,
        face=face,
        began=incident.started_at.astimezone(zone),
        lasted=_lasted(incident, measures.measured_at),
        told_chart=charts.told_over_time(measures.telling, incident.opened_at),
        reach_chart=charts.reach(measures.by_channel, measures.by_language),
        scores_chart=charts.scores(measures.survey),
    )


def summary_markdown(incident: Incident, measures: Measures) -> str:
    """The headline figures and gaps of an incident for operators: its reference and counts, nothing else."""
    rows = [f"| {one.label} | {one.value} | {one.remark} |" for one in headline(measures)]
    gaps = [f"- {_plain(gap.sentence)}" for gap in measures.gaps] or ["- none"]
    lines = [
        f"## Review of {incident.reference}",
        "",
        f"{number(measures.telling.audience_count)} customers affected, "
        f"{number(measures.telling.told_count)} told, {number(measures.contacts.count)} contacts, "
        f"{number(len(measures.notices))} notices.",
        "",
        "| | | |",
        "|---|---|---|",
        *rows,
        "",
        f"### Gaps ({len(measures.gaps)})",
        "",
        *gaps,
    ]
    return "\n".join(lines)


def _plain(text: str) -> str:
    """Marks of Markdown in names that came from outside are shown, not obeyed."""
    return re.sub(r"([\\`*_\[\]<>|#!])", r"\\\1", text)


def _lasted(incident: Incident, now: datetime) -> float:
    """Minutes."""
    until = incident.verified_at or incident.closed_at or now
    return round((until - incident.started_at).total_seconds() / 60)


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(PAGES),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(number=number, percent=percent, minutes=minutes, label=label)
    environment.filters["words"] = lambda name: str(name).replace("_", " ")
    return environment.get_template("review.html.j2")
