"""What a statement of work brings: each is kept once, and applied when it is the newest word."""

from dataclasses import replace
from datetime import timedelta

import hyderabad
import pytest
from hyderabad import T0
from sqlalchemy import Engine, func, select, update
from stated import BOOKS, DAY, HOUR, NEXT_WEEK, PLANNED, WORK, say, statement_verdicts, window, works

from tellfirst.domain.errors import NotFound, RuleBroken
from tellfirst.domain.impact import Impact
from tellfirst.domain.work import UNSAID, WorkHeld, WorkSource, WorkStatus, WorkVerdict
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing
from tellfirst.works.circuits import forget_circuit, name_circuit
from tellfirst.works.known import by_id, objects_of
from tellfirst.works.resolving import cancel, is_apart, is_same
from tellfirst.works.stating import state

V = WorkVerdict
S = WorkStatus


def test_new_work_is_kept_with_its_elements_and_its_playbook(network: Engine) -> None:
    with writing(network) as connection:
        found = say(connection, objects=("C1", "C2"), zone="Asia/Kolkata", reason="Work on a mast")
        assert (found.verdict, found.held) == (V.NEW, None)
        assert works(connection, "provider", "external_id", "playbook", "zone", "reason", "incident_id") == [
            ("deccan", "W1", "planned_work", "Asia/Kolkata", "Work on a mast", None)
        ]
        o = t.work_object.c
        assert connection.execute(select(o.object_id, o.element_id).order_by(o.object_id)).all() == [
            ("C1", "site:HYD0004"),
            ("C2", "site:HYD0005"),
        ]


def test_the_same_bytes_again_change_nothing_and_are_kept_once(network: Engine) -> None:
    with writing(network) as connection:
        first, again = say(connection), say(connection)
        assert (again.work_id, again.verdict) == (first.work_id, V.REPEATED)
        assert statement_verdicts(connection) == ["new"]


@pytest.mark.parametrize(
    ("changed", "verdict"),
    [
        ({"sequence": 2}, V.REPEATED),
        ({"sequence": 2, "window": window(NEXT_WEEK + DAY)}, V.MOVED),
        ({"sequence": 2, "window": window(hours=3)}, V.MOVED),
        ({"sequence": 2, "objects": ("C1", "C2")}, V.CHANGED),
        ({"sequence": 2, "impact": Impact.DEGRADED}, V.CHANGED),
        ({"sequence": 2, "status": S.IN_PROCESS}, V.STARTED),
        ({"sequence": 2, "status": S.COMPLETED}, V.COMPLETED),
        ({"sequence": 2, "status": S.CANCELLED}, V.CANCELLED),
        ({"sequence": 2, "status": S.CANCELLED, "objects": ()}, V.CANCELLED),
        ({"sequence": 0, "window": window(NEXT_WEEK + DAY)}, V.STALE),
        ({"sequence": 0, "status": S.CANCELLED}, V.STALE),
        ({"sequence": UNSAID, "window": window(NEXT_WEEK + DAY)}, V.MOVED),
        ({"sequence": UNSAID, "status": S.TENTATIVE}, V.REPEATED),
        ({"sequence": 2, "status_is_said": False, "status": S.CONFIRMED, "reason": "x"}, V.REPEATED),
    ],
)
def test_what_a_later_statement_brings(network: Engine, changed: dict[str, object], verdict: V) -> None:
    with writing(network) as connection:
        first = say(connection)
        later = say(connection, now=T0 + HOUR, **changed)
        assert (later.work_id, later.verdict) == (first.work_id, verdict)
        assert statement_verdicts(connection) == ["new", verdict]


def test_a_stale_statement_is_kept_and_not_applied(small_network: Engine) -> None:
    with writing(small_network) as connection:
        say(connection, sequence=3)
        say(connection, sequence=2, window=window(NEXT_WEEK + DAY), status=S.CANCELLED)
        assert works(connection, "sequence", "status", "starts_at") == [(3, "confirmed", NEXT_WEEK)]
        assert statement_verdicts(connection) == ["new", "stale"]


