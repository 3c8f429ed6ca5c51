"""Every name under which a value is rejected or repaired, with what it means and what to do."""

from dataclasses import dataclass
from enum import StrEnum


class Rule(StrEnum):
    """Why a row was not imported."""

    BROKEN_QUOTES = "broken_quotes"
    CIRCLE = "circle"
    CONTROL_CHARACTER = "control_character"
    DIFFERENT_ROWS_ONE_KEY = "different_rows_one_key"
    DISPLAY_NAME = "display_name"
    EMERGENCY_NUMBER = "emergency_number"
    ERASED = "erased"
    EXTENSION = "extension"
    FIELDS_EXTRA = "fields_extra"
    FIELDS_MISSING = "fields_missing"
    FORMULA = "formula"
    GROUP_INCOMPLETE = "group_incomplete"
    HALF_A_PLACE = "half_a_place"
    INVISIBLE_CHARACTER = "invisible_character"
    LETTERS_IN_PHONE = "letters_in_phone"
    LINE_BREAK = "line_break"
    MISSING = "missing"
    NATIONAL_FORM = "national_form"
    NEED_DISAGREES = "need_disagrees"
    NEED_TOO_LARGE = "need_too_large"
    NO_ZONE = "no_zone"
    NOT_A_LANGUAGE = "not_a_language"
    NOT_A_NUMBER = "not_a_number"
    NOT_A_PHONE = "not_a_phone"
    NOT_A_TIME = "not_a_time"
    NOT_AN_ADDRESS = "not_an_address"
    NOT_E164 = "not_e164"
    NOT_HTTPS = "not_https"
    NUL = "nul"
    NUMBER_AS_FLOAT = "number_as_float"
    OUT_OF_RANGE = "out_of_range"
    OWN_PARENT = "own_parent"
    PREMIUM_NUMBER = "premium_number"
    RESERVED_CHARACTER = "reserved_character"
    SATELLITE_NUMBER = "satellite_number"
    SHORT_NUMBER = "short_number"
    SWAPPED_PLACE = "swapped_place"
    TOO_LONG = "too_long"
    TRAILING_DOT = "trailing_dot"
    TWO_ADDRESSES = "two_addresses"
    UNKNOWN_CUSTOMER = "unknown_customer"
    UNKNOWN_ELEMENT = "unknown_element"
    UNKNOWN_WORD = "unknown_word"
    UNKNOWN_ZONE = "unknown_zone"
    WRONG_LENGTH = "wrong_length"
    WRONG_ORDER = "wrong_order"
    # Of numbers that are already here
    INVALID_NUMBER = "invalid_number"
    LANDLINE = "landline"


class Note(StrEnum):
    """What was mended or is worth a look in a row that was imported."""

    BIDI_REMOVED = "bidi_removed"
    CASE = "case"
    DATE_ALONE = "date_alone"
    DOMAIN_IN_ASCII = "domain_in_ascii"
    DOUBLED_ELEMENT = "doubled_element"
    LANGUAGE_REDUCED = "language_reduced"
    LANGUAGE_UNSUPPORTED = "language_unsupported"
    LOOKS_GARBLED = "looks_garbled"
    PHONE_REWRITTEN = "phone_rewritten"
    PLACE_BY_DEFAULT = "place_by_default"
    SPACES_TRIMMED = "spaces_trimmed"
    TIME_TO_UTC = "time_to_utc"


