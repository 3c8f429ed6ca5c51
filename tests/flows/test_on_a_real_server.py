"""On a real Prefect server, worker, web app and carriers. Slow, so few, and in the order of one day's life."""

import json
import signal
import stat
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest
from installed import Installed, wait_until
from ruamel.yaml import YAML
from sqlalchemy import and_, func, not_, select

from tellfirst.domain.delivery import HANDED_OVER
from tellfirst.domain.incident import Stage
from tellfirst.settings import PROJECT
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
    if installation.up.poll() is None:
        assert installation.stop() == []


def stage_of(installed: Installed, reference: str) -> str | None:
    with reading(installed.world.engine) as connection:
        return connection.scalar(select(t.incident.c.stage).where(t.incident.c.reference == reference))


def run_of(installed: Installed, reference: str) -> str | None:
    with reading(installed.world.engine) as connection:
        return connection.scalar(select(t.incident.c.flow_run_id).where(t.incident.c.reference == reference))


def state_of(installed: Installed, reference: str) -> str:
    found = installed.prefect(
        "/flow_runs/filter", {"flow_runs": {"id": {"any_": [run_of(installed, reference)]}}}
    )
    return str(found[0]["state"]["name"])


def told(installed: Installed, reference: str, occasion: str) -> int:
    d, i = t.delivery.c, t.incident.c
    with reading(installed.world.engine) as connection:
        return connection.execute(
            select(func.count())
            .select_from(t.delivery)
            .join(t.incident, i.id == d.incident_id)
            .where(i.reference == reference, d.occasion == occasion, d.state.in_(HANDED_OVER))
        ).scalar_one()


def test_a_schedule_on_a_real_server_produces_runs(installed: Installed) -> None:
    """The canary: with the wrong pins the server starts, shows the schedule as active, and never makes a run."""

    def scheduled() -> object:
        runs = installed.prefect("/flow_runs/filter", {"flows": {"name": {"any_": ["clock"]}}})
        return [run for run in runs if run["auto_scheduled"]]

    assert wait_until(scheduled, 30, "the clock's schedule has laid down a run")


def test_an_alert_is_told_first_and_its_run_sleeps_with_every_step_in_sight(installed: Installed) -> None:
    taken = installed.alert((BODIES / "002_grouped_firing_1alerts.json").read_bytes())
    assert taken["opened"] == [KUKATPALLY]
    wait_until(lambda: told(installed, KUKATPALLY, "first_word") > 10, 90, "the first word has left")
    wait_until(lambda: state_of(installed, KUKATPALLY) == "Suspended", 60, "the run sleeps")
    runs = installed.prefect("/flow_runs/filter", {"sort": "START_TIME_ASC"})
    steps = [run["name"] for run in runs if run["parent_task_run_id"]]
    assert steps[:3] == [f"{step} {KUKATPALLY}" for step in ("detect", "match", "notify")]
    # Whom the first word did not reach is tried on the next channel, by the same step.
    assert set(steps[3:]) <= {f"notify {KUKATPALLY}"}
    assert stage_of(installed, KUKATPALLY) == Stage.TOLD


def test_artifacts_and_parameters_hold_counts_and_references_and_no_customer(installed: Installed) -> None:
    artifacts = installed.prefect("/artifacts/latest/filter", {})
    assert {one["key"].removeprefix(f"{KUKATPALLY.lower()}-") for one in artifacts} >= {
        "audience",
        "outcome",
        "promises",
    }
    seen = json.dumps(artifacts) + json.dumps(installed.prefect("/flow_runs/filter", {}))
    seen += json.dumps(installed.prefect("/logs/filter", {"limit": 200}))
    c = t.customer.c
    with reading(installed.world.engine) as connection:
        customers = connection.execute(select(c.phone, c.email).where(c.phone.is_not(None))).all()
    assert not [one.phone for one in customers if one.phone in seen]
    assert not [one.email for one in customers if one.email and one.email in seen]


def test_an_engineers_update_wakes_the_same_run(installed: Installed) -> None:
    before = run_of(installed, KUKATPALLY)
    installed.tellfirst("incident", "update", KUKATPALLY, "--cause", "power_failure", "--estimate", "+2h")
    wait_until(lambda: told(installed, KUKATPALLY, "update") > 10, 90, "the update has left")
    wait_until(lambda: state_of(installed, KUKATPALLY) == "Suspended", 60, "the run sleeps again")
    assert run_of(installed, KUKATPALLY) == before