def test_between_equal_sequences_the_later_stamp_counts(small_network: Engine) -> None:
    with writing(small_network) as connection:
        say(connection, stamp=T0)
        assert say(connection, stamp=T0 - HOUR, window=window(hours=5)).verdict is V.STALE
        assert say(connection, stamp=T0 + HOUR, window=window(hours=5)).verdict is V.MOVED


def test_a_cancelled_work_keeps_the_window_it_was_announced_for(small_network: Engine) -> None:
    with writing(small_network) as connection:
        say(connection)
        say(connection, sequence=2, status=S.CANCELLED, window=window(T0))
        assert works(connection, "status", "starts_at") == [("cancelled", NEXT_WEEK)]


def test_what_is_over_goes_on_only_by_a_newer_word_and_then_as_work_of_its_own(small_network: Engine) -> None:
    with writing(small_network) as connection:
        say(connection)
        say(connection, sequence=2, status=S.CANCELLED)
        assert say(connection, sequence=UNSAID).verdict is V.STALE
        again = say(connection, sequence=3, window=window(NEXT_WEEK + DAY))
        assert again.verdict is V.NEW
        assert works(connection) == [("W1", "cancelled", None), ("W1~2", "confirmed", None)]
        assert say(connection, sequence=4, window=window(NEXT_WEEK + 2 * DAY)).work_id == again.work_id


@pytest.mark.parametrize(("status", "verdict"), [(S.CONFIRMED, V.NEW), (S.IN_PROCESS, V.NEW)])
def test_tentative_work_is_noted_and_new_once_it_is_certain(
    small_network: Engine, status: S, verdict: V
) -> None:
    with writing(small_network) as connection:
        assert say(connection, status=S.TENTATIVE).verdict is V.NOTED
        assert say(connection, status=S.TENTATIVE, sequence=2, window=window(hours=9)).verdict is V.NOTED
        assert say(connection, status=status, sequence=3).verdict is verdict


# Identity: numbers that are hashes of a text change with it.


def test_another_number_for_the_same_circuits_in_the_same_window_is_the_same_work(network: Engine) -> None:
    with writing(network) as connection:
        first = say(connection, sequence=UNSAID)
        again = say(connection, sequence=UNSAID, external_id="hash2")
        assert (again.work_id, again.verdict) == (first.work_id, V.REPEATED)
        gone = say(connection, sequence=UNSAID, external_id="hash3", status=S.CANCELLED)
        assert (gone.work_id, gone.verdict) == (first.work_id, V.CANCELLED)
        assert works(connection) == [("W1", "cancelled", None)]


def test_a_number_under_which_work_was_once_stated_leads_to_it_whatever_changes(
    small_network: Engine,
) -> None:
    with writing(small_network) as connection:
        first = say(connection)
        say(connection, external_id="hash2")
        moved = say(connection, external_id="hash2", window=window(NEXT_WEEK + DAY), sequence=2)
        assert (moved.work_id, moved.verdict) == (first.work_id, V.MOVED)


@pytest.mark.parametrize(
    "near",
    [
        {"window": window(NEXT_WEEK + HOUR)},
        {"objects": ("C1", "C2")},
        {"objects": ("C1", "C2"), "window": window(hours=1)},
    ],
)
def test_work_that_overlaps_in_part_is_held_for_a_person(network: Engine, near: dict[str, object]) -> None:
    with writing(network) as connection:
        first = say(connection)
        held = say(connection, external_id="W2", **near)
        assert (held.verdict, held.held, held.perhaps) == (V.HELD, WorkHeld.PERHAPS_THE_SAME, first.work_id)
        assert held.work_id != first.work_id


@pytest.mark.parametrize(
    "apart", [{"objects": ("C2",)}, {"window": window(NEXT_WEEK + 2 * HOUR)}, {"provider": "other"}]
)
def test_other_circuits_other_hours_and_other_providers_are_other_works(
    small_network: Engine, apart: dict[str, object]
) -> None:
    with writing(small_network) as connection:
        first = say(connection)
        other = say(connection, external_id="W2", **apart)
        assert other.work_id != first.work_id
        assert other.held is not WorkHeld.PERHAPS_THE_SAME


def test_what_is_over_is_not_taken_for_the_same(small_network: Engine) -> None:
    with writing(small_network) as connection:
        say(connection)
        say(connection, sequence=2, status=S.CANCELLED)
        assert say(connection, external_id="W2").verdict is V.NEW


