"""Every bad value of a customer file: imported as it is, mended with a note, or rejected with line and rule."""

import pytest
from filing import Bring, rejects, stored
from sqlalchemy import Engine

from tellfirst.store import tables as t

SOUND = {"reference": "C1", "zone": "Asia/Kolkata"}


def row(**values: str) -> str:
    """A customer file of one row, every field quoted."""
    fields = SOUND | values
    quoted = ['"' + value.replace('"', '""') + '"' for value in fields.values()]
    return f"{','.join(fields)}\n{','.join(quoted)}\n"


REJECTED = {
    "nul_byte": ("district", "Miya\x00pur", "nul"),
    "field_over_10_000_characters": ("district", "x" * 10_001, "too_long"),
    "reference_over_200_characters": ("reference", "C" * 201, "too_long"),
    "quoted_newline": ("district", "Miyapur\nC2", "line_break"),
    "control_character": ("district", "Miya\x07pur", "control_character"),
    "excel_float_as_reference": ("reference", "1.23E+10", "number_as_float"),
    "whole_float_as_reference": ("reference", "1230.0", "number_as_float"),
    "float_as_area_code": ("area_code", "500001.0", "number_as_float"),
    "bidi_override_in_reference": ("reference", "C\u202e1", "invisible_character"),
    "zero_width_in_reference": ("reference", "C\u200b1", "invisible_character"),
    "missing_reference": ("reference", "", "missing"),
    "missing_zone": ("zone", "", "missing"),
    "unknown_zone": ("zone", "Asia/Hyderabad", "unknown_zone"),
    "malformed_language": ("language", "english!", "not_a_language"),
    "language_by_its_english_name": ("language", "telugu", "not_a_language"),
    "unknown_status": ("status", "gone", "unknown_word"),
    "unknown_channel": ("wish", "pigeon", "unknown_word"),
    "wish_for_no_channel": ("wish", "none", "unknown_word"),
    "priority_over_9": ("priority", "10", "out_of_range"),
    "priority_below_0": ("priority", "-1", "not_a_number"),
    "priority_in_words": ("priority", "high", "not_a_number"),
    "phone_as_float": ("phone", "4.47E+11", "number_as_float"),
    "phone_with_extension": ("phone", "+919848012345 ext 12", "extension"),
    "phone_with_letters": ("phone", "+91-98480-GLASS", "letters_in_phone"),
    "phone_premium": ("phone", "+911861123456789", "premium_number"),
    "phone_satellite": ("phone", "+881612345678", "satellite_number"),
    "phone_emergency_112": ("phone", "112", "emergency_number"),
    "phone_emergency_911": ("phone", "911", "emergency_number"),
    "phone_short_code": ("phone", "56161", "short_number"),
    "phone_too_short": ("phone", "+9198", "wrong_length"),
    "phone_too_long": ("phone", "+9198480123451234567", "wrong_length"),
    "phone_of_no_country": ("phone", "+9991234567890", "not_a_phone"),
    "phone_formula": ("phone", "=91+1", "formula"),
    "email_display_name": ("email", "Padma <padma@example.in>", "display_name"),
    "email_two_addresses": ("email", "padma@example.in, ravi@example.in", "two_addresses"),
    "email_with_line_break": ("email", "padma@example.in\r\nBcc: x@example.in", "line_break"),
    "email_trailing_dot": ("email", "padma@example.in.", "trailing_dot"),
    "email_without_host": ("email", "padma@", "not_an_address"),
    "email_with_double_dot": ("email", "pad..ma@example.in", "not_an_address"),
    "email_too_long": ("email", f"{'p' * 60}@{'a' * 60}.{'b' * 60}.{'c' * 60}.{'d' * 60}.in", "too_long"),
    "formula_equals": ("household", "=cmd()", "formula"),
    "formula_plus": ("household", "+1", "formula"),
    "formula_minus": ("household", "-1", "formula"),
    "formula_at": ("household", "@SUM", "formula"),
    "located_at_without_zone": ("located_at", "2026-11-22T09:30:00", "no_zone"),
    "located_at_in_a_13th_month": ("located_at", "2026-13-22T09:30:00+00:00", "not_a_time"),
    "located_at_in_local_style": ("located_at", "22/11/2026", "not_a_time"),
    "located_at_in_year_1": ("located_at", "0001-01-01T00:00:00+14:00", "not_a_time"),
}


