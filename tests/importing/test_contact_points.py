"""Contact points of other channels from a file: each as strict as its channel, rejects by line."""

from filing import Bring, customers, rejects, stored
from sqlalchemy import Engine

from tellfirst.store import tables as t

HEADER = "customer,channel,address\n"


def _points(engine: Engine) -> list[tuple[object, ...]]:
    return stored(engine, t.contact_point, "customer_id", "channel", "address", "shared")


def _two_customers(engine: Engine, bring: Bring) -> None:
    bring(engine, "customers", customers("C1,UTC,,", "C2,UTC,,"))


def test_every_other_channel_takes_its_own_kind_of_address(engine: Engine, bring: Bring) -> None:
    _two_customers(engine, bring)
    rows = (
        "C1,whatsapp,+919848012345\nC1,voice,+914023456789\nC1,fax,+914023456788\n"
        "C1,webhook,https://noc.example.in:8443/status?line=7\n"
    )
    report = bring(engine, "contact-points", HEADER + rows)
    assert report.rejected_count == 0
    assert _points(engine) == [
        (1, "fax", "+914023456788", False),
        (1, "voice", "+914023456789", False),
        (1, "webhook", "https://noc.example.in:8443/status?line=7", False),
        (1, "whatsapp", "+919848012345", False),
    ]


def test_what_a_channel_cannot_use_is_rejected_by_line(engine: Engine, bring: Bring) -> None:
    _two_customers(engine, bring)
    rows = [
        "C1,voice,04023456789",
        "C1,fax,+91402",
        "C1,whatsapp,https://noc.example.in/",
        "C1,webhook,http://noc.example.in/",
        "C2,webhook,https://127.0.0.1/status",
        "C2,webhook,https://localhost/status",
        "C2,webhook,https://asha:secret@noc.example.in/",
        "C2,sms,+919848012345",
        "C2,voice,",
        "C9,voice,+914023456789",
    ]
    bring(engine, "contact-points", HEADER + "\n".join(rows) + "\n")
    assert rejects(engine) == [
        (2, "address", "not_e164"),
        (3, "address", "not_e164"),
        (4, "address", "not_e164"),
        (5, "address", "not_https"),
        (6, "address", "not_https"),
        (7, "address", "not_https"),
        (8, "address", "not_https"),
        (9, "channel", "unknown_word"),
        (10, "address", "missing"),
        (11, "customer", "unknown_customer"),
    ]
    assert _points(engine) == []


def test_a_contact_point_that_two_have_is_shared_and_no_longer_when_one_changes(
    engine: Engine, bring: Bring
) -> None:
    _two_customers(engine, bring)
    both = "C1,voice,+914023456789\nC2,voice,+914023456789\n"
    bring(engine, "contact-points", HEADER + both)
    assert [row[-1] for row in _points(engine)] == [True, True]
    report = bring(engine, "contact-points", HEADER + "C2,voice,+914023456780\n")
    assert (report.changed_count, report.unchanged_count) == (1, 0)
    assert [row[-1] for row in _points(engine)] == [False, False]
