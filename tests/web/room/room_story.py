"""An outage of Miyapur, seven minutes old: two were told, one never got the text, one has no contact point."""

from datetime import datetime

import hyderabad
from hyderabad import FIRST as FIRST
from hyderabad import MINUTE, T0
from sqlalchemy import Connection, insert

from tellfirst.store import tables as t

LOST, NO_WAY = 3, 4
CONTACT_BODY = "no signal since <b>morning</b>"


def story(connection: Connection) -> datetime:
    for key, language in ((1, "en"), (2, "te"), (LOST, "ur")):
        hyderabad.add_customer(connection, key, "HYD0004", language=language)
    hyderabad.add_customer(connection, NO_WAY, "HYD0004", phone=None, priority=3)
    hyderabad.strike(connection, "HYD0004")
    hyderabad.tell(connection, lost=[LOST])
    connection.execute(
        insert(t.contact).values(
            channel="sms",
            carrier_event="SM1",
            address=hyderabad.phone(1),
            customer_id=1,
            incident_id=1,
            kind="incident_report",
            intent="problem",
            body=CONTACT_BODY,
            received_at=T0 + 3 * MINUTE,
            match="known",
            state="waiting",
            queue="helpdesk",
            answer_due_at=T0 + 5 * MINUTE,
        )
    )
    return T0 + 7 * MINUTE
