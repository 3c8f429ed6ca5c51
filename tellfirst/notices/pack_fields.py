"""What packs ask texts to show, held against what every text of an occasion is known to show."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from tellfirst.domain.errors import Mistake
from tellfirst.domain.occasion import Occasion
from tellfirst.domain.pack import ContentField, Pack
from tellfirst.notices.required import REQUIRED

SHOWN_AS: Mapping[ContentField, str] = {
    ContentField.COMPANY: "company",
    ContentField.REFERENCE: "reference",
    ContentField.SERVICE: "service",
    ContentField.AREA: "place",
    ContentField.STARTED: "started",
    ContentField.ENDED: "ended",
    ContentField.IMPACT: "impact",
    ContentField.CAUSE: "cause",
    ContentField.MEASURES: "action",
    ContentField.ESTIMATE: "estimate",
    ContentField.NEXT_UPDATE: "next_update",
    ContentField.CONTACT: "contact",
    ContentField.EMERGENCY_CALLS: "emergency_calls",
}
"""What a field is called in the texts; one that is not here, no text shows."""


def unshown(packs: Mapping[str, Pack], folder: Path) -> Iterator[Mistake]:
    """A mistake for each field that a pack which is on asks for and the texts of the occasion do not show."""
    for pack in packs.values():
        for occasion, fields in pack.content.items():
            file = str(folder / f"{pack.id}.yaml")
            line = _line(Path(file), occasion)
            if occasion not in set(Occasion):
                problem = f"{pack.id} asks for texts on `{occasion}`, and there are none"
                yield Mistake(file, line, problem, "write them, or take the pack out of config/packs.yaml")
                continue
            shown = REQUIRED.get(Occasion(occasion), ())
            for one in fields:
                if SHOWN_AS.get(one) not in shown:
                    problem = f"{pack.id} requires `{one}` in every {occasion}, and not every text shows it"
                    cure = "say it in the texts of that occasion, or take the pack out of config/packs.yaml"
                    yield Mistake(file, line, problem, cure)


def _line(path: Path, occasion: str) -> int:
    """Where the occasion stands in the pack's file; 0 where it cannot be found."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return next((n for n, line in enumerate(lines, start=1) if line.startswith(f"  {occasion}:")), 0)
