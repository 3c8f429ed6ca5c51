"""Statements that are written once: the same answers on both databases, and as parts of one another."""

from collections.abc import Sequence
from typing import Any

import pytest
from databases import fixtures
from sqlalchemy import Engine, Insert, Select, Update, func, insert, select, update

from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing
from tellfirst.store.prepared import (
    Prepared,
    among,
    as_given_each,
    asked,
    one_of_given,
    parameters,
    prepared,
    text,
)

COLUMNS = ("id", "kind", "name", "area")
KINDS = ("cell", "site")


@prepared
def put() -> Insert:
    return insert(t.element).values(parameters(t.element, *COLUMNS))


@prepared
def of_an_area() -> Select[tuple[str]]:
    e = t.element.c
    return select(e.id).where(asked(e.area), e.kind.in_(KINDS)).order_by(e.id)


@prepared
def how_many() -> Select[tuple[int]]:
    return select(func.count()).where(asked(t.element.c.area))


@prepared
def of_names() -> Select[tuple[str]]:
    e = t.element.c
    return select(e.id).where(among(e.id, "ids")).order_by(e.id)


@prepared
def renamed() -> Update:
    e = t.element
    return update(e).where(e.c.id == text("which")).values(parameters(e, "name"))


@prepared
def at_once() -> Select[Any]:
    return select(
        how_many.rows("counted"),
        how_many.value().label("how_many"),
        of_an_area.finds_any().label("any"),
    )


def of_given(dialect: str) -> Select[tuple[str]]:
    return select(t.element.c.id).where(one_of_given(dialect, t.element.c.id)).order_by(t.element.c.id)


OF_GIVEN = Prepared(of_given)


def _three(engine: Engine) -> Engine:
    with writing(engine) as connection:
        put.run_each(connection, [_element(one, "site") for one in ("a", "b")])
        put.run(connection, **_element("c", "area"))
    return engine


def _element(name: str, kind: str) -> dict[str, str]:
    return dict(zip(COLUMNS, (name, kind, name.upper(), "north"), strict=True))


three, three_small = fixtures(_three)


def test_a_list_that_is_always_the_same_is_spelt_out(three: Engine) -> None:
    with reading(three) as connection:
        found = of_an_area.run(connection, area="north")
        assert found.scalars().all() == ["a", "b"]
        assert "POSTCOMPILE" not in found.context.unicode_statement  # type: ignore[attr-defined]  # any dialect has it
        assert of_an_area.run(connection, area="south").all() == []


@pytest.mark.parametrize(("names", "found"), [(["a", "c", "x"], ["a", "c"]), (["b"], ["b"]), ([], [])])
def test_a_list_may_be_another_each_time(three: Engine, names: Sequence[str], found: Sequence[str]) -> None:
    with reading(three) as connection:
        assert of_names.run(connection, ids=names).scalars().all() == found
        assert OF_GIVEN.run(connection, given=as_given_each(names)).scalars().all() == found


def test_a_change_says_how_many_rows_it_has_changed(three: Engine) -> None:
    with writing(three) as connection:
        assert renamed.run(connection, which="a", name="Aleph").rowcount == 1
        assert renamed.run(connection, which="x", name="Aleph").rowcount == 0


def test_for_no_rows_nothing_is_put(three: Engine) -> None:
    with writing(three) as connection:
        put.run_each(connection, [])
        assert how_many.run(connection, area="north").scalar_one() == 3


def test_statements_are_parts_of_one_another(three: Engine) -> None:
    with reading(three) as connection:
        assert tuple(at_once.run(connection, area="north").one()) == (3, 3, True)
        assert tuple(at_once.run(connection, area="south").one()) == (0, 0, False)


def test_a_parameter_that_is_not_given_is_missed(three: Engine) -> None:
    with reading(three) as connection, pytest.raises(Exception, match="bind parameter 'area'"):
        of_an_area.run(connection)
