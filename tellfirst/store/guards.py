"""Rules the database keeps by itself, whoever writes to it: the log, the asking and the endings.

Migrations put them in place. A change here needs a new migration that removes and puts them again, and so
does a migration that rebuilds a guarded table on SQLite, which forgets a rebuilt table's triggers.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection

from tellfirst.domain.delivery import FINAL, HANDED_OVER, TRANSITIONS, DeliveryState
from tellfirst.domain.occasion import Occasion


@dataclass(frozen=True, slots=True)
class Guard:
    """Refuses to `moment` (a trigger's, like UPDATE OF state) a row of `table` for which `when` holds.

    `when` sees OLD and NEW only and is cheap; what needs a look at other rows stands in `unless`, which is
    asked last. Both are SQL that SQLite and PostgreSQL read alike. The refused statement changes nothing.
    """

    name: str
    table: str
    moment: str
    when: str
    sentence: str
    unless: str = "FALSE"


def put(connection: Connection) -> None:
    """Put every guard in place; none of them may be there yet."""
    create = _create_on_sqlite if connection.dialect.name == "sqlite" else _create_on_postgresql
    for guard in GUARDS:
        for statement in create(guard):
            connection.exec_driver_sql(statement)


def remove(connection: Connection) -> None:
    """Take every guard away."""
    for guard in GUARDS:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(f"DROP TRIGGER {guard.name}")
        else:
            connection.exec_driver_sql(f"DROP TRIGGER {guard.name} ON {guard.table}")
            connection.exec_driver_sql(f"DROP FUNCTION {guard.name}()")


def _create_on_sqlite(guard: Guard) -> tuple[str, ...]:
    return (
        f"CREATE TRIGGER {guard.name} BEFORE {guard.moment} ON {guard.table} FOR EACH ROW "
        f"WHEN ({guard.when}) AND NOT ({guard.unless}) "
        f"BEGIN SELECT RAISE(ABORT, '{guard.sentence}'); END",
    )


def _create_on_postgresql(guard: Guard) -> tuple[str, ...]:
    # A trigger's WHEN may not look at other rows there, so `unless` moves into the function.
    return (
        f"CREATE FUNCTION {guard.name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF NOT ({guard.unless}) THEN RAISE EXCEPTION USING "
        f"MESSAGE = '{guard.sentence}', ERRCODE = 'integrity_constraint_violation'; END IF; "
        "RETURN NEW; END $$",
        f"CREATE TRIGGER {guard.name} BEFORE {guard.moment} ON {guard.table} FOR EACH ROW "
        f"WHEN ({guard.when}) EXECUTE FUNCTION {guard.name}()",
    )


def _listed(words: Iterable[str]) -> str:
    return "(" + ", ".join(f"'{word}'" for word in sorted(words)) + ")"


def _heard(occasion: Occasion) -> str:
    words = f"heard.occasion = '{occasion}' AND heard.state IN {_listed(HANDED_OVER)}"
    return (
        "EXISTS (SELECT 1 FROM delivery AS heard WHERE heard.incident_id = NEW.incident_id "  # noqa: S608  # our words
        f"AND heard.customer_id = NEW.customer_id AND {words})"
    )


_NEVER_LEFT = {DeliveryState.PENDING, DeliveryState.FAILED, DeliveryState.CANCELLED}
_LEAVES = f"NEW.occasion = '{Occasion.SURVEY}' AND NEW.state NOT IN {_listed(_NEVER_LEFT)}"
_HAD_LEFT = f"OLD.occasion = '{Occasion.SURVEY}' AND OLD.state NOT IN {_listed(_NEVER_LEFT)}"
_TOLD_AND_TOLD_IT_IS_OVER = f"{_heard(Occasion.FIRST_WORD)} AND {_heard(Occasion.RESTORED)}"
_MAY_STILL_RISE = _listed(f"{old} to {new}" for old, new in TRANSITIONS if old in FINAL)

_APPEND_ONLY = "The log of an incident is append-only; add an entry that corrects what stands there."
_TELL_FIRST = (
    "A survey goes only to a customer who was told of the problem and told that it is over; "
    "cancel this delivery instead."
)
_IT_HAS_ENDED = (
    "A delivery that has ended keeps its state; "
    "only a receipt may still raise one that is unconfirmed to delivered or undelivered."
)

GUARDS = (
    Guard("incident_entry_is_never_changed", "incident_entry", "UPDATE", "TRUE", _APPEND_ONLY),
    Guard("incident_entry_is_never_removed", "incident_entry", "DELETE", "TRUE", _APPEND_ONLY),
    Guard(
        "survey_is_born_after_telling",
        "delivery",
        "INSERT",
        when=_LEAVES,
        unless=_TOLD_AND_TOLD_IT_IS_OVER,
        sentence=_TELL_FIRST,
    ),
    Guard(
        "survey_leaves_after_telling",
        "delivery",
        "UPDATE OF state, occasion",
        # Once it has left, what becomes of it is knowledge and must be written down, come what may.
        when=f"{_LEAVES} AND NOT ({_HAD_LEFT})",
        unless=_TOLD_AND_TOLD_IT_IS_OVER,
        sentence=_TELL_FIRST,
    ),
    Guard(
        "delivery_keeps_its_end",
        "delivery",
        "UPDATE OF state",
        when=f"OLD.state IN {_listed(FINAL)} AND NEW.state <> OLD.state "
        f"AND OLD.state || ' to ' || NEW.state NOT IN {_MAY_STILL_RISE}",
        sentence=_IT_HAS_ENDED,
    ),
)
