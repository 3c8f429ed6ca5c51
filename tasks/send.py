"""Send what the ledger holds: one task per chunk of a thousand, and the doubtful ones looked up first."""

from prefect import task
from prefect.futures import wait

from tasks.policy import SENDING, STEP
from tasks.refs import Counted, IncidentRef
from tellfirst.bootstrap import world
from tellfirst.delivery import leasing, receipts, reconciling, standing
from tellfirst.delivery.dispatching import dispatch
from tellfirst.notices import scripts
from tellfirst.notices.concluding import conclude_all
from tellfirst.store import incidents, wakes
from tellfirst.store.engine import reading, writing


@task(name="what may leave", **STEP)
def waiting_chunks(incident: IncidentRef) -> list[tuple[int, int]]:
    """(chunk, notice) of everything due; what a dead worker left behind is put in doubt first."""
    here = world()
    with writing(here.engine) as connection:
        leasing.reap(connection, here.wall.now())
        it = incidents.by_reference(connection, incident.reference)
        return standing.open_chunks(connection, it.id, here.wall.now())


@task(name="send", task_run_name="send chunk {chunk_id}", tags=["send"], **SENDING)
def send_chunk(incident: IncidentRef, chunk_id: int, notice_id: int) -> Counted:
    """Up to a thousand messages on one channel."""
    here = world()
    with writing(here.engine) as connection:
        wakes.renew(connection, incident.reference, here.wall.now())
    with reading(here.engine) as connection:
        channel = leasing.channel_of(connection, chunk_id)
        script = scripts.script(connection, notice_id, channel, here.templates, here.links.link)
    done = dispatch(here.sender, chunk_id, script, here.options(channel))
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
    here = world()
    with reading(here.engine) as connection:
        it = incidents.by_reference(connection, incident.reference)
        notices = standing.doubtful_notices(connection, it.id, here.wall.now())
    settled = 0
    for notice_id in notices:
        for carrier in map(here.fleet.make, [one.name for one in here.fleet.all]):
            with reading(here.engine) as connection:
                script = scripts.script(
                    connection, notice_id, carrier.channel, here.templates, here.links.link
                )
            settled += reconciling.reconcile(here.engine, notice_id, carrier, script, here.clock, here.wall)
    return Counted(reason="looked_up" if notices else "no_doubt", counts={"settled": settled})


@task(name="settle the words owed", **STEP)
def conclude(incident: IncidentRef) -> Counted:
    """Notices that have been offered to their carriers as a whole settle the promises before them."""
    here = world()
    with writing(here.engine) as connection:
        it = incidents.by_reference(connection, incident.reference)
        concluded = conclude_all(connection, it.id, here.clock.now())
    return Counted(reason="concluded", counts={"notices": concluded})


@task(name="apply receipts", **STEP)
def apply_receipts() -> Counted:
    """Raise deliveries by the receipts that wait."""
    here = world()
    total = 0
    while True:
        with writing(here.engine) as connection:
            applied = receipts.apply(connection, here.clock.now())
        total += applied
        if not applied:
            return Counted(reason="applied", counts={"receipts": total})


def send_what_waits(incident: IncidentRef) -> None:
    """Everything that may leave now, chunks side by side, then the words they owed."""
    reconcile(incident)
    chunks = waiting_chunks(incident)
    wait([send_chunk.submit(incident, chunk_id, notice_id) for chunk_id, notice_id in chunks])
    conclude(incident)
