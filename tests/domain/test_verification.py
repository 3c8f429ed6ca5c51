"""When service counts as back."""

from datetime import UTC, datetime, timedelta

from tellfirst.domain.verification import Asked, Sampling, believed_at, is_to_be_asked

QUIET = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
RULE = Sampling(20, 10 * MINUTE)


def test_without_a_rule_nobody_is_asked_and_quiet_monitors_are_enough() -> None:
    assert not is_to_be_asked(QUIET, None, None)
    assert believed_at(QUIET, None, None) == QUIET


def test_a_sample_is_asked_once_for_each_all_clear() -> None:
    assert is_to_be_asked(QUIET, RULE, None)
    assert not is_to_be_asked(QUIET, RULE, Asked(QUIET, 20))
    assert is_to_be_asked(QUIET, RULE, Asked(QUIET - MINUTE, 20))


def test_silence_counts_as_service_after_the_wait_and_an_older_sample_counts_for_nothing() -> None:
    assert believed_at(QUIET, RULE, Asked(QUIET + MINUTE, 20)) == QUIET + 11 * MINUTE
    assert believed_at(QUIET, RULE, Asked(QUIET - MINUTE, 20)) == QUIET


def test_a_sample_of_nobody_is_not_waited_for() -> None:
    assert believed_at(QUIET, RULE, Asked(QUIET + MINUTE, 0)) == QUIET
