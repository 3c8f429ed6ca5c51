"""Whatever is killed, each customer is told once and the promised word goes out; a large audience waits for a person.

On a real server, worker, web app and carriers, each a process of its own. Slow, so few, and in the order of one day.
"""

import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.request import urlopen

import pytest
from apart import Apart, config_with
from installed import wait_until
from sqlalchemy import func, select, update

from tellfirst.domain.delivery import HANDED_OVER, UNSETTLED
from tellfirst.installation import answers
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

pytestmark = [
    pytest.mark.prefect,
    pytest.mark.timeout(900),
    # Twelve minutes of killed machines on two busy cores: part of the proofs, like the long ones of the ledger.
    pytest.mark.skipif(
        os.environ.get("TELLFIRST_PROOF") != "long", reason="set TELLFIRST_PROOF=long to run it"
    ),
]
YEAR = datetime.now(UTC).year
LARGE = ("hub:Secunderabad", "hub:Hyderabad-Uppal")
"""Two areas are more than may be told without a person, one is not."""
SECOND_LARGE = ("hub:Hyderabad-Ameerpet", "hub:Hyderabad-Begumpet")
SMALL = (
    "hub:Hyderabad-LBNagar",
    "hub:Hyderabad-Dilsukhnagar",
    "hub:Hyderabad-Charminar",
    "hub:Hyderabad-Kondapur",
)
PAGED_AFTER = 45


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apart]:
    folder = tmp_path_factory.mktemp("apart")
    config = config_with(
        folder / "config",
        words={"next_update_every": "120s", "warn_before": "75s", "overrun_before": "30s"},
        approvals={"above_count": 120, "within": "10m"},
    )
    installation = Apart(folder / "home", config=config)
    try:
        installation.start()
        yield installation
    finally:
        installation.stop()


def opened(house: Apart, *elements: str) -> str:
    said = json.loads(
        house.tellfirst("incident", "open", *elements, "--playbook", "mobile_site_down", "--json")
    )
    return str(said["reference"])


def column(house: Apart, reference: str, name: str) -> Any:
    with reading(house.world.engine) as connection:
        i = t.incident.c
        return connection.scalar(select(i[name]).where(i.reference == reference))


def stage(house: Apart, reference: str) -> Any:
    return column(house, reference, "stage")


def run(house: Apart, reference: str) -> Any:
    """The incident's flow run as Prefect has it."""
    flow_run_id = column(house, reference, "flow_run_id")
    if flow_run_id is None:
        return None
    return next(
        iter(house.prefect("/flow_runs/filter", {"flow_runs": {"id": {"any_": [flow_run_id]}}})), None
    )


def deliveries(house: Apart, reference: str, *states: str, occasion: str = "first_word") -> int:
    d, i = t.delivery.c, t.incident.c
    with reading(house.world.engine) as connection:
        return connection.execute(
            select(func.count())
            .select_from(t.delivery)
            .join(t.incident, i.id == d.incident_id)
            .where(i.reference == reference, d.occasion == occasion, d.state.in_(states))
        ).scalar_one()


def entries(house: Apart, reference: str, topic: str) -> list[str]:
    e, i = t.incident_entry.c, t.incident.c
    with reading(house.world.engine) as connection:
        return list(
            connection.scalars(
                select(e.reason)
                .join(t.incident, i.id == e.incident_id)
                .where(i.reference == reference, e.topic == topic)
                .order_by(e.id)
            )
        )


def waits_with_a_form(house: Apart, reference: str) -> Any:
    found = run(house, reference)
    if not found or found["state"]["name"] != "Suspended":
        return None
    keys = found["state"]["state_details"]["run_input_keyset"]
    # Prefect says that the run waits before it has kept the form.
    return found if keys and {keys["schema"], keys["description"]} <= inputs_of(house, found) else None


def inputs_of(house: Apart, found: Any) -> set[str]:
    kept = house.prefect(f"/flow_runs/{found['id']}/input/filter", {"prefix": "", "limit": 200})
    return {one["key"] for one in kept}


def form_of(house: Apart, found: Any, part: str) -> Any:
    """What the page of a waiting run reads to show its form."""
    key = found["state"]["state_details"]["run_input_keyset"][part]
    with urlopen(f"{house.settings.prefect_url}/api/flow_runs/{found['id']}/input/{key}") as answer:
        return json.load(answer)


def forget_the_form(house: Apart, found: Any) -> None:
    """As if the run had been killed between saying that it waits and keeping its form."""
    key = found["state"]["state_details"]["run_input_keyset"]["schema"]
    house.order("DELETE", f"/flow_runs/{found['id']}/input/{key}")


def resume(house: Apart, found: Any, answer: dict[str, str] | None = None) -> str:
    """What the button of the page does."""
    done = house.prefect(f"/flow_runs/{found['id']}/resume", {"run_input": answer})
    return str(done["status"])


