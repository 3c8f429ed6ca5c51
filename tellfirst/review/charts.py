"""Charts as SVG inside a page, drawn by matplotlib; named and described for those who cannot see them."""

import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from io import StringIO
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from tellfirst.review.answers import Answers
from tellfirst.review.labels import label
from tellfirst.review.reach import Reach
from tellfirst.review.telling import Telling

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, MUTED, RULE = "#1f2a33", "#5b6770", "#d5dbe0"
TOLD, ASKED = "#0b6374", "#b4501e"
STATES = (
    ("delivered", "delivered_count", "#0b6374"),
    ("receipt outstanding", "unreceipted_count", "#6fb1bd"),
    ("unconfirmed", "unconfirmed_count", "#b9d6db"),
    ("waiting", "waiting_count", "#ece7d8"),
    ("undelivered", "undelivered_count", "#e3a26f"),
    ("failed", "failed_count", "#b4501e"),
    ("not sent", "not_sent", "#c9ced3"),
)
"""What became of a message, from well to ill, with a colour that keeps its rank in grey."""

WIDTH_INCHES = 7.4


def told_over_time(told: Telling, opened_at: datetime) -> Markup | None:
    """Customers told, and customers who had asked, by minutes since the opening. None: nobody was told."""
    if not told.told_over_time:
        return None
    figure, axes = _figure(2.7)
    end = max(step.at for step in (*told.told_over_time, *told.contacted_over_time))
    last = max(_minutes(end, opened_at) * 1.04, 1.0)
    for steps, colour, name in (
        (told.told_over_time, TOLD, "told"),
        (told.contacted_over_time, ASKED, "had asked us"),
    ):
        if steps:
            marks = [
                min(0.0, _minutes(steps[0].at, opened_at)),
                *(_minutes(one.at, opened_at) for one in steps),
            ]
            counts = [0, *(one.count for one in steps)]
            axes.step([*marks, last], [*counts, counts[-1]], where="post", color=colour, label=name, lw=2)
    axes.axhline(told.audience_count, color=MUTED, lw=1, ls=(0, (2, 3)), label="affected")
    axes.set_xlabel("minutes since the incident was opened")
    axes.set_ylabel("customers")
    axes.set_ylim(bottom=0, top=told.audience_count * 1.12)
    axes.margins(x=0)
    axes.yaxis.set_major_formatter("{x:,.0f}")
    _legend(axes, 3)
    asked = told.contacted_over_time[-1].count if told.contacted_over_time else 0
    return _svg(
        figure,
        "told",
        "Customers told over time",
        f"{told.told_count} of {told.audience_count} affected customers were told; "
        f"half of them within {told.since_opened.p50} minutes, 95 % within {told.since_opened.p95}. "
        f"{asked} came to us with it.",
    )


def reach(by_channel: Sequence[Reach], by_language: Sequence[Reach]) -> Markup | None:
    """What became of the messages, as shares of those planned. None: there are none."""
    lines = [*by_channel, *by_language]
    if not lines:
        return None
    figure, axes = _figure(0.9 + 0.3 * len(lines))
    places = [float(-number - (0.5 if number >= len(by_channel) else 0)) for number in range(len(lines))]
    start = [0.0] * len(lines)
    for state, field, colour in STATES:
        shares = [100 * _count(line, field) / line.planned_count for line in lines]
        if any(shares):
            axes.barh(places, shares, left=start, color=colour, label=state, height=0.72)
            start = [left + share for left, share in zip(start, shares, strict=True)]
    axes.set_yticks(places, [f"{label(line.name)}  ({line.planned_count:,})" for line in lines])
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.spines["left"].set_visible(False)
    axes.set_xlim(0, 100)
    axes.set_xlabel("% of planned messages")
    _legend(axes, 4)
    spoken = "; ".join(
        f"{label(line.name)}: {line.delivered_count} of {line.planned_count} delivered" for line in lines
    )
    return _svg(figure, "reach", "What became of the messages, by channel and language", f"{spoken}.")


def scores(survey: Answers) -> Markup | None:
    """How often each score was given. None without answers."""
    if not survey.answered_count:
        return None
    figure, axes = _figure(2.0)
    given = list(survey.distribution.items())
    bars = axes.barh(
        [str(score) for score, _ in given], [count for _, count in given], color=TOLD, height=0.7
    )
    axes.bar_label(bars, [f"{count} ({count / survey.answered_count:.0%})" for _, count in given], padding=4)
    axes.set_ylabel(f"score ({survey.best} is best)")
    axes.set_xlabel("answers")
    axes.margins(x=0.14)
    axes.locator_params(axis="x", integer=True)
    spoken = ", ".join(f"score {score}: {count}" for score, count in given)
    return _svg(figure, "scores", "Survey answers by score", f"{spoken}; mean {survey.mean}.")


@lru_cache(maxsize=1)
def _matplotlib() -> "type[Figure]":
    """Imported on first use, because it takes longer than everything else here, and styled once for all.

    Text stays text, to be read aloud and searched; the salt makes the same chart the same bytes.
    """
    from matplotlib import rc, use
    from matplotlib.figure import Figure

    use("agg")
    rc("svg", fonttype="none", hashsalt="tellfirst")
    rc("text", parse_math=False, color=INK)
    rc("axes", labelcolor=MUTED, edgecolor=RULE)
    rc("axes.spines", top=False, right=False)
    rc("xtick", color=MUTED)
    rc("ytick", color=MUTED)
    rc("font", size=9)
    rc("legend", frameon=False)
    return Figure


def _figure(height_inches: float) -> "tuple[Figure, Axes]":
    figure = _matplotlib()(figsize=(WIDTH_INCHES, height_inches), layout="constrained")
    return figure, figure.subplots()


def _legend(axes: "Axes", columns: int) -> None:
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=columns, borderaxespad=0.2, handlelength=1.4)


def _svg(figure: "Figure", name: str, title: str, description: str) -> Markup:
    """The drawing alone, with ids of its own: several stand in one page."""
    drawn = StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    figure.savefig(drawn, format="svg", transparent=True, metadata=nothing)
    text = drawn.getvalue()
    view = re.search(r'viewBox="[^"]+"', text)
    assert view, "every SVG of matplotlib has a viewBox"
    body = text[text.index(">", text.index("<svg")) + 1 :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r'(\bid="|url\(#|href="#)', rf"\1{name}-", body).replace("'DejaVu Sans'", "system-ui")
    opening = (
        f'<svg {view[0]} role="img" aria-labelledby="{name}-title {name}-desc">'
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-desc">{escape(description)}</desc>'
    )
    return Markup(opening + body)  # noqa: S704 - labels are escaped by matplotlib, the rest just above


def _count(line: Reach, field: str) -> int:
    value = getattr(line, field)
    return value if isinstance(value, int) else sum(value.values())


def _minutes(at: datetime, since: datetime) -> float:
    return (at - since).total_seconds() / 60
