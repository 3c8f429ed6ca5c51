"""A few customers of Miyapur after an outage that they were told of and told is over: some may be asked, some not."""

from dataclasses import replace

import hyderabad
from hyderabad import BOOK, FIRST, MINUTE, T0, add_customer, all_clear, phone
from sqlalchemy import Connection, Engine, select, update

from tellfirst.store import playbook_copy
from tellfirst.store import tables as t
from tellfirst.store.engine import writing
from tellfirst.surveys.asking import ask

BACK = T0 + MINUTE
CERTAIN = BACK + BOOK.quiet_for
ASKED = CERTAIN + BOOK.survey_after


def build(engine: Engine) -> Engine:
    """1, 2 and 3 have telephones, 4 has nothing, 5 shares the telephone of 1."""
    with writing(engine) as connection:
        hyderabad.build(connection)
        for key in (1, 2, 3):
            add_customer(connection, key, "HYD0004")
        add_customer(connection, 4, "HYD0004", phone=None)
        add_customer(connection, 5, "HYD0004", phone=phone(1))
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection)
        hyderabad.mend(connection, "HYD0004", now=BACK)
        all_clear(connection, CERTAIN)
    return engine


def ask_everybody(connection: Connection, *, survey: bool = True) -> None:
    """The survey leaves, if the playbook has one."""
    book = playbook_copy.to_json(replace(BOOK, survey=survey))
    connection.execute(update(t.incident).values(playbook=book))
    ask(connection, FIRST, hyderabad.voice(ASKED))
    hyderabad.deliver(connection, ASKED)


def survey_of(connection: Connection, key: int) -> int:
    """The delivery of the newest survey of a customer."""
    d = t.delivery.c
    mine = select(d.id).where(d.customer_id == key, d.occasion == "survey").order_by(d.id.desc())
    return int(connection.scalars(mine).first() or 0)
