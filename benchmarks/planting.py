"""A customer file of any size with faults at known lines, the same for the same seed."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from random import Random
from typing import TextIO

COLUMNS = (
    *("reference", "status", "language", "zone", "priority", "phone", "email", "wish"),
    *("household", "district", "area_code", "lat", "lon", "located_at", "location"),
)
ROW = ""
"""Stands for a fault of the whole row."""
FAULTS = (
    ("reference", "", "missing"),
    ("reference", "1.23E+10", "number_as_float"),
    ("reference", "C\u202e1", "invisible_character"),
    ("status", "gone", "unknown_word"),
    ("language", "telugu!", "not_a_language"),
    ("zone", "Asia/Hyderabad", "unknown_zone"),
    ("zone", "", "missing"),
    ("priority", "12", "out_of_range"),
    ("priority", "high", "not_a_number"),
    ("phone", "4.47E+11", "number_as_float"),
    ("phone", "98480 GLASS", "letters_in_phone"),
    ("phone", "+919848012345 x12", "extension"),
    ("phone", "112", "emergency_number"),
    ("phone", "56161", "short_number"),
    ("phone", "+9198480", "wrong_length"),
    ("phone", "+911861123456789", "premium_number"),
    ("phone", "+881612345678", "satellite_number"),
    ("phone", "+9991234567890", "not_a_phone"),
    ("email", "Padma <padma@example.in>", "display_name"),
    ("email", "a@example.in,b@example.in", "two_addresses"),
    ("email", "padma@example.in.", "trailing_dot"),
    ("email", "padma", "not_an_address"),
    ("wish", "pigeon", "unknown_word"),
    ("household", "=1+1", "formula"),
    ("district", "Miya\x00pur", "nul"),
    ("district", "Miya\x07pur", "control_character"),
    ("district", "Miya\npur", "line_break"),
    ("district", "x" * 10_001, "too_long"),
    ("area_code", "500001.0", "number_as_float"),
    ("lat", "95.5", "swapped_place"),
    ("lat", "195.5", "out_of_range"),
    ("lat", "north", "not_a_number"),
    ("lon", "181", "out_of_range"),
    ("lon", "", "half_a_place"),
    ("located_at", "22/11/2026", "not_a_time"),
    ("located_at", "2026-11-22T10:00:00", "no_zone"),
    ("location", "roughly", "unknown_word"),
    (ROW, "cut", "fields_missing"),
    (ROW, "longer", "fields_extra"),
    (ROW, "quoted", "broken_quotes"),
)
"""Column, the text planted there, and the rule that must find it."""
DAYS = ("2026-01-05", "2026-03-14", "2026-08-30")


@dataclass(frozen=True, slots=True)
class Planted:
    """`faults` are (line, column, rule), each in a row of its own."""

    path: Path
    row_count: int
    faults: frozenset[tuple[int, str, str]]
    sound_count: int


def plant(path: Path, seed: int, row_count: int, fault_count: int) -> Planted:
    """Write the file. One row in 33 shares its phone, one in 50 has a national form, one in 16 no phone."""
    rng = Random(seed)  # noqa: S311  # the file must come out the same again
    faulty = dict(zip(sorted(rng.sample(range(row_count), fault_count)), _all_faults(), strict=False))
    found: set[tuple[int, str, str]] = set()
    line = 2
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for number in range(row_count):
            row = _row(rng, number)
            if number not in faulty:
                writer.writerow(row.values())
                line += 1
                continue
            column, text, rule = faulty[number]
            found.add((line, column, rule))
            line += _write_faulty(file, row, column, text)
    return Planted(path, row_count, frozenset(found), row_count - fault_count)


def _all_faults() -> Iterator[tuple[str, str, str]]:
    return cycle(FAULTS)


def _write_faulty(file: TextIO, row: dict[str, str], column: str, text: str) -> int:
    """How many lines it took."""
    writer = csv.writer(file, lineterminator="\n")
    if column != ROW:
        writer.writerow({**row, column: text}.values())
        return 1 + text.count("\n")
    values = list(row.values())
    if text == "quoted":
        file.write(",".join([f'"{values[0]}"x', *values[1:]]) + "\n")
    else:
        writer.writerow(values[:-1] if text == "cut" else [*values, "more"])
    return 1


def _row(rng: Random, number: int) -> dict[str, str]:
    return dict(
        zip(
            COLUMNS,
            (
                f"C{number:09d}",
                "active" if number % 20 else "churned",
                rng.choice(("en", "te", "ur", "ms")),
                "Asia/Kolkata",
                "0" if number % 150 else "5",
                _phone(number),
                f"padma{number}@example.in" if number % 5 else "",
                rng.choice(("sms", "email", "")),
                f"H{number // 3}" if number % 3 == 0 else "",
                f"D{number % 300}",
                f"{500_001 + number % 90:06d}",
                f"{17 + rng.random():.6f}",
                f"{78 + rng.random():.6f}",
                f"{rng.choice(DAYS)}T{number % 24:02d}:00:00+00:00",
                "exact",
            ),
            strict=True,
        )
    )


def _phone(number: int) -> str:
    if number % 16 == 0:
        return ""
    own = 9_000_000_000 + 7 * (number if number % 33 else number - 1)
    return f"0{own}" if number % 50 == 0 else f"+91{own}"
