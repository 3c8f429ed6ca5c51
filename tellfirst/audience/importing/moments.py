"""Times in files: ISO 8601 with a zone; a date alone is the one thing that is mended."""

import re
from datetime import UTC, datetime

from tellfirst.audience.importing.rules import Note, Rule, Verdict, rejected
from tellfirst.audience.importing.texts import broken

PLAIN_TIME = r"^(?:19[7-9]|20[0-9]|21[0-9])[0-9]-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\+00:00$"
"""Times that are already as they are kept, if there is such a day."""
KEPT = "%Y-%m-%dT%H:%M:%S%:z"
_DATE = re.compile(r"^[0-9]{4}-?[0-9]{2}-?[0-9]{2}$")
_YEARS = range(1970, 2200)


def judge_time(text: str) -> Verdict:
    """The moment in UTC, to the second."""
    try:
        moment = datetime.fromisoformat(text)
        if _DATE.match(text):
            return _kept(moment.replace(tzinfo=UTC), Note.DATE_ALONE)
        if moment.tzinfo is None:
            return rejected(Rule.NO_ZONE)
        return _kept(moment.astimezone(UTC), Note.TIME_TO_UTC if moment.utcoffset() else None)
    except (ValueError, OverflowError):
        return rejected(broken(text) or Rule.NOT_A_TIME)


def _kept(moment: datetime, note: Note | None) -> Verdict:
    if moment.year not in _YEARS:
        return rejected(Rule.OUT_OF_RANGE)
    return Verdict(moment.isoformat(timespec="seconds"), note)
