"""Composites: one element that stands for "any k of these", known by its id alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.impact import Impact
from tellfirst.domain.network import LONGEST_COMPOSITE_ID, Edge, composite_edges, composite_id, footprint

IDS = st.text(alphabet="ab+%~:|2B7E5న", min_size=1, max_size=60)
MEMBERS = st.sets(IDS, min_size=1, max_size=8)


def test_an_id_can_be_read() -> None:
    assert composite_id(1, ["site:A", "site:B"]) == "any1:site:A+site:B"


@given(st.lists(IDS, min_size=1, max_size=8))
def test_neither_order_nor_repetition_makes_another_composite(members: list[str]) -> None:
    assert composite_id(1, members) == composite_id(1, [*reversed(members), *members])


@given(MEMBERS, MEMBERS, st.integers(1, 8), st.integers(1, 8))
def test_other_members_or_another_need_make_another_composite(
    one: set[str], two: set[str], need_one: int, need_two: int
) -> None:
    need_one, need_two = min(need_one, len(one)), min(need_two, len(two))
    same = composite_id(need_one, one) == composite_id(need_two, two)
    assert same == ((need_one, one) == (need_two, two))


def test_an_id_with_the_sign_between_two_members_is_not_two_members() -> None:
    assert composite_id(1, ["a+b", "c"]) != composite_id(1, ["a", "b+c"])
    assert composite_id(1, ["a+b"]) != composite_id(1, ["a", "b"])
    assert composite_id(1, ["a%2Bb"]) != composite_id(1, ["a+b"])


def test_a_long_id_stays_readable_at_its_beginning_and_differs_at_its_end() -> None:
    many = [f"site:HYD{number:04d}" for number in range(100)]
    one, two = composite_id(1, many), composite_id(1, [*many[:-1], "site:HYD9999"])
    assert len(one) == len(two) == LONGEST_COMPOSITE_ID
    assert one.startswith("any1:site:HYD0000+site:HYD0001+")
    assert one != two
    assert one[:150] == two[:150]


@pytest.mark.parametrize(("extra", "shortened"), [(0, False), (1, True)])
def test_an_id_is_shortened_only_where_it_is_too_long(extra: int, shortened: bool) -> None:
    member = "x" * (LONGEST_COMPOSITE_ID - len("any1:") + extra)
    assert ("~" in composite_id(1, [member])) is shortened


@pytest.mark.parametrize(
    ("need", "members"), [(0, ["a"]), (-1, ["a", "b"]), (2, ["a"]), (2, ["a", "a"]), (1, [])]
)
def test_a_need_that_no_choice_of_members_meets_is_refused(need: int, members: list[str]) -> None:
    with pytest.raises(RuleBroken, match=f"{need} of {len(set(members))} elements cannot be needed"):
        composite_id(need, members)
    with pytest.raises(RuleBroken):
        composite_edges(need, members)


def test_its_edges_are_one_group_of_all_members() -> None:
    assert composite_edges(2, ["c", "a", "b", "a"]) == [
        Edge("any2:a+b+c", "members", 2, member) for member in ("a", "b", "c")
    ]


@pytest.mark.parametrize(
    ("lost", "expected"),
    [(0, None), (1, Impact.AT_RISK), (2, Impact.DOWN), (3, Impact.DOWN)],
)
def test_a_service_on_two_of_three_sites_goes_down_with_the_second(
    lost: int, expected: Impact | None
) -> None:
    sites = ["site:A", "site:B", "site:C"]
    hit = footprint(composite_edges(2, sites), dict.fromkeys(sites[:lost], Impact.DOWN))
    home = composite_id(2, sites)
    assert (hit[home].impact if home in hit else None) is expected
