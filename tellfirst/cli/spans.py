"""Times as people type them."""

from datetime import timedelta

from tellfirst import spans
from tellfirst.domain.errors import RuleBroken
from tellfirst.spans import moment as moment


def span(text: str) -> timedelta:
    """'30s', '5m' or '1h' as a span. Raises RuleBroken for anything else."""
    try:
        return spans.span(text)
    except ValueError as wrong:
        raise RuleBroken(f"'{text}' is no span; {wrong}") from None
