"""What the values of one row must be together, by the kind of file."""

from collections.abc import Callable

import polars as pl

from tellfirst.audience.importing.contact_points import (
    LONGEST_LOCAL_PART,
    LONGEST_MAIL,
    PLAIN_HTTPS,
    PLAIN_PHONE,
)
from tellfirst.audience.importing.findings import Findings
from tellfirst.audience.importing.numbering import Asked, numbered
from tellfirst.audience.importing.pieces import LINE
from tellfirst.audience.importing.rules import Note, Rule
from tellfirst.audience.importing.terms import ImportKind
from tellfirst.domain.audience import Location
from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.network import composite_id
from tellfirst.domain.occasion import Channel

RowRules = Callable[[pl.DataFrame, Findings], pl.DataFrame]
SATELLITE = ("870", "881", "882", "883")
"""Country codes of satellite and international networks: https://www.itu.int/pub/T-SP-E.164D."""
BETWEEN = "|"


def _customers(frame: pl.DataFrame, findings: Findings) -> pl.DataFrame:
    mail = pl.col("email")
    too_long = (mail.str.len_bytes() > LONGEST_MAIL) | (mail.str.find("@", literal=True) > LONGEST_LOCAL_PART)
    findings.reject(frame, too_long, "email", Rule.TOO_LONG)
    _phones(frame, findings)
    return _located(_places(frame, findings), findings)


def _phones(frame: pl.DataFrame, findings: Findings) -> None:
    _numbers(frame.filter(pl.col("phone").is_not_null()).select(LINE, "phone"), findings, "phone")


def _numbers(phones: pl.DataFrame, findings: Findings, column: str) -> None:
    judged = numbered(phones, Asked.POSSIBLE, Asked.PREMIUM)
    code = pl.col("code")
    findings.reject(judged, code.is_null(), column, Rule.NOT_A_PHONE)
    findings.reject(judged, code.is_not_null() & ~pl.col("possible"), column, Rule.WRONG_LENGTH)
    findings.reject(judged, code.is_in(SATELLITE) & pl.col("possible"), column, Rule.SATELLITE_NUMBER)
    findings.reject(
        judged, pl.col("premium") & ~code.is_in(SATELLITE) & pl.col("possible"), column, Rule.PREMIUM_NUMBER
    )


def _places(frame: pl.DataFrame, findings: Findings) -> pl.DataFrame:
    lat, lon = pl.col("lat"), pl.col("lon")
    findings.reject(frame, lat.is_null() & lon.is_not_null(), "lat", Rule.HALF_A_PLACE)
    findings.reject(frame, lon.is_null() & lat.is_not_null(), "lon", Rule.HALF_A_PLACE)
    swapped = (lat.abs() > 90) & (lat.abs() <= 180) & (lon.abs() <= 90)
    findings.reject(frame, swapped, "lat", Rule.SWAPPED_PLACE)
    findings.reject(frame, (lat.abs() > 90) & ~swapped, "lat", Rule.OUT_OF_RANGE)
    findings.reject(frame, lon.abs() > 180, "lon", Rule.OUT_OF_RANGE)
    return frame


def _located(frame: pl.DataFrame, findings: Findings) -> pl.DataFrame:
    nowhere = (pl.col("lat") == 0) & (pl.col("lon") == 0)
    said = pl.col("location")
    nowhere_said = pl.col("lat").is_null() & pl.col("lon").is_null() & said.is_not_null()
    findings.reject(frame, nowhere_said, "location", Rule.HALF_A_PLACE)
    mended = frame.filter(nowhere & (said.is_null() | (said != Location.DEFAULT.value)))
    findings.note("location", Note.PLACE_BY_DEFAULT, mended[LINE])
    location = (
        pl.when(nowhere)
        .then(pl.lit(Location.DEFAULT.value))
        .when(pl.col("lat").is_not_null() & said.is_null())
        .then(pl.lit(Location.EXACT.value))
        .otherwise(said)
    )
    return frame.with_columns(location.alias("location"))


def _services(frame: pl.DataFrame, findings: Findings) -> pl.DataFrame:
    begin, end = pl.col("valid_from"), pl.col("valid_to")
    findings.reject(frame, end <= begin, "valid_to", Rule.WRONG_ORDER)
    named = frame.select("element", "need").filter(
        pl.col("element").str.contains(BETWEEN, literal=True) | (pl.col("need").fill_null(1) != 1)
    )
    hangs = [_hangs_on(element, need) for element, need in named.unique().rows() if element is not None]
    schema = {
        "element": pl.String,
        "need": pl.Int64,
        "on": pl.String,
        "fault": pl.String,
        "doubled": pl.Boolean,
    }
    known = pl.DataFrame(hangs, schema=schema, orient="row")
    joined = frame.join(known, on=["element", "need"], how="left", nulls_equal=True, maintain_order="left")
    findings.reject(joined, pl.col("fault") == Rule.NEED_TOO_LARGE, "need", Rule.NEED_TOO_LARGE)
    findings.reject(joined, pl.col("fault") == Rule.MISSING, "element", Rule.MISSING)
    findings.note("element", Note.DOUBLED_ELEMENT, joined.filter(pl.col("doubled"))[LINE])
    on = pl.coalesce("on", "element").alias("element_id")
    return joined.with_columns(on).drop("on", "fault", "doubled")


def members(element: str) -> list[str]:
    """The ids in a list `A|B`."""
    return [one.strip() for one in element.split(BETWEEN)]


def _hangs_on(element: str, need: int | None) -> tuple[str, int | None, str | None, str | None, bool]:
    named = members(element)
    different = set(named)
    doubled = len(different) < len(named)
    if "" in different:
        return element, need, None, Rule.MISSING, False
    try:
        on = composite_id(need or 0 if need is not None else 1, different)
    except RuleBroken:
        return element, need, None, Rule.NEED_TOO_LARGE, False
    return element, need, on if len(different) > 1 else named[0], None, doubled


def _elements(frame: pl.DataFrame, findings: Findings) -> pl.DataFrame:
    return _places(frame, findings)


def _edges(frame: pl.DataFrame, findings: Findings) -> pl.DataFrame:
    findings.reject(frame, pl.col("child") == pl.col("parent"), "parent", Rule.OWN_PARENT)
    findings.reject(frame, pl.col("need") < 1, "need", Rule.OUT_OF_RANGE)
    return frame


def _presence(frame: pl.DataFrame, findings: Findings) -> pl.DataFrame:
    unseen = (pl.col("role") == "recent") & pl.col("seen_at").is_null()
    findings.reject(frame, unseen, "seen_at", Rule.MISSING)
    return frame


def _contact_points(frame: pl.DataFrame, findings: Findings) -> pl.DataFrame:
    calls = pl.col("channel") != Channel.WEBHOOK.value
    url, number = pl.col("address").str.contains(PLAIN_HTTPS), pl.col("address").str.contains(PLAIN_PHONE)
    findings.reject(frame, ~calls & ~url, "address", Rule.NOT_HTTPS)
    findings.reject(frame, calls & ~number, "address", Rule.NOT_E164)
    numbers = frame.filter(calls & number).select(LINE, pl.col("address").alias("phone"))
    _numbers(numbers, findings, "address")
    return frame


ROW_RULES: dict[ImportKind, RowRules] = {
    ImportKind.CUSTOMERS: _customers,
    ImportKind.SERVICES: _services,
    ImportKind.ELEMENTS: _elements,
    ImportKind.EDGES: _edges,
    ImportKind.PRESENCE: _presence,
    ImportKind.CONTACT_POINTS: _contact_points,
}
