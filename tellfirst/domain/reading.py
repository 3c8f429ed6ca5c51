"""The fact record as one reader meets it: for whatever reads facts instead of words."""

import json
from dataclasses import dataclass, replace
from typing import Self

from tellfirst.domain.facts import FactRecord, ServiceKind
from tellfirst.domain.impact import Impact
from tellfirst.domain.message import Reader
from tellfirst.domain.occasion import Occasion


@dataclass(frozen=True, slots=True)
class Reading:
    """`facts` holds no other reader's note, and nothing that concerns only those who are hit when this one is not."""

    occasion: Occasion
    holding: bool
    facts: FactRecord
    reader: Reader

    @classmethod
    def of(cls, occasion: Occasion, holding: bool, facts: FactRecord, reader: Reader) -> Self:
        """What is left of `facts` for `reader`, whose locale is one that texts exist in.

        Who has no affected services of their own has the record's.
        """
        reader = replace(reader, services=reader.services or (facts.service,))
        own = tuple((locale, note) for locale, note in facts.notes if locale == reader.locale)
        facts = replace(facts, notes=own)
        if occasion in (Occasion.CORRECTION, Occasion.CANCELLED) and reader.impact == Impact.OK.word:
            facts = replace(
                facts,
                emergency_calls=False,
                next_update_at=None,
                estimate_at=None,
                previous_estimate_at=None,
                notes=(),
            )
        return cls(occasion, holding, facts, reader)

    def to_text(self) -> str:
        """Canonical JSON: the names of the fact record, and beside them what is this reader's own.

        Names are sorted and there is no space, so that equal readings are equal texts. `from_text` gives the same
        reading back; `FactRecord.from_json` reads its part and overlooks the rest.
        """
        own = {
            "occasion": self.occasion,
            "holding": self.holding,
            "locale": self.reader.locale,
            "zone": self.reader.zone,
            "impact": self.reader.impact,
            "services": list(self.reader.services),
        }
        values = self.facts.to_json() | own
        return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> Self:
        values = json.loads(text)
        services = tuple(ServiceKind(kind) for kind in values["services"])
        reader = Reader(values["locale"], values["zone"], values["impact"], services)
        facts = FactRecord.from_json(values)
        return cls(Occasion(values["occasion"]), values["holding"], facts, reader)
