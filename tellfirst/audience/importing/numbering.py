"""Which numbers a country's numbering plan has, for whole columns at once.

phonenumbers judges 36 000 numbers a second. Its patterns say the same as regular expressions over a column
of numbers that are in E.164 already, about a hundred times faster.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import polars as pl
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, REGION_CODE_FOR_NON_GEO_ENTITY
from phonenumbers.phonemetadata import PhoneMetadata, PhoneNumberDesc

_OF_ANYONE = ("toll_free", "voip", "personal_number", "pager", "uan", "voicemail")
_CODES = rf"^\+({'|'.join(str(code) for code in sorted(COUNTRY_CODE_TO_REGION_CODE, reverse=True))})"


@dataclass(frozen=True, slots=True)
class Plan:
    """Questions to a column `national`, the number without its country."""

    possible: pl.Expr
    valid: pl.Expr
    premium: pl.Expr
    landline: pl.Expr


class Asked(StrEnum):
    """What can be asked of a number; each answer costs a few regular expressions."""

    POSSIBLE = "possible"
    """Whether any number of the country is as long."""
    VALID = "valid"
    PREMIUM = "premium"
    LANDLINE = "landline"


def numbered(phones: pl.DataFrame, *asked: Asked) -> pl.DataFrame:
    """`phones` (with a column `phone`, in E.164), their country's `code`, and a column for every answer.

    `code` is null for a country that does not exist; the answers are then false. The order of rows may change.
    """
    split = phones.with_columns(pl.col("phone").str.extract(_CODES).alias("code")).with_columns(
        pl.col("phone").str.slice(pl.col("code").str.len_bytes() + 1).alias("national")
    )
    parts = [_answered(part, asked) for part in split.partition_by("code")]
    return pl.concat(parts) if parts else split.with_columns(pl.lit(False).alias(one) for one in asked)


def _answered(part: pl.DataFrame, asked: Sequence[Asked]) -> pl.DataFrame:
    code = part["code"][0]
    if code is None:
        return part.with_columns(pl.lit(False).alias(one) for one in asked)
    plan = _plan(int(code))
    return part.with_columns(getattr(plan, one).alias(one) for one in asked)


@cache
def _plan(code: int) -> Plan:
    """The plans of all regions of a country code: a number is valid when one of them has it.

    phonenumbers asks them in an order; their numbers do not overlap, so the order makes no difference.
    """
    valid, premium, landline = pl.lit(False), pl.lit(False), pl.lit(False)
    lengths: set[int] = set()
    for region in COUNTRY_CODE_TO_REGION_CODE[code]:
        metadata = _metadata(code, region)
        if metadata is None or metadata.general_desc is None:
            continue
        lengths |= set(metadata.general_desc.possible_length)
        here = _fits(metadata.general_desc)
        if metadata.leading_digits is not None:
            here &= pl.col("national").str.contains(rf"^(?:{_ascii(metadata.leading_digits)})")
        paid = _fits(metadata.premium_rate) | _fits(metadata.shared_cost)
        fixed, mobile = _fits(metadata.fixed_line), _fits(metadata.mobile)
        other = pl.any_horizontal(_fits(getattr(metadata, name)) for name in _OF_ANYONE)
        valid |= here & (paid | fixed | mobile | other)
        premium |= here & paid & ~other
        if not metadata.same_mobile_and_fixed_line_pattern:
            landline |= here & fixed & ~mobile & ~paid & ~other
    return Plan(pl.col("national").str.len_bytes().is_in(sorted(lengths)), valid, premium, landline)


def _metadata(code: int, region: str) -> PhoneMetadata | None:
    if region == REGION_CODE_FOR_NON_GEO_ENTITY:
        return PhoneMetadata.metadata_for_nongeo_region(code, None)
    return PhoneMetadata.metadata_for_region(region, None)


def _fits(kind: PhoneNumberDesc | None) -> pl.Expr:
    if kind is None or kind.national_number_pattern is None:
        return pl.lit(False)
    national = pl.col("national")
    fits = national.str.contains(rf"^(?:{_ascii(kind.national_number_pattern)})$")
    lengths = [length for length in kind.possible_length if length > 0]
    return fits & national.str.len_bytes().is_in(lengths) if lengths else fits


def _ascii(pattern: str) -> str:
    return pattern.replace(r"\d", "[0-9]")
