"""A story with something on every page: one outage over and asked about, another that goes on."""

from datetime import datetime

import asked
import hyderabad
from hyderabad import MINUTE, SECOND
from sqlalchemy import Connection, insert

from tellfirst.audience.matching import match
from tellfirst.detect.weighing import weigh
from tellfirst.notices.concluding import conclude_all
from tellfirst.notices.telling import tell_first
from tellfirst.store import tables as t

HIT = (6, 7, 8, 9)
"""One customer of each language whose outage goes on."""


def story(connection: Connection) -> datetime:
    """When it ends."""
    now = asked.story(connection)
    for key, language in zip(HIT, asked.LANGUAGES.values(), strict=True):
        hyderabad.add_customer(connection, key, "HYD0000", language=language)
    hyderabad.post(connection, hyderabad.body(hyderabad.alert("HYD0000", starts_at=now)), now)
    weigh(connection, SECOND, now)
    match(connection, SECOND, now)
    tell_first(connection, SECOND, hyderabad.voice(now))
    hyderabad.deliver(connection, now)
    conclude_all(connection, hyderabad.incident(connection, SECOND).id, now)
    _somebody_writes(connection, now)
    return now + 5 * MINUTE


def _somebody_writes(connection: Connection, now: datetime) -> None:
    """In Telugu, and no carrier took the answer."""
    connection.execute(
        insert(t.contact).values(
            channel="sms",
            carrier_event="SM1",
            address=hyderabad.phone(HIT[1]),
            customer_id=HIT[1],
            incident_id=2,
            kind="complaint",
            intent="problem",
            body="ఉదయం నుండి సిగ్నల్ లేదు",
            language="te",
            received_at=now,
            match="known",
            state="waiting",
            state_reason="answer_not_sent",
            queue="complaints",
            answer_due_at=now + 2 * MINUTE,
            sureness=0.9,
            because=[{"about": "complaint", "words": "సిగ్నల్ లేదు", "weight": 0.9}],
        )
    )
    connection.execute(
        insert(t.contact_answer).values(
            contact_id=1,
            kind="known",
            author="tellfirst",
            channel="sms",
            body="మాకు తెలుసు.",
            at=now,
            state="failed",
            reason="no_carrier",
            try_count=4,
        )
    )