def test_a_person_says_that_it_is_the_same_and_its_number_leads_there(network: Engine) -> None:
    with writing(network) as connection:
        first = say(connection)
        held = say(connection, external_id="W2", window=window(NEXT_WEEK + HOUR))
        joined = is_same(connection, held.work_id, first.work_id, "tester", BOOKS, T0)
        assert (joined.work_id, joined.verdict) == (first.work_id, V.MOVED)
        assert works(connection, "external_id", "starts_at", "held") == [("W1", NEXT_WEEK + HOUR, None)]
        later = say(connection, external_id="W2", sequence=2, status=S.CANCELLED)
        assert (later.work_id, later.verdict) == (first.work_id, V.CANCELLED)


def test_a_person_says_that_it_is_another(small_network: Engine) -> None:
    with writing(small_network) as connection:
        say(connection)
        held = say(connection, external_id="W2", window=window(NEXT_WEEK + HOUR), objects=("C1", "C9"))
        assert is_apart(connection, held.work_id, T0).held is WorkHeld.UNKNOWN_CIRCUIT
        with pytest.raises(RuleBroken, match="not held as perhaps the same"):
            is_apart(connection, held.work_id, T0)


def test_what_customers_know_of_does_not_vanish_into_another_work(small_network: Engine) -> None:
    with writing(small_network) as connection:
        first = say(connection)
        held = say(connection, external_id="W2", window=window(NEXT_WEEK + HOUR))
        hyderabad.post(connection, hyderabad.body(hyderabad.alert("HYD0000")))
        connection.execute(update(t.work).where(t.work.c.id == held.work_id).values(incident_id=1))
        with pytest.raises(RuleBroken, match="only what nobody was told of"):
            is_same(connection, held.work_id, first.work_id, "tester", BOOKS, T0)


def test_each_account_is_told_of_its_own_circuits_and_takes_nothing_from_the_other(network: Engine) -> None:
    with writing(network) as connection:
        first = say(connection, account="A")
        second = say(connection, account="B", objects=("C2",), impact=Impact.AT_RISK)
        assert (second.work_id, second.verdict) == (first.work_id, V.CHANGED)
        assert objects_of(connection, first.work_id) == {"C1": Impact.DOWN, "C2": Impact.AT_RISK}
        assert by_id(connection, first.work_id).impact is Impact.DOWN
        say(connection, account="A", objects=("C3",), sequence=2)
        assert set(objects_of(connection, first.work_id)) == {"C2", "C3"}


# Held: a person must look.


def test_work_on_a_circuit_nobody_knows_waits_until_it_is_named(network: Engine) -> None:
    with writing(network) as connection:
        held = say(connection, objects=("C1", "C8", "C9"))
        assert (held.verdict, held.held) == (V.HELD, WorkHeld.UNKNOWN_CIRCUIT)
        assert name_circuit(connection, "deccan", "C8", "site:HYD0006", "tester", T0) == ()
        assert name_circuit(connection, "other", "C9", "site:HYD0007", "tester", T0) == ()
        assert name_circuit(connection, "deccan", "C9", "site:HYD0007", "tester", T0) == (held.work_id,)
        assert works(connection) == [("W1", "confirmed", None)]


def test_a_circuit_can_only_be_an_element_there_is_and_can_be_forgotten(network: Engine) -> None:
    with writing(network) as connection:
        with pytest.raises(NotFound, match="there is no element site:NONE"):
            name_circuit(connection, "deccan", "C8", "site:NONE", "tester", T0)
        assert forget_circuit(connection, "deccan", "C1")
        assert not forget_circuit(connection, "deccan", "C1")
        assert say(connection).held is WorkHeld.UNKNOWN_CIRCUIT


@pytest.mark.parametrize(
    ("source", "held"), [(WorkSource.CLI, None), (WorkSource.ICAL, WorkHeld.UNKNOWN_CIRCUIT)]
)
def test_only_people_name_elements_by_our_own_names(
    small_network: Engine, source: WorkSource, held: WorkHeld | None
) -> None:
    """A provider's circuit that is called like an element of ours is chance."""
    with writing(small_network) as connection:
        assert say(connection, objects=("site:HYD0006",), source=source).held is held


