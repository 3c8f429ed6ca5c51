"""The timetable: one row per notice, with what reached whom."""

import played
from hyderabad import MINUTE, T0
from sqlalchemy import Engine, select, update

from tellfirst.domain.survey import Asking, Score
from tellfirst.simulator.timetable import timetable
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing
from tellfirst.surveys.calling_back import call_back


def test_each_notice_is_a_row_in_the_order_they_were_made(sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as connection:
        played.play(connection)
        rows = timetable(connection)
    assert [(row["at"], row["place"], row["told"]) for row in rows] == [
        ("03:39:00", "Miyapur", "first_word"),
        ("04:04:00", "Miyapur", "update (holding)"),
        ("04:34:00", "Miyapur", "restored"),
        ("06:39:00", "Miyapur", "survey"),
    ]


def test_a_row_counts_whom_it_reached_by_channel_and_language(sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as connection:
        played.play(connection)
        first, *_ = timetable(connection)
    assert first == {
        "at": "03:39:00",
        "place": "Miyapur",
        "told": "first_word",
        "how many": 4,
        "channels": "sms 3 email 1",
        "languages": "en 2 te 1 ur 1",
        "next word by": "04:09:00",
        "estimate": "",
        "promise": "next update kept 04:04:00",
    }


def test_what_did_not_reach_its_customer_is_not_counted(sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as connection:
        played.play(connection)
        connection.exec_driver_sql("DROP TRIGGER delivery_moves_by_the_table")
        connection.execute(update(t.delivery).where(t.delivery.c.id == 1).values(state="undelivered"))
        first, second, *_ = timetable(connection)
    assert (first["how many"], second["how many"]) == (3, 4)


def test_an_estimate_and_its_promise_stand_in_the_row(sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as connection:
        played.play(connection)
        at = T0 + 90 * MINUTE
        connection.execute(
            update(t.notice).where(t.notice.c.sequence == 2).values(estimate_at=at, holding=False)
        )
        connection.execute(
            t.promise.insert().values(
                incident_id=1, notice_id=2, kind="restoration", made_at=T0, due_at=at, state="open"
            )
        )
        row = timetable(connection)[1]
    assert (row["told"], row["estimate"]) == ("update", "05:09")
    assert row["promise"] == "next update kept 04:34:00, restoration open"


def test_what_promises_nothing_says_nothing_of_promises(sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as connection:
        played.play(connection)
        survey = timetable(connection)[3]
    assert (survey["next word by"], survey["estimate"], survey["promise"]) == ("", "", "")


def test_a_day_without_notices_has_an_empty_timetable(sqlite_engine: Engine) -> None:
    with reading(sqlite_engine) as connection:
        assert timetable(connection) == []


def test_a_low_score_is_to_be_called_and_says_until_when(sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as connection:
        played.play(connection)
        survey = connection.execute(
            select(t.delivery.c.id).where(t.delivery.c.occasion == "survey")
        ).scalars()
        call_back(connection, survey.first(), Score(1, "nobody came"), Asking(), "sms", T0 + 400 * MINUTE)
        [row] = [one for one in timetable(connection) if one["told"] == "low score"]
    due_at = T0 + 400 * MINUTE + Asking().call_back_within
    assert (row["how many"], row["promise"]) == (1, f"1 to be called by {due_at:%d %b %H:%M}")
