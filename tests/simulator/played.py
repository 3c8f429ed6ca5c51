"""A story as its end leaves the books: an outage of Miyapur, told, followed up, over and asked about.

Three customers by text and one by mail; a fifth cannot be reached.
"""

from datetime import timedelta
from typing import Any

import hyderabad
from hyderabad import FIRST, MINUTE, T0
from sqlalchemy import Connection, select, update

from tellfirst.domain.incident import Step
from tellfirst.domain.lifecycle import Take
from tellfirst.domain.occasion import Occasion
from tellfirst.store import tables as t
from tellfirst.surveys.asking import ask

LANGUAGES = ("en", "te", "ur", "en", "en")
UNREACHED = 5
ASKED_AT = T0 + timedelta(hours=3)
Truth = list[dict[str, Any]]


def play(connection: Connection) -> None:
    """Every message handed over and received, every promise settled."""
    hyderabad.build(connection)
    ways: dict[int, dict[str, Any]] = {
        4: {"wish": "email", "email": "four@example.org"},
        UNREACHED: {"phone": None},
    }
    for key, language in enumerate(LANGUAGES, start=1):
        hyderabad.add_customer(connection, key, "HYD0004", language=language, **ways.get(key, {}))
    hyderabad.strike(connection, "HYD0004")
    hyderabad.tell(connection)
    due = Take(Step.FOLLOW_UP, "a_word_was_promised", Occasion.UPDATE)
    hyderabad.speak_next(connection, due, T0 + 25 * MINUTE)
    hyderabad.mend(connection, "HYD0004", now=T0 + 40 * MINUTE)
    hyderabad.all_clear(connection, T0 + 55 * MINUTE)
    ask(connection, FIRST, hyderabad.voice(ASKED_AT))
    hyderabad.deliver(connection, ASKED_AT)
    connection.execute(
        update(t.delivery).where(t.delivery.c.state == "sent").values(state="delivered", final_at=ASKED_AT)
    )


def truth(connection: Connection) -> Truth:
    """What carriers say that saw exactly what the books say, in the same order, a second apart."""
    d = t.delivery.c
    accepted = select(d.id).where(d.handed_over_at.is_not(None)).order_by(d.notice_id, d.id)
    return [
        {"reference": str(key), "at": 1_000.0 + second}
        for second, key in enumerate(connection.scalars(accepted))
    ]
