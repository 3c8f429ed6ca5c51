"""Who runs against whom: the audience, the floor it cannot be faster than, and what somebody would write instead."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd
import psycopg
from sqlalchemy import Column, Engine, MetaData, Table

from benchmarks.outage import REFERENCE, break_anew, empty, settle
from benchmarks.scenarios import Scenario
from benchmarks.seeding import NOW
from benchmarks.statements import watching
from tellfirst.audience.matching import match
from tellfirst.audience.topology import current
from tellfirst.domain.impact import Impact
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

AUDIENCE, FLOOR, BARE_FLOOR, NETWORK, PANDAS = "audience", "floor", "bare floor", "network", "pandas"
CREATE_TABLE_AS = "create table as"
COLUMNS = ", ".join(column.name for column in t.audience.columns)
FILLING = f"INSERT INTO {t.audience.name} "

Turn = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Contestant:
    """`ready` brings everything to the same start, gives what is to be timed, and looks at the result after it."""

    name: str
    ready: Callable[[], AbstractContextManager[Turn]]


@dataclass(frozen=True, slots=True)
class Lists:
    """The two files a user has, and where theirs would put the result."""

    customers: Path
    services: Path
    result: Path


def audience(engine: Engine, scenario: Scenario, check: Callable[[], None]) -> Contestant:
    """The whole match step, commit included. `check` sees what it left, outside the clock."""

    @contextmanager
    def ready() -> Iterator[Turn]:
        break_anew(engine, scenario)
        settle(engine)
        yield partial(match_once, engine)
        check()

    return Contestant(AUDIENCE, ready)


def match_once(engine: Engine) -> None:
    with writing(engine) as connection:
        match(connection, REFERENCE, NOW)


def floor(engine: Engine, finished: str, *, bare: bool = False) -> Contestant:
    """The finished rows, already in the order of the key, from the table `finished` into one like `audience`."""
    target = _like_audience(f"{finished}_floor", bare=bare)
    copy = f"INSERT INTO {target.name} ({COLUMNS}) SELECT {COLUMNS} FROM {finished}"  # noqa: S608 - our names

    def turn() -> None:
        with writing(engine) as connection:
            connection.exec_driver_sql(copy)

    @contextmanager
    def ready() -> Iterator[Turn]:
        with writing(engine) as connection:
            target.create(connection)
        settle(engine)
        yield turn
        with writing(engine) as connection:
            target.drop(connection)

    return Contestant(BARE_FLOOR if bare else FLOOR, ready)


def keep_finished(engine: Engine, scenario: Scenario, finished: str) -> int:
    """Match once and keep the rows, in the order of the key, as the table `finished`. How many they are."""
    break_anew(engine, scenario)
    match_once(engine)
    # On PostgreSQL the rows lie as they were written; a key would only tempt the planner to go by it.
    keep = _like_audience(finished, bare=True, keyed=engine.dialect.name == "sqlite")
    with writing(engine) as connection:
        keep.create(connection)
        ordered = f"SELECT {COLUMNS} FROM {t.audience.name} ORDER BY incident_id, customer_id"  # noqa: S608 - our names
        count = connection.exec_driver_sql(f"INSERT INTO {finished} ({COLUMNS}) {ordered}").rowcount
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f"VACUUM (ANALYZE) {finished}")
    return count


def network(engine: Engine, scenario: Scenario) -> Contestant:
    """What the match step does first, alone: the current network, and what the causes hit in it."""

    @contextmanager
    def ready() -> Iterator[Turn]:
        with reading(engine) as connection:

            def turn() -> None:
                current(connection).footprint(scenario.failed)

            yield turn

    return Contestant(NETWORK, ready)


def create_table_as(engine: Engine, scenario: Scenario) -> Contestant:
    """The match's own select of customers with a hit service, into a table without a key. PostgreSQL only."""

    @contextmanager
    def ready() -> Iterator[Turn]:
        break_anew(engine, scenario)
        with watching(engine) as seen:
            match_once(engine)
        longest = max((one for one in seen if one.text.startswith(FILLING)), key=lambda one: one.seconds)
        select = longest.text[longest.text.index("SELECT") :].partition(" ON CONFLICT")[0]
        with writing(engine) as connection:
            empty(connection, t.audience.name)
        settle(engine)
        yield partial(_create_as, engine, select, longest.parameters)
        with writing(engine) as connection:
            connection.exec_driver_sql("DROP TABLE created")

    return Contestant(CREATE_TABLE_AS, ready)


def _create_as(engine: Engine, select: str, parameters: Mapping[str, object]) -> None:
    with writing(engine) as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        # Such a statement takes no parameters from outside, so the client writes them into it.
        with psycopg.ClientCursor(driver) as cursor:
            cursor.execute(f"CREATE TABLE created AS {select}", parameters)


def pandas(lists: Lists, affected: Mapping[str, Impact]) -> Contestant:
    """Two lists in, one list out. The affected elements are given; cells, dates and opt-outs are left out."""

    @contextmanager
    def ready() -> Iterator[Turn]:
        yield partial(_with_pandas, lists, affected)

    return Contestant(PANDAS, ready)


def _with_pandas(lists: Lists, affected: Mapping[str, Impact]) -> None:
    services = pd.read_csv(lists.services, dtype=str, keep_default_na=False)
    services = services[(services["status"] == "active") & services["element_id"].isin(list(affected))]
    services = services.assign(impact=services["element_id"].map({k: int(v) for k, v in affected.items()}))
    worst = services.sort_values("impact", ascending=False).drop_duplicates("customer_id")
    customers = pd.read_csv(lists.customers, dtype=str, keep_default_na=False)
    customers = customers[customers["status"] == "active"]
    told = customers.merge(
        worst[["customer_id", "kind", "element_id", "impact"]], left_on="id", right_on="customer_id"
    )
    by_mail = (told["email"] != "") & ((told["wish"] == "email") | (told["phone"] == ""))
    told["channel"] = "none"
    told.loc[told["phone"] != "", "channel"] = "sms"
    told.loc[by_mail, "channel"] = "email"
    told["address"] = told["phone"].where(told["channel"] != "email", told["email"])
    told.to_csv(lists.result, index=False)


def _like_audience(name: str, *, bare: bool, keyed: bool = True) -> Table:
    """The columns of `audience`; unless `bare`, with its foreign keys and checks too."""
    metadata = MetaData(naming_convention=t.metadata.naming_convention)
    if not bare:
        for table in (t.incident, t.customer):
            table.to_metadata(metadata)
        like = t.audience.to_metadata(metadata, name=name)
        # PostgreSQL has one name for every key of a schema.
        like.primary_key.name = f"pk_{name}"
        return like
    columns = [
        Column(c.name, c.type, primary_key=keyed and c.primary_key, nullable=c.nullable, autoincrement=False)
        for c in t.audience.columns
    ]
    return Table(name, metadata, *columns, sqlite_with_rowid=not keyed)
