"""The one module that talks to the Prefect API: start, resume and force incident runs."""

import time
from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate, WorkPoolCreate, WorkPoolUpdate
from prefect.client.schemas.filters import (
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterParentTaskRunId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.responses import SetStateStatus
from prefect.context import FlowRunContext, refresh_global_settings_context
from prefect.exceptions import ObjectNotFound
from prefect.flows import Flow
from prefect.settings import temporary_settings
from prefect.states import AwaitingRetry, Crashed
from prefect.tasks import Task

from tellfirst.domain.errors import SetupError
from tellfirst.domain.incident import Kind
from tellfirst.domain.occasion import Channel
from tellfirst.store.wakes import Driver

INCIDENT = "incident/incident"
PLANNED_WORK = "planned_work/planned_work"
ANNOUNCE_WORK = "announce_work/announce_work"
FORM_WITHIN = 120.0
"""Seconds for a run that only states work; the first one of a busy machine is slow."""
CLOCK = "clock/clock"
PICKED_UP_WITHIN = timedelta(minutes=2)
"""A worker that has claimed a run starts its process within seconds; one that died holds it for ever."""
ENDS_WITHIN = timedelta(seconds=2)
"""From a run's suspension to the end of its process."""
_STEPS_PER_WAKE = 1_000
FORGOTTEN_AFTER = timedelta(hours=2)
_BY_THEMSELVES = (
    *("clock", "watch", "review", "page_control_room", "announce_work"),
    *("detect", "match", "notify", "follow_up", "survey", "close", "become_outage"),
)
"""Flows that run without an incident's run above them, some of them only when somebody starts them by hand."""
CHUNKS_AT_ONCE = 8
"""Chunks of a channel that are sent at once over all workers, where nobody has set another limit."""


class Wake(StrEnum):
    """What was done to get an incident going."""

    STARTED = "started"
    RESUMED = "resumed"
    REQUEUED = "requeued"
    RUNNING = "already_running"


def obey_environment() -> None:
    """Take Prefect's settings from the environment as it is now.

    Prefect reads them when it is imported, and for a process that had no address then it starts a second
    server of its own, on the same database.
    """
    refresh_global_settings_context()


def without_heartbeats() -> AbstractContextManager[object]:
    """Flows that run inside send none: the lease on the incident's row says who is alive, and nobody else listens.

    Prefect waits for the thread that sends them at the end of each flow, each step's too, up to a second.
    """
    return temporary_settings(updates={"flows.heartbeat_frequency": None})


def wake(it: Driver) -> tuple[Wake, str]:
    """Get an incident's run going, whatever state it is in. Returns what was done and the run's id.

    Suspended: resumed. Crashed or failed: the same run is queued again. Running while its lease has run out,
    or never picked up: its process or worker is gone, the same. Missing, cancelled or completed before the
    incident was: a new run.
    """
    with get_client(sync_client=True) as client:
        run = _read(client, it.flow_run_id)
        if run is None or run.state is None or run.state.type in (StateType.COMPLETED, StateType.CANCELLED):
            made = _create(client, it)
            return Wake.STARTED, str(made.id)
        if run.state.type is StateType.PAUSED:
            _let_its_process_end(run.state.timestamp)
            resumed = client.resume_flow_run(run.id)
            if resumed.status is not SetStateStatus.REJECT:
                return Wake.RESUMED, str(run.id)
            # A run that was killed after it said that it waits and before its form was kept can be resumed by nobody.
            client.set_flow_run_state(run.id, AwaitingRetry(), force=True)
            return Wake.REQUEUED, str(run.id)
        if _is_dead(run, lease_expired=it.lease_expired):
            client.set_flow_run_state(run.id, AwaitingRetry(), force=True)
            return Wake.REQUEUED, str(run.id)
        return Wake.RUNNING, str(run.id)


def number_steps_from(wake_count: int, steps: Iterable[Flow[Any, Any]]) -> None:
    """Give the steps of this wake-up numbers of their own.

    Prefect counts a run's subflows from 0 in every process and takes a number it has seen for the subflow
    that already finished; a resumed run would skip its next step and report the previous one's end.
    """
    context = FlowRunContext.get()
    if context is not None:
        for step in steps:
            key = Task(fn=step.fn, name=step.name).task_key
            context.task_run_dynamic_keys[key] = wake_count * _STEPS_PER_WAKE


def _let_its_process_end(suspended_at: datetime) -> None:
    """A worker that still holds a run's last process mixes it up with the next one."""
    age = datetime.now(UTC) - suspended_at
    if age < ENDS_WITHIN:
        time.sleep((ENDS_WITHIN - age).total_seconds())


def _is_dead(run: FlowRun, *, lease_expired: bool) -> bool:
    assert run.state is not None
    match run.state.type:
        case StateType.CRASHED | StateType.FAILED:
            return True
        case StateType.RUNNING:
            return lease_expired
        case StateType.PENDING:
            return datetime.now(UTC) - run.state.timestamp > PICKED_UP_WITHIN
        case _:
            return False


def _create(client: SyncPrefectClient, it: Driver) -> FlowRun:
    """Asking twice for the same generation gives the same run."""
    story = PLANNED_WORK if it.kind is Kind.PLANNED_WORK else INCIDENT
    try:
        deployment = client.read_deployment_by_name(story)
    except ObjectNotFound:
        raise SetupError(f"Prefect has no deployment {story}; run `prefect deploy --all`") from None
    return client.create_flow_run_from_deployment(
        deployment.id,
        name=it.name,
        parameters={"incident": {"reference": it.reference}},
        tags=[f"incident:{it.reference}", f"severity:{it.severity}", it.cause_key],
        idempotency_key=f"incident:{it.reference}:{it.generation}",
    )


def _read(client: SyncPrefectClient, flow_run_id: str | None) -> FlowRun | None:
    if flow_run_id is None:
        return None
    try:
        return client.read_flow_run(UUID(flow_run_id))
    except ObjectNotFound:
        return None


def prepare_pool(name: str, limit: int) -> None:
    """The process work pool our deployments name, with at most `limit` runs at once beside the clock.

    The limit is the default queue's and not the pool's: runs that died with their machine hold their places until the
    clock has found them, and it finds nothing while it waits for one of these itself.
    """
    with get_client(sync_client=True) as client:
        try:
            client.read_work_pool(name)
        except ObjectNotFound:
            client.create_work_pool(WorkPoolCreate(name=name, type="process"))
        else:
            client.update_work_pool(name, WorkPoolUpdate(concurrency_limit=None))
        client.request(
            "PATCH",
            "/work_pools/{work_pool_name}/queues/{name}",
            path_params={"work_pool_name": name, "name": "default"},
            json={"concurrency_limit": limit},
        ).raise_for_status()


def limit_of(channel: Channel) -> str:
    """The name of a channel's global limit."""
    return f"tellfirst-{channel}"


def prepare_limits(channels: Iterable[Channel], chunks_at_once: int = CHUNKS_AT_ONCE) -> None:
    """A global limit for each channel; one that somebody has set already stays as it is."""
    with get_client(sync_client=True) as client:
        known = {one.name for one in client.read_global_concurrency_limits(limit=200)}
        for channel in channels:
            if limit_of(channel) not in known:
                wanted = GlobalConcurrencyLimitCreate(name=limit_of(channel), limit=chunks_at_once)
                client.create_global_concurrency_limit(wanted)


def worker_is_online(pool: str) -> bool:
    """Whether a worker of the pool has reported within the last half minute."""
    with get_client(sync_client=True) as client:
        workers = client.read_workers_for_work_pool(pool)
    since = datetime.now(UTC) - timedelta(seconds=30)
    return any(one.last_heartbeat_time and one.last_heartbeat_time > since for one in workers)


def bury_dead_ticks() -> int:
    """Ticks of the clock that a killed installation left running hold its only place; how many there were.

    To be called before a worker starts: then none of them can be alive.
    """
    with get_client(sync_client=True) as client:
        runs = client.read_flow_runs(
            flow_filter=FlowFilter(name=FlowFilterName(any_=["clock"])),
            flow_run_filter=FlowRunFilter(
                state=FlowRunFilterState(
                    type=FlowRunFilterStateType(any_=[StateType.RUNNING, StateType.PENDING])
                )
            ),
        )
        for run in runs:
            client.set_flow_run_state(run.id, Crashed(message="its installation was stopped"), force=True)
    return len(runs)


def bury_forgotten() -> int:
    """Runs that nobody leases and that have been under way for longer than any takes died with their machine, and hold
    a place of the queue; how many there were. Runs of incidents are left to their leases.
    """
    long_ago = datetime.now(UTC) - FORGOTTEN_AFTER
    with get_client(sync_client=True) as client:
        runs = client.read_flow_runs(
            flow_filter=FlowFilter(name=FlowFilterName(any_=[*_BY_THEMSELVES])),
            flow_run_filter=FlowRunFilter(
                parent_task_run_id=FlowRunFilterParentTaskRunId(is_null_=True),
                expected_start_time=FlowRunFilterExpectedStartTime(before_=long_ago),
                state=FlowRunFilterState(
                    type=FlowRunFilterStateType(any_=[StateType.RUNNING, StateType.PENDING])
                ),
            ),
        )
        for run in runs:
            client.set_flow_run_state(
                run.id, Crashed(message="nothing was heard of it for hours"), force=True
            )
    return len(runs)


def tick() -> str:
    """Let the clock tick now instead of at its next half minute. The id of the run."""
    with get_client(sync_client=True) as client:
        deployment = client.read_deployment_by_name(CLOCK)
        return str(client.create_flow_run_from_deployment(deployment.id).id)


def announce_work(work: dict[str, Any]) -> None:
    """State work as an ops engineer does on the form in Prefect's UI; returns when that run has ended.

    Raises SetupError when it was refused, with Prefect's word about it.
    """
    with get_client(sync_client=True) as client:
        deployment = client.read_deployment_by_name(ANNOUNCE_WORK)
        run = client.create_flow_run_from_deployment(deployment.id, parameters={"work": work})
        until = time.monotonic() + FORM_WITHIN
        while run.state is None or not run.state.is_final():
            if time.monotonic() > until:
                raise SetupError(f"the run {run.id} of {ANNOUNCE_WORK} has not ended; is a worker up?")
            time.sleep(0.5)
            run = client.read_flow_run(run.id)
    if not run.state.is_completed():
        raise SetupError(f"the work was not announced: {run.state.message}")


def is_asleep(flow_run_id: str) -> bool:
    """Whether an incident's run is suspended or has ended."""
    with get_client(sync_client=True) as client:
        run = _read(client, flow_run_id)
    return run is None or run.state is None or run.state.is_paused() or run.state.is_final()
