"""What each monitor's alerts mean for our network, from config/sources.yaml."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, PrivateAttr, model_validator

from tellfirst.detect.bodies import BodyMap, load_bodies
from tellfirst.detect.polls import Poll
from tellfirst.domain.errors import SetupError
from tellfirst.domain.impact import Impact
from tellfirst.domain.signal import Judgement, Signal, SignalState
from tellfirst.domain.signal import Meaning as Meaning
from tellfirst.strict_yaml import File, StrictModel

KINDS = ("alertmanager", "icinga", "cap")
"""Kinds with a parser of their own; any other is the name of a file in config/bodies/."""
ASKED = frozenset({"alertmanager", "icinga"})
"""Kinds that can be polled."""
_LABEL = re.compile(r"\{(\w+)\}")


def _template(text: str) -> str:
    if {"{", "}"} & set(_LABEL.sub("", text)):
        raise ValueError("write the place of a label as {label}, and no other braces")
    return text


Template = Annotated[str, AfterValidator(_template)]
Word = Literal["at_risk", "degraded", "down"]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]


class ImpactRule(StrictModel):
    """`impact` for an alert each of whose labels in `when` has one of the values given."""

    when: dict[str, tuple[str, ...]]
    impact: Word

    def fits(self, labels: Mapping[str, str]) -> bool:
        return all(labels.get(name) in values for name, values in self.when.items())


class AlertMeaning(StrictModel):
    """`element` may be left out for an alert that only counts others, and for one that draws its own areas."""

    cause: Template
    element: Template | None = None
    impact: Word = "down"
    impact_by: tuple[ImpactRule, ...] = ()
    drawn: bool = False

    @model_validator(mode="after")
    def _one_of_both(self) -> "AlertMeaning":
        if self.drawn and self.element:
            raise ValueError("give an element, or say that the alert draws its areas, not both")
        return self

    def labels(self) -> list[str]:
        return _LABEL.findall(self.cause + (self.element or ""))

    def impact_of(self, labels: Mapping[str, str]) -> Impact:
        word = next((rule.impact for rule in self.impact_by if rule.fits(labels)), self.impact)
        return Impact[word.upper()]


class Source(StrictModel):
    acts_on_severity: tuple[str, ...] = Field(min_length=1)
    alerts: dict[str, AlertMeaning]
    poll: Poll | None = None

    @property
    def parser(self) -> str:
        return "alertmanager"


class NamedSource(StrictModel):
    """A source under a name of its own; without `acts_on_severity` every severity is acted on."""

    kind: str
    acts_on_severity: tuple[str, ...] = ()
    alerts: dict[str, AlertMeaning]
    poll: Poll | None = None

    @property
    def parser(self) -> str:
        return self.kind


class Sources(StrictModel):
    """The file as a whole: the usual Alertmanager, and any number of others by name."""

    alertmanager: Source | None = None
    sources: dict[Name, NamedSource] = Field(default_factory=dict)
    _bodies: dict[str, BodyMap] = PrivateAttr(default_factory=dict)

    @property
    def all(self) -> dict[str, Source | NamedSource]:
        """Every source by name."""
        usual: dict[str, Source | NamedSource] = (
            {"alertmanager": self.alertmanager} if self.alertmanager else {}
        )
        return usual | self.sources

    def body(self, name: str) -> BodyMap | None:
        """How the bodies of a source without a parser of its own are read."""
        return self._bodies.get(self.all[name].parser)

    def can_be_asked(self, name: str) -> bool:
        """Whether a resolve of this source is confirmed before it is believed."""
        source = self.all.get(name)
        return source is not None and source.poll is not None

    def meaning(self, signal: Signal) -> Meaning | Judgement:
        """What `signal` means, or the judgement under which it is only kept."""
        source = self.all.get(signal.source)
        known = (source.alerts.get(signal.alert) or source.alerts.get("*")) if source else None
        if source is None or known is None:
            return Judgement.UNMAPPED
        if source.acts_on_severity and signal.labels.get("severity") not in source.acts_on_severity:
            return Judgement.BELOW_THRESHOLD
        if any(label not in signal.labels for label in known.labels()):
            return Judgement.UNMAPPED
        if known.drawn and signal.place is None and signal.state is SignalState.FIRING:
            return Judgement.UNMAPPED
        element = known.element.format_map(signal.labels) if known.element else None
        place = signal.place if known.drawn else None
        if known.drawn:
            element = f"area-{sha256(signal.fingerprint.encode()).hexdigest()[:16]}"
        return Meaning(
            cause_key=known.cause.format_map(signal.labels),
            element=element,
            impact=known.impact_of(signal.labels),
            place=place,
            place_name=signal.labels.get("area", "") if place is not None else "",
        )


def load_sources(config: Path) -> Sources:
    """Raises SetupError with every mistake in the file, and in those it leans on."""
    file = File(config / "sources.yaml")
    sources = file.part(Sources)
    bodies = load_bodies(config / "bodies")
    mistakes = []
    for name, source in sources.sources.items():
        if source.kind not in KINDS and source.kind not in bodies:
            near = get_close_matches(source.kind, [*KINDS, *bodies], n=1)
            cure = f"did you mean `{near[0]}`?" if near else "describe its bodies in config/bodies/"
            mistakes.append(file.mistake(f"there is no kind `{source.kind}`", cure, "sources", name, "kind"))
    for name, one in sources.all.items():
        where = ("sources", name, "poll") if name in sources.sources else (name, "poll")
        if one.poll is not None and one.parser not in ASKED:
            problem = f"a source of kind `{one.parser}` cannot be polled"
            mistakes.append(file.mistake(problem, "remove `poll`", *where))
        elif one.poll is not None and one.parser == "alertmanager" and not one.poll.targets:
            problem = "`targets` is missing: Alertmanager cannot tell what recovered from what vanished"
            cure = "give Prometheus's address, like http://prometheus:9090"
            mistakes.append(file.mistake(problem, cure, *where))
    if not sources.all:
        mistakes.append(file.mistake("no source is configured", "name at least one", "sources"))
    if "alertmanager" in sources.sources and sources.alertmanager:
        mistakes.append(file.mistake("`alertmanager` stands there twice", "rename one", "sources"))
    if mistakes:
        raise SetupError("sources.yaml cannot be used", tuple(mistakes))
    sources._bodies.update(bodies)
    return sources
