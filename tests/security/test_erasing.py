"""A customer who is erased leaves no trace in the file but a hash and the counts; the log opens one door for it."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import hyderabad
import pytest
from databases import fixtures
from hyderabad import FIRST, MINUTE, T0, rows
from sqlalchemy import Connection, Delete, Engine, Update, func, insert, select, update
from sqlalchemy.exc import DBAPIError

from tellfirst.domain.erasing import Kind, Waits, digest
from tellfirst.domain.errors import NotFound, RuleBroken
from tellfirst.domain.survey import Score
from tellfirst.erasing import strangers
from tellfirst.erasing.compacting import compact
from tellfirst.erasing.emptying import STEPS
from tellfirst.erasing.erasing import erase, look
from tellfirst.erasing.fates import DECLARED, NUMBERS_ALONE, OWN, SWEPT
from tellfirst.store import incidents, suppressions
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing
from tellfirst.surveys.asking import ask
from tellfirst.surveys.responding import invitation, respond

KEY = b"the key of the tests"
HER, NEIGHBOUR = 7_001_234, 2
REFERENCE, NUMBER, MAIL, FAX = "C7001234", "+914055987601", "padma.rao@mail.example.in", "+914055987699"
OLD_NUMBER = "+914055111222"
SERVICE = "SVC-7001234-A"
WORDS = (
    "no light since the goat ate the cable",
    "we will look at the goat",
    "you never called about the goat",
)
SID = "SM" + "c0ffee" * 5 + "00"
TRACES = (
    *(
        REFERENCE,
        NUMBER.lstrip("+"),
        NUMBER[-9:],
        MAIL,
        "padma",
        FAX[-9:],
        OLD_NUMBER[-9:],
        SERVICE,
        "goat",
        SID,
    ),
    *("Rao house", "17.4931"),
)
"""What nobody may find afterwards, wherever they look."""
ENDED = T0 + timedelta(days=3)


def _lived(engine: Engine) -> Engine:
    """An outage from beginning to end, in which she wrote, was told, was asked and answered; then all is quiet."""
    with writing(engine) as connection:
        hyderabad.build(connection)
        hyderabad.add_customer(connection, NEIGHBOUR, "HYD0004")
        connection.execute(
            insert(t.customer).values(
                id=HER, reference=REFERENCE, status="active", language="te", zone="Asia/Kolkata", phone=OLD_NUMBER,
                email=MAIL, household="Rao house", district="Miyapur", lat=17.4931, lon=78.35, location="exact",
                located_at=T0,
            )
        )  # fmt: skip
        hyderabad.add_service(connection, HER, "site:HYD0004", reference=SERVICE)
        connection.execute(
            insert(t.presence).values(customer_id=HER, element_id="site:HYD0004", role="home", seen_at=T0)
        )
        connection.execute(insert(t.contact_point).values(customer_id=HER, channel="fax", address=FAX))
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection)
        connection.execute(update(t.customer).where(t.customer.c.id == HER).values(phone=NUMBER))
        _wrote(connection)
        hyderabad.mend(connection, "HYD0004", now=T0 + 10 * MINUTE)
        hyderabad.all_clear(connection, T0 + 25 * MINUTE)
        asked_at = T0 + timedelta(hours=3)
        ask(connection, FIRST, hyderabad.voice(asked_at))
        hyderabad.deliver(connection, asked_at)
        hers = (t.delivery.c.customer_id == HER, t.delivery.c.occasion == "survey")
        survey = connection.scalars(select(t.delivery.c.id).where(*hers)).one()
        respond(
            connection, invitation(connection, survey, asked_at), Score(2, WORDS[2]), "web", asked_at + MINUTE
        )
        _left_everywhere(connection, survey)
        # So low a score asks for a call; it was made.
        called = {"state": "closed", "closed_at": ENDED}
        connection.execute(update(t.contact).where(t.contact.c.queue == "call_back").values(**called))
        connection.execute(update(t.incident).values(stage="closed", closed_at=ENDED))
    return engine


def _wrote(connection: Connection) -> None:
    key = connection.execute(
        insert(t.contact).values(
            channel="sms", carrier_event=SID, address=NUMBER, customer_id=HER, incident_id=1, kind="incident_report",
            intent="problem", body=WORDS[0], subject="goat", received_at=T0, answered_at=T0, answer_kind="known",
            answer=WORDS[1], place="Rao house", because={"words": ["goat"]}, state="answered",
        )
    ).inserted_primary_key  # fmt: skip
    assert key is not None
    connection.execute(
        insert(t.contact_answer).values(
            contact_id=key[0], kind="known", author="tellfirst", channel="sms", subject="goat", body=WORDS[1], at=T0,
            state="given", sent_at=T0, carrier_reference=SID,
        )
    )  # fmt: skip
    connection.execute(
        insert(t.contact_file).values(
            contact_id=key[0], number=1, name="goat.pdf", media_type="application/pdf", content=b"%PDF goat",
            text=WORDS[0],
        )
    )  # fmt: skip
    # From her number, before anybody knew that it is hers.
    connection.execute(
        insert(t.contact).values(
            channel="voice", carrier_event="CA1", address=NUMBER, intent="other", body=WORDS[0], received_at=T0,
        )
    )  # fmt: skip


def _left_everywhere(connection: Connection, survey: int) -> None:
    d = t.delivery
    connection.execute(
        update(d).where(d.c.customer_id == HER).values(carrier_ref=SID, reader="te Asia/Kolkata 3 1")
    )
    connection.execute(
        insert(t.receipt).values(
            carrier="twilio", event_id=f"{SID}:delivered", delivery_id=survey, state="delivered", carrier_ref=SID,
            code="", received_at=T0, applied_at=T0,
        )
    )  # fmt: skip
    connection.execute(
        insert(t.anomaly).values(
            delivery_id=survey,
            incident_id=1,
            kind="second_acceptance",
            carrier="twilio",
            carrier_ref=SID,
            at=T0,
        )
    )
    connection.execute(insert(t.opt_out).values(channel="sms", address=NUMBER, at=T0, source="customer"))
    connection.execute(insert(t.survey_refusal).values(customer_id=HER, at=T0, source="web"))
    connection.execute(
        insert(t.import_batch).values(
            id=1, kind="customers", file="c.csv", sha256="0", at=T0, actor="asha", row_count=1, accepted_count=0,
            repaired_count=0, rejected_count=1,
        )
    )  # fmt: skip
    for line, value in enumerate(
        (NUMBER, "0 4055 987601", "98-7601 x", f"{MAIL.upper()}.", REFERENCE, "+914055987602"), start=2
    ):
        connection.execute(
            insert(t.import_reject).values(
                batch_id=1, line=line, column="phone", rule="not_a_phone", text=value
            )
        )
    incidents.note(connection, 1, T0, "word", "update", actor="asha", why=f"{REFERENCE} called from {NUMBER}")
    incidents.note(connection, 1, T0, "word", "update", actor="asha", nested=[{NUMBER: [MAIL, 914055987601]}])
    connection.execute(
        insert(t.word).values(
            incident_id=1, at=T0, author="asha", correction=False, notes={"en": f"{MAIL} waits"}
        )
    )
    _neighbour_wrote(connection)


def _neighbour_wrote(connection: Connection) -> None:
    connection.execute(
        insert(t.contact).values(
            channel="sms", carrier_event="SM2", address=hyderabad.phone(NEIGHBOUR), customer_id=NEIGHBOUR,
            intent="problem", body=f"my neighbour (+91 4055-987601, {MAIL}) and I have no light", received_at=T0,
        )
    )  # fmt: skip


lived, small_lived = fixtures(_lived)


def done(engine: Engine, now: datetime = ENDED, forced: str = "") -> dict[str, int]:
    with writing(engine) as connection:
        return erase(connection, REFERENCE, KEY, now, "asha", forced).counts


def _everything(engine: Engine) -> str:
    """Every value of every row of every table, as text."""
    with reading(engine) as connection:
        return "\n".join(
            repr(tuple(row))
            for table in t.metadata.sorted_tables
            for row in connection.execute(select(table))
        )


def test_before_it_every_trace_is_there(lived: Engine) -> None:
    there = _everything(lived)
    assert [one for one in TRACES if one not in there] == []


def test_no_table_leads_to_her_any_more(lived: Engine) -> None:
    done(lived)
    there = _everything(lived).casefold()
    assert [one for one in TRACES if one.casefold() in there] == []


def test_no_byte_of_the_file_leads_to_her_any_more(small_lived: Engine) -> None:
    path = Path(str(small_lived.url.database))
    assert _found(path) == set(TRACES) - {"17.4931"}  # a number is kept in binary
    done(small_lived)
    assert compact(small_lived)
    assert _found(path) == set()


def _found(path: Path) -> set[str]:
    files = [path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")]
    there = b"".join(one.read_bytes() for one in files if one.exists()).lower()
    return {one for one in TRACES if one.lower().encode() in there or one.encode("utf-16-le") in there}


def test_what_is_counted_stays(lived: Engine) -> None:
    counted = (t.delivery, t.audience, t.response, t.contact, t.contact_answer, t.customer, t.incident_entry)
    with reading(lived) as connection:
        before = {one.name: connection.scalar(select(func.count()).select_from(one)) for one in counted}
        told = rows(connection, t.delivery, "occasion", "channel", "state", "reason", "handed_over_at")
    done(lived)
    with reading(lived) as connection:
        assert {
            one.name: connection.scalar(select(func.count()).select_from(one)) for one in counted
        } == before
        assert (
            rows(connection, t.delivery, "occasion", "channel", "state", "reason", "handed_over_at") == told
        )
        assert ("survey", 2) in [
            tuple(row)
            for row in connection.execute(
                select(t.delivery.c.occasion, t.response.c.score).join(
                    t.response, t.response.c.delivery_id == t.delivery.c.id
                )
            )
        ]


def test_who_lives_next_door_keeps_everything(lived: Engine) -> None:
    done(lived)
    with reading(lived) as connection:
        others = connection.execute(select(t.contact).where(t.contact.c.customer_id == NEIGHBOUR)).one()
        neighbour = connection.execute(select(t.customer).where(t.customer.c.id == NEIGHBOUR)).one()
        assert rows(connection, t.import_reject, "text")[-1] == ("+914055987602",)
    assert others.body == "my neighbour ([erased], [erased]) and I have no light"
    assert (neighbour.reference, neighbour.phone) == (f"C{NEIGHBOUR}", hyderabad.phone(NEIGHBOUR))


def test_an_address_that_a_household_shares_goes_on_serving_the_others(lived: Engine) -> None:
    with writing(lived) as connection:
        connection.execute(update(t.customer).where(t.customer.c.id == NEIGHBOUR).values(phone=NUMBER))
    done(lived)
    with reading(lived) as connection:
        assert connection.scalar(select(t.customer.c.phone).where(t.customer.c.id == NEIGHBOUR)) == NUMBER
        assert rows(connection, t.opt_out, "address") == [(NUMBER,)]
        assert not suppressions.in_force(connection, [digest(KEY, Kind.NUMBER, NUMBER)], ENDED)


def test_looking_changes_nothing_and_says_what_would_be_done(lived: Engine) -> None:
    before = _everything(lived)
    with reading(lived) as connection:
        seen = look(connection, REFERENCE)
    assert _everything(lived) == before
    done_counts = done(lived)
    assert {name: many for name, many in seen.counts.items() if name in OWN and name not in SWEPT} == {
        name: many for name, many in done_counts.items() if name in OWN and name not in SWEPT
    }
    assert seen.waits == []


def test_the_erasure_is_written_down_and_names_nobody(lived: Engine) -> None:
    done(lived)
    with reading(lived) as connection:
        [(actor, forced, counts, done_at)] = rows(
            connection, t.erasure, "actor", "forced", "counts", "done_at"
        )
    assert (actor, forced, done_at) == ("asha", None, ENDED)
    assert counts["service"] == 1
    assert counts["contact"] >= 2


def test_a_second_time_there_is_nobody_of_that_reference(lived: Engine) -> None:
    done(lived)
    for reference in (REFERENCE, f"erased-{HER}", "C999"):
        with pytest.raises(NotFound), writing(lived) as connection:
            erase(connection, reference, KEY, ENDED, "asha")


def test_the_log_is_closed_again_afterwards(lived: Engine) -> None:
    done(lived)
    with pytest.raises(DBAPIError, match="append-only"), writing(lived) as connection:
        connection.execute(update(t.incident_entry).values(details={}))


@pytest.mark.parametrize(
    "change", [{"reason": "better"}, {"topic": "other"}, {"incident_id": 99}, {"at": ENDED}], ids=str
)
def test_even_an_erasure_changes_no_decision_in_the_log(lived: Engine, change: dict[str, Any]) -> None:
    with pytest.raises(DBAPIError, match="append-only"):
        _while_erasing(lived, update(t.incident_entry).values(**change))


def test_even_an_erasure_removes_nothing_from_the_log(lived: Engine) -> None:
    with pytest.raises(DBAPIError, match="append-only"):
        _while_erasing(lived, t.incident_entry.delete())


def _while_erasing(engine: Engine, change: Update | Delete) -> None:
    with writing(engine) as connection:
        connection.execute(insert(t.erasure).values(at=ENDED, actor="asha", counts={}))
        connection.execute(change)


def test_what_fails_half_way_erases_nothing(lived: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    before = _everything(lived)

    def broken(*_: object) -> int:
        raise RuntimeError("the power is gone")

    monkeypatch.setattr("tellfirst.erasing.erasing.mark_shared_contact_points", broken)
    with pytest.raises(RuntimeError, match="the power"):
        done(lived)
    assert _everything(lived) == before


def _running(connection: Connection) -> None:
    connection.execute(update(t.incident).values(stage="following_up", closed_at=None))
    connection.execute(update(t.audience).values(over_at=None, over=None, over_revision=None))


def test_while_an_incident_waits_to_tell_her_she_is_not_erased_without_a_reason(lived: Engine) -> None:
    with writing(lived) as connection:
        _running(connection)
    before = _everything(lived)
    with pytest.raises(RuleBroken, match="waits_to_be_told"):
        done(lived)
    assert _everything(lived) == before
    done(lived, forced="she insists")
    with reading(lived) as connection:
        assert rows(connection, t.erasure, "forced") == [("she insists",)]
        hers = t.audience.c.customer_id == HER
        kept = connection.execute(select(t.audience.c.channel, t.audience.c.address).where(hers)).one()
        assert tuple(kept) == ("none", None)
        assert hyderabad.incident(connection).footprint_changed
    assert [one for one in TRACES if one in _everything(lived)] == []


@pytest.mark.parametrize(
    ("state", "reason", "after"),
    [("pending", Waits.MESSAGE_WAITS, "cancelled"), ("unknown", Waits.MESSAGE_WAITS, "unconfirmed")],
)
def test_a_word_that_waits_is_waited_for_or_never_leaves(
    lived: Engine, state: str, reason: Waits, after: str
) -> None:
    first = (t.delivery.c.customer_id == HER) & (t.delivery.c.occasion == "first_word")
    with writing(lived) as connection:
        hyderabad.as_if(connection, first, state=state, final_at=None)
    with pytest.raises(RuleBroken, match=reason):
        done(lived)
    done(lived, forced="she insists")
    with reading(lived) as connection:
        assert connection.scalar(select(t.delivery.c.state).where(first)) == after


def test_while_a_message_is_being_sent_no_reason_is_good_enough(lived: Engine) -> None:
    first = (t.delivery.c.customer_id == HER) & (t.delivery.c.occasion == "first_word")
    with writing(lived) as connection:
        hyderabad.as_if(connection, first, state="sending", final_at=None)
    with pytest.raises(RuleBroken, match="in_flight"):
        done(lived, forced="she insists")


def test_what_has_no_answer_yet_is_answered_first_or_closed(lived: Engine) -> None:
    hers = t.contact.c.carrier_event == SID
    with writing(lived) as connection:
        connection.execute(
            update(t.contact).where(hers).values(state="waiting", queue="care", answer_due_at=ENDED)
        )
        contact_id = connection.scalar(select(t.contact.c.id).where(hers))
    with pytest.raises(RuleBroken, match="contact_open"):
        done(lived)
    done(lived, forced="she insists")
    with reading(lived) as connection:
        kept = connection.execute(select(t.contact).where(t.contact.c.id == contact_id)).one()
    assert (kept.state, kept.state_reason, kept.closed_at) == ("closed", "erased", ENDED)


def test_hashes_of_addresses_end_when_they_may_be_somebody_elses_and_those_of_references_stay(
    lived: Engine,
) -> None:
    done(lived)
    number, reference = digest(KEY, Kind.NUMBER, NUMBER), digest(KEY, Kind.REFERENCE, REFERENCE)
    with reading(lived) as connection:
        assert suppressions.in_force(connection, [number, reference], ENDED) == {number, reference}
        later = ENDED + timedelta(days=91)
        assert suppressions.in_force(connection, [number, reference], later) == {reference}
    with writing(lived) as connection:
        suppressions.forget_old(connection, later)
        assert {row[0] for row in rows(connection, t.suppression, "kind")} == {"reference"}


def test_a_hash_needs_the_key_and_knows_an_address_however_it_is_written() -> None:
    assert digest(KEY, Kind.NUMBER, NUMBER) == digest(KEY, Kind.NUMBER, "91 4055 987601")
    assert digest(KEY, Kind.MAIL, MAIL) == digest(KEY, Kind.MAIL, f" {MAIL.upper()}")
    assert digest(KEY, Kind.NUMBER, NUMBER) != digest(b"another", Kind.NUMBER, NUMBER)
    assert digest(KEY, Kind.NUMBER, "1") != digest(KEY, Kind.REFERENCE, "1")


def test_of_every_table_it_is_said_what_erasing_does_to_it() -> None:
    """A new table? Name it in tellfirst/erasing/fates.py; until then its rows go when they point to the customer."""
    tables = set(t.metadata.tables)
    assert tables - DECLARED == set()
    assert DECLARED - tables == set()
    assert set(STEPS) == set(OWN)
    assert not set(NUMBERS_ALONE) & (set(OWN) | SWEPT)


def test_no_table_with_a_way_to_a_customer_is_left_alone_without_a_reason() -> None:
    pointing = {
        table.name
        for table in t.metadata.sorted_tables
        if any(key.target_fullname in {"customer.id", "contact.id"} for key in table.foreign_keys)
    }
    assert pointing <= set(OWN) | {"sample_member", "still_out"}


def test_rows_of_a_table_that_nobody_has_spoken_for_go_when_they_are_hers(
    lived: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if three of them had just been added."""
    monkeypatch.setattr(strangers, "DECLARED", DECLARED - {"contact_file", "opt_out", "response"})
    with writing(lived) as connection:
        it = look(connection, REFERENCE).it
        assert strangers.count(connection, it) == {"contact_file": 1, "opt_out": 1, "response": 1}
        assert strangers.remove(connection, it) == {"contact_file": 1, "opt_out": 1, "response": 1}
