"""Which times a company's text gives, and which it only seems to."""

from datetime import UTC, datetime

import pytest

from tellfirst.replay.saying_when import estimate, next_word_by

SAID = datetime(2026, 7, 1, 20, 50, tzinfo=UTC)
"""Wednesday; 13:50 in California."""


def clock(hour: int, minute: int = 0, day: int = 1) -> datetime:
    return datetime(2026, 7, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("Next update in 30 minutes.", clock(21, 20)),
        ("Next update in 30m.", clock(21, 20)),
        ("Next update in one hour.", clock(21, 50)),
        ("Next update is expected within 30 minutes.", clock(21, 20)),
        ("We will provide an update within 30 minutes.", clock(21, 20)),
        ("We will provide a more detailed status update within an hour.", clock(21, 50)),
        ("Another update will be shared within the next 30 minutes.", clock(21, 20)),
        ("We expect to have a more substantial update within another two hours.", clock(22, 50)),
        ("We'll post another update by 23:45 UTC.", clock(23, 45)),
        ("We will provide another update at 20:00 UTC.", clock(20, 0, day=2)),
        ("next update by 14:30 PDT", clock(21, 30)),
        ("Next update by 2:30 pm PT", clock(21, 30)),
        ("We will provide an update by Thursday, 2026-07-02 12:00 US/Pacific.", clock(19, 0, day=2)),
        ("We will provide more information by Wednesday, 2026-07-01 14:15 US/Pacific.", clock(21, 15)),
    ],
)  # fmt: skip
def test_a_promised_time_is_read(text: str, due: datetime) -> None:
    assert next_word_by(f"We are looking into it. {text}", SAID) == due


@pytest.mark.parametrize(
    "text",
    [
        "We will provide updates as necessary.",
        "We are still investigating and will provide an update when we have one.",
        "We will post another update shortly.",
        "We are monitoring and will send another update in a few minutes.",
        "Between 14:30 UTC and 15:30 UTC customers could not update their settings.",
        "Please run an update within 30 minutes of reading this.",
        "We will provide an update by Tuesday, 2026-06-30 12:00 US/Pacific.",
        "Our offices close at 17:00 UTC.",
        "",
    ],
)
def test_what_names_no_time_to_come_promises_none(text: str) -> None:
    assert next_word_by(text, SAID) is None


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("We expect full recovery within the next 30 minutes.", clock(21, 20)),
        ("The services should be in recovery, with expected full recovery in 5 to 10 minutes", clock(21, 0)),
        ("The mitigation is expected to complete by Wednesday, 2026-07-01 15:00 US/Pacific.", clock(22, 0)),
        ("Work is in progress to restore images. ETA is within 30 minutes.", clock(21, 20)),
        ("Write access should be restored within an hour.", clock(21, 50)),
        ("ETA for mitigation is approximately 15:00 US/Pacific.", clock(22, 0)),
    ],
)
def test_an_estimate_is_read(text: str, due: datetime) -> None:
    assert estimate(text, SAID) == due


@pytest.mark.parametrize(
    "text",
    [
        "We do not have an ETA for mitigation at this point.",
        "We expect recovery soon.",
        "Next update is expected within 30 minutes.",
        "We expect to provide another update within 30 minutes.",
        "We estimate recovery within the next few hours.",
    ],
)
def test_what_is_no_estimate_is_not_taken_for_one(text: str) -> None:
    assert estimate(text, SAID) is None


def test_an_estimate_that_had_passed_when_it_was_given_is_kept_as_it_was() -> None:
    text = "The mitigation is expected to complete by Wednesday, 2026-07-01 13:00 US/Pacific."
    assert estimate(text, SAID) == clock(20, 0)
