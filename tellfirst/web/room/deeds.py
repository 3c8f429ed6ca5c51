"""What can be done in the room: each act with the right it needs, what is shown before, and what is called."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from tellfirst.acting import approvals, causes, halts, stops, taking, works
from tellfirst.acting.words import Heard, Statement, speak
from tellfirst.bootstrap import World
from tellfirst.domain.account import Right
from tellfirst.domain.audit import Actor
from tellfirst.domain.contact import ContactKind
from tellfirst.domain.delivery import StopEffect
from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.facts import Action, Cause
from tellfirst.domain.occasion import Locale
from tellfirst.spans import moment
from tellfirst.web.room import looks
from tellfirst.web.room.guard import Posted
from tellfirst.web.room.looks import Look

Word = TypeVar("Word", Cause, Action, StopEffect, ContactKind)


@dataclass(frozen=True, slots=True)
class Done:
    """`said` is a key of the room's words, without its beginning; `due` are the incidents to be woken; `where` is the
    page below that of the incident that one comes back to."""

    said: str
    due: tuple[str, ...] = ()
    where: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """`title` is a key of the room's words. Without a `look` it is done at once."""

    name: str
    title: str
    right: Right
    do: Callable[[World, Actor, str, Posted], Done]
    look: Callable[[World, str, Posted], Look] | None = field(default=None)
    of_everything: bool = False


def _statement(here: World, form: Posted) -> Statement:
    """Raises RuleBroken for a word or a time that is none."""
    estimate = form.get("estimate")
    notes = {locale.value: text for locale in Locale if (text := form.get(f"note_{locale.value}"))}
    return Statement(
        closed(Cause, form.get("cause")),
        closed(Action, form.get("action")),
        moment(estimate, here.clock.now()) if estimate else None,
        # A browser counts a line end as one sign and sends two.
        {locale: text.replace("\r\n", "\n") for locale, text in notes.items()},
        form.get("correction") == "yes",
    )


def _look_at_word(here: World, reference: str, form: Posted) -> Look:
    return looks.at_word(here, reference, form.actor.name, _statement(here, form))


def _speak(here: World, actor: Actor, reference: str, form: Posted) -> Done:
    heard = speak(here, actor, reference, _statement(here, form))
    return Done(heard, (reference,), "/preview" if heard is Heard.ASKED_ANEW else "")


def _look_at_restoring(here: World, reference: str, form: Posted) -> Look:
    return looks.at_restoring(here, reference, form.all("element"))


def _restore(here: World, actor: Actor, reference: str, form: Posted) -> Done:
    causes.restore(here, actor, reference, form.all("element"))
    return Done("restored", (reference,))


def _look_at_withdrawing(here: World, reference: str, form: Posted) -> Look:
    return looks.at_withdrawing(here, reference, form.all("element"))


def _withdraw(here: World, actor: Actor, reference: str, form: Posted) -> Done:
    done = causes.withdraw(here, actor, reference, form.all("element"))
    return Done("withdrawn", (reference,)) if done else Done("withdrawn_before")


def _acknowledge(here: World, actor: Actor, reference: str, _form: Posted) -> Done:
    return Done("acknowledged" if taking.acknowledge(here, actor, reference).taken else "taken")


def _retry(here: World, actor: Actor, reference: str, _form: Posted) -> Done:
    causes.retry(here, actor, reference)
    return Done("retried", (reference,))


def _resume(here: World, actor: Actor, reference: str, _form: Posted) -> Done:
    halts.resume_notice(here, actor, reference)
    return Done("resumed", (reference,))


def _cancel_notice(here: World, actor: Actor, reference: str, _form: Posted) -> Done:
    halts.cancel_notice(here, actor, reference)
    return Done("cancelled", (reference,))


def _look_at_waiting(key: str) -> Callable[[World, str, Posted], Look]:
    return lambda here, reference, _form: looks.at_waiting(here, reference, key)


def _stop(here: World, actor: Actor, reference: str, form: Posted) -> Done:
    effect = closed(StopEffect, form.get("effect")) or StopEffect.HOLD
    stops.stop(here, actor, reference, effect, form.get("reason"))
    return Done("stopped")


def _go(here: World, actor: Actor, reference: str, _form: Posted) -> Done:
    done = stops.go(here, actor, reference)
    return Done("lifted", done.due) if done.lifted else Done("not_stopped")


def _approve(here: World, actor: Actor, reference: str, form: Posted) -> Done:
    done = approvals.approve(here, actor, reference, _revision(form), form.get("remark"))
    if done.outdated:
        return Done("outdated", (reference,))
    return Done("first_of_two" if done.waits_for_second else "approved", (reference,))


def _decline(here: World, actor: Actor, reference: str, form: Posted) -> Done:
    approvals.decline(here, actor, reference, _revision(form), form.get("remark"))
    return Done("declined", (reference,))


def _look_at_work(_here: World, _reference: str, _form: Posted) -> Look:
    return Look("will_work")


def _work(
    said: str, call: Callable[[World, Actor, str], None]
) -> Callable[[World, Actor, str, Posted], Done]:
    def do(here: World, actor: Actor, reference: str, _form: Posted) -> Done:
        call(here, actor, reference)
        return Done(said, (reference,))

    return do


def _extend(here: World, actor: Actor, reference: str, form: Posted) -> Done:
    works.extend(here, actor, reference, moment(form.get("until"), here.clock.now()))
    return Done("work_extended", (reference,))


def _revision(form: Posted) -> int:
    """The one that was looked at. Raises RuleBroken without it."""
    typed = form.get("revision")
    if not typed.isdecimal() or len(typed) > 9:
        raise RuleBroken("look at the preview first: an answer is about the audience as you saw it")
    return int(typed)


def closed(kind: type[Word], typed: str) -> Word | None:
    """The word that was chosen; None for none. Raises RuleBroken for what is no such word."""
    if not typed:
        return None
    try:
        return kind(typed)
    except ValueError:
        raise RuleBroken(f"'{typed[:40]}' is none of {', '.join(kind)}") from None


ACTS = (
    Act("update", "post_update", Right.SPEAK, _speak, _look_at_word),
    Act("restore", "declare_restored", Right.SPEAK, _restore, _look_at_restoring),
    Act("withdraw", "withdraw", Right.SPEAK, _withdraw, _look_at_withdrawing),
    Act("acknowledge", "acknowledge", Right.SPEAK, _acknowledge),
    Act("retry", "retry", Right.SPEAK, _retry),
    Act("resume-notice", "resume_notice", Right.SPEAK, _resume, _look_at_waiting("will_go")),
    Act("cancel-notice", "cancel_notice", Right.SPEAK, _cancel_notice, _look_at_waiting("will_stop")),
    Act("stop", "stop", Right.STOP, _stop, _look_at_waiting("will_stop"), of_everything=True),
    Act("go", "go", Right.STOP, _go, _look_at_waiting("will_go"), of_everything=True),
    # Their look is the preview, whose revision the form carries.
    Act("approve", "approve", Right.APPROVE, _approve),
    Act("decline", "decline", Right.APPROVE, _decline),
    Act("work-start", "work_start", Right.SPEAK, _work("work_started", works.start), _look_at_work),
    Act(
        "work-complete", "work_complete", Right.SPEAK, _work("work_completed", works.complete), _look_at_work
    ),
    Act("work-extend", "work_extend", Right.SPEAK, _extend, _look_at_work),
    Act("work-cancel", "work_cancel", Right.SPEAK, _work("work_cancelled", works.cancel), _look_at_work),
)
"""Stopping is an approver's too: whoever sees that a word is wrong must be able to keep it back."""
