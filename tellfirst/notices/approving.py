"""Approval: a person looks at an unusually large or an empty audience before anybody of it is told.

The question is bound to the texts, the facts and the audience it is about. It stands for as long as the playbook says;
then the safe holding notice goes out, whoever has not answered.
"""

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from tellfirst.audience.approving import affected_count, refuse_another_revision
from tellfirst.audience.base import customer_base
from tellfirst.domain.approval import ApprovalState, Question, Refusal, agree, covers, digest
from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.facts import Action, Cause
from tellfirst.domain.incident import Held, Stage
from tellfirst.domain.occasion import Occasion
from tellfirst.notices.speaking import Voice, first_word_facts
from tellfirst.notices.words import say, unsaid_count
from tellfirst.store import approvals, incidents
from tellfirst.store.incidents import Incident

SAME_CLOCK = frozenset({"audience_changed", "facts_changed"})
"""A question asked again for these keeps its deadline: an outage that grows every minute must not stay silent."""
REFUSED = {
    Refusal.NO_NAME: "say who you are; an answer without a name is none",
    Refusal.SAME_ACCOUNT: "{first_by} has agreed already; so large an audience needs a second person",
    Refusal.TWO_FORMS: "{first_by} has agreed in a form already, and names in forms prove nobody; the second answer "
    "must come from an account of its own: `tellfirst incident approve`",
}


@dataclass(frozen=True, slots=True)
class Answered:
    """What an answer did. `outdated`: it changed nothing, because something else would be said by now; the question
    is asked again, within the same time."""

    revision: int
    affected_count: int
    base_count: int
    state: ApprovalState
    outdated: bool = False

    @property
    def waits_for_second(self) -> bool:
        """One account has agreed, and so large an audience needs another."""
        return self.state is ApprovalState.OPEN and not self.outdated


def ask(connection: Connection, it: Incident, voice: Voice) -> Question:
    """The question that waits about the present audience; asked now when there is none.

    One that is about another audience is outdated by it and leaves it its deadline.
    """
    last = approvals.latest(connection, it.id)
    count = affected_count(connection, it)
    if last and _stands(last, it, count):
        return last
    due_at = None
    if last and last.state is ApprovalState.OPEN:
        approvals.outdate(connection, it.id, "audience_changed")
        due_at = last.due_at
    elif last and last.state is ApprovalState.OUTDATED and last.reason in SAME_CLOCK:
        due_at = last.due_at
    assert it.playbook is not None, "an incident without a playbook is held before it is matched"
    base = customer_base(connection)
    question = approvals.ask(
        connection,
        incident_id=it.id,
        revision=it.audience_revision,
        digest=_digest(connection, it, voice, it.audience_revision),
        affected_count=count,
        base_count=base,
        latecomers=it.stage is not Stage.MATCHED,
        needed=max(1, it.playbook.accounts_needed(count, base)),
        asked_at=voice.now,
        due_at=due_at or voice.now + it.playbook.approvals.within,
    )
    _note(connection, it, voice, "asked", "tellfirst", question, due_at=question.due_at.isoformat())
    return question


def approve(
    connection: Connection, reference: str, revision: int, voice: Voice, account: str, remark: str = ""
) -> Answered:
    """`account` agrees that the audience as of `revision` is told; the incident is due at once.

    Raises RuleBroken, and changes nothing, when nothing waits, when the audience has moved on since that revision,
    or when this account's yes does not count. An approval covers a tenth more (`domain.approval.GROWTH`).
    """
    it = incidents.held(connection, reference)
    if it.held is Held.EMPTY_AUDIENCE:
        refuse_another_revision(connection, it, revision)
        return _go_on_with_nobody(connection, it, revision, voice, account)
    if it.approval_needed and not it.held:
        refuse_another_revision(connection, it, revision)
    question = _answerable(connection, it, voice)
    is_open = question.state is ApprovalState.OPEN
    if is_open and question.digest != _digest(connection, it, voice, question.revision):
        return _ask_again(connection, it, question, voice)
    agreed = agree(question, account, voice.now)
    if isinstance(agreed, Refusal):
        raise RuleBroken(REFUSED[agreed].format(first_by=question.first_by))
    approvals.keep(connection, question, agreed)
    if agreed.state is ApprovalState.APPROVED:
        _release(connection, it, question, voice, account)
    reason = "approved" if agreed.state is ApprovalState.APPROVED else "first_of_two"
    _note(connection, it, voice, reason, account, agreed, **({"remark": remark} if remark else {}))
    return Answered(question.revision, question.affected_count, question.base_count, agreed.state)


