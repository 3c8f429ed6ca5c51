"""A run that waits for approval: the form it shows, and the answer it comes back with."""

from uuid import UUID, uuid4

from prefect import task
from prefect.client.orchestration import get_client
from prefect.runtime import flow_run

from tasks.forms import ApprovalForm, Decision
from tasks.policy import STEP
from tasks.refs import Counted, IncidentRef
from tellfirst.bootstrap import World, world
from tellfirst.domain.approval import FORM
from tellfirst.domain.errors import LostRace, RuleBroken
from tellfirst.notices import approving
from tellfirst.review.approvals import Waiting, asked_about
from tellfirst.store import approvals, incidents
from tellfirst.store.engine import reading, writing

KEPT = 200
"""Inputs of a run looked at in one call; each form leaves three."""


def hear_answers(incident: IncidentRef) -> None:
    """Put into the books what was answered in a form since this run went to sleep; nothing where nothing was asked."""
    here = world()
    with reading(here.engine) as connection:
        it = incidents.by_reference(connection, incident.reference)
        asked = approvals.latest(connection, it.id) is not None
    if asked:
        take_answers(incident)


@task(name="take the answers", **STEP)
def take_answers(incident: IncidentRef) -> Counted:
    """An answer that came second, or does not count, is written down as such and changes nothing."""
    run = UUID(flow_run.get_id() or "")
    prefix = f"suspended-{_prefix(incident)}"
    taken = 0
    with get_client(sync_client=True) as client:
        for found in client.filter_flow_run_input(run, key_prefix=prefix, limit=KEPT, exclude_keys=set()):
            if found.key.endswith("-response"):
                form = ApprovalForm.model_validate(found.decoded_value)
                revision = int(found.key.removeprefix(prefix).split("-")[0])
                _answer(world(), incident.reference, revision, form)
                taken += 1
            client.delete_flow_run_input(run, found.key)
    return Counted(reason="answered" if taken else "nobody_answered", counts={"answers": taken})


def question(incident: IncidentRef) -> Waiting | None:
    """What this incident waits to be approved."""
    here = world()
    with reading(here.engine) as connection:
        return asked_about(connection, incident.reference, here.templates, here.house, here.clock.now())


def key(incident: IncidentRef, asked: Waiting) -> str:
    """A key of its own for each suspension, which says which audience the form was about."""
    return f"{_prefix(incident)}{asked.seen_revision}-{uuid4().hex}"


def form(asked: Waiting) -> type[ApprovalForm]:
    """The form with what is known in counts, and where to look closer."""
    return ApprovalForm.with_initial_data(description=description(asked, world().settings.web_url))


def _prefix(incident: IncidentRef) -> str:
    # Prefect takes small letters, digits and dashes.
    return f"{incident.reference.lower()}-approval-"


def _answer(here: World, reference: str, revision: int, said: ApprovalForm) -> None:
    account = f"{FORM}{said.name.strip()}"
    try:
        with writing(here.engine) as connection:
            if said.decision is Decision.YES:
                approving.approve(connection, reference, revision, here.voice(), account, said.remark.strip())
            elif said.decision is Decision.NO:
                approving.decline(connection, reference, revision, here.voice(), account, said.remark)
    except (RuleBroken, LostRace) as refused:
        with writing(here.engine) as connection:
            it = incidents.by_reference(connection, reference)
            now = here.clock.now()
            incidents.note(
                connection, it.id, now, "approval", "answer_refused", actor=account, why=str(refused)
            )


def description(asked: Waiting, web_url: str) -> str:
    """What stands above the form, in Markdown: counts and times, and never a customer."""
    base, count = asked.base_count, asked.affected_count
    agreed = f"{asked.first_by} has agreed; a second person must as well." if asked.first_by else ""
    if asked.needed == 2 and not agreed:
        agreed = "Two persons must agree, one of them by `tellfirst incident approve`."
    refused = f"**The last answer was not taken:** {asked.refused}" if asked.refused else ""
    due = f"{asked.due_at:%H:%M:%S} UTC" if asked.due_at else ""
    until = f"Unless somebody answers by {due}, they are told what is safe to say: no cause, no estimate."
    if asked.lapsed:
        until = "They have had the safe word; a yes lets everything be said that is known."
    lines = (
        f"**{asked.name}** would be told to **{count:,} customers, {asked.share} of all {base:,}** "
        f"(revision {asked.seen_revision}, {asked.segment_count:,} parts of texts).",
        until,
        agreed,
        refused,
        f"Look first: [where it hits]({web_url}/incidents/{asked.reference}/footprint.png), "
        f"[the preview]({web_url}/room/incidents/{asked.reference}/preview), `tellfirst preview {asked.reference}`, "
        "and the artifacts of this run.",
    )
    return "\n\n".join(line for line in lines if line)
