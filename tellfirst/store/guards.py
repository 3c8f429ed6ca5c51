"""Rules the database keeps by itself, whoever writes to it: the log, the asking and the endings.

Migrations put them in place. A change here needs a new migration that removes and puts them again, and so
does a migration that rebuilds a guarded table on SQLite, which forgets a rebuilt table's triggers.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy import Connection, inspect

from tellfirst.domain.delivery import HANDED_OVER, TRANSITIONS, DeliveryState
from tellfirst.domain.occasion import TOLD_BY, Occasion


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
    door: str = "FALSE"
    """Another `unless`, which looks at the table `erasure`: databases from before it have the guard without."""


def put(connection: Connection, chosen: Iterable[Guard] | None = None) -> None:
    """Put these guards in place, the first tables' when none are named; none of them may be there yet."""
    create = _create_on_sqlite if connection.dialect.name == "sqlite" else _create_on_postgresql
    has_door = inspect(connection).has_table("erasure")
    for guard in GUARDS if chosen is None else chosen:
        opened = f"({guard.unless}) OR ({guard.door})" if has_door else guard.unless
        for statement in create(replace(guard, unless=opened)):
            connection.exec_driver_sql(statement)


def remove(connection: Connection, chosen: Iterable[Guard] | None = None) -> None:
    """Take these guards away, the first tables' when none are named."""
    for guard in GUARDS if chosen is None else chosen:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(f"DROP TRIGGER {guard.name}")
        else:
            connection.exec_driver_sql(f"DROP TRIGGER {guard.name} ON {guard.table}")
            connection.exec_driver_sql(f"DROP FUNCTION {guard.name}()")


def put_again(connection: Connection, *former: str) -> None:
    """Put every guard as it is now, whatever stood there before; `former` are guards that are no more."""
    tables = {guard.name: guard.table for guard in GUARDS} | dict.fromkeys(former, "delivery")
    for name, table in tables.items():
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
        else:
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name} ON {table}")
            connection.exec_driver_sql(f"DROP FUNCTION IF EXISTS {name}()")
    put(connection)


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


def _heard(*occasions: Occasion) -> str:
    words = f"heard.occasion IN {_listed(occasions)} AND heard.state IN {_listed(HANDED_OVER)}"
    return (
        "EXISTS (SELECT 1 FROM delivery AS heard WHERE heard.incident_id = NEW.incident_id "  # noqa: S608  # our words
        f"AND heard.customer_id = NEW.customer_id AND {words})"
    )


_NEVER_LEFT = {DeliveryState.PENDING, DeliveryState.FAILED, DeliveryState.CANCELLED}
_LEAVES = f"NEW.occasion = '{Occasion.SURVEY}' AND NEW.state NOT IN {_listed(_NEVER_LEFT)}"
_HAD_LEFT = f"OLD.occasion = '{Occasion.SURVEY}' AND OLD.state NOT IN {_listed(_NEVER_LEFT)}"
_TOLD_AND_TOLD_IT_IS_OVER = f"{_heard(*TOLD_BY)} AND {_heard(Occasion.RESTORED)}"
_FOLLOWERS = {old: sorted(new for before, new in TRANSITIONS if before == old) for old in DeliveryState}
# Not IN: SQLite would make the list anew for every row, which took a third of the time to change one.
_MOVES = " OR ".join(
    f"OLD.state = '{old}' AND (" + " OR ".join(f"NEW.state = '{new}'" for new in news) + ")"
    for old, news in _FOLLOWERS.items()
    if news
)

_APPEND_ONLY = "The log of an incident is append-only; add an entry that corrects what stands there."
_ERASING = (
    # Nobody else ever sees such a row: it is written and ended in the transaction that erases.
    "EXISTS (SELECT 1 FROM erasure WHERE erasure.done_at IS NULL) AND NEW.id = OLD.id AND NEW.at = OLD.at "
    "AND NEW.incident_id = OLD.incident_id AND NEW.topic = OLD.topic AND NEW.reason = OLD.reason"
)
"""The one door in the log: a customer who is erased is no longer mentioned. What was decided, when and why stays."""
_AUDITED = "The audit is append-only: what was looked at and done stays written down."
_TELL_FIRST = (
    "A survey goes only to a customer who was told of the problem and told that it is over; "
    "cancel this delivery instead."
)
_NO_SUCH_MOVE = (
    "A delivery does not move like this; docs/delivery-states.md shows every move there is. "
    "One that has ended keeps its state, but a receipt may still raise one that is unconfirmed."
)

GUARDS = (
    Guard("incident_entry_is_never_changed", "incident_entry", "UPDATE", "TRUE", _APPEND_ONLY, door=_ERASING),
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
        "delivery_moves_by_the_table",
        "delivery",
        "UPDATE OF state",
        when=f"NEW.state <> OLD.state AND NOT ({_MOVES})",
        sentence=_NO_SUCH_MOVE,
    ),
)

OF_THE_AUDIT = (
    Guard("audit_entry_is_never_changed", "audit_entry", "UPDATE", "TRUE", _AUDITED),
    Guard("audit_entry_is_never_removed", "audit_entry", "DELETE", "TRUE", _AUDITED),
)
"""Apart from the others: migrations before that of the audit put those, and know no such table."""
