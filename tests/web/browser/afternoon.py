"""A story with something on every page: one outage over and asked about, another that goes on."""

from datetime import datetime

import asked
import hyderabad
from hyderabad import MINUTE, SECOND
from sqlalchemy import Connection

from tellfirst.audience.matching import match
from tellfirst.detect.weighing import weigh
from tellfirst.notices.concluding import conclude_all
from tellfirst.notices.telling import tell_first

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
    return now + 5 * MINUTE
