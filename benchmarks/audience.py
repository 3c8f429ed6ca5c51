"""How fast the audience of an incident is found, and whether it is exactly right: `make bench-audience`.

    seed a base of customers → break it in the way of each scenario → time the contestants in turn
    → recompute every audience another way → hold the figures against their targets

Everything is measured in one run on one machine, so the ratios can be trusted where seconds cannot.
"""

import sys
import time
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter
from sqlalchemy import Engine

from benchmarks import contestants, exactness, table
from benchmarks.contestants import Contestant
from benchmarks.exactness import Difference
from benchmarks.ground import Database, Ground, prepared
from benchmarks.outage import REFERENCE, break_anew, open_incident, settle
from benchmarks.peak import peak_of_matching
from benchmarks.postgres import SETTINGS
from benchmarks.racing import race
from benchmarks.scenarios import MILLION, Scenario, scenarios
from benchmarks.seeding import NOW, seed_base
from benchmarks.statements import slowest, watching
from benchmarks.table import FOLDER, Figure, Outcome, Setting
from benchmarks.targets import figures
from tellfirst.domain.network import footprint
from tellfirst.printing import out, show_table
from tellfirst.store.engine import reading, writing

PACKAGES = ("sqlalchemy", "numpy", "pandas", "psycopg")
SEED = 20261122

app = App(name="benchmarks.audience", help=__doc__, result_action="return_value")


@app.default
def bench(
    *,
    customers: int = MILLION,
    scale: Annotated[int, Parameter(help="Millions of customers; above 1 on PostgreSQL only.")] = 1,
    database: Annotated[tuple[Database, ...], Parameter(help="Only this one; may be repeated.")] = (),
    repetitions: int = 5,
    seed: int = SEED,
    json: Annotated[Path | None, Parameter(help="Where the figures go.")] = None,
    folder: Annotated[Path, Parameter(help="Where seeded files are kept for the next time.")] = FOLDER,
) -> int:
    """Print the table, write the JSON; 0 when every audience is exact and every target met, else 1."""
    many = customers * scale
    wanted = database or (("sqlite", "postgresql") if scale == 1 else ("postgresql",))
    command = f"python -m benchmarks.audience --customers {many} --seed {seed} --repetitions {repetitions}"
    command += "".join(f" --database {one}" for one in database)
    setting = Setting.begin(command, seed, PACKAGES)
    versions, rows, details = dict(setting.versions), [], {"postgresql_settings": SETTINGS}
    seeded = seed_base(seed, many)
    for one in wanted:
        with prepared(one, seeded, folder) as ground:
            _say(ground, "seeded" if ground.seeding_seconds is not None else "kept from an earlier run")
            measured, more = _measure(ground, repetitions)
            versions |= _version(ground.engine)
        rows += measured
        details[one] = more
    setting = Setting(setting.command, seed, setting.machine, versions)
    return table.conclude(Outcome("audience", setting, tuple(rows), details), json)


def _measure(ground: Ground, repetitions: int) -> tuple[list[Figure], dict[str, Any]]:
    """The figures of one database, and beside them where the time of a match goes."""
    with writing(ground.engine) as connection:
        open_incident(connection)
    breaks = scenarios(ground.seeded)
    counts = {
        one.name: contestants.keep_finished(ground.engine, one, _finished(at))
        for at, one in enumerate(breaks)
    }
    differences: dict[str, Difference] = {}
    fields = {one.name: _field(ground, one, _finished(at), differences) for at, one in enumerate(breaks)}
    seconds = race(fields, repetitions, lambda word: _say(ground, word))
    break_anew(ground.engine, breaks[-1])
    peak = peak_of_matching(ground.engine, REFERENCE, NOW)
    measured = list(
        figures(ground.database, ground.seeded.customer_count, counts, seconds, differences, peak)
    )
    if ground.seeding_seconds is not None:
        measured.append(Figure(f"{ground.database}: seeding", ground.seeding_seconds, "s"))
    where = {one.name: _where_the_time_goes(ground, one) for one in breaks}
    kept = {f"{scenario}, {who}": taken for (scenario, who), taken in seconds.items()}
    return measured, {"statements": where, "seconds": kept}


def _field(
    ground: Ground, scenario: Scenario, finished: str, differences: dict[str, Difference]
) -> list[Contestant]:
    engine, seeded = ground.engine, ground.seeded
    right = exactness.expected(seeded, scenario)

    def check() -> None:
        with reading(engine) as connection:
            difference = exactness.compare(right, exactness.found(connection, seeded.customer_count))
        # One wrong repetition is enough: what was found wrong is not forgotten over what came after.
        if scenario.name not in differences or differences[scenario.name].none:
            differences[scenario.name] = difference

    field = [
        contestants.audience(engine, scenario, check),
        contestants.floor(engine, finished),
        contestants.floor(engine, finished, bare=True),
        contestants.network(engine, scenario),
    ]
    if ground.lists:
        hits = footprint(seeded.network.edges, scenario.failed)
        affected = {element: hit.impact for element, hit in hits.items()}
        field.append(contestants.pandas(ground.lists, affected))
    if ground.database == "postgresql" and scenario.share == 1:
        field.append(contestants.create_table_as(engine, scenario))
    return field


def _where_the_time_goes(ground: Ground, scenario: Scenario) -> list[dict[str, Any]]:
    break_anew(ground.engine, scenario)
    settle(ground.engine)
    with watching(ground.engine) as seen:
        began = time.perf_counter()
        contestants.match_once(ground.engine)
        whole = time.perf_counter() - began
    rows = slowest(seen, whole)
    show_table(f"{ground.database}, {scenario.name}: {whole:.3f} s of one match", rows)
    return rows


def _say(ground: Ground, word: str) -> None:
    out.print(f"{ground.database}, {ground.seeded.customer_count:,} customers: {word}")


def _finished(number: int) -> str:
    return f"finished_{number}"


def _version(engine: Engine) -> dict[str, str]:
    if engine.dialect.name == "sqlite":
        return {}
    with reading(engine) as connection:
        return {"postgresql": str(connection.exec_driver_sql("SHOW server_version").scalar())}


if __name__ == "__main__":
    sys.exit(app())
