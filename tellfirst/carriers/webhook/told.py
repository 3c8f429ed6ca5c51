"""What a message's facts say, read back from their JSON for whatever is made of them here."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from tellfirst.domain.facts import FactRecord, ServiceKind
from tellfirst.domain.impact import Impact
from tellfirst.domain.occasion import Occasion


class NoFacts(Exception):
    """The facts of a message are not the JSON of a fact record."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """A notice of the same incident that this receiver has got before."""

    sequence: int
    stated_at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """The fact record and what is this reader's own."""

    facts: FactRecord
    occasion: Occasion
    impact: Impact
    services: tuple[ServiceKind, ...]
    locale: str
    earlier: tuple[Earlier, ...] = ()

    @classmethod
    def of(cls, values: dict[str, Any]) -> Self:
        """Raises NoFacts."""
        try:
            facts = FactRecord.from_json(values)
            return cls(
                facts,
                Occasion(values["occasion"]),
                Impact[str(values["impact"]).upper()],
                tuple(ServiceKind(kind) for kind in values.get("services") or (facts.service,)),
                str(values["locale"]),
                tuple(
                    Earlier(int(one["sequence"]), datetime.fromisoformat(one["stated_at"]))
                    for one in values.get("earlier", ())
                ),
            )
        except (LookupError, TypeError, ValueError, AttributeError):
            raise NoFacts from None

    @property
    def is_over(self) -> bool:
        """Nothing hurts this reader any more, or nothing ever did."""
        return self.occasion is Occasion.RESTORED or self.was_never_hit

    @property
    def was_never_hit(self) -> bool:
        """An earlier notice had told them of a problem that is not theirs."""
        corrects = self.occasion in (Occasion.CORRECTION, Occasion.CANCELLED)
        return corrects and self.impact is Impact.OK


def values_in(facts: str) -> dict[str, Any]:
    """The JSON object of a message's facts. Raises NoFacts."""
    try:
        values = json.loads(facts)
    except ValueError:
        raise NoFacts from None
    if not isinstance(values, dict):
        raise NoFacts
    return values
