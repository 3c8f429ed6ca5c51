"""Working calendars from a file: holidays of each country, and every mistake with its line and cure."""

from datetime import UTC, date, datetime, time
from pathlib import Path

import hyderabad
import pytest

from tellfirst.domain.calendars import working_day_after
from tellfirst.domain.errors import SetupError
from tellfirst.timelines.calendars import load_markets

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
FILE = """\
house: uk
calendars:
  uk: {country: GB, subdivision: ENG, zone: Europe/London}
  dubai:
    country: AE
    zone: Asia/Dubai
    weekend: [sat, sun]
    opens: "08:00"
    closes: "17:00"
    extra_days: [2026-11-27]
"""


def _write(folder: Path, text: str) -> Path:
    (folder / "calendars.yaml").write_text(text, encoding="utf-8")
    return folder


def _complaint(folder: Path) -> str:
    with pytest.raises(SetupError) as found:
        load_markets(folder)
    return str(found.value)


def test_a_calendar_has_the_holidays_of_its_country_in_the_years_around(tmp_path: Path) -> None:
    uk = load_markets(_write(tmp_path, FILE)).around(NOW)["uk"]
    assert {date(2026, 12, 25), date(2026, 12, 28), date(2028, 12, 25)} <= uk.holidays
    assert working_day_after(date(2026, 12, 24), 2, uk) == date(2026, 12, 30)


def test_days_and_hours_of_ones_own_count_too(tmp_path: Path) -> None:
    dubai = load_markets(_write(tmp_path, FILE)).around(NOW)["dubai"]
    assert not dubai.is_working(date(2026, 11, 27))
    assert (dubai.opens, dubai.closes) == (time(8), time(17))


def test_every_calendar_that_is_shipped_can_be_read() -> None:
    markets = load_markets(hyderabad.CONFIG)
    assert markets.house in markets.names
    assert all(one.holidays for one in markets.around(NOW).values())


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("country: AE", "country: ae", 5, "there is no country ae; did you mean AE?"),
        ("Asia/Dubai", "Asia/Dubay", 6, "there is no zone Asia/Dubay; did you mean Asia/Dubai?"),
        ("subdivision: ENG", "subdivision: ENX", 3, "there is no part of GB ENX; did you mean ENG?"),
        ('"08:00"', '"8"', 8, 'write an hour of the day in quotes, like "09:00"'),
        ('"17:00"', '"07:00"', 4, "end before they begin"),
        ("2026-11-27", "tomorrow", 10, "write a day like 2026-11-25"),
        ("weekend: [", "weekend: [mon, tue, wed, thu, fri, ", 4, "a day of the week that is worked on"),
        ("weekend", "wekend", 7, "did you mean `weekend`?"),
        ("house: uk", "house: gb", 1, "there is no calendar gb"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_cure(
    tmp_path: Path, old: str, new: str, line: int, words: str
) -> None:
    complaint = _complaint(_write(tmp_path, FILE.replace(old, new, 1)))
    assert f"calendars.yaml:{line}:" in complaint
    assert words in complaint
