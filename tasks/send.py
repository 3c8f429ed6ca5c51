"""Send what the ledger holds: one task per chunk of a thousand, and the doubtful ones looked up first."""

from prefect import task
from prefect.futures import wait

from tasks.policy import SENDING, STEP
from tasks.refs import Counted, IncidentRef
from tellfirst.bootstrap import world
from tellfirst.delivery import leasing, ramping, receipts, reconciling, sending, standing
from tellfirst.delivery.putting_off import put_off
from tellfirst.delivery.readying import ready
from tellfirst.domain.occasion import Channel
from tellfirst.notices import scripts
from tellfirst.notices.concluding import conclude_all
from tellfirst.store import incidents, wakes
from tellfirst.store.engine import reading, writing

CHANNELS = (Channel.SMS, Channel.EMAIL)


@task(name="what may leave", **STEP)
def waiting_chunks(incident: IncidentRef) -> list[tuple[int, int]]:
    """(chunk, notice) of everything due, after what a dead worker left and what did not arrive was looked at."""
    here = world()
    no_texts = here.carrier(Channel.SMS).capabilities.no_texts
    with writing(here.engine) as connection:
        it = incidents.by_reference(connection, incident.reference)
        return ready(connection, it.id, here.clock.now(), here.wall.now(), no_texts)


@task(name="send", task_run_name="send chunk {chunk_id}", tags=["send"], **SENDING)
def send_chunk(incident: IncidentRef, chunk_id: int, notice_id: int) -> Counted:
    """Up to a thousand messages on one channel."""
    here = world()
    with writing(here.engine) as connection:
        wakes.renew(connection, incident.reference, here.wall.now())
        put_off(connection, chunk_id, here.clock.now(), here.wall.now())
    with reading(here.engine) as connection:
        channel = leasing.channel_of(connection, chunk_id)
        script = scripts.script(connection, notice_id, channel, here.templates, here.links.link)
    carrier = here.carrier(channel)
    sent = sending.send_chunk(here.sender, chunk_id, carrier, script)
    with writing(here.engine) as connection:
        ramping.watch_chunk(connection, chunk_id, here.clock.now())
    return Counted(
        reason=sent.carrier_stopped or ("sent" if sent.done else "more_to_come"),
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
        for channel in CHANNELS:
            with reading(here.engine) as connection:
                script = scripts.script(connection, notice_id, channel, here.templates, here.links.link)
            settled += reconciling.reconcile(
                here.engine, notice_id, here.carrier(channel), script, here.clock, here.wall
            )
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