def nobody_was_told_twice(house: Apart) -> bool:
    return not {number: count for number, count in Counter(house.accepted()).items() if count > 1}


def make_due(house: Apart, reference: str, **values: Any) -> None:
    moment = datetime.now(UTC) - timedelta(seconds=1)
    of_incident = t.incident.c.reference == reference
    with writing(house.world.engine) as connection:
        changed = {"next_due_at": moment, "version": t.incident.c.version + 1, **values}
        connection.execute(update(t.incident).where(of_incident).values(changed))


def test_the_clock_ticks_and_the_teller_is_said_to_be_on_time(house: Apart) -> None:
    def on_time() -> bool:
        return answers(f"{house.settings.web_url}/health/teller")

    wait_until(on_time, 120, "the clock has ticked and the worker is seen")


def test_a_large_audience_waits_with_a_form_that_an_engineer_answers_in_prefect(house: Apart) -> None:
    reference = opened(house, *LARGE)
    found = wait_until(lambda: waits_with_a_form(house, reference), 150, "the run waits with its form")
    said, schema = form_of(house, found, "description"), form_of(house, found, "schema")
    assert {"decision", "name", "remark"} == set(schema["properties"])
    assert "% of all" in said
    assert "revision 1" in said
    assert f"tellfirst preview {reference}" in said
    assert deliveries(house, reference, *HANDED_OVER) == 0
    assert resume(house, found, {"decision": "yes, tell them", "name": "Asha", "remark": "seen"}) == "ACCEPT"
    wait_until(lambda: deliveries(house, reference, *HANDED_OVER) > 120, 120, "everybody is told")
    with reading(house.world.engine) as connection:
        [asked] = connection.execute(select(t.approval)).all()
    assert (asked.state, asked.first_by, asked.needed) == ("approved", "form:Asha", 1)
    assert entries(house, reference, "approval") == ["asked", "approved"]
    assert str(run(house, reference)["id"]) == found["id"]


def test_the_same_run_is_woken_by_the_command_and_a_resume_without_an_answer_changes_nothing(
    house: Apart,
) -> None:
    reference = opened(house, *SECOND_LARGE)
    found = wait_until(lambda: waits_with_a_form(house, reference), 150, "the run waits with its form")
    form = found["state"]["state_details"]["pause_key"]
    assert resume(house, found) == "ACCEPT"

    def waits_again() -> Any:
        now = waits_with_a_form(house, reference)
        return now if now and now["state"]["state_details"]["pause_key"] != form else None

    again = wait_until(waits_again, 60, "the run waits again with a new form")
    assert entries(house, reference, "approval") == ["asked"]
    forget_the_form(house, again)
    assert resume(house, again) == "REJECT"
    house.tellfirst("incident", "approve", reference, "--revision", "1")
    wait_until(lambda: deliveries(house, reference, *HANDED_OVER) > 120, 120, "everybody is told")
    assert entries(house, reference, "approval") == ["asked", "approved"]
    assert str(run(house, reference)["id"]) == found["id"]


def test_the_control_room_is_paged_about_a_silent_incident_and_not_about_a_told_one(house: Apart) -> None:
    page_sooner(house, PAGED_AFTER)
    told = opened(house, SMALL[0])
    silent = opened(house, "hub:Hyderabad-Kukatpally", "hub:Hyderabad-Miyapur")
    wait_until(lambda: deliveries(house, told, *HANDED_OVER) > 20, 90, "one of them is told")
    wait_until(lambda: entries(house, silent, "paged") == ["no_first_word"], 150, "the other is paged about")
    paged = house.prefect("/flow_runs/filter", {"flows": {"name": {"any_": ["page_control_room"]}}})
    assert silent in {one["parameters"]["incident"]["reference"] for one in paged}
    assert {one["name"] for one in paged if told in one["name"]} == set()
    assert entries(house, told, "paged") == []
    house.tellfirst("incident", "decline", silent, "--reason", "a drill", "--revision", "1")


def test_a_server_killed_while_messages_leave_costs_nobody_a_word(house: Apart) -> None:
    reference = opened(house, SMALL[1])
    wait_until(lambda: sending(house, reference), 90, "messages are on their way")
    house.kill("server")
    time.sleep(2)
    house.begin("server")
    house.await_ready("server")
    everybody_hears_once_and_again(house, reference)


def test_a_worker_killed_alone_leaves_its_run_at_work(house: Apart) -> None:
    reference = opened(house, SMALL[2])
    wait_until(lambda: sending(house, reference), 120, "messages are on their way")
    house.kill("worker")
    wait_until(lambda: deliveries(house, reference, *UNSETTLED) == 0, 120, "the orphan has told everybody")
    assert deliveries(house, reference, *HANDED_OVER) > 20
    assert nobody_was_told_twice(house)
    house.begin("worker")
    house.await_ready("worker")
    close(house, reference)


