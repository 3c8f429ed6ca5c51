"""Compensation out of the books: by each pack that binds, side by side and never merged."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import hyderabad
from databases import fixtures
from hyderabad import CONFIG, FIRST, T0
from sqlalchemy import Engine, insert, update

from tellfirst.domain.pack import Ground
from tellfirst.review.compensating import Reckoned, compensation
from tellfirst.store import tables as t
from tellfirst.store.engine import writing
from tellfirst.timelines import applying, deadlines
from tellfirst.timelines.packs import load_policy

ALL = load_policy(CONFIG)
NAMES = ("house-default", "de-tkg-58", "kr-tba-33", "in-trai-outage")
POLICY = replace(ALL, packs={name: ALL.known[name] for name in NAMES})
DAYS = 6
NOW = T0 + timedelta(days=DAYS)
FEES = {"C1": Decimal("39.99"), "C2": Decimal("39.99")}


def _over(engine: Engine) -> Engine:
    """All three of a district are out for six days; the first has told us on the first."""
    with writing(engine) as connection:
        hyderabad.build(connection)
        for key in range(1, 4):
            hyderabad.add_customer(connection, key, "HYD0004", district="Ranga Reddy", zone="Europe/Berlin")
        hyderabad.strike(connection, "HYD0004")
        connection.execute(
            insert(t.contact).values(
                channel="sms",
                carrier_event="e1",
                address="",
                customer_id=1,
                incident_id=1,
                kind="incident_report",
                intent="problem",
                body="",
                received_at=T0 + timedelta(hours=1),
            )
        )
        connection.execute(update(t.audience).values(over_at=NOW, over_revision=1, over="back"))
        deadlines.keep(connection, POLICY, NOW)
    return engine


over, small_over = fixtures(_over)


def _reckoned(engine: Engine) -> dict[str, Reckoned]:
    with writing(engine) as connection:
        found = compensation(connection, hyderabad.incident(connection, FIRST), POLICY, NOW, FEES)
    return {f"{one.pack} {one.name}": one for one in found}


def test_each_pack_is_reckoned_by_itself(over: Engine) -> None:
    found = _reckoned(over)
    germany, korea, india = (
        found[name]
        for name in ("de-tkg-58 full_outage", "kr-tba-33 terms", "in-trai-outage rent_or_validity")
    )
    assert [(one.customer, one.amount) for one in germany.given] == [("C1", Decimal("30.00"))]
    assert (germany.losses, germany.entitled, germany.total) == (3, 1, Decimal("30.00"))
    # Ten times the fee of six days of thirty.
    assert [(one.customer, one.amount) for one in korea.given] == [("C1", 80), ("C2", 80)]
    assert (korea.fee_missing_count, korea.note[:24]) == (1, "as of now, the outage go")
    assert (india.currency, india.entitled, india.total) == ("days", 3, 3 * DAYS)


def test_what_is_not_in_the_books_is_shown_and_not_reckoned(small_over: Engine) -> None:
    missed = _reckoned(small_over)["de-tkg-58 missed_appointment"]
    assert (missed.entitled, missed.note) == (0, "depends on what is not in these books")


def test_an_exemption_is_shown_where_the_sum_would_stand(small_over: Engine) -> None:
    with writing(small_over) as connection:
        it = hyderabad.incident(connection)
        applying.exempt(
            connection,
            it,
            POLICY,
            "in-trai-outage",
            ground=Ground.NATURAL_DISASTER,
            reason="A cyclone",
            by="Asha",
            now=NOW,
        )
    found = _reckoned(small_over)
    assert (found["in-trai-outage rent_or_validity"].total, found["kr-tba-33 terms"].total) == (0, 160)
    assert found["in-trai-outage rent_or_validity"].note == "exempt: nothing is due"


def test_who_was_told_wrongly_lost_nothing(small_over: Engine) -> None:
    with writing(small_over) as connection:
        its = t.audience.c.customer_id == 2
        connection.execute(update(t.audience).where(its).values(over="wrongly_told"))
    assert _reckoned(small_over)["in-trai-outage rent_or_validity"].losses == 2
