"""What each monitor's alerts mean for our network, from config/sources.yaml."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from tellfirst.domain.impact import Impact
from tellfirst.domain.signal import Judgement, Signal
from tellfirst.domain.signal import Meaning as Meaning
from tellfirst.strict_yaml import StrictModel, read

_LABEL = re.compile(r"\{(\w+)\}")


def _template(text: str) -> str:
    if {"{", "}"} & set(_LABEL.sub("", text)):
        raise ValueError("write the place of a label as {label}, and no other braces")
    return text


Template = Annotated[str, AfterValidator(_template)]


class AlertMeaning(StrictModel):
    """`element` may be left out for an alert that only counts others."""

    cause: Template
    element: Template | None = None
    impact: Literal["at_risk", "degraded", "down"] = "down"


class Source(StrictModel):
    acts_on_severity: tuple[str, ...] = Field(min_length=1)
    alerts: dict[str, AlertMeaning]


class Sources(StrictModel):
    """The file as a whole; one key per source."""

    alertmanager: Source

    def meaning(self, signal: Signal) -> Meaning | Judgement:
        """What `signal` means, or the judgement under which it is only kept."""
        source = self.alertmanager
        known = source.alerts.get(signal.alert)
        if known is None:
            return Judgement.UNMAPPED
        if signal.labels.get("severity") not in source.acts_on_severity:
            return Judgement.BELOW_THRESHOLD
        if any(label not in signal.labels for label in _labels(known)):
            return Judgement.UNMAPPED
        return Meaning(
            cause_key=known.cause.format_map(signal.labels),
            element=known.element.format_map(signal.labels) if known.element else None,
            impact=Impact[known.impact.upper()],
        )


def load_sources(config: Path) -> Sources:
    """Raises SetupError with every mistake in the file."""
    return read(config / "sources.yaml", Sources)


def _labels(known: AlertMeaning) -> list[str]:
    return _LABEL.findall(known.cause + (known.element or ""))
