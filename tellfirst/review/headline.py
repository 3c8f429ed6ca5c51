"""The figures a head of operations looks at first, each against what was wanted."""

from dataclasses import dataclass

from tellfirst.review.interval import NetPromoters
from tellfirst.review.measures import Measures

TOLD_FIRST_WANTED = 0.95
GLUE = "\u00a0"
"""A space at which no line breaks: a number stays with its unit."""
FEW_ANSWERS = 30
"""Below this a mean score is shown, but with the warning that it may be chance."""


@dataclass(frozen=True, slots=True)
class Figure:
    """`met` is None where nothing is promised or nothing has been measured."""

    label: str
    value: str
    remark: str
    met: bool | None


def headline(measures: Measures) -> tuple[Figure, ...]:
    """In the order they are read."""
    return (
        _told_first(measures),
        _first_word(measures),
        _words_kept(measures),
        _silence(measures),
        _delivered(measures),
        _survey(measures),
    )


def number(count: int) -> str:
    return f"{count:,}"


def percent(share: float | None) -> str:
    return "–" if share is None else f"{share * 100:.1f}{GLUE}%"


def minutes(span: float | None) -> str:
    """Minutes below two hours, then hours and minutes; of work that was announced ahead, how long before."""
    if span is None:
        return "–"
    if span < 0:
        return f"{minutes(-span)} before"
    if span < 120:
        return f"{span:g}{GLUE}min"
    return f"{int(span) // 60}{GLUE}h {int(span) % 60:02d}{GLUE}min"


def _told_first(measures: Measures) -> Figure:
    told = measures.telling
    share = told.told_first_share
    return Figure(
        "Told before they had to ask",
        percent(share),
        f"{number(told.told_first_count)} of {number(told.reachable_count)} who could be told; "
        f"wanted: {TOLD_FIRST_WANTED * 100:.0f}{GLUE}%",
        None if share is None else share >= TOLD_FIRST_WANTED,
    )


def _first_word(measures: Measures) -> Figure:
    waited = measures.telling.since_opened
    remark = f"95{GLUE}% within {minutes(waited.p95)}, the last after {minutes(waited.max)}"
    return Figure("Half were told within", minutes(waited.p50), remark, None)


def _words_kept(measures: Measures) -> Figure:
    words = measures.words
    settled = words.kept_count + words.broken_count
    remark = f"worst {minutes(words.worst_late_minutes)} late" if words.broken_count else "none came late"
    if words.open_count:
        remark += f"; {words.open_count} still open"
    if not settled:
        return Figure("Promised words kept", "–", "none has fallen due", None)
    return Figure("Promised words kept", f"{words.kept_count} of {settled}", remark, not words.broken_count)


def _silence(measures: Measures) -> Figure:
    silence = measures.silence
    remark = f"promised: a word every {minutes(silence.promised_minutes)}"
    return Figure("Longest silence", minutes(silence.longest_minutes), remark, silence.within_promise)


def _delivered(measures: Measures) -> Figure:
    sendable = sum(line.sendable_count for line in measures.by_channel)
    delivered = sum(line.delivered_count for line in measures.by_channel)
    remark = f"{number(delivered)} of {number(sendable)} messages, by carriers' receipts"
    return Figure("Delivered", percent(delivered / sendable if sendable else None), remark, None)


def _survey(measures: Measures) -> Figure:
    survey = measures.survey
    if survey.mean is None:
        return Figure("Customers' score", "–", f"no answers from {number(survey.invited_count)} asked", None)
    within = survey.mean_interval
    spread = f" (95{GLUE}%: {within.low:.1f} to {within.high:.1f})" if within else ""
    warning = "; few answers, may be chance" if survey.answered_count < FEW_ANSWERS else ""
    answered = f"{number(survey.answered_count)} of {number(survey.invited_count)} answered"
    if survey.promoters:
        return _net(survey.promoters, f"{answered}{warning}")
    return Figure(
        "Customers' score", f"{survey.mean:.1f} of {survey.best}", f"{answered}{spread}{warning}", None
    )


def _net(promoters: NetPromoters, answered: str) -> Figure:
    within = promoters.interval
    spread = f" (95{GLUE}%: {within.low:+.0f} to {within.high:+.0f})" if within else ""
    return Figure("Net promoter score", f"{promoters.score:+.0f}", f"{answered}{spread}", None)
