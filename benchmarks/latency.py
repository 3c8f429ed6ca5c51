"""How soon customers are told: from an alert's arrival to the first word with a carrier, and storms of alerts.

    make bench-latency            or  python -m benchmarks.latency --quick --cold

Everything `tellfirst up` starts is started for real, in a home that is made for it, and seen from outside: an alert's
time is that of its POST, the word's that at which the simulated carriers accepted it.
"""

import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median, quantiles
from typing import Annotated

from cyclopts import App, Parameter

from benchmarks import latency_segments as segments
from benchmarks.latency_alerts import Alerts, Storm, Told, free_port
from benchmarks.table import Figure, Outcome, Setting, conclude
from tellfirst import installation, supervisor
from tellfirst.bootstrap import World
from tellfirst.printing import out
from tellfirst.settings import read_settings
from tellfirst.simulator.city import build_city, load_city

SEED = 20261123
CUSTOMERS = 6_000
"""A hundred behind each of the city's sixty sites."""
SINGLES, STORM, AT_REST = 20, 40, 20.0
P50, P95, WAKE_UPS = "<= 3", "<= 6", ">= 80"
PACKAGES = ("prefect", "sqlalchemy", "fastapi", "uvicorn", "httpx")

app = App(name="benchmarks.latency", help=__doc__, result_action="return_value")


@app.default
def bench(
    *,
    quick: Annotated[bool, Parameter(help="Five alerts and a storm of eight: to see that it runs.")] = False,
    cold: Annotated[bool, Parameter(help="Without the preloaded process, to compare.")] = False,
    json: Annotated[Path | None, Parameter(help="Where the figures go.")] = None,
) -> int:
    """Print the table and write the JSON; 0 when every target is met, else 1."""
    command = "python -m benchmarks.latency" + (" --quick" if quick else "") + (" --cold" if cold else "")
    setting = Setting.begin(command, SEED, PACKAGES)
    single_count, storm_count = (5, 8) if quick else (SINGLES, STORM)
    with _installed(cold=cold) as world:
        alerts = Alerts(world)
        alerts.rest(AT_REST)
        before = os.getloadavg()[0]
        singles = [alerts.single() for _ in range(single_count)]
        out.print(", ".join(f"{one.seconds:.2f}" for one in singles))
        parts = segments.of(world, singles)
        between = os.getloadavg()[0]
        storm = alerts.storm(storm_count)
        loads = {"before": before, "between": between, "after": os.getloadavg()[0]}
    figures = (*_of_singles(singles), *segments.figures(parts), *_of_storm(storm))
    details = {"singles": [one.seconds for one in singles], "segments": parts, "load": loads}
    out.print(", ".join(f"load {name} {value:.1f}" for name, value in loads.items()))
    return conclude(Outcome("latency", setting, figures, details), json)


def _of_singles(singles: list[Told]) -> Iterator[Figure]:
    seconds = [one.seconds for one in singles]
    yield Figure("single alerts", len(seconds), "alerts")
    yield Figure("alert to first word, p50", median(seconds), "s", P50)
    yield Figure("alert to first word, p95", quantiles(seconds, n=20, method="inclusive")[-1], "s", P95)
    yield Figure("alert to first word, longest", max(seconds), "s")


def _of_storm(storm: Storm) -> Iterator[Figure]:
    count = len(storm.woken)
    yield Figure("storm", count, "incidents")
    yield Figure("storm: wake-ups a minute", 60 * count / max(storm.woken), "1/min", WAKE_UPS)
    yield Figure("storm: first incident told after", min(storm.told), "s")
    yield Figure("storm: half of the incidents told after", median(storm.told), "s")
    yield Figure("storm: last incident told after", max(storm.told), "s")
    yield Figure("storm: incidents told a minute", 60 * count / max(storm.told), "1/min")


@contextmanager
def _installed(*, cold: bool) -> Iterator[World]:
    """A whole installation with a small city, in a folder that is taken away afterwards."""
    with tempfile.TemporaryDirectory(prefix="tellfirst-bench-") as folder:
        for name in [one for one in os.environ if one.startswith("TELLFIRST_")]:
            del os.environ[name]
        os.environ["TELLFIRST_HOME"] = str(Path(folder) / "home")
        os.environ["TELLFIRST_SIMULATE"] = "true"
        for name in ("PREFECT", "WEB", "CARRIERS"):
            os.environ[f"TELLFIRST_{name}_PORT"] = str(free_port())
        if cold:
            installation.warm_start = lambda *_: installation.Part(
                "no warm start", ["sleep", "9999"], lambda: True
            )
        world = World(read_settings())
        supervisor.prepare(world)
        # Without its fibres: sites that fail together would rightly be explained by what they share.
        load_city(world.engine, replace(build_city(SEED, CUSTOMERS), edge=()))
        # Ended from outside, it still stops what it has started.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        with supervisor.installation_up(world, lambda text: out.print(f"[dim]{text}[/]")):
            yield world


if __name__ == "__main__":
    sys.exit(app())