def decline(
    connection: Connection, reference: str, revision: int, voice: Voice, account: str, remark: str
) -> Answered:
    """`account` says no: nobody new is told until the audience changes or somebody asks again.

    It is shown as waiting, with its reason and for how long, until then: whoever is truly affected hears nothing.
    Raises RuleBroken without a remark, and as `approve` does.
    """
    if not remark.strip():
        raise RuleBroken("say why: whoever mends it must know what is wrong with this audience")
    if not account.removeprefix("form:").strip():
        raise RuleBroken(REFUSED[Refusal.NO_NAME])
    it = incidents.held(connection, reference)
    if not it.approval_needed:
        raise RuleBroken(nothing_waits(connection, it))
    refuse_another_revision(connection, it, revision)
    question = _answerable(connection, it, voice)
    declined = replace(question, state=ApprovalState.DECLINED, reason=remark.strip())
    approvals.keep(connection, question, declined)
    incidents.change(connection, it, next_due_at=voice.now)
    _note(connection, it, voice, "declined", account, declined, remark=remark.strip())
    return Answered(question.revision, question.affected_count, question.base_count, declined.state)


def lapses(connection: Connection, it: Incident, voice: Voice) -> bool:
    """Whether the time is up for the question about this first word; asks it where it has not been asked.

    Then it is written down as lapsed, and what follows is the safe holding notice.
    """
    question = ask(connection, it, voice)
    if question.state is not ApprovalState.OPEN or voice.now < question.due_at:
        return False
    lapsed = replace(question, state=ApprovalState.LAPSED, reason="nobody_answered_in_time")
    approvals.keep(connection, question, lapsed)
    count = affected_count(connection, it)
    incidents.change(connection, it, approval_needed=False, approved_count=count)
    _note(connection, it, voice, "approval_lapsed_holding_told", "tellfirst", lapsed)
    return True


def still_fits(connection: Connection, it: Incident, voice: Voice) -> bool:
    """Whether the approval for a first word that has not left is for what would be said now; else it is asked again."""
    question = approvals.latest(connection, it.id)
    if question is None or question.state is not ApprovalState.APPROVED or question.told_at:
        return True
    fits = question.digest == _digest(connection, it, voice, question.revision)
    if fits and covers(question, affected_count(connection, it)):
        return True
    _ask_again(connection, it, question, voice)
    return False


def ask_anew(connection: Connection, reference: str, voice: Voice) -> bool:
    """Ask again, within the same time, where something else would be said by now than what a question is about.

    Whether it was. A yes that one of two has given counts no more: it was to other words. A declined one stays so.
    """
    it = incidents.held(connection, reference)
    question = approvals.latest(connection, it.id)
    if question is None or question.told_at:
        return False
    if question.state is ApprovalState.APPROVED:
        return it.stage is Stage.MATCHED and not still_fits(connection, it, voice)
    if question.state is not ApprovalState.OPEN or not it.approval_needed:
        return False
    if question.digest == _digest(connection, it, voice, question.revision):
        return False
    _ask_again(connection, it, question, voice)
    return True


def mark_told(connection: Connection, it: Incident, voice: Voice) -> None:
    """The first word has left that the last question was about."""
    question = approvals.latest(connection, it.id)
    if question and not question.told_at and question.state in (ApprovalState.APPROVED, ApprovalState.LAPSED):
        approvals.told(connection, question, voice.now)


def nothing_waits(connection: Connection, it: Incident) -> str:
    """Why there is nothing to answer: whoever comes second hears who was first."""
    sentence = f"{it.reference} waits for no approval"
    last = approvals.latest(connection, it.id)
    if it.held:
        return f"{sentence}; it is held: {it.held}"
    if last and last.state is ApprovalState.APPROVED and last.first_at:
        by, at = (last.second_by, last.second_at) if last.second_at else (last.first_by, last.first_at)
        return f"{sentence}: {by} approved revision {last.revision} at {at:%Y-%m-%d %H:%M:%S} UTC"
    return sentence