@pytest.mark.parametrize("name", REJECTED)
def test_the_row_is_rejected_with_its_line_column_and_rule(
    sqlite_engine: Engine, bring: Bring, name: str
) -> None:
    column, text, rule = REJECTED[name]
    report = bring(sqlite_engine, "customers", row(**{column: text}))
    assert rejects(sqlite_engine) == [(2, column, rule)]
    assert (report.row_count, report.accepted_count, report.rejected_count) == (1, 0, 1)
    assert stored(sqlite_engine, t.customer, "id") == []


MENDED = {
    "spaces_around": ("district", " Miyapur ", "Miyapur", "spaces_trimmed"),
    "status_in_capitals": ("status", "Active", "active", "case"),
    "wish_in_capitals": ("wish", "WhatsApp", "whatsapp", "case"),
    "regional_language": ("language", "te-IN", "te", "language_reduced"),
    "language_we_have_no_texts_in": ("language", "fr", "en", "language_unsupported"),
    "phone_with_spaces": ("phone", "+91 98480 12345", "+919848012345", "phone_rewritten"),
    "phone_with_dashes": ("phone", "+91-98480-12345", "+919848012345", "phone_rewritten"),
    "phone_with_00": ("phone", "00919848012345", "+919848012345", "phone_rewritten"),
    "phone_national": ("phone", "09848012345", "+919848012345", "phone_rewritten"),
    "phone_national_without_trunk": ("phone", "98480 12345", "+919848012345", "phone_rewritten"),
    "phone_with_trunk_zero_in_brackets": ("phone", "+91 (0)98480 12345", "+919848012345", "phone_rewritten"),
    "phone_full_width": ("phone", "＋９１９８４８０１２３４５", "+919848012345", "phone_rewritten"),
    "phone_arabic_indic": ("phone", "+٩١٩٨٤٨٠١٢٣٤٥", "+919848012345", "phone_rewritten"),
    "email_unicode_domain": (
        "email",
        "padma@bücher.example",
        "padma@xn--bcher-kva.example",
        "domain_in_ascii",
    ),
    "email_sharp_s_domain": (
        "email",
        "padma@straße.example",
        "padma@xn--strae-oqa.example",
        "domain_in_ascii",
    ),
    "name_with_bidi_override": ("district", "Miya\u202epur", "Miyapur", "bidi_removed"),
    "mojibake": ("district", "BÃ¼cher", "BÃ¼cher", "looks_garbled"),
}


@pytest.mark.parametrize("name", MENDED)
def test_the_value_is_mended_and_the_report_says_so(sqlite_engine: Engine, bring: Bring, name: str) -> None:
    column, text, kept, note = MENDED[name]
    report = bring(sqlite_engine, "customers", row(**{column: text}))
    assert stored(sqlite_engine, t.customer, column) == [(kept,)]
    assert {(where, str(what)): count for (where, what), count in report.notes.items()} == {(column, note): 1}
    assert (report.new_count, report.repaired_count, report.rejected_count) == (1, 1, 0)


KEPT = {
    "leading_zeros_in_reference": ("reference", "000123"),
    "leading_zeros_in_area_code": ("area_code", "005001"),
    "reference_that_pandas_takes_for_nothing": ("reference", "NA"),
    "name_null": ("district", "null"),
    "name_none": ("district", "None"),
    "name_true": ("district", "True"),
    "name_like_a_template": ("district", "{{7*7}}"),
    "name_right_to_left": ("district", "حیدرآباد"),
    "name_with_combining_marks": ("district", "మియాపూర్"),
    "name_with_emoji_joiner": ("district", "👩\u200d👩\u200d👧"),
    "name_of_500_characters": ("district", "x" * 500),
    "name_with_separator_and_quote": ("district", 'Miyapur, "old" town'),
    "email_role_address": ("email", "info@example.in"),
    "email_with_plus": ("email", "padma+home@example.in"),
    "phone_landline": ("phone", "+914023456789"),
    "deceased": ("status", "deceased"),
    "churned": ("status", "churned"),
    "date_like_household": ("household", "1-2"),
    "wish_sms": ("wish", "sms"),
    "wish_email": ("wish", "email"),
    "wish_whatsapp": ("wish", "whatsapp"),
    "wish_voice": ("wish", "voice"),
    "wish_fax": ("wish", "fax"),
    "wish_webhook": ("wish", "webhook"),
}


