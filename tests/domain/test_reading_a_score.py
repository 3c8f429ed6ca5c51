"""What counts as an answer to the survey when it comes as a text."""

import pytest

from tellfirst.domain.survey import COMMENT_LENGTH, Asking, Score, SurveyKind, read_score


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4", Score(4, "")),
        (" 5 \n", Score(5, "")),
        ("1.", Score(1, "")),
        ("4 good", Score(4, "good")),
        ("4 - good", Score(4, "good")),
        ("3: it took long", Score(3, "it took long")),
        ("5, thank you", Score(5, "thank you")),
        ("2!\nnobody called", Score(2, "nobody called")),
        ("౪", Score(4, "")),
        ("౫ ధన్యవాదాలు", Score(5, "ధన్యవాదాలు")),
        ("٣", Score(3, "")),
        ("۵ شکریہ", Score(5, "شکریہ")),
        ("4 terima kasih", Score(4, "terima kasih")),
    ],
)
def test_a_digit_from_one_to_five_that_stands_first_is_a_score(text: str, expected: Score) -> None:
    assert read_score(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "STOP",
        "no signal",
        "good",
        "0",
        "6",
        "9 out of 10",
        "-1",
        "12",
        "12 hours without calls",
        "1 2",
        "45",
        "౧౨",
        "۱۲",
        "4.5",
        "4-12-33/A Temple Road",
        "12-1-331",
        "4G does not work",
        "5G is slow here",
        "3rd day without signal",
        "4B Lake Road",
        "2వ రోజు సిగ్నల్ లేదు",
        "my score is 4",
        "+914055500001",
    ],
)
def test_anything_else_is_no_score(text: str) -> None:
    assert read_score(text) is None


def test_a_long_comment_is_cut_to_what_is_kept() -> None:
    found = read_score("2 " + "x" * (COMMENT_LENGTH + 1))
    assert found == Score(2, "x" * COMMENT_LENGTH)


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("10", 10), ("0", 0), ("7", 7), ("10 thank you", 10), ("౧౦", 10), ("1", 1),
        ("11", None), ("100", None), ("10G", None), ("10 20", None), ("ten", None),
    ],
)  # fmt: skip
def test_a_score_of_0_to_10_is_read_when_that_was_asked(text: str, score: int | None) -> None:
    found = read_score(text, SurveyKind.NPS)
    assert (found.value if found else None) == score


def test_a_low_score_is_called_back_and_a_playbook_may_say_which_is_low() -> None:
    usual, fewer = Asking(), Asking(SurveyKind.NPS, call_back_up_to=4)
    assert [score for score in SurveyKind.CSAT.scores if usual.calls_back(score)] == [1, 2]
    assert [score for score in SurveyKind.NPS.scores if Asking(SurveyKind.NPS).calls_back(score)] == list(
        range(7)
    )
    assert [score for score in SurveyKind.NPS.scores if fewer.calls_back(score)] == list(range(5))
