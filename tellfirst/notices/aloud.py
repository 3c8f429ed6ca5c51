"""How values are said aloud: times in words, references and numbers sign by sign, and nothing only eyes can use."""

import re
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from tellfirst.notices.phrases import SpokenWords
from tellfirst.notices.wording import Pen, Unknown, harmless

NOT_ALOUD = frozenset({"page", "link", "mine", "window", "previous_window"})
"""Values no listener can do anything with."""
_PARTS = {range(4): "night", range(4, 12): "morning", range(12, 16): "afternoon", range(16, 20): "evening"}
_SIGNS = re.compile(r"[A-Za-z0-9]")
_NUMBER = re.compile(r"[+\d][\d\s().\-/]*")


@dataclass(frozen=True, slots=True)
class SpokenPen(Pen):
    """Writes values for a voice: without marks that steer a screen."""

    words: SpokenWords

    def text(self, value: str) -> str:
        """`value` as the page says it: what a mark would put in order for eyes is in order for ears."""
        return harmless(value)

    def time(self, name: str, moment: datetime | None) -> str | Unknown:
        """`moment` in the words of the language, on the reader's own clock."""
        if moment is None:
            return Unknown(name=name)
        local, today = moment.astimezone(ZoneInfo(self.zone)), self.now.astimezone(ZoneInfo(self.zone))
        said = (self.words.time if local.minute else self.words.full_hour).format(
            part=self.words.parts[_part(local.hour)], hour=(local.hour + 11) % 12 + 1, minute=local.minute
        )
        if local.date() == today.date():
            return said
        return self.words.another_day.format(time=said, day=local.day, month=self.words.months[local.month])

    def reference(self, value: str) -> str:
        """`value` sign by sign, its groups apart: INC-2026-0007 is said as I N C, 2 0 2 6, 0 0 0 7."""
        groups = re.split(r"[^A-Za-z0-9]+", self.text(value))
        return self.listed(" ".join(_SIGNS.findall(group)) for group in groups if group)

    def contact(self, value: str) -> str:
        """A phone number digit by digit, for one must be able to write it down; anything else as it is."""
        line = self.text(value)
        if not _NUMBER.fullmatch(line):
            return line
        return self.listed(" ".join(group) for group in re.findall(r"\d+", line))


def _part(hour: int) -> str:
    return next((part for hours, part in _PARTS.items() if hour in hours), "night")
