"""What comes near or is late reaches staff: each level once, handed on until somebody takes it, never for nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import hyderabad
import pytest
from databases import fixtures
from hyderabad import BOOK, FIRST, MINUTE, T0, add_customer, rows, speak_next
from sqlalchemy import Connection, Engine, update

from tellfirst.domain.approval import ApprovalState
from tellfirst.domain.deadline import Anchor, DeadlineName, DeadlineReason, DeadlineState, Hearer
from tellfirst.domain.duty import Duty, Rota
from tellfirst.domain.escalation import Staff, StaffRole
from tellfirst.domain.incident import Step
from tellfirst.domain.lifecycle import Take
from tellfirst.domain.occasion import Occasion
from tellfirst.store import approvals, playbook_copy
from tellfirst.store import tables as t
from tellfirst.store.engine import writing
from tellfirst.timelines.calling import AGAIN_AFTER, HELD_FOR, TRIES, call_staff
from tellfirst.timelines.escalating import acknowledge, escalate
from tellfirst.timelines.promises import lapse_all
from tellfirst.timelines.roles import Roles

DUE = T0 + BOOK.next_update_every
"""30 minutes after T0; a quarter of it is left 7.5 minutes before."""
NEAR = DUE - timedelta(minutes=7, seconds=30)
WALL = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
ROTAS = {
    "care": Rota("care", (Duty("care", ("CARE",)), Duty("manager", ("MANAGER",))), 10 * MINUTE),
    "boss": Rota("boss", (Duty("manager", ("MANAGER",)),), 10 * MINUTE),
    "noc": Rota("noc", (Duty("centre", ("NOC",)),), 10 * MINUTE),
}
ROLES = Roles(ROTAS, dict.fromkeys(StaffRole, "boss") | {StaffRole.LIAISON: "care"})
VARIABLES = {"CARE": "mem://care", "MANAGER": "mem://manager", "NOC": "mem://noc"}
HOLDING = Take(Step.FOLLOW_UP, "promised_word_nearly_due", Occasion.UPDATE)


@dataclass
class FakePager:
    """Remembers what was told to whom; `dead` addresses take nothing."""

    told: list[tuple[str, str]] = field(default_factory=list)
    dead: frozenset[str] = frozenset()

    def tell(self, addresses: Sequence[str], title: str, body: str) -> bool:
        self.told += [(one, body) for one in addresses]
        return any(one not in self.dead for one in addresses)

    @property
    def addresses(self) -> list[str]:
        return [one for one, _ in self.told]


def _told(engine: Engine) -> Engine:
    with writing(engine) as connection:
        hyderabad.build(connection)
        add_customer(connection, 1, "HYD0004")
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection)
    return engine


told, told_small = fixtures(_told)


def _look(engine: Engine, now: datetime) -> int:
    with writing(engine) as connection:
        lapse_all(connection, now)
        return escalate(connection, ROLES, {}, now)


def _call(
    engine: Engine, pager: FakePager, wall: datetime = WALL, variables: dict[str, str] = VARIABLES
) -> int:
    return call_staff(engine, pager, ROTAS, lambda name: variables.get(name, ""), wall, "http://t.example")


def _ask(connection: Connection, now: datetime, due_at: datetime) -> None:
    """A question about an audience, put to the approvers."""
    about = {"incident_id": 1, "revision": 1, "digest": "d", "affected_count": 1, "base_count": 1}
    approvals.ask(connection, **about, latecomers=False, needed=1, asked_at=now, due_at=due_at)


def _states(engine: Engine) -> list[tuple[object, ...]]:
    with writing(engine) as connection:
        return rows(connection, t.escalation, "subject", "level", "duty", "state")


def test_each_level_is_called_once_and_to_its_own_role(told: Engine) -> None:
    pager = FakePager()
    assert _look(told, NEAR - MINUTE) == 0
    for now in (NEAR, NEAR, DUE, DUE, DUE + 15 * MINUTE):
        _look(told, now)
        _call(told, pager)
    assert pager.addresses[:2] == ["mem://care", "mem://manager"]
    assert [row[:3] for row in _states(told) if row[2] in ("care", "manager")][:2] == [
        ("next_update", 0, "care"),
        ("next_update", 1, "manager"),
    ]
    assert len([row for row in _states(told) if row[1] == 2]) == 1
    assert "FIRST" not in pager.told[0][1]
    assert FIRST in pager.told[0][1]


def test_levels_that_passed_while_nothing_ran_are_not_called_one_by_one(told: Engine) -> None:
    pager = FakePager()
    _look(told, DUE + 16 * MINUTE)
    _call(told, pager)
    assert pager.addresses == ["mem://manager"]
    assert [row[1:] for row in _states(told)] == [
        (0, "", "overtaken"),
        (1, "", "overtaken"),
        (2, "manager", "sent"),
    ]


def test_what_nobody_takes_is_handed_on_and_what_somebody_takes_is_not(told_small: Engine) -> None:
    pager = FakePager()
    with writing(told_small) as connection:
        slow = replace(BOOK, next_update_every=timedelta(hours=4))
        connection.execute(update(t.incident).values(playbook=playbook_copy.to_json(slow)))
        connection.execute(update(t.promise).values(due_at=T0 + timedelta(hours=4)))
    near = T0 + timedelta(hours=3)
    _look(told_small, near)
    _call(told_small, pager)
    assert _look(told_small, near + 9 * MINUTE) == 0
    assert _look(told_small, near + 10 * MINUTE) == 1
    _call(told_small, pager)
    assert pager.addresses == ["mem://care", "mem://manager"]
    assert _look(told_small, near + 30 * MINUTE) == 0
    with writing(told_small) as connection:
        assert acknowledge(connection, FIRST, "asha", near + 31 * MINUTE) == 2
    assert _look(told_small, near + 50 * MINUTE) == 0


def test_a_word_that_is_spoken_ends_the_calling(told_small: Engine) -> None:
    pager = FakePager()
    _look(told_small, NEAR)
    with writing(told_small) as connection:
        speak_next(connection, HOLDING, NEAR + MINUTE)
    assert _call(told_small, pager) == 0
    assert [row[3] for row in _states(told_small)] == ["needless"]
    assert _look(told_small, NEAR + 20 * MINUTE) == 0


def test_a_place_without_a_channel_is_said_to_have_none_and_the_next_is_asked(
    told_small: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    pager = FakePager()
    _look(told_small, NEAR)
    assert _call(told_small, pager, variables={"MANAGER": "mem://manager"}) == 0
    assert "no channel of care is set" in caplog.text
    _look(told_small, NEAR + MINUTE)
    assert _call(told_small, pager, variables={"MANAGER": "mem://manager"}) == 1
    assert [row[2:] for row in _states(told_small)] == [("care", "nobody"), ("manager", "sent")]


def test_a_channel_that_is_away_is_tried_again_and_then_the_next_place_is_asked(told_small: Engine) -> None:
    pager = FakePager(dead=frozenset({"mem://care"}))
    _look(told_small, NEAR)
    for number in range(TRIES + 2):
        _call(told_small, pager, WALL + number * AGAIN_AFTER)
    assert pager.addresses == ["mem://care"] * TRIES
    assert _look(told_small, NEAR + MINUTE) == 1
    assert _call(told_small, pager, WALL + 10 * AGAIN_AFTER) == 1
    assert pager.addresses[-1] == "mem://manager"


def test_a_call_whose_process_died_is_made_again_after_a_while_and_not_before(told: Engine) -> None:
    class Dies(FakePager):
        def tell(self, addresses: Sequence[str], title: str, body: str) -> bool:
            raise KeyboardInterrupt

    _look(told, NEAR)
    with pytest.raises(KeyboardInterrupt):
        _call(told, Dies())
    pager = FakePager()
    assert _call(told, pager, WALL + HELD_FOR - MINUTE) == 0
    assert _call(told, pager, WALL + HELD_FOR) == 1


def test_whoever_wants_to_hear_of_a_type_hears_of_each_incident_once(told_small: Engine) -> None:
    pager = FakePager()
    with writing(told_small) as connection:
        informed = replace(BOOK, staff=Staff({}, ("noc",)))
        connection.execute(update(t.incident).values(playbook=playbook_copy.to_json(informed)))
    for now in (T0, T0 + MINUTE, T0 + 12 * MINUTE):
        _look(told_small, now)
        _call(told_small, pager)
    assert pager.addresses == ["mem://noc"]


def test_a_playbook_names_who_fills_a_role(told_small: Engine) -> None:
    pager = FakePager()
    with writing(told_small) as connection:
        ours = replace(BOOK, staff=Staff({StaffRole.LIAISON: "noc"}))
        connection.execute(update(t.incident).values(playbook=playbook_copy.to_json(ours)))
    _look(told_small, NEAR)
    _call(told_small, pager)
    assert pager.addresses == ["mem://noc"]


def test_no_call_holds_a_transaction_open(told_small: Engine) -> None:
    class Looks(FakePager):
        def tell(self, addresses: Sequence[str], title: str, body: str) -> bool:
            with writing(told_small) as connection:
                connection.execute(update(t.incident).values(version=t.incident.c.version + 1))
            return True

    _look(told_small, NEAR)
    assert _call(told_small, Looks()) == 1


def test_approvers_are_called_when_they_are_asked_and_at_each_mark_and_nobody_else(told: Engine) -> None:
    pager = FakePager()
    roles = replace(ROLES, usual={**ROLES.usual, StaffRole.APPROVER: "noc"})
    with writing(told) as connection:
        _ask(connection, T0 + MINUTE, due_at=T0 + 21 * MINUTE)
    for minute in (1, 2, 15, 17, 21):
        now = T0 + minute * MINUTE
        with writing(told) as connection:
            escalate(connection, roles, {}, now)
        _call(told, pager)
    of_it = [row for row in _states(told) if row[0] == "approval"]
    assert of_it == [("approval", level, "centre", "sent") for level in (0, 1)]
    assert pager.addresses == ["mem://noc"] * 2
    assert "waits for your leave" in pager.told[0][1]


def test_a_question_that_was_answered_calls_nobody_any_more(told_small: Engine) -> None:
    pager = FakePager()
    with writing(told_small) as connection:
        _ask(connection, T0 + MINUTE, due_at=T0 + 21 * MINUTE)
    _look(told_small, T0 + MINUTE)
    assert _call(told_small, pager) == 1
    with writing(told_small) as connection:
        connection.execute(update(t.approval).values(state=ApprovalState.DECLINED))
    assert _look(told_small, T0 + 20 * MINUTE) == 0


def test_what_we_owe_by_policy_is_called_about_like_a_promise(told: Engine) -> None:
    pager = FakePager()
    with writing(told) as connection:
        connection.execute(
            t.deadline.insert().values(
                incident_id=1,
                pack="house-default",
                name=DeadlineName.ESTIMATE,
                audience=Hearer.CUSTOMERS,
                anchor=Anchor.STARTED,
                anchor_at=T0,
                counts_from=T0,
                due_at=T0 + 20 * MINUTE,
                state=DeadlineState.OPEN,
            )
        )
    assert _look(told, T0 + 14 * MINUTE) == 0
    assert _look(told, T0 + 15 * MINUTE) == 1
    _call(told, pager)
    assert pager.addresses == ["mem://care"]
    assert "owes something by" in pager.told[0][1]
    with writing(told) as connection:
        met = {
            "state": DeadlineState.MET,
            "reason": DeadlineReason.MET_IN_TIME,
            "settled_at": T0 + 16 * MINUTE,
        }
        connection.execute(update(t.deadline).values(**met))
    assert _look(told, T0 + 20 * MINUTE) == 0