@pytest.mark.parametrize("name", KEPT)
def test_the_value_is_kept_as_it_is_without_a_word(sqlite_engine: Engine, bring: Bring, name: str) -> None:
    column, text = KEPT[name]
    report = bring(sqlite_engine, "customers", row(**{column: text}))
    assert stored(sqlite_engine, t.customer, column) == [(text,)]
    assert (report.repaired_count, report.rejected_count, dict(report.notes)) == (0, 0, {})


@pytest.mark.parametrize(
    ("lat", "lon", "location", "expected"),
    [
        pytest.param("17.4", "78.4", "", (17.4, 78.4, "exact"), id="exact_unless_said"),
        pytest.param("17.4", "78.4", "default", (17.4, 78.4, "default"), id="default_when_said"),
        pytest.param("0", "0.0", "exact", (0.0, 0.0, "default"), id="zero_zero_is_no_place"),
        pytest.param("-17.4", "-78.4", "", (-17.4, -78.4, "exact"), id="minus_is_no_formula_here"),
        pytest.param("17.4", "", "", ("lon", "half_a_place"), id="lat_alone"),
        pytest.param("", "78.4", "", ("lat", "half_a_place"), id="lon_alone"),
        pytest.param("", "", "exact", ("location", "half_a_place"), id="location_without_a_place"),
        pytest.param("120.5", "17.4", "", ("lat", "swapped_place"), id="swapped"),
        pytest.param("190", "17.4", "", ("lat", "out_of_range"), id="lat_beyond_any_range"),
        pytest.param("17.4", "181", "", ("lon", "out_of_range"), id="lon_out_of_range"),
        pytest.param("n/a", "78.4", "", ("lat", "not_a_number"), id="no_number"),
        pytest.param("17,4", "78.4", "", ("lat", "not_a_number"), id="decimal_comma"),
        pytest.param("nan", "78.4", "", ("lat", "not_a_number"), id="not_a_number_in_letters"),
    ],
)
def test_a_place_is_whole_and_on_earth(
    sqlite_engine: Engine, bring: Bring, lat: str, lon: str, location: str, expected: tuple[object, ...]
) -> None:
    bring(sqlite_engine, "customers", row(lat=lat, lon=lon, location=location))
    if len(expected) == 3:
        assert stored(sqlite_engine, t.customer, "lat", "lon", "location") == [expected]
    else:
        assert (2, *expected) in rejects(sqlite_engine)
        assert stored(sqlite_engine, t.customer, "id") == []


def test_one_row_with_several_faults_is_rejected_once_and_listed_for_each(
    sqlite_engine: Engine, bring: Bring
) -> None:
    report = bring(sqlite_engine, "customers", row(phone="112", email="none", zone="Mars"))
    assert rejects(sqlite_engine) == [
        (2, "email", "not_an_address"),
        (2, "phone", "emergency_number"),
        (2, "zone", "unknown_zone"),
    ]
    assert report.rejected_count == 1


def test_a_national_number_without_a_region_is_rejected(sqlite_engine: Engine, bring: Bring) -> None:
    bring(sqlite_engine, "customers", row(phone="09848012345"), region=None)
    assert rejects(sqlite_engine) == [(2, "phone", "national_form")]


def test_whoever_cannot_be_told_is_counted_and_kept(sqlite_engine: Engine, bring: Bring) -> None:
    report = bring(sqlite_engine, "customers", row())
    assert (report.new_count, report.unreachable_count) == (1, 1)
