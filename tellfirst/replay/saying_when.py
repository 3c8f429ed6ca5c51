"""The times that companies' texts give: by when they will speak again, and by when they will be done.

Rules, not guesses: a text that fits none gives no time. "Shortly", "a few hours" and "when we know more" are none.
Read off the updates of GitHub, Google Cloud and sr.ht, 2018-2026.
"""

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONES = {
    "utc": "UTC",
    "gmt": "UTC",
    "us/pacific": "America/Los_Angeles",
    "pacific": "America/Los_Angeles",
    **dict.fromkeys(("pt", "pst", "pdt"), "America/Los_Angeles"),
    **dict.fromkeys(("et", "est", "edt"), "America/New_York"),
}
NUMBERS = {
    "a": 1,
    "an": 1,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "ten": 10,
    "fifteen": 15,
    "twenty": 20,
    "thirty": 30,
    "sixty": 60,
    "": 1,
}
UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}

_ZONE = r"(?P<zone>US/Pacific|Pacific|UTC|GMT|P[SD]?T|E[SD]?T)\b"
_CLOCK = (
    r"(?:(?:\w+day,?\s+)?(?P<date>\d{4}-\d\d-\d\d),?\s+)?"
    rf"(?P<hour>\d{{1,2}}):(?P<minute>\d\d)\s*(?P<half>[ap]\.?m\.?)?\s*{_ZONE}"
)
_AMOUNT = rf"(?P<number>\d+(?:\.\d+)?|{'|'.join(filter(None, NUMBERS))})?"
_SPAN = (
    rf"(?:about |approximately |around |another |the next |next |less than )*(?:\d+ (?:to|-) (?=\d))?{_AMOUNT}"
    r"[\s-]*(?P<unit>m(?:in(?:ute)?s?)?|h(?:(?:ou)?rs?)?|d(?:ays?)?)\b"
)
_SPEAK = (
    r"(?:next update(?: is)?(?: expected)?(?: will be)?"
    r"|(?:provide|post|share|give|send|have|shared|provided)\b[^.\n]{0,40}?\b(?:updates?|more information)"
    r"|another update(?: will be \w+)?)"
)
_DONE = (
    r"(?:(?:expect\w*|estimate\w*|anticipate\w*)[^.\n]{0,90}?"
    r"(?:recover\w*|restor\w*|resol\w+|mitigat\w*|complet\w+|fix\w*|rollout|repair\w*|last)[^.\n]{0,60}?"
    r"|(?:recovery|restoration|resolution|mitigation|rollout|restored|access)[^.\n]{0,60}?"
    r"(?:expect\w*|estimate\w*|anticipate\w*|should be)[^.\n]{0,50}?|\bETA\b[^.\n]{0,40}?)"
)
_NEXT_AT = re.compile(rf"{_SPEAK}[^.\n]{{0,20}}?\s(?:by|at|before)\s+{_CLOCK}", re.IGNORECASE)
_NEXT_IN = re.compile(rf"{_SPEAK}\s+(?:with)?in\s+{_SPAN}", re.IGNORECASE)
_DONE_AT = re.compile(rf"{_DONE}\s(?:by|at|until|is approximately)\s+{_CLOCK}", re.IGNORECASE)
_DONE_IN = re.compile(rf"{_DONE}\s(?:with)?in\s+{_SPAN}", re.IGNORECASE)
_NONE = re.compile(r"\b(?:not|no) (?:have )?(?:an |current )?ETA\b", re.IGNORECASE)
_ABOUT_WORDS = re.compile(r"\bupdate", re.IGNORECASE)


def next_word_by(text: str, said_at: datetime) -> datetime | None:
    """By when the text promises another update; None when it names no time still to come."""
    moment = _time(text, said_at, _NEXT_AT, _NEXT_IN)
    return moment if moment is not None and moment > said_at else None


def estimate(text: str, said_at: datetime) -> datetime | None:
    """When the text expects service back; None when it names no time, or says there is none."""
    for sentence in re.split(r"(?<=[.!?])\s|\n", text):
        if _NONE.search(sentence) or _ABOUT_WORDS.search(sentence):
            continue
        found = _time(sentence, said_at, _DONE_AT, _DONE_IN)
        if found is not None:
            return found
    return None


def _time(text: str, said_at: datetime, at: re.Pattern[str], within: re.Pattern[str]) -> datetime | None:
    if found := at.search(text):
        return _clock(found, said_at)
    if found := within.search(text):
        amount = (found["number"] or "").lower()
        number = NUMBERS[amount] if amount in NUMBERS else float(amount)
        return said_at + number * UNITS[found["unit"][0].lower()]
    return None


def _clock(found: re.Match[str], said_at: datetime) -> datetime | None:
    """A time of the day without its date is the next such time after the word."""
    zone = ZoneInfo(ZONES[found["zone"].lower()])
    hour = int(found["hour"])
    if found["half"]:
        hour = hour % 12 + (12 if found["half"].lower().startswith("p") else 0)
    try:
        clock = time(hour, int(found["minute"]))
        local = said_at.astimezone(zone)
        day = date.fromisoformat(found["date"]) if found["date"] else local.date()
    except ValueError:
        return None
    moment = datetime.combine(day, clock, zone)
    if not found["date"] and moment <= said_at:
        moment = datetime.combine(day + timedelta(days=1), clock, zone)
    return moment.astimezone(said_at.tzinfo)
