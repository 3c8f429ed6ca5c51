"""Who was erased does not come back by tonight's file, and nothing of the file is kept about them."""

from datetime import timedelta

import pytest
from filing import NOW, Bring, customers, rejects, stored
from sqlalchemy import Engine

from tellfirst.domain.erasing import Kind
from tellfirst.erasing.erasing import erase
from tellfirst.store import suppressions
from tellfirst.store import tables as t
from tellfirst.store.engine import writing

KEY = b"the key of the tests"
PHONE, MAIL = "+919848012345", "padma@example.in"
FILE = customers(f"C1,UTC,{PHONE},{MAIL}", "C2,UTC,+919848012346,ravi@example.in")


@pytest.fixture
def erased(engine: Engine, bring: Bring) -> Engine:
    """C1 was imported and then erased, yesterday."""
    bring(engine, "customers", FILE)
    with writing(engine) as connection:
        erase(connection, "C1", KEY, NOW - timedelta(days=1), "asha")
    return engine


def test_the_same_file_again_brings_back_everybody_else(erased: Engine, bring: Bring) -> None:
    report = bring(erased, "customers", FILE, suppression_key=KEY)
    assert (report.rejected_count, report.unchanged_count, report.new_count) == (1, 1, 0)
    assert rejects(erased) == [(2, "reference", "erased")]
    assert stored(erased, t.import_reject, "text") == [("",)]
    assert stored(erased, t.customer, "reference") == [("C2",), ("erased-1",)]


@pytest.mark.parametrize(
    "row",
    [f"C9,UTC,{PHONE},", "C9,UTC,98480 12345,", f"C9,UTC,,{MAIL}", "C9,UTC,,PADMA@example.in", "C1,UTC,,"],
)
def test_neither_under_another_reference_nor_by_another_way_of_writing(
    erased: Engine, bring: Bring, row: str
) -> None:
    report = bring(erased, "customers", customers(row), suppression_key=KEY)
    assert (report.rejected_count, report.new_count) == (1, 0)
    assert [rule for _, _, rule in rejects(erased)] == ["erased"]


def test_with_their_services_and_contact_points_it_is_the_same(erased: Engine, bring: Bring) -> None:
    report = bring(
        erased, "contact-points", f"customer,channel,address\nC2,voice,{PHONE}\n", suppression_key=KEY
    )
    assert report.rejected_count == 1
    report = bring(
        erased, "contact-points", "customer,channel,address\nC1,voice,+914023456789\n", suppression_key=KEY
    )
    assert [rule for _, _, rule in rejects(erased)] == ["erased", "erased"]
    assert stored(erased, t.import_reject, "text") == [("",), ("",)]


def test_who_comes_back_by_their_own_wish_is_let_in_again(erased: Engine, bring: Bring) -> None:
    with writing(erased) as connection:
        named = [(Kind.REFERENCE, "C1"), (Kind.NUMBER, PHONE), (Kind.MAIL, MAIL)]
        assert suppressions.lift(connection, KEY, named) == 3
    assert bring(erased, "customers", FILE, suppression_key=KEY).new_count == 1


def test_another_house_with_another_key_knows_nobody(erased: Engine, bring: Bring) -> None:
    assert bring(erased, "customers", FILE, suppression_key=b"another").new_count == 1