def _answerable(connection: Connection, it: Incident, voice: Voice) -> Question:
    if it.held:
        raise RuleBroken(nothing_waits(connection, it))
    if it.approval_needed:
        question = ask(connection, it, voice)
        if question.state is ApprovalState.DECLINED:
            raise RuleBroken(
                f"revision {question.revision} of {it.reference} was declined ({question.reason}); mend what is wrong, "
                f"or ask again with `tellfirst incident retry {it.reference}`"
            )
        return question
    if lapsed := approvals.withheld(connection, it.id):
        return lapsed
    raise RuleBroken(nothing_waits(connection, it))


def _release(connection: Connection, it: Incident, question: Question, voice: Voice, account: str) -> None:
    """The first word may leave; or, where the safe one has left, all that was kept back is said as an update."""
    if lapsed := approvals.withheld(connection, it.id):
        approvals.keep(connection, lapsed, replace(lapsed, state=ApprovalState.OUTDATED, reason="asked_anew"))
    if question.state is ApprovalState.OPEN:
        incidents.change(
            connection,
            it,
            approval_needed=False,
            approved_count=question.affected_count,
            next_due_at=voice.now,
        )
        if lapsed is None:
            return
        it = incidents.by_reference(connection, it.reference)
    if _claims(it) and not unsaid_count(connection, it.id):
        say(
            connection,
            it.reference,
            author=account,
            now=voice.now,
            cause=Cause(it.cause),
            action=Action(it.action),
            estimate_at=it.estimate_at if it.estimate_at and it.estimate_at > voice.now else None,
        )
    elif question.state is not ApprovalState.OPEN:
        incidents.change(connection, it, next_due_at=voice.now)


def _claims(it: Incident) -> bool:
    """Whether more is known than the safe word says."""
    return (it.cause, it.action, it.estimate_at) != (Cause.BEING_INVESTIGATED, Action.INVESTIGATING, None)


def _go_on_with_nobody(
    connection: Connection, it: Incident, revision: int, voice: Voice, account: str
) -> Answered:
    base = customer_base(connection)
    incidents.change(
        connection,
        it,
        stage=Stage.MATCHED if it.stage is Stage.DETECTED else it.stage,
        held=None,
        approval_needed=False,
        approved_count=0,
        next_due_at=voice.now,
    )
    counts = {"revision": revision, "affected_count": 0, "base_count": base}
    incidents.note(connection, it.id, voice.now, "approval", Held.EMPTY_AUDIENCE, actor=account, **counts)
    return Answered(revision, 0, base, ApprovalState.APPROVED)


def _ask_again(connection: Connection, it: Incident, question: Question, voice: Voice) -> Answered:
    outdated = replace(question, state=ApprovalState.OUTDATED, reason="facts_changed")
    approvals.keep(connection, question, outdated)
    _note(connection, it, voice, "outdated", "tellfirst", outdated)
    incidents.change(connection, it, approval_needed=True, next_due_at=voice.now)
    new = ask(connection, incidents.by_reference(connection, it.reference), voice)
    return Answered(new.revision, new.affected_count, new.base_count, new.state, outdated=True)


def _stands(last: Question, it: Incident, count: int) -> bool:
    return last.state in (ApprovalState.OPEN, ApprovalState.DECLINED) and last.is_about(
        it.audience_revision, count
    )


def _digest(connection: Connection, it: Incident, voice: Voice, revision: int) -> str:
    facts = first_word_facts(connection, it, voice)
    return digest(facts, voice.version(Occasion.FIRST_WORD), revision)


def _note(
    connection: Connection,
    it: Incident,
    voice: Voice,
    reason: str,
    actor: str,
    question: Question,
    **more: str,
) -> None:
    counts = {
        "question": question.id,
        "revision": question.revision,
        "affected_count": question.affected_count,
        "base_count": question.base_count,
        "needed": question.needed,
    }
    incidents.note(connection, it.id, voice.now, "approval", reason, actor=actor, **counts, **more)
