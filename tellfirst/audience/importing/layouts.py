"""The columns of each kind of file, what each may hold, and what its key is."""

from dataclasses import dataclass
from enum import StrEnum

from tellfirst.audience.importing.contact_points import (
    PLAIN_MAIL,
    PLAIN_PHONE,
    judge_mail,
    judge_other,
    phone_judge,
)
from tellfirst.audience.importing.moments import PLAIN_TIME, judge_time
from tellfirst.audience.importing.terms import ImportKind
from tellfirst.audience.importing.texts import (
    PLAIN_DECIMAL,
    PLAIN_DIGIT,
    PLAIN_ID,
    PLAIN_TEXT,
    Judge,
    judge_code,
    judge_decimal,
    judge_digit,
    judge_element_id,
    judge_id,
    judge_language,
    judge_text,
    judge_whole,
    judge_zone,
    plain_words,
    words,
)
from tellfirst.domain.audience import Location, Role
from tellfirst.domain.facts import ServiceKind
from tellfirst.domain.occasion import OTHER_CHANNELS, Channel, Locale

WISHES = tuple(one for one in Channel if one is not Channel.NONE)
"""Channels a customer may prefer. `none` is how the books name whom we cannot tell, and nobody's wish."""


class CustomerStatus(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"
    CHURNED = "churned"
    DECEASED = "deceased"


class ServiceStatus(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"


class Holds(StrEnum):
    """What a column becomes once its text is judged."""

    TEXT = "text"
    WHOLE = "whole"
    DECIMAL = "decimal"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a file. A text that matches `plain` is taken without asking `judge`."""

    name: str
    judge: Judge
    plain: str | None = None
    required: bool = False
    default: str | None = None
    holds: Holds = Holds.TEXT


@dataclass(frozen=True, slots=True)
class Layout:
    """One kind of file. No two rows may have the same `key`."""

    kind: ImportKind
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


def layout(kind: ImportKind, region: str | None) -> Layout:
    """The layout of files of `kind`; phones in national form are those of `region`."""
    return Layout(kind, _customers(region) if kind is ImportKind.CUSTOMERS else COLUMNS[kind], KEYS[kind])


def _id(name: str, judge: Judge = judge_id) -> Column:
    return Column(name, judge, PLAIN_ID, required=True)


def _time(name: str) -> Column:
    return Column(name, judge_time, PLAIN_TIME, holds=Holds.TIME)


PLACE = tuple(Column(name, judge_decimal, PLAIN_DECIMAL, holds=Holds.DECIMAL) for name in ("lat", "lon"))


def _customers(region: str | None) -> tuple[Column, ...]:
    return (
        _id("reference"),
        Column(
            "status", words(CustomerStatus), plain_words(CustomerStatus), default=CustomerStatus.ACTIVE.value
        ),
        Column("language", judge_language, plain_words(Locale), default="en"),
        Column("zone", judge_zone, required=True),
        Column("priority", judge_digit, PLAIN_DIGIT, default="0", holds=Holds.WHOLE),
        Column("phone", phone_judge(region), PLAIN_PHONE),
        Column("email", judge_mail, PLAIN_MAIL),
        Column("wish", words(WISHES), plain_words(WISHES)),
        Column("household", judge_code, PLAIN_TEXT),
        Column("district", judge_text, PLAIN_TEXT),
        Column("area_code", judge_code, PLAIN_TEXT),
        *PLACE,
        _time("located_at"),
        Column("location", words(Location), plain_words(Location)),
    )


COLUMNS: dict[ImportKind, tuple[Column, ...]] = {
    ImportKind.SERVICES: (
        _id("reference"),
        _id("customer"),
        Column("kind", words(ServiceKind), plain_words(ServiceKind), required=True),
        Column("element", judge_id, PLAIN_ID, required=True),
        Column("need", judge_whole, PLAIN_DIGIT, holds=Holds.WHOLE),
        Column(
            "status", words(ServiceStatus), plain_words(ServiceStatus), default=ServiceStatus.ACTIVE.value
        ),
        _time("valid_from"),
        _time("valid_to"),
    ),
    ImportKind.ELEMENTS: (
        _id("id", judge_element_id),
        Column("kind", judge_text, PLAIN_TEXT, required=True),
        Column("name", judge_text, PLAIN_TEXT, required=True),
        Column("area", judge_text, PLAIN_TEXT, required=True),
        *PLACE,
    ),
    ImportKind.EDGES: (
        _id("child"),
        _id("group"),
        Column("need", judge_whole, PLAIN_DIGIT, required=True, holds=Holds.WHOLE),
        _id("parent"),
    ),
    ImportKind.PRESENCE: (
        _id("customer"),
        _id("element"),
        Column("role", words(Role), plain_words(Role), required=True),
        _time("seen_at"),
    ),
    ImportKind.CONTACT_POINTS: (
        _id("customer"),
        Column("channel", words(OTHER_CHANNELS), plain_words(OTHER_CHANNELS), required=True),
        Column("address", judge_other, PLAIN_PHONE, required=True),
    ),
}
KEYS = {
    ImportKind.CUSTOMERS: ("reference",),
    ImportKind.SERVICES: ("reference",),
    ImportKind.ELEMENTS: ("id",),
    ImportKind.EDGES: ("child", "group", "parent"),
    ImportKind.PRESENCE: ("customer", "element", "role"),
    ImportKind.CONTACT_POINTS: ("customer", "channel"),
}
