"""Outages and works that overlap in time: what holds at every moment, and what an element lives through."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import networks
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.impact import Impact
from tellfirst.domain.network import Edge, composite_edges, composite_id, footprint
from tellfirst.domain.overlap import Lived, Slice, Span, history, slices

OK, AT_RISK, DEGRADED, DOWN = Impact
PAIR = [Edge("site", "uplink", 1, parent) for parent in ("fibre-a", "fibre-b")]


def at(hour: float) -> datetime:
    return datetime(2026, 11, 22, tzinfo=UTC) + timedelta(hours=hour)


def _span(
    element: str, since: float, until: float | None, impact: Impact = DOWN, incident: str = "W1"
) -> Span:
    return Span(element, impact, at(since), None if until is None else at(until), incident)


def _lived(spans: list[Span], edges: list[Edge] = PAIR, element: str = "site") -> list[tuple[object, ...]]:
    return [
        (
            (one.since - at(0)) / timedelta(hours=1),
            None if one.until is None else (one.until - at(0)) / timedelta(hours=1),
            one.impact,
            one.cause,
        )
        for one in history(edges, spans, element)
    ]


def test_work_on_one_of_a_redundant_pair_puts_at_risk_and_takes_nothing_down() -> None:
    assert _lived([_span("fibre-a", 1, 3)]) == [(1, 3, AT_RISK, "fibre-a")]


def test_two_works_on_a_redundant_pair_take_down_only_while_both_last() -> None:
    works = [_span("fibre-a", 1, 4, incident="W1"), _span("fibre-b", 3, 6, incident="W2")]
    assert _lived(works) == [(1, 3, AT_RISK, "fibre-a"), (3, 4, DOWN, "fibre-a"), (4, 6, AT_RISK, "fibre-b")]


def test_two_works_that_follow_each_other_at_once_never_take_down() -> None:
    works = [_span("fibre-a", 1, 3), _span("fibre-b", 3, 5)]
    assert _lived(works) == [(1, 3, AT_RISK, "fibre-a"), (3, 5, AT_RISK, "fibre-b")]


def test_an_outage_beside_work_on_the_other_path_is_down_with_no_end_known() -> None:
    assert _lived([_span("fibre-a", 1, 8), _span("fibre-b", 2, None, incident="INC-1")]) == [
        (1, 2, AT_RISK, "fibre-a"),
        (2, 8, DOWN, "fibre-a"),
        (8, None, AT_RISK, "fibre-b"),
    ]


def test_neighbouring_times_that_do_not_differ_are_told_as_one() -> None:
    """The second work begins and ends without a change for the site, and the third goes on where the first ended."""
    works = [_span("fibre-a", 1, 4), _span("elsewhere", 2, 3), _span("fibre-a", 4, 5, incident="W3")]
    assert _lived(works) == [(1, 5, AT_RISK, "fibre-a")]


def test_times_apart_are_not_told_as_one() -> None:
    works = [_span("fibre-a", 1, 2), _span("fibre-a", 3, 4)]
    assert _lived(works) == [(1, 2, AT_RISK, "fibre-a"), (3, 4, AT_RISK, "fibre-a")]


def test_a_change_of_cause_or_of_impact_begins_a_new_time() -> None:
    works = [_span("site", 1, 3, DEGRADED), _span("site", 2, 4, DOWN, "W2"), _span("fibre-a", 3, 6, DOWN)]
    assert _lived(works) == [(1, 2, DEGRADED, "site"), (2, 4, DOWN, "site"), (4, 6, AT_RISK, "fibre-a")]


def test_three_works_on_two_of_three_paths_are_down_only_in_the_doubly_hit_hours() -> None:
    paths = ["a", "b", "c"]
    works = [_span("a", 0, 4), _span("b", 2, 6), _span("c", 5, 8)]
    assert _lived(works, composite_edges(2, paths), composite_id(2, paths)) == [
        (0, 2, AT_RISK, "a"),
        (2, 4, DOWN, "a"),
        (4, 5, AT_RISK, "b"),
        (5, 6, DOWN, "b"),
        (6, 8, AT_RISK, "c"),
    ]


def test_an_element_that_nothing_reaches_lives_through_nothing() -> None:
    assert history(PAIR, [_span("elsewhere", 1, 2)], "site") == ()
    assert history(PAIR, [], "site") == ()


def test_time_is_cut_wherever_a_span_begins_or_ends_and_the_worst_of_one_element_counts() -> None:
    spans = [_span("a", 1, 5, DEGRADED), _span("a", 2, 3, DOWN, "W2"), _span("b", 4, None)]
    assert slices(spans) == (
        Slice(at(1), at(2), {"a": DEGRADED}),
        Slice(at(2), at(3), {"a": DOWN}),
        Slice(at(3), at(4), {"a": DEGRADED}),
        Slice(at(4), at(5), {"a": DEGRADED, "b": DOWN}),
        Slice(at(5), None, {"b": DOWN}),
    )


def test_a_slice_in_which_nothing_fails_is_left_out() -> None:
    assert slices([_span("a", 1, 2), _span("a", 3, 4)]) == (
        Slice(at(1), at(2), {"a": DOWN}),
        Slice(at(3), at(4), {"a": DOWN}),
    )
    assert slices([_span("a", 1, 2, OK)]) == ()
    assert slices([]) == ()


def test_a_span_that_ends_as_it_begins_fails_at_no_time() -> None:
    assert slices([_span("a", 1, 1)]) == ()


def test_a_span_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(RuleBroken, match=r"W1: a cannot be back at .*T01:00.* before it failed at .*T02:00"):
        _span("a", 2, 1)


@pytest.mark.parametrize("part", ["since", "until"])
def test_a_time_without_a_zone_is_refused(part: str) -> None:
    times: dict[str, datetime] = {"since": at(1), "until": at(2), part: datetime(2026, 11, 22, 1, 30)}
    with pytest.raises(RuleBroken, match="has no zone"):
        Span("a", DOWN, incident="W1", **times)


def test_the_same_moment_written_in_two_zones_is_one_boundary() -> None:
    india = at(3).astimezone(timezone(timedelta(hours=5, minutes=30)))
    spans = [_span("fibre-a", 1, 3), Span("fibre-b", DOWN, india, at(5), "W2")]
    assert [one.failed for one in slices(spans)] == [{"fibre-a": DOWN}, {"fibre-b": DOWN}]


HOURS = st.integers(0, 6)
SPAN_TIMES = st.lists(st.tuples(HOURS, st.none() | HOURS, st.sampled_from(Impact)), max_size=8)


@settings(max_examples=300, deadline=None)
@given(networks.networks(most_levels=6, most_wide=4), SPAN_TIMES, st.data())
def test_at_every_moment_history_says_what_the_footprint_of_all_that_lasts_then_says(
    drawn: networks.Network, times: list[tuple[int, int | None, Impact]], data: st.DataObject
) -> None:
    edges, _ = drawn
    known = networks.elements(edges)
    spans = [
        _span(data.draw(st.sampled_from(known)), since, None if lasts is None else since + lasts, impact)
        for since, lasts, impact in times
    ]
    element = data.draw(st.sampled_from(sorted({edge.child for edge in edges})))
    lived = history(edges, spans, element)
    for moment in [at(half / 2) for half in range(-1, 27)]:
        failed: dict[str, Impact] = {}
        for span in spans:
            if span.since <= moment and (span.until is None or moment < span.until):
                failed[span.element] = max(span.impact, failed.get(span.element, OK))
        expected = footprint(edges, failed).get(element)
        now = [one for one in lived if one.since <= moment and (one.until is None or moment < one.until)]
        assert len(now) == (expected is not None)
        assert [(one.impact, one.cause) for one in now] == (
            [(expected.impact, expected.cause)] if expected else []
        )
    _in_order_and_merged(lived)


def _in_order_and_merged(lived: tuple[Lived, ...]) -> None:
    for one, following in pairwise(lived):
        assert one.until is not None
        assert one.since < one.until <= following.since
        same = (one.impact, one.cause) == (following.impact, following.cause)
        assert not (same and one.until == following.since)
