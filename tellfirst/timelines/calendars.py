"""Working calendars from config/calendars.yaml and the holidays of each country."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

import holidays
from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from tellfirst.domain.calendars import SATURDAY_AND_SUNDAY, WorkingCalendar
from tellfirst.domain.errors import RuleBroken, SetupError
from tellfirst.strict_yaml import File, StrictModel

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
YEARS_AROUND = (-1, 0, 1, 2)
"""Of holidays that are known at a moment: a deadline reaches a year ahead at most, with one to spare."""


def _nearest(value: str, known: list[str], what: str) -> str:
    if value in known:
        return value
    near = get_close_matches(value, known, n=1) or get_close_matches(value.upper(), known, n=1)
    raise ValueError(f"there is no {what} {value}" + (f"; did you mean {near[0]}?" if near else ""))


def _zone(value: str) -> str:
    return _nearest(value, sorted(available_timezones()), "zone")


def _country(value: str) -> str:
    return _nearest(value, sorted(holidays.list_supported_countries()), "country")


def hour(value: Any) -> time:
    """'09:00' as an hour of the day. Raises ValueError for anything else."""
    try:
        if not isinstance(value, str) or len(value) != len("09:00"):
            raise ValueError
        return time.fromisoformat(value)
    except ValueError:
        raise ValueError('write an hour of the day in quotes, like "09:00"') from None


def day(value: Any) -> date:
    """A date as YAML or a text gives it. Raises ValueError for anything else."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError("write a day like 2026-11-25") from None


Hour = Annotated[time, BeforeValidator(hour)]
Day = Annotated[date, BeforeValidator(day)]


class CalendarFile(StrictModel):
    """One market. `opens` and `closes` bound the hours that count; left out, the whole day does."""

    country: Annotated[str, AfterValidator(_country)]
    subdivision: str | None = None
    zone: Annotated[str, AfterValidator(_zone)]
    weekend: tuple[Weekday, ...] = tuple(DAYS[number] for number in sorted(SATURDAY_AND_SUNDAY))
    opens: Hour = time(0)
    closes: Hour = time(0)
    extra_days: tuple[Day, ...] = ()

    @model_validator(mode="after")
    def _can_be_kept(self) -> "CalendarFile":
        if self.subdivision is not None:
            parts = holidays.list_supported_countries(include_aliases=True)[self.country]
            _nearest(self.subdivision, sorted(parts), f"part of {self.country}")
        try:
            self.made(())
        except RuleBroken as wrong:
            raise ValueError(str(wrong)) from None
        return self

    def made(self, years: tuple[int, ...]) -> WorkingCalendar:
        """With the holidays of these years. Raises RuleBroken for a week without work."""
        free = holidays.country_holidays(self.country, subdiv=self.subdivision, years=years) if years else ()
        return WorkingCalendar(
            zone=self.zone,
            weekend=frozenset(DAYS.index(one) for one in self.weekend),
            holidays=frozenset(free) | frozenset(self.extra_days),
            opens=self.opens,
            closes=self.closes,
        )


class CalendarsFile(StrictModel):
    """The keys of config/calendars.yaml."""

    house: str
    calendars: Annotated[dict[str, CalendarFile], Field(min_length=1)]


@dataclass(frozen=True)
class Markets:
    """Every calendar by name, and which one is the house's own."""

    house: str
    files: tuple[tuple[str, CalendarFile], ...]

    @property
    def names(self) -> frozenset[str]:
        return frozenset(name for name, _ in self.files)

    def around(self, now: datetime) -> Mapping[str, WorkingCalendar]:
        """The calendars with the holidays of the years around `now`."""
        return _built(self.files, tuple(now.year + offset for offset in YEARS_AROUND))


@lru_cache(maxsize=8)
def _built(
    files: tuple[tuple[str, CalendarFile], ...], years: tuple[int, ...]
) -> Mapping[str, WorkingCalendar]:
    return {name: file.made(years) for name, file in files}


def load_markets(config: Path) -> Markets:
    """The calendars of this installation. Raises SetupError with every mistake, its line and cure."""
    file = File(config / "calendars.yaml")
    read = file.part(CalendarsFile)
    if read.house not in read.calendars:
        mistake = file.mistake(
            f"`house`: there is no calendar {read.house}",
            f"write one of {', '.join(read.calendars)}",
            "house",
        )
        raise SetupError("calendars.yaml cannot be used", (mistake,))
    return Markets(read.house, tuple(sorted(read.calendars.items())))
