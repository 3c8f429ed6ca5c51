"""How grave it is: the matrix of size and impact, and what makes it graver."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from tellfirst.domain.impact import Impact
from tellfirst.domain.severity import Grade, Gravity, Severity, graded, graver, risen

S1, S2, S3, S4 = Severity
DOWN, DEGRADED, AT_RISK = Impact.DOWN, Impact.DEGRADED, Impact.AT_RISK
HOUR = timedelta(hours=1)

MATRIX = [
    # count, down, degraded without a workaround, with one, at risk
    (100_000, (S1, S1, S2, S3)),
    (99_999, (S1, S2, S2, S3)),
    (10_000, (S1, S2, S2, S3)),
    (9_999, (S2, S2, S3, S4)),
    (250, (S2, S2, S3, S4)),
    (249, (S3, S3, S4, S4)),
    (1, (S3, S3, S4, S4)),
]
COLUMNS = [(DOWN, False), (DEGRADED, False), (DEGRADED, True), (AT_RISK, False)]


def hit(**counts: int) -> Gravity:
    """So many down, degraded and at risk, among ten million."""
    by_impact = {Impact[name.upper()]: count for name, count in counts.items()}
    return Gravity(by_impact, by_impact, 10_000_000)


@pytest.mark.parametrize(("count", "row"), MATRIX)
def test_the_matrix_to_the_last_customer(count: int, row: tuple[Severity, ...]) -> None:
    for (impact, workaround), wanted in zip(COLUMNS, row, strict=True):
        found = graded(replace(hit(**{impact.word: count}), workaround=workaround))
        assert found.severity is wanted, (impact, workaround)


def test_a_workaround_helps_nobody_who_has_nothing() -> None:
    assert graded(replace(hit(down=300), workaround=True)).severity is S2


def test_the_gravest_of_all_impacts_counts_with_all_who_are_hit_at_least_so_badly() -> None:
    assert graded(hit(down=200, degraded=100_000)) == Grade(S1, ("very_large", "degraded"))
    assert graded(hit(down=200, degraded=49)).severity is S3
    assert graded(hit(down=200, degraded=50)) == Grade(S2, ("medium", "degraded"))


def test_where_emergency_calls_may_fail_it_is_one_size_larger_but_not_for_those_who_are_only_at_risk() -> (
    None
):
    assert graded(replace(hit(down=1), emergency_calls=True)) == Grade(
        S2, ("medium", "down", "emergency_calls")
    )
    assert graded(replace(hit(down=250), emergency_calls=True)).severity is S1
    assert graded(replace(hit(down=100_000), emergency_calls=True)).severity is S1
    assert graded(replace(hit(at_risk=9), emergency_calls=True)).severity is S4


def test_a_small_company_that_is_down_as_a_whole_is_very_large() -> None:
    everybody = Gravity({DOWN: 900}, {DOWN: 900}, base=900)
    assert graded(everybody) == Grade(S1, ("very_large", "down", "everybody"))
    assert graded(replace(everybody, base=901)).severity is S2


def test_whoever_is_unsure_takes_the_higher_and_says_so() -> None:
    unsure = Gravity({DOWN: 300}, {DOWN: 240}, base=10_000)
    assert graded(unsure) == Grade(S2, ("medium", "down", "unsure_takes_the_higher"))
    assert "unsure_takes_the_higher" not in graded(replace(unsure, sure={DOWN: 250})).reasons


def test_what_lasts_more_than_six_hours_or_comes_again_is_one_graver_and_both_are_no_more() -> None:
    small = hit(down=9)
    assert graded(replace(small, lasts=6 * HOUR)).severity is S3
    longer = graded(replace(small, lasts=6 * HOUR + timedelta(seconds=1)))
    assert longer == Grade(S2, ("small", "down", "expected_to_last"))
    assert graded(replace(small, again=True)).reasons[-1] == "again_within_30_days"
    assert graded(replace(small, again=True, lasts=9 * HOUR)).severity is S2


def test_nobody_hit_is_the_least_whatever_else_is_known() -> None:
    nobody = replace(hit(), emergency_calls=True, again=True, lasts=9 * HOUR)
    assert graded(nobody) == Grade(S4, ("nobody_hit",))


def test_nothing_is_graver_than_the_gravest() -> None:
    assert [graver(one) for one in Severity] == [S1, S1, S2, S3]


@pytest.mark.parametrize(("least", "now", "found"), list(product(Severity, repeat=3)))
def test_it_rises_and_never_falls_by_itself(least: Severity, now: Severity, found: Severity) -> None:
    after = risen(least, now, Grade(found, ("small", "down")))
    assert after.severity == min(least, now, found)
    if after.severity is not found:
        assert after.reasons in (("does_not_fall",), ("playbook",))


def test_more_customers_never_make_it_milder() -> None:
    counts: list[Mapping[Impact, int]] = [
        {DOWN: down, DEGRADED: degraded}
        for down, degraded in product((0, 1, 249, 250, 9_999), (0, 1, 99_999))
    ]
    for fewer, more in product(counts, counts):
        if all(fewer[one] <= more[one] for one in fewer):
            grades = [graded(Gravity(one, one, 10_000_000)).severity for one in (fewer, more)]
            assert grades[1] <= grades[0]
