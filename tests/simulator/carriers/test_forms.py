"""Forms are read as Python's own library reads them, only faster."""

from random import Random
from urllib.parse import parse_qsl

from tellfirst.simulator.carriers.twilio.form import FIELD_COUNT_MAX, read_pairs

PIECES = ["a", "To", "&", "=", "+", "%41", "%E0%B0%A4", "%2B", "%zz", ";", " ", "%FF", "%", "%C3"]


def by_the_library(text: str) -> list[tuple[str, str]] | None:
    try:
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=FIELD_COUNT_MAX)
    except ValueError:
        return None


def test_random_forms_are_read_as_the_library_reads_them() -> None:
    random = Random(3)
    refused = 0
    for _ in range(20_000):
        text = "".join(random.choices(PIECES, k=random.randrange(14)))
        read = read_pairs(text.encode())
        assert (read if isinstance(read, list) else None) == by_the_library(text)
        refused += not isinstance(read, list)
    assert 1_000 < refused < 19_000


def test_too_many_fields_are_refused() -> None:
    assert isinstance(read_pairs(b"&".join([b"a=1"] * FIELD_COUNT_MAX)), list)
    assert not isinstance(read_pairs(b"&".join([b"a=1"] * (FIELD_COUNT_MAX + 1))), list)


def test_a_form_with_bytes_beyond_ascii_is_refused() -> None:
    assert not isinstance(read_pairs("Body=తె".encode()), list)