def test_whatever_dies_with_its_machine_is_found_by_its_lease_and_goes_on_as_the_same_run(
    house: Apart,
) -> None:
    reference = opened(house, SMALL[3])
    flow_run_id = wait_until(lambda: column(house, reference, "flow_run_id"), 120, "the incident has a run")
    wait_until(lambda: stage(house, reference) == "told", 120, "the first word is planned")
    house.kill("worker")
    for orphan in house.orphans():
        orphan.kill()
    assert run(house, reference)["state"]["type"] == "RUNNING", "nobody is left to say that it crashed"
    # Three minutes by the wall; the books are told that they have passed.
    fill_every_place(house, reference)
    house.begin("worker")
    everybody_hears_once_and_again(house, reference)
    after = run(house, reference)
    assert (after["id"], after["run_count"] >= 2) == (flow_run_id, True)


def test_a_run_that_prefect_has_lost_is_started_anew(house: Apart) -> None:
    reference = one_that_was_told(house)
    lost = column(house, reference, "flow_run_id")
    wait_until(lambda: run(house, reference)["state"]["type"] == "PAUSED", 90, "the run sleeps")
    house.order("DELETE", f"/flow_runs/{lost}")
    make_due(house, reference)
    found = wait_until(lambda: run(house, reference), 90, "another run is there")
    assert found["id"] != lost
    wait_until(lambda: run(house, reference)["state"]["type"] == "PAUSED", 90, "it sleeps as the first did")
    assert nobody_was_told_twice(house)


def sending(house: Apart, reference: str) -> bool:
    d, i = t.delivery.c, t.incident.c
    with reading(house.world.engine) as connection:
        wanted = select(d.id).join(t.incident, i.id == d.incident_id)
        return (
            connection.scalar(wanted.where(i.reference == reference, d.intended_at.is_not(None)).limit(1))
            is not None
        )


def everybody_hears_once_and_again(house: Apart, reference: str) -> None:
    """A first word or the newer one that came before it could leave, and then the word that was promised."""
    wait_until(lambda: deliveries(house, reference, *UNSETTLED) == 0, 200, "no first word is left")
    wait_until(lambda: untold_count(house, reference) == 0, 60, "everybody has been told")
    wait_until(
        lambda: deliveries(house, reference, *HANDED_OVER, occasion="update") > 20,
        240,
        "the promised word left",
    )
    p, i = t.promise.c, t.incident.c
    with reading(house.world.engine) as connection:
        first = connection.execute(
            select(p.state, p.late_by_seconds)
            .join(t.incident, i.id == p.incident_id)
            .where(i.reference == reference)
            .order_by(p.id)
            .limit(1)
        ).one()
    assert first.state in ("kept", "open"), first
    assert nobody_was_told_twice(house)


def untold_count(house: Apart, reference: str) -> int:
    """Customers who may and can be written to, and to whom no word of it was handed over."""
    d, i = t.delivery.c, t.incident.c
    its = select(d.customer_id).join(t.incident, i.id == d.incident_id).where(i.reference == reference)
    with reading(house.world.engine) as connection:
        told = set(connection.scalars(its.where(d.state.in_([*HANDED_OVER, "undelivered"]))))
        reachable = set(
            connection.scalars(its.where(d.state != "failed", d.reason.is_distinct_from("opted_out")))
        )
    assert len(reachable) > 20
    return len(reachable - told)


def one_that_was_told(house: Apart) -> str:
    i = t.incident.c
    with reading(house.world.engine) as connection:
        found = connection.scalar(select(i.reference).where(i.stage == "following_up").order_by(i.id.desc()))
    assert found is not None
    return str(found)


def page_sooner(house: Apart, seconds: int) -> None:
    """The automation as deployed, with less patience."""
    [one] = [a for a in house.prefect("/automations/filter", {}) if "page_control_room" in a["name"]]
    wanted = {key: one[key] for key in ("name", "description", "enabled", "actions")}
    wanted |= {"trigger": one["trigger"] | {"within": seconds}}
    wanted["trigger"].pop("id", None)
    house.order("PUT", f"/automations/{one['id']}", wanted)


def fill_every_place(house: Apart, reference: str) -> None:
    """The dead machine ran other incidents beside this one: for Prefect they hold every place of the queue."""
    i = t.incident.c
    others = select(i.reference).where(i.stage.in_(("told", "following_up")), i.reference != reference)
    with reading(house.world.engine) as connection:
        references = [reference, *connection.scalars(others.order_by(i.id).limit(3))]
    assert len(references) == 4
    for reference in references:
        found = run(house, reference)
        house.prefect(f"/flow_runs/{found['id']}/set_state", {"state": {"type": "RUNNING"}, "force": True})
        make_due(house, reference, lease_until=datetime.now(UTC) - timedelta(seconds=1))


def close(house: Apart, reference: str) -> None:
    """Its words go on for hours otherwise, beside those of the next test."""
    make_due(house, reference, stage="closed", closed_at=datetime.now(UTC), next_due_at=None)
