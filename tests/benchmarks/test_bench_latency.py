"""What the measurement of latency makes of what it has seen."""

from benchmarks.latency import P50, P95, WAKE_UPS, _of_singles, _of_storm
from benchmarks.latency_alerts import Storm, Told
from benchmarks.latency_segments import figures


def told(seconds: float) -> Told:
    return Told("INC-2026-0001", 1_000.0, 1_000.1, 1_000.0 + seconds)


def test_the_middle_and_the_slowest_of_the_singles_are_held_against_what_was_promised() -> None:
    by_name = {one.name: one for one in _of_singles([told(n / 10) for n in range(1, 22)])}
    p50, p95 = by_name["alert to first word, p50"], by_name["alert to first word, p95"]
    assert (round(p50.value, 2), p50.target, p50.met) == (1.1, P50, True)
    assert (round(p95.value, 2), p95.target, p95.met) == (2.0, P95, True)
    assert round(by_name["alert to first word, longest"].value, 2) == 2.1


def test_a_storm_is_over_when_its_last_run_has_begun() -> None:
    by_name = {one.name: one for one in _of_storm(Storm(woken=(5.0, 30.0), told=(8.0, 40.0)))}
    wake_ups = by_name["storm: wake-ups a minute"]
    assert (wake_ups.value, wake_ups.target, wake_ups.met) == (4.0, WAKE_UPS, False)
    assert by_name["storm: incidents told a minute"].value == 3.0


def test_each_part_of_the_way_is_shown_by_its_median() -> None:
    parts = [{"until its run is made": seconds} for seconds in (0.1, 0.3, 0.2)]
    assert [(one.name, one.value, one.target) for one in figures(parts)] == [
        ("of it until its run is made, p50", 0.2, None)
    ]
