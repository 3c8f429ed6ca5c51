"""The ledger of deadlines: laid from policy, laid again at every change, judged by what happened."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import hyderabad
import pytest
from databases import fixtures
from hyderabad import CONFIG, FIRST, MINUTE, T0
from sqlalchemy import Connection, Engine, func, insert, select, update

from tellfirst.domain.deadline import DeadlineName
from tellfirst.domain.due import Counting, Due
from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.pack import Ground
from tellfirst.notices.words import say
from tellfirst.store import incidents, playbook_copy
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing
from tellfirst.timelines import applying, deadlines, judging
from tellfirst.timelines.acknowledging import acknowledge
from tellfirst.timelines.marks import next_mark
from tellfirst.timelines.packs import Areas, Policy, load_policy
from tellfirst.timelines.situation import make_due

HOUR = timedelta(hours=1)
ALL = load_policy(CONFIG)
REGIONAL = Areas({"Ranga Reddy": "regional"})


@pytest.fixture(autouse=True)
def _severity_that_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """In so small a town everybody is hit, which would be S1; these are about deadlines."""
    monkeypatch.setitem(hyderabad.BOOKS, "mobile_site_down", replace(hyderabad.BOOK, severity_rises=False))


def policy(*packs: str) -> Policy:
    """The house default and these, in a country of one regional district."""
    return replace(ALL, packs={name: ALL.known[name] for name in ("house-default", *packs)}, areas=REGIONAL)


def _struck(engine: Engine) -> Engine:
    with writing(engine) as connection:
        hyderabad.build(connection)
        for key in range(1, 4):
            hyderabad.add_customer(connection, key, "HYD0004", district="Ranga Reddy")
        hyderabad.strike(connection, "HYD0004")
    return engine


struck, small_struck = fixtures(_struck)


def books(
    connection: Connection, pack: str = "house-default"
) -> dict[str, tuple[str, int, str | None, int | None]]:
    """By name and number: state, minutes after T0, reason, seconds late."""
    d = t.deadline.c
    rows = connection.execute(select(t.deadline).where(d.pack == pack).order_by(d.due_at, d.id))
    return {
        f"{row.name}{'' if row.number == 1 else row.number}{'@' + str(row.subject) if row.subject else ''}": (
            row.state,
            round((row.due_at - T0) / MINUTE),
            row.reason,
            row.late_by_seconds,
        )
        for row in rows
    }


def log(connection: Connection, topic: str) -> list[str]:
    e = t.incident_entry.c
    return list(connection.scalars(select(e.reason).where(e.topic == topic).order_by(e.id)))


def keep(engine: Engine, after: timedelta, *packs: str) -> int:
    with writing(engine) as connection:
        return deadlines.keep(connection, policy(*packs), T0 + after)


def change(connection: Connection, **values: Any) -> None:
    incidents.change(connection, hyderabad.incident(connection), **values)


def test_an_incident_of_the_second_severity_owes_what_the_matrix_says(struck: Engine) -> None:
    keep(struck, MINUTE)
    with reading(struck) as connection:
        assert books(connection) == {
            "acknowledge": ("open", 15, None, None),
            "public_by": ("open", 30, None, None),
            "estimate": ("open", 120, None, None),
            "restore": ("open", 480, None, None),
        }


def test_laying_again_changes_nothing(struck: Engine) -> None:
    keep(struck, MINUTE)
    with reading(struck) as connection:
        before = hyderabad.rows(connection, t.deadline, *t.deadline.c.keys())
        noted = log(connection, "policy")
    keep(struck, 2 * MINUTE)
    keep(struck, 2 * MINUTE)
    with reading(struck) as connection:
        assert hyderabad.rows(connection, t.deadline, *t.deadline.c.keys()) == before
        assert log(connection, "policy") == noted == ["bound_by:house-default"]


def test_facts_in_the_books_meet_deadlines_and_silence_misses_them(struck: Engine) -> None:
    with writing(struck) as connection:
        hyderabad.tell(connection, T0 + 3 * MINUTE)
        acknowledge(connection, FIRST, T0 + 16 * MINUTE, "asha")
        say(connection, FIRST, author="asha", now=T0 + 20 * MINUTE, estimate_at=T0 + 6 * HOUR)
    assert keep(struck, 121 * MINUTE) == 2
    with reading(struck) as connection:
        found = books(connection)
        assert found["public_by"] == ("met", 30, "met_in_time", 0)
        assert found["acknowledge"] == ("missed", 15, "met_late", 60)
        # The estimate is not told yet: the engineer's word waits for its notice.
        assert found["estimate"] == ("missed", 120, "time_passed", None)
        assert found["update"] == ("open", 243, None, None)
        assert log(connection, "deadline") == ["missed:acknowledge", "missed:estimate"]


def test_what_was_missed_says_how_late_it_came(struck: Engine) -> None:
    keep(struck, 31 * MINUTE)
    with writing(struck) as connection:
        assert books(connection)["public_by"] == ("missed", 30, "time_passed", None)
        hyderabad.tell(connection, T0 + 35 * MINUTE)
    assert keep(struck, 36 * MINUTE) == 0
    with reading(struck) as connection:
        assert books(connection)["public_by"] == ("missed", 30, "met_late", 300)


def test_whoever_speaks_has_acknowledged_it(struck: Engine) -> None:
    with writing(struck) as connection:
        say(connection, FIRST, author="asha", now=T0 + 4 * MINUTE, notes={"en": "A crew is on its way."})
    keep(struck, 5 * MINUTE)
    with reading(struck) as connection:
        assert books(connection)["acknowledge"] == ("met", 15, "met_in_time", 0)


def test_a_graver_severity_makes_deadlines_earlier_and_never_later_again(struck: Engine) -> None:
    keep(struck, MINUTE)
    with writing(struck) as connection:
        change(connection, severity="S1")
    keep(struck, 2 * MINUTE)
    with writing(struck) as connection:
        found = books(connection)
        assert [found[name][1] for name in ("acknowledge", "public_by", "estimate", "restore")] == [
            5,
            15,
            60,
            240,
        ]
        change(connection, severity="S3")
    keep(struck, 3 * MINUTE)
    with writing(struck) as connection:
        assert books(connection)["public_by"] == ("open", 15, None, None)
        change(connection, severity="S4")
    keep(struck, 4 * MINUTE)
    with reading(struck) as connection:
        assert books(connection)["public_by"] == ("void", 15, "no_longer_asked", None)


def test_what_would_have_been_due_before_the_severity_rose_is_due_from_then_on(struck: Engine) -> None:
    keep(struck, MINUTE)
    with writing(struck) as connection:
        change(connection, severity="S1")
    keep(struck, 12 * MINUTE)
    with reading(struck) as connection:
        found = books(connection)
        assert found["acknowledge"] == (
            "open",
            15,
            None,
            None,
        )  # five minutes from now would be later than before
        assert found["public_by"] == ("open", 15, None, None)


def test_a_void_deadline_comes_back_with_its_reason(struck: Engine) -> None:
    for minutes, severity in ((1, "S2"), (2, "S4"), (3, "S2")):
        with writing(struck) as connection:
            change(connection, severity=severity)
        keep(struck, minutes * MINUTE)
    with reading(struck) as connection:
        assert books(connection)["public_by"] == ("open", 30, None, None)


def test_a_forecast_promotes_an_incident_in_mid_life_and_its_clocks_start_then(struck: Engine) -> None:
    with writing(struck) as connection:
        # A thousand regional services are a matter of numbers: each of three customers stands for many here.
        connection.execute(update(t.incident_scope).values(revision=0))
        hyderabad.tell(connection, T0)
    small = _regional_from(3)
    with writing(struck) as connection:
        deadlines.keep(connection, small, T0 + HOUR)
        assert books(connection, "au-acma-local") == {}
        say(connection, FIRST, author="asha", now=T0 + HOUR, estimate_at=T0 + 6 * HOUR - MINUTE)
        change(connection, estimate_at=T0 + 6 * HOUR - MINUTE)
        deadlines.keep(connection, small, T0 + 2 * HOUR)
        assert books(connection, "au-acma-local") == {}
        change(connection, estimate_at=T0 + 6 * HOUR)
        deadlines.keep(connection, small, T0 + 3 * HOUR)
        found = books(connection, "au-acma-local")
        assert found["public_by"] == ("met", 3 * 60 + 30, "met_in_time", 0)
        assert found["update"] == ("open", 9 * 60, None, None)
        assert log(connection, "policy") == ["bound_by:house-default", "promoted_into:au-acma-local"]
        # From now on nobody waits longer for a word than the pack allows.
        assert applying.word_every(connection, 1, 12 * HOUR) == 6 * HOUR
        assert applying.word_every(connection, 1, HOUR) == HOUR


def _regional_from(services: int) -> Policy:
    """The regional trigger of the Australian pack, for a town instead of a country."""
    pack = ALL.known["au-acma-local"]
    [regional] = [one for one in pack.triggers if one.name == "regional"]
    conditions = tuple(
        replace(one, value=float(services)) if one.metric == "services" else one
        for one in regional.conditions
    )
    town = replace(pack, triggers=(replace(regional, conditions=conditions),))
    return replace(policy(), packs={"house-default": ALL.known["house-default"], town.id: town})


def test_what_binds_at_the_first_look_binds_from_the_beginning(struck: Engine) -> None:
    keep(struck, 5 * MINUTE, "jp-mic-2023")
    with reading(struck) as connection:
        assert books(connection, "jp-mic-2023") == {"public_by": ("open", 30, None, None)}
        assert log(connection, "policy") == ["bound_by:house-default", "bound_by:jp-mic-2023"]


def test_updates_are_met_by_words_to_those_who_wait_and_end_with_the_outage(struck: Engine) -> None:
    with writing(struck) as connection:
        hyderabad.tell(connection, T0)
    keep(struck, MINUTE)
    with writing(struck) as connection:
        connection.execute(
            insert(t.notice).values(
                incident_id=1,
                sequence=2,
                occasion="update",
                whom="waiting",
                reason="a test",
                holding=True,
                facts={},
                template_version="1",
                audience_revision=1,
                author="asha",
                created_at=T0 + HOUR,
                spoken_at=T0 + HOUR,
            )
        )
    keep(struck, 9 * HOUR)
    with reading(struck) as connection:
        found = books(connection)
        assert found["update"] == ("met", 240, "met_in_time", 0)
        assert found["update2"] == ("missed", 480, "time_passed", None)
        assert found["update3"] == ("open", 720, None, None)
    with writing(struck) as connection:
        change(connection, verified_at=T0 + 10 * HOUR)
    keep(struck, 10 * HOUR)
    with reading(struck) as connection:
        found = books(connection)
        assert found["update2"] == ("missed", 480, "never_met", None)
        assert found["update3"][0] == "void"
        assert found["restore"] == ("missed", 480, "met_late", 7200)
        assert "close" in found


def test_an_exemption_is_kept_with_its_evidence_and_the_house_default_goes_on(struck: Engine) -> None:
    both = policy("in-trai-outage")
    keep(struck, 5 * HOUR, "in-trai-outage")
    with writing(struck) as connection:
        assert books(connection, "in-trai-outage")["alert"][0] == "open"
        it = hyderabad.incident(connection)
        applying.exempt(
            *(connection, it, both, "in-trai-outage"),
            ground=Ground.NATURAL_DISASTER,
            reason="Cyclone",
            by="Asha",
            now=T0 + 5 * HOUR,
        )
    keep(struck, 5 * HOUR, "in-trai-outage")
    with reading(struck) as connection:
        assert books(connection, "in-trai-outage")["alert"][::2] == ("void", "exempt")
        assert books(connection)["restore"][0] == "open"
        [row] = [one for one in applying.packs_of(connection, 1) if one["pack"] == "in-trai-outage"]
        assert row["exempt by"] == "Asha: natural_disaster, Cyclone"
        assert "exempt:in-trai-outage" in log(connection, "policy")


@pytest.mark.parametrize(
    ("name", "ground", "reason", "words"),
    [
        ("house-default", Ground.SECURITY, "x", "nothing exempts from the house default"),
        ("in-trai-outage", Ground.SECURITY, "x", "its grounds are natural_disaster"),
        ("in-trai-outage", Ground.NATURAL_DISASTER, " ", "say why"),
        ("kr-tba-33", Ground.ANNOUNCED_WORK, "x", "is not on"),
    ],
)
def test_an_exemption_that_cannot_be_claimed_is_refused(
    small_struck: Engine, name: str, ground: Ground, reason: str, words: str
) -> None:
    on = policy("in-trai-outage")
    with writing(small_struck) as connection:
        it = hyderabad.incident(connection)
        with pytest.raises(RuleBroken, match=words):
            applying.exempt(connection, it, on, name, ground=ground, reason=reason, by="Asha", now=T0)
        assert "exempt" not in str(log(connection, "policy"))


def test_what_only_a_person_knows_is_met_when_they_say_so(struck: Engine) -> None:
    keep(struck, 5 * HOUR, "in-trai-outage")
    with writing(struck) as connection:
        it = hyderabad.incident(connection)
        when, now = T0 + 4 * HOUR, T0 + 5 * HOUR
        assert judging.fulfil(connection, it, "in-trai-outage", DeadlineName.ALERT, when, "asha", now) == 1
        with pytest.raises(RuleBroken, match="owes no alert"):
            judging.fulfil(connection, it, "in-trai-outage", DeadlineName.ALERT, when, "asha", now)
        with pytest.raises(RuleBroken, match="judged by what happened"):
            judging.fulfil(connection, it, "house-default", DeadlineName.RESTORE, when, "asha", now)
        assert books(connection, "in-trai-outage")["alert"][0] == "met"


def test_a_pack_that_an_authority_calls_for_is_declared(struck: Engine) -> None:
    on = policy("us-fcc-mdri")
    keep(struck, MINUTE, "us-fcc-mdri")
    with writing(struck) as connection:
        assert books(connection, "us-fcc-mdri") == {}
        it = hyderabad.incident(connection)
        applying.declare(connection, it, on, "us-fcc-mdri", reason="DIRS", by="Asha", now=T0 + HOUR)
    keep(struck, HOUR, "us-fcc-mdri")
    with reading(struck) as connection:
        assert list(books(connection, "us-fcc-mdri")) == ["report"]
        assert "promoted_into:us-fcc-mdri" in log(connection, "policy")


def test_each_contact_is_owed_an_answer_and_each_report_more(struck: Engine) -> None:
    with writing(struck) as connection:
        for number, (kind, answered) in enumerate(
            (("incident_report", T0 + 2 * MINUTE), ("enquiry", None)), start=1
        ):
            connection.execute(
                insert(t.contact).values(
                    channel="sms",
                    carrier_event=f"e{number}",
                    address="",
                    customer_id=number,
                    incident_id=1,
                    kind=kind,
                    intent="problem",
                    body="",
                    received_at=T0 + MINUTE,
                    answered_at=answered,
                )
            )
    keep(struck, 32 * MINUTE, "de-tkg-58")
    with reading(struck) as connection:
        found = books(connection)
        assert found["answer@1"] == ("met", 31, "met_in_time", 0)
        assert found["answer@2"] == ("missed", 31, "time_passed", None)
        germany = books(connection, "de-tkg-58")
        assert germany["receipt@1"] == ("met", 16, "met_in_time", 0)
        assert set(germany) == {"receipt@1", "update@1"}


def test_a_playbook_sets_deadlines_of_its_own_in_the_place_of_the_houses(struck: Engine) -> None:
    own = {
        DeadlineName.PUBLIC_BY: Due(Counting.REAL, 10 * MINUTE),
        DeadlineName.PUSH_P95_BY: Due(Counting.REAL, 40 * MINUTE),
    }
    with writing(struck) as connection:
        book = replace(hyderabad.BOOK, deadlines=own)
        change(connection, playbook=playbook_copy.to_json(book))
        hyderabad.tell(connection, T0 + 12 * MINUTE)
    keep(struck, 13 * MINUTE)
    with reading(struck) as connection:
        found = books(connection)
        assert found["public_by"] == ("missed", 10, "met_late", 120)
        assert found["push_p95_by"] == ("met", 40, "met_in_time", 0)
        assert found["acknowledge"] == ("open", 15, None, None)


def test_half_of_the_first_word_is_not_all_of_it(struck: Engine) -> None:
    own = {
        name: Due(Counting.REAL, 30 * MINUTE)
        for name in (DeadlineName.PUSH_STARTED_BY, DeadlineName.PUSH_P50_BY, DeadlineName.PUSH_P95_BY)
    }
    with writing(struck) as connection:
        change(connection, playbook=playbook_copy.to_json(replace(hyderabad.BOOK, deadlines=own)))
        hyderabad.tell(connection, T0)
        d = t.delivery
        for customer, minutes in ((1, 5), (2, 20), (3, 50)):
            handed = {"handed_over_at": T0 + minutes * MINUTE}
            connection.execute(update(d).where(d.c.customer_id == customer).values(**handed))
    keep(struck, 51 * MINUTE)
    with reading(struck) as connection:
        found = books(connection)
        assert [found[name][0] for name in own] == ["met", "met", "missed"]
        assert found["push_p95_by"][3] == 20 * 60


def test_the_stepped_clock_stops_at_a_deadline_until_it_is_judged(struck: Engine) -> None:
    keep(struck, MINUTE)
    with writing(struck) as connection:
        connection.execute(update(t.incident).values(next_due_at=T0 + HOUR))
        assert next_mark(connection) == T0 + 15 * MINUTE
    keep(struck, 15 * MINUTE)
    with reading(struck) as connection:
        assert next_mark(connection) == T0 + 30 * MINUTE


def test_a_closed_incident_keeps_what_is_still_owed_to_an_authority(struck: Engine) -> None:
    keep(struck, 5 * HOUR, "in-trai-outage")
    with writing(struck) as connection:
        change(connection, stage="closed", verified_at=T0 + 6 * HOUR, closed_at=T0 + 7 * HOUR)
    keep(struck, 8 * HOUR, "in-trai-outage")
    with reading(struck) as connection:
        assert books(connection, "in-trai-outage")["alert"][0] == "open"
        left = [name for name, row in books(connection).items() if row[0] == "open"]
        assert left == []
    assert keep(struck, 25 * HOUR, "in-trai-outage") == 1


def test_who_acknowledges_first_stands(struck: Engine) -> None:
    with writing(struck) as connection:
        assert acknowledge(connection, FIRST, T0 + MINUTE, "asha")
        assert not acknowledge(connection, FIRST, T0 + 2 * MINUTE, "ravi")
        assert log(connection, "acknowledged") == ["person"]
        assert connection.scalar(select(func.count()).select_from(t.acknowledgement)) == 1


def test_a_change_that_only_makes_due_lays_nothing_new(small_struck: Engine) -> None:
    keep(small_struck, MINUTE)
    with writing(small_struck) as connection:
        make_due(connection, [1], datetime.fromisoformat("2026-11-22T04:00+00:00"))
    keep(small_struck, 2 * MINUTE)
    with reading(small_struck) as connection:
        assert len(books(connection)) == 4
