"""How often somebody may do something."""

from hypothesis import given
from hypothesis import strategies as st

from tellfirst.domain.rates import Allowance, ask

TEN = Allowance(10, 0.5)


def allowed(allowance: Allowance, moments: list[float]) -> list[float]:
    """The moments at which it was allowed."""
    whole_at, taken = 0.0, []
    for moment in moments:
        asked = ask(allowance, whole_at, moment)
        whole_at = asked.whole_at
        if not asked.wait:
            taken.append(moment)
    return taken


def test_a_burst_is_allowed_and_no_more() -> None:
    assert len(allowed(TEN, [100.0] * 50)) == 10


def test_after_a_burst_one_comes_back_at_a_time() -> None:
    assert allowed(TEN, [0.0] * 10 + [1.0, 2.0, 2.0, 4.0])[10:] == [2.0, 4.0]


def test_the_wait_it_names_is_enough_and_no_longer_than_needed() -> None:
    whole_at = 0.0
    for _ in range(10):
        whole_at = ask(TEN, whole_at, 7.0).whole_at
    wait = ask(TEN, whole_at, 7.0).wait
    assert ask(TEN, whole_at, 7.0 + wait).wait == 0
    assert ask(TEN, whole_at, 7.0 + wait - 0.01).wait > 0


def test_who_asks_on_and_on_waits_no_longer_for_it() -> None:
    patient = allowed(TEN, [0.0] * 10 + [2.0])
    impatient = allowed(TEN, [0.0] * 10 + [one / 100 for one in range(200)] + [2.0])
    assert patient == impatient


@given(
    st.integers(1, 20),
    st.floats(0.01, 100),
    st.lists(st.floats(0, 1_000), min_size=1, max_size=200).map(sorted),
)
def test_no_order_of_asking_gets_more_than_a_burst_and_the_rate(
    burst: int, rate: float, moments: list[float]
) -> None:
    taken = allowed(Allowance(burst, rate), moments)
    for first in range(len(taken)):
        for last in range(first, len(taken)):
            assert last - first + 1 <= burst + (taken[last] - taken[first]) * rate + 1e-6
