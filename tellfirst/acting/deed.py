"""One act: what it changes and its entry in the audit are one transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from tellfirst.accounts.audit import audit
from tellfirst.bootstrap import World
from tellfirst.domain.audit import Actor, Audited
from tellfirst.store.engine import writing


@dataclass(slots=True)
class Deed:
    """The transaction of an act, and what its entry will say of it: counts and closed words. Whom and what it is
    about may become known on the way."""

    connection: Connection
    details: dict[str, Any]
    incident: str = ""
    customer: str = ""


@contextmanager
def deed(here: World, actor: Actor, what: Audited, incident: str = "", **details: Any) -> Iterator[Deed]:
    """`actor` does `what`; of what is refused nothing is changed and nothing audited."""
    with writing(here.engine) as connection:
        doing = Deed(connection, details, incident)
        yield doing
        about = {"incident": doing.incident, "customer": doing.customer}
        audit(connection, actor, what, here.clock.now(), **about, **doing.details)