SENTENCES: dict[Rule | Note, str] = {
    Rule.BROKEN_QUOTES: 'a quote opens or closes in the middle of a field; double it ("") or remove it',
    Rule.CIRCLE: "this edge closes a circle: an element would hang on itself; remove one edge of the circle",
    Rule.CONTROL_CHARACTER: "a control character stands in the text; remove it",
    Rule.DIFFERENT_ROWS_ONE_KEY: "several rows with one key say different things; keep one of them",
    Rule.DISPLAY_NAME: "a name stands beside the mail address; leave the address alone",
    Rule.EMERGENCY_NUMBER: "an emergency number is nobody's contact point; give the customer's own",
    Rule.ERASED: (
        "this customer, or whose address it was, was erased at their wish; stop sending them, or let them come back "
        "with `tellfirst erase --lift`"
    ),
    Rule.EXTENSION: "a text cannot reach an extension; give a direct number",
    Rule.FIELDS_EXTRA: "the row has more fields than the header; quote fields that hold the separator",
    Rule.FIELDS_MISSING: "the row has fewer fields than the header; it may be cut off",
    Rule.FORMULA: "a field that begins with = + - or @ may be a formula; remove the character",
    Rule.GROUP_INCOMPLETE: "another edge of this group was rejected; half a group would be another rule",
    Rule.HALF_A_PLACE: "lat and lon belong together; give both or neither",
    Rule.INVISIBLE_CHARACTER: "an invisible or direction-changing character stands in an id; remove it",
    Rule.LETTERS_IN_PHONE: "letters stand in a phone number; give digits only",
    Rule.LINE_BREAK: "a line break stands inside a field, perhaps from a quote that was never closed",
    Rule.MISSING: "a required field is empty",
    Rule.NATIONAL_FORM: "the number has no country; say --region, or write it like +919848012345",
    Rule.NEED_DISAGREES: "the edges of one group must all have the same need",
    Rule.NEED_TOO_LARGE: "more parents are needed than there are",
    Rule.NO_ZONE: "the time has no zone; write it like 2026-11-22T09:30:00+05:30",
    Rule.NOT_A_LANGUAGE: "write a language tag like en, te or te-IN",
    Rule.NOT_A_NUMBER: "write a plain number, with a point before decimals",
    Rule.NOT_A_PHONE: "this is no phone number; write it like +919848012345",
    Rule.NOT_A_TIME: "write a time like 2026-11-22T09:30:00+05:30, or a date like 2026-11-22",
    Rule.NOT_AN_ADDRESS: "write one mail address, like padma@example.in",
    Rule.NOT_E164: "write the number with its country and nothing between, like +919848012345",
    Rule.NOT_HTTPS: "write a whole address that begins with https:// and names a public host, without a password",
    Rule.NUL: "a NUL byte stands in the field; the file may be damaged or in another encoding",
    Rule.NUMBER_AS_FLOAT: "a spreadsheet has turned this into a number and lost digits; export it as text",
    Rule.OUT_OF_RANGE: "the value lies outside its range",
    Rule.OWN_PARENT: "an element cannot hang on itself",
    Rule.PREMIUM_NUMBER: "a premium-rate number is no customer's; give their own",
    Rule.RESERVED_CHARACTER: "the character | separates ids in a list and may not stand in one",
    Rule.SATELLITE_NUMBER: "satellite and international network numbers are not texted; give another",
    Rule.SHORT_NUMBER: "a short number works inside one network only; give the full number",
    Rule.SWAPPED_PLACE: "lat is beyond 90 and lon is not: they seem to be swapped",
    Rule.TOO_LONG: "the field is too long",
    Rule.TRAILING_DOT: "the mail address ends in a dot; remove it",
    Rule.TWO_ADDRESSES: "there is room for one mail address",
    Rule.UNKNOWN_CUSTOMER: "no customer has this reference; import customers first",
    Rule.UNKNOWN_ELEMENT: "there is no such element; import elements first",
    Rule.UNKNOWN_WORD: "the word is not one of those the column knows",
    Rule.UNKNOWN_ZONE: "there is no such time zone; write one like Asia/Kolkata",
    Rule.WRONG_LENGTH: "no phone number of that country is as long or as short; a digit is missing or too many",
    Rule.WRONG_ORDER: "valid_to must be later than valid_from",
    Rule.INVALID_NUMBER: "no number of that country looks like this; ask the customer",
    Rule.LANDLINE: "a landline gets no texts; ask for a mobile number",
    Note.BIDI_REMOVED: "characters that change the direction of writing were removed",
    Note.CASE: "a word was taken in lower case",
    Note.DATE_ALONE: "a date alone was taken as midnight in UTC",
    Note.DOMAIN_IN_ASCII: "a mail domain was written in its ASCII form",
    Note.DOUBLED_ELEMENT: "an element named twice was taken once",
    Note.LANGUAGE_REDUCED: "a regional language was taken as its base",
    Note.LANGUAGE_UNSUPPORTED: "there are no texts in this language: English was taken",
    Note.LOOKS_GARBLED: "the text looks as if it had been read in a wrong encoding before; kept as it is",
    Note.PHONE_REWRITTEN: "a phone number was rewritten with its country",
    Note.PLACE_BY_DEFAULT: "0,0 is no place: kept as a default location",
    Note.SPACES_TRIMMED: "spaces around a value were removed",
    Note.TIME_TO_UTC: "a time in another zone was kept in UTC",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of one text: its value, perhaps with a note; or the rule it breaks."""

    value: str | None
    note: Note | None = None
    rule: Rule | None = None


def rejected(rule: Rule) -> Verdict:
    return Verdict(None, rule=rule)