@pytest.mark.parametrize("status", [S.CANCELLED, S.COMPLETED])
def test_the_end_of_work_that_was_never_announced_is_held(network: Engine, status: S) -> None:
    with writing(network) as connection:
        assert say(connection, status=status).held is WorkHeld.NEVER_ANNOUNCED


def test_work_that_was_over_before_it_was_announced_is_held(small_network: Engine) -> None:
    with writing(small_network) as connection:
        found = say(connection, window=window(T0 - DAY))
        assert (found.verdict, found.held) == (V.HELD, WorkHeld.NEVER_ANNOUNCED)


def test_work_no_playbook_is_for_is_held(small_network: Engine) -> None:
    with writing(small_network) as connection:
        none = state(connection, WORK, "1", "tester", {"mobile_site_down": hyderabad.BOOK}, T0)
        assert none.held is WorkHeld.NO_PLAYBOOK
        named = replace(WORK, external_id="W2", objects=("C2",), playbook="mobile_site_down")
        assert state(connection, named, "2", "tester", BOOKS, T0).held is WorkHeld.NO_PLAYBOOK
        two = {
            "mast_work": replace(PLANNED, name="mast_work"),
            "fibre_work": replace(PLANNED, name="fibre_work"),
        }
        either = replace(WORK, external_id="W3", objects=("C3",))
        assert state(connection, either, "3", "tester", two, T0).held is WorkHeld.NO_PLAYBOOK
        # Once there is one, the very same words let it go.
        again = state(connection, WORK, "1", "tester", BOOKS, T0)
        assert (again.verdict, again.held) == (V.NEW, None)
        assert works(connection, "playbook")[0] == ("planned_work",)


def test_a_person_cancels_and_a_newer_word_of_its_provider_announces_it_again(network: Engine) -> None:
    with writing(network) as connection:
        first = say(connection)
        assert cancel(connection, first.work_id, "tester", BOOKS, T0).verdict is V.CANCELLED
        with pytest.raises(RuleBroken, match="cancelled already"):
            cancel(connection, first.work_id, "tester", BOOKS, T0)
        assert say(connection, sequence=2, window=window(hours=4)).verdict is V.NEW


def test_a_word_about_work_customers_know_of_is_told_though_a_circuit_of_it_is_unknown(
    small_network: Engine,
) -> None:
    with writing(small_network) as connection:
        first = say(connection)
        hyderabad.post(connection, hyderabad.body(hyderabad.alert("HYD0000")))
        connection.execute(update(t.work).where(t.work.c.id == first.work_id).values(incident_id=1))
        moved = say(connection, sequence=2, window=window(NEXT_WEEK + DAY), objects=("C1", "C9"))
        assert (moved.verdict, moved.held) == (V.MOVED, WorkHeld.UNKNOWN_CIRCUIT)
        e = t.incident_entry.c
        assert connection.execute(select(e.reason, e.actor).where(e.topic == "work")).all() == [
            ("moved", "tester")
        ]


def test_nothing_is_kept_of_a_statement_whose_transaction_fails(network: Engine) -> None:
    with reading(network) as connection:
        say(connection)
    with reading(network) as connection:
        for table in (t.work, t.work_statement, t.work_object):
            assert connection.execute(select(func.count()).select_from(table)).scalar_one() == 0


def test_the_nights_of_one_notice_are_known_by_their_windows_when_one_is_over(small_network: Engine) -> None:
    """The next notice counts only the nights that are left: what was #2 is #1 then."""
    first, second = window(), window(NEXT_WEEK + timedelta(days=1))
    with writing(small_network) as connection:
        one = say(connection, external_id="T#1", window=first, sequence=UNSAID)
        two = say(connection, external_id="T#2", window=second, sequence=UNSAID)
        later = say(connection, external_id="T#1", window=second, sequence=UNSAID, status=S.CANCELLED)
        assert (later.work_id, later.verdict) == (two.work_id, V.CANCELLED)
        assert works(connection, "status") == [("confirmed",), ("cancelled",)]
        assert one.work_id != two.work_id
