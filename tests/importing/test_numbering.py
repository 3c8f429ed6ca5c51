"""Numbering plans as regular expressions say what phonenumbers says, for every country and type there is."""

from random import Random

import phonenumbers
import polars as pl
import pytest
from phonenumbers import PhoneNumberType

from tellfirst.audience.importing.numbering import Asked, numbered

PAID = {PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST}
NONE_GEOGRAPHIC = "001"


def _examples(region: str, code: int) -> set[str]:
    """A number of every type the region has, in E.164."""
    form = phonenumbers.PhoneNumberFormat.E164
    found = [
        phonenumbers.example_number_for_non_geo_entity(code)
        if region == NONE_GEOGRAPHIC
        else phonenumbers.example_number_for_type(region, kind)
        for kind in range(PhoneNumberType.VOICEMAIL + 1)
    ]
    return {phonenumbers.format_number(one, form) for one in found if one}


def _numbers(seed: int) -> list[str]:
    """The examples of every region, and what becomes of them when digits are changed, lost and added."""
    rng = Random(seed)
    made: dict[str, None] = {}
    for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items():
        for region in regions:
            for example in sorted(_examples(region, code)):
                made[example] = None
                for changes in (1, 2, 5):
                    digits = list(example)
                    for _ in range(changes):
                        digits[rng.randrange(len(str(code)) + 1, len(digits))] = rng.choice("0123456789")
                    made["".join(digits)] = None
                made[example + rng.choice("0123456789")] = None
                made[example[:-1]] = None
    return list(made)


@pytest.mark.parametrize("seed", [1, 2])
def test_every_answer_is_the_one_phonenumbers_gives(seed: int) -> None:
    numbers = _numbers(seed)
    answers = numbered(pl.DataFrame({"phone": numbers}), *Asked)
    assert answers.height == len(numbers)
    asked = 0
    for phone, possible, valid, premium, landline in answers.select("phone", *Asked).rows():
        try:
            parsed = phonenumbers.parse(phone, None)
        except phonenumbers.NumberParseException:
            assert not valid, phone
            continue
        if phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) != phone:
            continue  # it has a trunk prefix behind its country: no E.164, though phonenumbers mends it
        asked += 1
        kind = phonenumbers.number_type(parsed)
        assert valid == phonenumbers.is_valid_number(parsed), phone
        length_fits = phonenumbers.is_possible_number_with_reason(parsed) == 0
        # Of a code that several countries share, phonenumbers asks the lengths of the first alone.
        alone = len(phonenumbers.COUNTRY_CODE_TO_REGION_CODE[parsed.country_code]) == 1
        assert possible == (length_fits or (not alone and possible)), phone
        assert possible or not valid, phone
        if valid:
            assert premium == (kind in PAID), phone
            assert landline == (kind == PhoneNumberType.FIXED_LINE), phone
    assert asked > 5_000


def test_a_country_that_does_not_exist_has_no_code_and_no_valid_number() -> None:
    answers = numbered(pl.DataFrame({"phone": ["+9991234567890", "+919848012345"]}), Asked.VALID)
    assert dict(answers.select("code", "valid").rows()) == {None: False, "91": True}


def test_no_numbers_are_no_answers() -> None:
    assert numbered(pl.DataFrame({"phone": []}, schema={"phone": pl.String}), Asked.VALID).height == 0
