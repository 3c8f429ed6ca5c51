"""What all tables share: one MetaData, the names of their constraints, and columns that hold only known words."""

from collections.abc import Iterable

from sqlalchemy import CheckConstraint, MetaData

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def one_of(column: str, words: Iterable[str]) -> CheckConstraint:
    """The column holds one of `words`."""
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def either(column: str, words: Iterable[str]) -> CheckConstraint:
    """The same for a table of a million rows at once: SQLite builds the list of an IN anew for every row."""
    listed = " OR ".join(f"{column} = '{word}'" for word in words)
    return CheckConstraint(listed, name=column)