def test_a_run_killed_in_its_tracks_is_brought_back_as_the_same_run_and_tells_nobody_twice(
    installed: Installed,
) -> None:
    installed.alert((BODIES / "008_grouped_firing_4alerts.json").read_bytes())
    run = wait_until(lambda: run_of(installed, MIYAPUR), 150, "the incident has a run")
    process = wait_until(lambda: process_of(run), 60, "the run has a process")
    wait_until(lambda: told_or_sending(installed, MIYAPUR), 90, "messages are on their way")
    process.send_signal(signal.SIGKILL)
    wait_until(lambda: unsettled(installed, MIYAPUR) == 0, 260, "everybody has been told in the end")
    assert run_of(installed, MIYAPUR) == run
    found = installed.prefect("/flow_runs/filter", {"flow_runs": {"id": {"any_": [run]}}})[0]
    assert found["run_count"] >= 2
    twice = {number: count for number, count in Counter(installed.accepted()).items() if count > 1}
    assert twice == {}


def test_each_step_can_be_run_by_hand_and_a_second_run_changes_nothing(installed: Installed) -> None:
    wait_until(lambda: state_of(installed, KUKATPALLY) == "Suspended", 60, "the run sleeps")
    before = accepted_of(installed, KUKATPALLY)
    deployments = installed.prefect("/deployments/filter", {})
    declared = YAML(typ="safe").load(PROJECT / "prefect.yaml")["deployments"]
    assert {one["name"] for one in deployments} == {one["name"] for one in declared}
    follow_up = next(one for one in deployments if one["name"] == "follow_up")
    made = installed.prefect(
        f"/deployments/{follow_up['id']}/create_flow_run",
        {"parameters": {"incident": {"reference": KUKATPALLY}}},
    )

    def completed() -> bool:
        runs = installed.prefect("/flow_runs/filter", {"flow_runs": {"id": {"any_": [made["id"]]}}})
        return runs[0]["state"]["type"] == "COMPLETED"

    wait_until(completed, 60, "the step has run by hand")
    assert accepted_of(installed, KUKATPALLY) == before


def test_state_is_private_and_a_second_start_picks_up_where_the_first_was(installed: Installed) -> None:
    assert installed.stop() == []
    for path in (installed.home, installed.home / "prefect", installed.home / "secrets.json"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    run = run_of(installed, KUKATPALLY)
    installed.start()
    installed.tellfirst("incident", "update", KUKATPALLY, "--action", "crew_on_site")
    sent = told(installed, KUKATPALLY, "first_word")
    wait_until(lambda: told(installed, KUKATPALLY, "update") > sent, 120, "the second update has left")
    assert run_of(installed, KUKATPALLY) == run


def accepted_of(installed: Installed, reference: str) -> list[int]:
    """The other incident may still be trying its next channels."""
    d, i = t.delivery.c, t.incident.c
    with reading(installed.world.engine) as connection:
        ours = set(
            connection.scalars(
                select(d.id)
                .select_from(t.delivery)
                .join(t.incident, i.id == d.incident_id)
                .where(i.reference == reference)
            )
        )
    return [number for number in installed.accepted() if number in ours]


def process_of(flow_run_id: str) -> psutil.Process | None:
    """The launcher of a flow run, found by what the worker put into its environment; its fork dies with it."""
    for process in psutil.process_iter():
        try:
            if process.environ().get("PREFECT__FLOW_RUN_ID", "").replace("-", "") == flow_run_id.replace(
                "-", ""
            ):
                return process
        except (psutil.AccessDenied, psutil.NoSuchProcess):
            continue
    return None


def told_or_sending(installed: Installed, reference: str) -> int:
    d, i = t.delivery.c, t.incident.c
    with reading(installed.world.engine) as connection:
        return connection.execute(
            select(func.count())
            .select_from(t.delivery)
            .join(t.incident, i.id == d.incident_id)
            .where(i.reference == reference, d.intended_at.is_not(None))
        ).scalar_one()


def unsettled(installed: Installed, reference: str) -> int:
    """Without mails in doubt: the carrier of mails cannot be asked, and the one in its hands at the kill may wait
    long for a receipt."""
    d, i = t.delivery.c, t.incident.c
    in_doubt_for_long = and_(d.state == "unknown", d.channel == "email")
    with reading(installed.world.engine) as connection:
        return connection.execute(
            select(func.count())
            .select_from(t.delivery)
            .join(t.incident, i.id == d.incident_id)
            .where(
                i.reference == reference,
                d.state.in_(("pending", "sending", "unknown")),
                not_(in_doubt_for_long),
            )
        ).scalar_one()
