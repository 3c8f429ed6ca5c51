"""A story after which customers were asked, and their links."""

from datetime import datetime, timedelta

import hyderabad
from hyderabad import FIRST, MINUTE, T0, rows
from sqlalchemy import Connection

from tellfirst.bootstrap import World
from tellfirst.store import tables as t
from tellfirst.store.engine import reading
from tellfirst.surveys.asking import ask

ENGLISH, TELUGU, MALAY, URDU, UNREACHED = 1, 2, 3, 4, 5
LANGUAGES = {ENGLISH: "en", TELUGU: "te", MALAY: "ms", URDU: "ur"}
ASKED_AT = T0 + timedelta(hours=3)
CLOSES_AT = ASKED_AT + hyderabad.BOOK.survey_open_for


def story(connection: Connection) -> datetime:
    """An outage of Miyapur is over; a customer of each language was told, told so, and asked. One never was."""
    for key, language in LANGUAGES.items():
        hyderabad.add_customer(connection, key, "HYD0004", language=language)
    hyderabad.add_customer(connection, UNREACHED, "HYD0004")
    hyderabad.strike(connection, "HYD0004")
    hyderabad.tell(connection, lost=[UNREACHED])
    hyderabad.mend(connection, "HYD0004", now=T0 + 10 * MINUTE)
    hyderabad.all_clear(connection, T0 + 25 * MINUTE)
    ask(connection, FIRST, hyderabad.voice(ASKED_AT))
    hyderabad.deliver(connection, ASKED_AT)
    return ASKED_AT + 5 * MINUTE


def link(world: World, customer_id: int = ENGLISH, occasion: str = "survey") -> str:
    return world.links.link(_delivery(world, customer_id, occasion))


def refusal_link(world: World, customer_id: int = ENGLISH) -> str:
    return world.links.unsubscribe(_delivery(world, customer_id, "survey"))


def _delivery(world: World, customer_id: int, occasion: str) -> int:
    with reading(world.engine) as connection:
        found = rows(connection, t.delivery, "id", "customer_id", "occasion")
    [delivery_id] = [key for key, customer, why in found if (customer, why) == (customer_id, occasion)]
    return int(delivery_id)
