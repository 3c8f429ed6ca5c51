"""How a footprint is drawn: colours, marks and words that go together."""

from tellfirst.domain.impact import Impact

INK, MUTED, RULE, PAPER, AREA, NEAR = "#1f2a33", "#5b6770", "#d5dbe0", "#ffffff", "#6a3d9a", "#a9b4bb"
LOOKS = {
    Impact.DOWN: ("#c63d0f", "s", "down"),
    Impact.DEGRADED: ("#e69f00", "^", "degraded"),
    Impact.AT_RISK: ("#3b8fc4", "o", "at risk"),
}
"""Colour, mark and words; told apart in grey, and by those who see red and green alike."""
