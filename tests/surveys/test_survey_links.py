"""A survey's link: ours, unchanged, and for nothing else."""

import pytest
from itsdangerous import URLSafeSerializer

from tellfirst.domain.errors import Refused
from tellfirst.surveys.links import SurveyLinks

SECRET = "a secret of this installation"
LINKS = SurveyLinks(SECRET, "https://asha.example.org/")


def _token(links: SurveyLinks, delivery_id: int) -> str:
    return links.link(delivery_id).rpartition("/s/")[2]


@pytest.mark.parametrize("delivery_id", [1, 42, 2**40])
def test_a_link_leads_back_to_its_delivery(delivery_id: int) -> None:
    assert LINKS.link(delivery_id).startswith("https://asha.example.org/s/")
    assert LINKS.read(_token(LINKS, delivery_id)) == delivery_id


def test_the_same_delivery_has_the_same_link_so_that_a_resend_says_what_was_said() -> None:
    assert LINKS.link(7) == SurveyLinks(SECRET, "https://asha.example.org").link(7)
    assert LINKS.link(7) != LINKS.link(8)


GOOD = _token(LINKS, 42)
NUMBER, SIGNATURE = GOOD.split(".")


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "42",
        NUMBER,
        f"{NUMBER}.",
        f".{SIGNATURE}",
        GOOD[:-1],
        GOOD + "A",
        GOOD.swapcase(),
        f"{_token(LINKS, 43).split('.')[0]}.{SIGNATURE}",
        "../../etc/passwd",
        "\u0c34\u0c32",
        "x" * 10_000,
        _token(SurveyLinks("another secret", "https://asha.example.org"), 42),
        URLSafeSerializer(SECRET, salt="another purpose").dumps(42),
        URLSafeSerializer(SECRET).dumps(42),
    ],
)
def test_a_link_that_was_changed_or_made_elsewhere_is_refused(token: str) -> None:
    with pytest.raises(Refused) as refused:
        LINKS.read(token)
    assert (refused.value.reason, refused.value.status) == ("bad_link", 404)


@pytest.mark.parametrize("payload", ["42", None, [42], {"delivery": 42}, 4.2])
def test_something_else_signed_with_our_own_secret_is_no_survey(payload: object) -> None:
    with pytest.raises(Refused, match="does not belong to a survey"):
        LINKS.read(URLSafeSerializer(SECRET, salt="survey").dumps(payload))


def test_a_link_tells_nothing_but_a_number() -> None:
    assert URLSafeSerializer(SECRET, salt="survey").loads(GOOD) == 42
    assert len(GOOD) < 40
