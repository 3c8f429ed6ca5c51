"""Keys that make lies impossible: the same thing cannot be written twice."""

from datetime import timedelta
from typing import Any

import pytest
import town
from sqlalchemy import Engine, insert
from sqlalchemy.exc import IntegrityError

from tellfirst.domain.occasion import Occasion
from tellfirst.store import tables as t
from tellfirst.store.engine import writing

EPISODE: dict[str, Any] = {
    "source": "grafana",
    "fingerprint": "f1",
    "starts_at": town.T0,
    "state": "firing",
    "received_at": town.T0,
    "last_seen_at": town.T0,
    "labels": {},
    "judgement": "unmapped",
}
RECEIPT: dict[str, Any] = {
    "carrier": "twilio",
    "event_id": "e1",
    "delivery_id": 1,
    "state": "sent",
    "carrier_ref": "SM1",
    "code": "",
    "received_at": town.T0,
}


@pytest.fixture
def opened(engine: Engine) -> Engine:
    with writing(engine) as connection:
        town.build(connection)
        town.strike(connection, "north-1")
        town.add_notice(connection, 1, Occasion.FIRST_WORD)
    return engine


def test_a_customer_has_one_delivery_per_notice_and_channel(opened: Engine) -> None:
    with writing(opened) as connection:
        town.add_delivery(connection, 1, 1, Occasion.FIRST_WORD, "pending", channel="sms")
        town.add_delivery(connection, 1, 1, Occasion.FIRST_WORD, "pending", channel="email")
        with pytest.raises(IntegrityError):
            town.add_delivery(connection, 1, 1, Occasion.FIRST_WORD, "cancelled", channel="sms")


def test_an_incident_has_one_notice_per_number(opened: Engine) -> None:
    with writing(opened) as connection:
        town.add_notice(connection, 2, Occasion.UPDATE)
        with pytest.raises(IntegrityError):
            town.add_notice(connection, 1, Occasion.UPDATE)


def test_an_episode_of_a_signal_is_stored_once_per_state(opened: Engine) -> None:
    with writing(opened) as connection:
        connection.execute(insert(t.signal).values(EPISODE))
        connection.execute(insert(t.signal).values({**EPISODE, "state": "resolved"}))
        later = town.T0 + timedelta(microseconds=1)
        connection.execute(insert(t.signal).values({**EPISODE, "starts_at": later}))
        with pytest.raises(IntegrityError):
            connection.execute(insert(t.signal).values({**EPISODE, "received_at": later}))


def test_a_receipt_is_stored_once_per_event_of_its_carrier(opened: Engine) -> None:
    with writing(opened) as connection:
        connection.execute(insert(t.receipt).values(RECEIPT))
        connection.execute(insert(t.receipt).values({**RECEIPT, "carrier": "sendgrid"}))
        with pytest.raises(IntegrityError):
            connection.execute(insert(t.receipt).values({**RECEIPT, "state": "delivered"}))


def test_a_delivery_to_a_customer_nobody_knows_is_refused(opened: Engine) -> None:
    with writing(opened) as connection, pytest.raises(IntegrityError):
        town.add_delivery(connection, 1, 999, Occasion.FIRST_WORD, "pending")


def test_a_state_outside_the_list_is_refused(opened: Engine) -> None:
    with writing(opened) as connection, pytest.raises(IntegrityError):
        town.add_delivery(connection, 1, 1, Occasion.FIRST_WORD, "lost")
