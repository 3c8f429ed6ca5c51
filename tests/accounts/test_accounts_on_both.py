"""Accounts, sessions, tokens and tries in both databases."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from tellfirst.accounts import keeping, sessions, tokens
from tellfirst.accounts.login_tries import count_try, forget
from tellfirst.domain.account import (
    FREE_TRIES,
    FREE_TRIES_OF_NAME,
    IDLE_FOR,
    LONGEST_WAIT,
    LONGEST_WAIT_OF_NAME,
    TRIES_KEPT_FOR,
    Right,
    Role,
    clean_name,
    clean_password,
    stands,
    wait_after,
)
from tellfirst.domain.errors import NotFound, Refused, RuleBroken
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.fixture
def staffed(engine: Engine) -> Engine:
    with writing(engine) as connection:
        keeping.add(connection, "asha", "x", [Role.OPERATOR, Role.APPROVER], NOW)
    return engine


def test_an_account_has_the_rights_of_all_its_roles(staffed: Engine) -> None:
    with reading(staffed) as connection:
        asha = keeping.by_name(connection, "Asha ")
    assert {right for right in Right if asha.may(right)} == set(Right) - {Right.AUDIT}


def test_a_name_is_given_once_also_after_its_account_was_disabled(staffed: Engine) -> None:
    with writing(staffed) as connection:
        keeping.disable(connection, "asha", NOW)
        with pytest.raises(RuleBroken, match="there is an account asha already"):
            keeping.add(connection, "asha", "y", [Role.VIEWER], NOW)


def test_an_account_without_a_role_is_refused(staffed: Engine) -> None:
    with writing(staffed) as connection:
        with pytest.raises(RuleBroken, match="at least one role"):
            keeping.set_roles(connection, "asha", [])
        assert keeping.by_name(connection, "asha").roles == {Role.OPERATOR, Role.APPROVER}


def test_disabling_ends_sessions_and_tokens_and_enabling_brings_neither_back(staffed: Engine) -> None:
    with writing(staffed) as connection:
        asha = keeping.by_name(connection, "asha")
        session = sessions.begin(connection, asha, NOW)
        _, token = tokens.make(connection, asha, "tests", NOW, None)
    found = sessions.find(staffed, session, NOW)
    assert found is not None
    assert found.account.name == "asha"
    with writing(staffed) as connection:
        keeping.disable(connection, "asha", NOW)
        assert not keeping.by_name(connection, "asha").may(Right.LOOK)
        keeping.enable(connection, "asha")
        assert tokens.bearer(connection, token, NOW) is None
    assert sessions.find(staffed, session, NOW) is None


def test_a_token_ends_at_its_time_or_when_it_is_revoked(staffed: Engine) -> None:
    with writing(staffed) as connection:
        asha = keeping.by_name(connection, "asha")
        number, lasting = tokens.make(connection, asha, "a", NOW, None)
        _, ending = tokens.make(connection, asha, "b", NOW, NOW + timedelta(days=1))
        assert lasting.startswith("tfa_")
        assert tokens.bearer(connection, ending, NOW + timedelta(hours=23)) == asha
        assert tokens.bearer(connection, ending, NOW + timedelta(days=1)) is None
        assert tokens.revoke(connection, number, NOW) == "asha"
        assert tokens.bearer(connection, lasting, NOW) is None
        with pytest.raises(NotFound, match="no token"):
            tokens.revoke(connection, number, NOW)
        assert [(one.label, one.revoked_at) for one in tokens.listed(connection)] == [("b", None), ("a", NOW)]


def test_a_new_session_sweeps_out_those_that_have_ended(staffed: Engine) -> None:
    with writing(staffed) as connection:
        asha = keeping.by_name(connection, "asha")
        sessions.begin(connection, asha, NOW)
        later = NOW + IDLE_FOR + timedelta(seconds=1)
        sessions.begin(connection, asha, later)
        assert connection.scalars(select(t.room_session.c.begun_at)).all() == [later]


def test_tries_are_counted_before_they_are_looked_at_and_forgotten_when_right(staffed: Engine) -> None:
    with writing(staffed) as connection:
        for _ in range(FREE_TRIES):
            count_try(connection, "asha", "192.0.2.1", NOW)
        with pytest.raises(Refused, match="try again in 1 s"):
            count_try(connection, "ASHA", "192.0.2.1", NOW)
        count_try(connection, "asha", "192.0.2.2", NOW)
        forget(connection, "asha", "192.0.2.1")
        count_try(connection, "asha", "192.0.2.1", NOW)


def test_from_many_addresses_a_name_waits_only_shortly(staffed: Engine) -> None:
    with writing(staffed) as connection:
        for number in range(FREE_TRIES_OF_NAME):
            count_try(connection, "asha", f"192.0.2.{number}", NOW)
        with pytest.raises(Refused, match="too many wrong passwords"):
            count_try(connection, "asha", "198.51.100.1", NOW)
        count_try(connection, "asha", "198.51.100.1", NOW + LONGEST_WAIT_OF_NAME)


def test_old_tries_are_not_kept(staffed: Engine) -> None:
    with writing(staffed) as connection:
        count_try(connection, "asha", "192.0.2.1", NOW)
        count_try(connection, "ravi", "192.0.2.1", NOW + TRIES_KEPT_FOR + timedelta(seconds=1))
        assert len(connection.scalars(select(t.login_try.c.key)).all()) == 2


def test_waiting_doubles_and_ends() -> None:
    waits = [wait_after(count, 5, LONGEST_WAIT).total_seconds() for count in (0, 4, 5, 6, 7, 15, 400)]
    assert waits == [0, 0, 1, 2, 4, 900, 900]


def test_a_session_stands_by_both_of_its_limits() -> None:
    assert stands(NOW, NOW, NOW + timedelta(minutes=29))
    assert not stands(NOW, NOW, NOW + timedelta(minutes=30))
    assert not stands(NOW - timedelta(hours=12), NOW, NOW)


@pytest.mark.parametrize(
    "typed", ["", "a", "form", "tellfirst", "a b", "Ä" * 3, "x" * 41, "-a", "a/b", "a\n"]
)
def test_what_can_be_no_name_is_refused(typed: str) -> None:
    if typed == "a\n":
        typed = "a\nb"
    with pytest.raises(RuleBroken, match="cannot be the name"):
        clean_name(typed)


def test_a_name_is_kept_in_one_form() -> None:
    assert clean_name(" Asha.K ") == "asha.k"


@pytest.mark.parametrize("typed", ["", "fourteen chars", "x" * 257, "a" * 30, "asha" * 6, "ashaashaasha1234"])
def test_a_password_that_is_guessed_is_refused_without_a_word_of_it(typed: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        clean_password("asha", typed)
    assert not typed or typed not in str(refused.value)


def test_a_long_password_in_any_script_is_taken() -> None:
    assert clean_password("asha", "మనం ముందుగా చెబుదాం ఎప్పుడూ")
    assert clean_password("asha", "x1y2z3" * 40)
