"""Warm starts on a real Prefect server and worker; and that nothing depends on them."""

import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest
from installed import Installed, wait_until
from sqlalchemy import func, select

from tellfirst.domain.delivery import HANDED_OVER
from tellfirst.store import tables as t
from tellfirst.store.engine import reading

pytestmark = [pytest.mark.prefect, pytest.mark.timeout(600)]
BODIES = Path(__file__).parents[2] / "config" / "scenarios" / "tower_outage"
KUKATPALLY, MIYAPUR = (f"INC-{datetime.now(UTC).year}-000{number}" for number in (1, 2))


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    installation = Installed(tmp_path_factory.mktemp("installation") / "home")
    installation.start()
    yield installation
    assert installation.stop() == []


def preloaded(installed: Installed) -> psutil.Process | None:
    """The preloaded process itself: its forks bear the same name."""
    for process in psutil.Process(installed.up.pid).children():
        if "tellfirst.warm_start" in process.cmdline():
            return process
    return None


def told(installed: Installed, reference: str) -> int:
    d, i = t.delivery.c, t.incident.c
    with reading(installed.world.engine) as connection:
        return connection.execute(
            select(func.count())
            .select_from(t.delivery)
            .join(t.incident, i.id == d.incident_id)
            .where(i.reference == reference, d.state.in_(HANDED_OVER))
        ).scalar_one()


def incident_runs(installed: Installed) -> dict[str, str]:
    runs = installed.prefect("/flow_runs/filter", {"flows": {"name": {"any_": ["incident"]}}})
    return {run["name"].partition(" ")[0]: run["state"]["name"] for run in runs}


def test_a_run_is_forked_from_the_preloaded_process_and_goes_all_its_way(installed: Installed) -> None:
    process = wait_until(lambda: preloaded(installed), 60, "there is a preloaded process")
    wait_until((installed.home / "warm" / "embedded").is_socket, 60, "it listens")
    installed.alert((BODIES / "002_grouped_firing_1alerts.json").read_bytes())
    wait_until(process.children, 60, "a run is forked")
    wait_until(lambda: told(installed, KUKATPALLY) > 10, 90, "the first word has left")
    wait_until(lambda: incident_runs(installed)[KUKATPALLY] == "Suspended", 60, "the run sleeps")
    wait_until(lambda: not process.children(), 60, "nothing is left of the run")


def test_when_the_preloaded_process_is_killed_runs_start_cold_and_it_comes_back(installed: Installed) -> None:
    killed = preloaded(installed)
    assert killed is not None
    killed.send_signal(signal.SIGKILL)
    installed.alert((BODIES / "008_grouped_firing_4alerts.json").read_bytes())
    wait_until(lambda: told(installed, MIYAPUR) > 10, 150, "the first word has left")
    wait_until(lambda: incident_runs(installed)[MIYAPUR] == "Suspended", 90, "the run sleeps")
    again = wait_until(lambda: preloaded(installed), 60, "it is started again")
    assert again.pid != killed.pid
    assert "warm start ended with status -9 and is started again" in (installed.home / "up.log").read_text()


def test_an_engineers_update_wakes_a_run_that_began_warm(installed: Installed) -> None:
    before = told(installed, KUKATPALLY)
    installed.tellfirst("incident", "update", KUKATPALLY, "--cause", "power_failure", "--estimate", "+2h")
    wait_until(lambda: told(installed, KUKATPALLY) > before + 10, 90, "the update has left")
