"""Compensation by the six formulas, with the amounts that published rules and cases come to."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellfirst.domain.calendars import WorkingCalendar
from tellfirst.domain.compensation import (
    DaysOfValidity,
    FlatPerDay,
    FlatThenBlocks,
    Formula,
    Loss,
    OneOff,
    ProRata,
    Tier,
    TieredByDay,
    Unit,
)
from tellfirst.domain.errors import RuleBroken

D = Decimal
OFCOM = FlatPerDay(D("10.34"), 2, WorkingCalendar("Europe/London"))
OFGEM = FlatThenBlocks(D(95), timedelta(hours=12), timedelta(hours=12), D(45))
TKG = TieredByDay((Tier(3, D(5), D("0.10")), Tier(5, D(10), D("0.20"))))
KOREA = ProRata(D(10), timedelta(hours=2), step=D(1))
TRAI = DaysOfValidity(timedelta(hours=24), timedelta(hours=12))
FORMULAS: dict[str, Formula] = {
    "ofcom": OFCOM,
    "ofgem": OFGEM,
    "tkg": TKG,
    "korea": KOREA,
    "trai": TRAI,
    "once": OneOff(D("32.31")),
}


def loss(zone: str, began: str, ended: str, fee: str = "0", reported: str | None = None) -> Loss:
    place = ZoneInfo(zone)
    times = [datetime.fromisoformat(one).replace(tzinfo=place) for one in (began, ended, reported or began)]
    return Loss(times[0], times[1], zone, times[2], D(fee))


@pytest.mark.parametrize(
    ("fee", "repaired", "amount"),
    [
        ("39.99", date(2026, 6, 7), "30.00"),
        ("79.90", date(2026, 6, 7), "47.94"),
        ("39.99", date(2026, 6, 3), "0"),
        ("19.99", date(2026, 6, 1) + timedelta(days=284), "2810"),
    ],
    ids=["day 6", "day 6 of a dear contract", "day 2", "the case of Goettingen"],
)
def test_tkg(fee: str, repaired: date, amount: str) -> None:
    lost = loss("Europe/Berlin", "2026-06-01T10:00", f"{repaired}T09:00", fee)
    assert TKG.due(lost).amount == D(amount)


@pytest.mark.parametrize(
    ("began", "ended", "days"),
    [
        ("2026-03-02T13:00", "2026-03-04T14:00", 2),
        ("2026-03-02T20:00", "2026-03-03T19:00", 0),
        ("2026-03-02T11:30", "2026-03-03T12:30", 2),
    ],
    ids=["49 h", "23 h", "25 h"],
)
def test_trai(began: str, ended: str, days: int) -> None:
    found = TRAI.due(loss("Asia/Kolkata", began, ended))
    assert (found.amount, found.unit) == (days, Unit.DAYS)


def test_korea() -> None:
    five_hours = loss("Asia/Seoul", "2026-05-04T01:00", "2026-05-04T06:00", "55000")
    assert KOREA.due(five_hours).amount == 3_819
    short = loss("Asia/Seoul", "2026-05-04T01:00", "2026-05-04T02:59", "55000")
    assert KOREA.due(short).amount == 0


@pytest.mark.parametrize(
    ("minutes", "amount"), [(719, 0), (720, 0), (721, 95), (24 * 60 - 1, 95), (24 * 60, 140), (37 * 60, 185)]
)
def test_ofgem(minutes: int, amount: int) -> None:
    began = datetime(2026, 1, 10, 6, tzinfo=ZoneInfo("Europe/London"))
    lost = Loss(began, began + timedelta(minutes=minutes), "Europe/London")
    assert OFGEM.due(lost).amount == amount


@pytest.mark.parametrize(
    ("repaired", "days"),
    [("2026-06-03", 0), ("2026-06-04", 0), ("2026-06-05", 1), ("2026-06-08", 4)],
    ids=["Wednesday", "Thursday", "Friday", "over the weekend"],
)
def test_ofcom_from_the_thursday_after_a_monday(repaired: str, days: int) -> None:
    lost = loss("Europe/London", "2026-06-01T08:00", f"{repaired}T12:00")
    assert OFCOM.due(lost).amount == days * D("10.34")


def test_a_loss_through_the_night_of_the_change_has_its_real_length() -> None:
    """Clocks showed 11 and a half hours of the first, which took 12 and a half, and 12 and a half of the other."""
    assert OFGEM.due(loss("Europe/London", "2026-10-25T00:30", "2026-10-25T12:00")).amount == 95
    assert OFGEM.due(loss("Europe/London", "2026-03-29T00:30", "2026-03-29T13:00")).amount == 0


def test_a_bank_holiday_moves_the_first_paid_day() -> None:
    bank_holiday = WorkingCalendar("Europe/London", holidays=frozenset({date(2026, 5, 4)}))
    lost = loss("Europe/London", "2026-05-01T08:00", "2026-05-08T12:00")
    assert FlatPerDay(D(10), 2, bank_holiday).due(lost).amount == 10


def test_whether_the_day_of_the_repair_counts_is_said_by_the_rule() -> None:
    lost = loss("Europe/London", "2026-06-01T08:00", "2026-06-05T12:00")
    assert FlatPerDay(D(10), 2, WorkingCalendar("Europe/London"), counts_last_day=True).due(lost).amount == 20


@pytest.mark.parametrize("formula", [OFCOM, TKG], ids=["ofcom", "tkg"])
def test_a_rule_whose_clock_starts_with_the_report_gives_nothing_without_one(formula: Formula) -> None:
    began = datetime(2026, 1, 10, 6, tzinfo=ZoneInfo("Europe/London"))
    lost = Loss(began, began + timedelta(days=30), "Europe/London", monthly_fee=D(50))
    assert (formula.due(lost).amount, formula.due(lost).reckoning) == (0, "not reported")


def test_the_reckoning_says_how_the_sum_came_about() -> None:
    lost = loss("Europe/Berlin", "2026-06-01T10:00", "2026-06-07T09:00", "79.90")
    assert TKG.due(lost).reckoning == "2 x 7.99 + 2 x 15.98"


@pytest.mark.parametrize(
    ("began", "ended"),
    [
        (datetime(2026, 1, 2, tzinfo=ZoneInfo("UTC")), datetime(2026, 1, 1, tzinfo=ZoneInfo("UTC"))),
        (datetime(2026, 1, 1), datetime(2026, 1, 2)),  # what is to be refused
    ],
    ids=["backwards", "without a zone"],
)
def test_a_loss_that_cannot_be_is_refused(began: datetime, ended: datetime) -> None:
    with pytest.raises(RuleBroken):
        Loss(began, ended, "UTC")


@pytest.mark.parametrize("name", FORMULAS)
@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1), timezones=st.just(ZoneInfo("UTC"))),
    st.integers(0, 60 * 24 * 40),
    st.integers(0, 60 * 24 * 10),
    st.decimals(0, 100_000, places=2),
)
def test_a_longer_loss_never_gives_less(
    name: str, began: datetime, minutes: int, more: int, fee: Decimal
) -> None:
    shorter, longer = (
        Loss(began, began + timedelta(minutes=one), "Europe/Berlin", began, fee)
        for one in (minutes, minutes + more)
    )
    formula = FORMULAS[name]
    assert 0 <= formula.due(shorter).amount <= formula.due(longer).amount
