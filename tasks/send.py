"""Send what the ledger holds: one task per chunk of a thousand, and the doubtful ones looked up first."""

from prefect import task
from prefect.futures import wait

from tasks.policy import SENDING, STEP, unrecorded
from tasks.refs import Counted, IncidentRef
from tasks.turns import turn
from tellfirst.bootstrap import world
from tellfirst.delivery import leasing, pumping, standing
from tellfirst.store import incidents, wakes
from tellfirst.store.engine import reading, writing


@task(name="what may leave", **STEP)
def waiting_chunks(incident: IncidentRef) -> list[tuple[int, int]]:
    """(chunk, notice) of everything due, after what a dead worker left and what did not arrive was looked at."""
    return pumping.waiting(world().pump, _id_of(incident))


# No tag: for each tag of a task Prefect's engine asks the server for a slot before the task may begin.
@task(name="send", task_run_name="send chunk {chunk_id}", **SENDING)
def send_chunk(incident: IncidentRef, chunk_id: int, notice_id: int) -> Counted:
    """Up to a thousand messages on one channel."""
    here = world()
    with writing(here.engine) as connection:
        wakes.renew(connection, incident.reference, here.wall.now())
        channel = leasing.channel_of(connection, chunk_id)
    with turn(channel):
        done = pumping.send(here.pump, chunk_id, notice_id)
    sent = done.sent
    reason = "no_carrier_open" if done.waits else sent.carrier_stopped
    return Counted(
        reason=reason or ("sent" if sent.done else "more_to_come"),
        counts={
            "accepted": sent.accepted_count,
            "refused": sent.refused_count,
            "unknown": sent.unknown_count,
            "late": sent.late_count,
        },
    )


@task(name="look up lost answers", **SENDING)
def reconcile(incident: IncidentRef) -> Counted:
    """Ask the carriers about messages whose answer was lost, before anything is sent again."""
    settled = pumping.settle_doubts(world().pump, _id_of(incident))
    return Counted(reason="looked_up" if settled else "nothing_settled", counts={"settled": settled})


@unrecorded
def in_doubt(incident: IncidentRef) -> bool:
    """Whether there are messages whose answer was lost and is due to be asked for."""
    here = world()
    with reading(here.engine) as connection:
        return bool(standing.doubtful_notices(connection, _id_of(incident), here.wall.now()))


@unrecorded
def conclude(incident: IncidentRef) -> Counted:
    """Notices that have been offered to their carriers as a whole settle the promises before them."""
    concluded = pumping.conclude(world().pump, _id_of(incident))
    return Counted(reason="concluded", counts={"notices": concluded})


@task(name="apply receipts", **STEP)
def apply_receipts() -> Counted:
    """Raise deliveries by the receipts that wait."""
    here = world()
    applied = pumping.apply_receipts(here.engine, here.clock)
    return Counted(reason="applied", counts={"receipts": applied})


def _id_of(incident: IncidentRef) -> int:
    with reading(world().engine) as connection:
        return incidents.by_reference(connection, incident.reference).id


def send_what_waits(incident: IncidentRef) -> None:
    """Everything that may leave now, chunks side by side, then the words they owed."""
    if in_doubt(incident):
        reconcile(incident)
    chunks = waiting_chunks(incident)
    wait([send_chunk.submit(incident, chunk_id, notice_id) for chunk_id, notice_id in chunks])
    conclude(incident)
