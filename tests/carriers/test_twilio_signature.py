"""The short way to Twilio's signature says what the vendor's library and the standard library say."""

from unittest.mock import patch
from urllib.parse import parse_qs, urlencode

from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator
from twilio_house import PUBLIC

from tellfirst.carriers.port import RawRequest
from tellfirst.carriers.twilio.signature import HEADER, read_fields, verified_form

TOKEN = "the token of an account"
URL = f"{PUBLIC}/receipts/twilio?delivery=31"


@given(body=st.binary(max_size=80) | st.text("ab=&+;%2bC3A9é\0", max_size=40).map(str.encode))
def test_a_form_is_read_as_the_standard_library_reads_it(body: bytes) -> None:
    text = body.decode("utf-8", errors="replace")
    assert list(read_fields(text).items()) == list(parse_qs(text, keep_blank_values=True).items())


@given(fields=st.lists(st.tuples(st.text(max_size=5), st.sampled_from(["", "a", "b", "é +&="])), max_size=6))
def test_what_the_vendors_library_signs_is_recognised_without_it(fields: list[tuple[str, str]]) -> None:
    body = urlencode([(name.encode("utf-8", "replace"), value) for name, value in fields]).encode()
    form = read_fields(body.decode())
    headers = {HEADER: RequestValidator(TOKEN).compute_signature(URL, form)}
    with patch.object(RequestValidator, "validate", side_effect=AssertionError("the short way missed it")):
        assert verified_form(TOKEN, RawRequest(URL, headers, body)) == form
