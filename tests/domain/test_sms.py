"""What a text costs, judged by smsutil and by the numbers of 3GPP 23.038/23.040."""

import pytest
import smsutil
from hypothesis import example, given
from hypothesis import strategies as st

from tellfirst.domain.sms import Encoding, encoding_of, normalise, outside_gsm7, segment_count, unit_count

TELUGU = "సేవ"
URDU = "سروس"
GSM7 = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0129:;<=>?¡AZÄÖÑÜ§¿azäöñüà\f^{}\\[~]|€"

without_escape = st.text(st.characters(exclude_characters="\x1b", exclude_categories=["Cs"]), min_size=1)
plain_texts = st.text(st.sampled_from(GSM7), min_size=1, max_size=500)
wide_texts = st.text(st.sampled_from("aసేవس😀"), min_size=1, max_size=300)


@pytest.mark.parametrize(
    ("text", "encoding", "segments"),
    [
        ("a", Encoding.GSM7, 1),
        ("a" * 160, Encoding.GSM7, 1),
        ("a" * 161, Encoding.GSM7, 2),
        ("a" * 306, Encoding.GSM7, 2),
        ("a" * 307, Encoding.GSM7, 3),
        ("a" * 159 + "€", Encoding.GSM7, 2),
        ("a" * 158 + "€", Encoding.GSM7, 1),
        ("a" * 152 + "€" + "a" * 152, Encoding.GSM7, 3),
        ("స" * 70, Encoding.UCS2, 1),
        ("స" * 71, Encoding.UCS2, 2),
        ("స" * 134, Encoding.UCS2, 2),
        ("స" * 135, Encoding.UCS2, 3),
        ("స" * 201, Encoding.UCS2, 3),
        ("స" * 202, Encoding.UCS2, 4),
        ("😀" * 35, Encoding.UCS2, 1),
        ("స" * 66 + "😀" + "స" * 66, Encoding.UCS2, 3),
        ("a" * 160 + "\N{RIGHT SINGLE QUOTATION MARK}", Encoding.UCS2, 3),
        ("Ç", Encoding.GSM7, 1),
        ("ç", Encoding.UCS2, 1),
        ("\f" * 80, Encoding.GSM7, 1),
        ("\f" * 81, Encoding.GSM7, 2),
    ],
)
def test_parts_are_counted_as_the_standard_and_smsutil_count_them(
    text: str, encoding: Encoding, segments: int
) -> None:
    assert (encoding_of(text), segment_count(text)) == (encoding, segments)
    assert len(smsutil.split(text).parts) == segments


@given(st.one_of(without_escape, plain_texts, wide_texts))
def test_any_text_costs_what_smsutil_says(text: str) -> None:
    judged = smsutil.split(text)
    assert segment_count(text) == len(judged.parts)
    assert (encoding_of(text) is Encoding.GSM7) == (judged.encoding == "gsm0338")
    assert unit_count(text) == judged.total_bytes // (1 if judged.encoding == "gsm0338" else 2)


def test_the_escape_character_is_no_letter_of_its_own() -> None:
    assert encoding_of("\x1b") is Encoding.UCS2


def test_nothing_costs_nothing() -> None:
    assert segment_count("") == 0


def test_the_characters_that_raise_the_price_are_named_once_in_their_order() -> None:
    assert outside_gsm7("çaçసa") == ("ç", "స")


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("we‘re “here” – now—or…", 'we\'re "here" - now-or...'),
        ("a\u00a0b\u202fc\td", "a b c d"),
        ("it`s", "it's"),
        ("cafe\u0301", "café"),
        ("one\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour"),
        ("bell\x07 escape\x1b null\x00 delete\x7f", "bell escape null delete"),
        ("\u202eevil\u202c \u2066in\u2069", "evil in"),
        ("soft\u00adhy\u200bphen\ufeff", "softhyphen"),
        ("copied\u200e from a map", "copied from a map"),
        (f"{URDU} \u200e198", f"{URDU} \u200e198"),
        ("ఆన్\u200cలైన్", "ఆన్\u200cలైన్"),
    ],
)
def test_characters_that_only_cost_are_written_plainly(written: str, sent: str) -> None:
    assert normalise(written) == sent


def test_an_english_text_with_typographic_signs_goes_back_to_one_part() -> None:
    written = "We’re sorry – your service is down… " + "a" * 100
    assert (segment_count(written), segment_count(normalise(written))) == (3, 1)


@example("A\u200e\u0300")
@example("\u1fef")
@given(st.one_of(without_escape, st.text(st.sampled_from("\u200e\u202e’e\u0301\u00ad\r\n\u1fefس…"))))
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@given(st.text())
def test_no_override_and_no_control_survives(text: str) -> None:
    left = set(normalise(text))
    assert not left & {chr(point) for point in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x1B, 0)}


@given(plain_texts.filter(lambda text: "\r" not in text and "\f" not in text))
def test_a_gsm7_text_stays_gsm7(text: str) -> None:
    assert encoding_of(normalise(text)) is Encoding.GSM7
