"""Every act of the control room for programs: the same functions, with tokens for sessions."""

from collections.abc import Callable
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from tellfirst.acting import approvals, causes, halts, stops, taking, works
from tellfirst.acting.words import Statement, speak
from tellfirst.bootstrap import World
from tellfirst.domain.audit import Actor
from tellfirst.domain.errors import Refused, RuleBroken
from tellfirst.spans import moment
from tellfirst.web.api.bearer import Approves, Caller, Speaks, Stops
from tellfirst.web.api.models import Approve, Decline, Done, Elements, Extend, Reference, Stop, Update
from tellfirst.web.api.repeats import Doing, Key, once

router = APIRouter(tags=["acts"])


def moment_of(typed: str, now: datetime) -> datetime:
    """Raises Refused (422) for a time that is none, like the 30th of February."""
    try:
        return moment(typed, now)
    except (RuleBroken, OverflowError):
        raise Refused("invalid_request", "there is no such time", 422) from None


def statement(here: World, asked: Update) -> Statement:
    """What a request says. Raises Refused (422) for a time that is none."""
    estimate_at = moment_of(asked.estimate, here.clock.now()) if asked.estimate else None
    notes = {locale.value: text for locale, text in asked.notes.items()}
    return Statement(asked.cause, asked.action, estimate_at, notes, asked.correction)


def _of(reference: str, done: Done) -> tuple[Done, tuple[str, ...]]:
    done.incident = reference
    return done, (reference,)


@router.post("/incidents/{reference}/update", response_model=Done)
def update(
    request: Request, caller: Speaks, reference: Reference, asked: Update, key: Key = ""
) -> JSONResponse:
    """Say something to everyone affected; it leaves at once and promises the next word."""
    here: World = request.app.state.world

    def do() -> tuple[Done, tuple[str, ...]]:
        return _of(reference, Done(done=speak(here, caller.actor, reference, statement(here, asked))))

    return once(request, caller, key, asked, do)


@router.post("/incidents/{reference}/restore", response_model=Done)
def restore(
    request: Request, caller: Speaks, reference: Reference, asked: Elements, key: Key = ""
) -> JSONResponse:
    """Declare causes gone, all when none are named; customers are told when it is verified, not before."""
    here: World = request.app.state.world

    def do() -> tuple[Done, tuple[str, ...]]:
        cleared = causes.restore(here, caller.actor, reference, asked.elements)
        return _of(reference, Done(done="restored", elements=cleared))

    return once(request, caller, key, asked, do)


@router.post("/incidents/{reference}/withdraw", response_model=Done)
def withdraw(
    request: Request, caller: Speaks, reference: Reference, asked: Elements, key: Key = ""
) -> JSONResponse:
    """Take back causes that never were part of it; whoever was told because of them gets a correction."""
    here: World = request.app.state.world

    def do() -> tuple[Done, tuple[str, ...]]:
        done = causes.withdraw(here, caller.actor, reference, asked.elements)
        return _of(reference, Done(done="withdrawn" if done else "withdrawn_before", elements=done))

    return once(request, caller, key, asked, do)


@router.post("/incidents/{reference}/acknowledge", response_model=Done)
def acknowledge(request: Request, caller: Speaks, reference: Reference, key: Key = "") -> JSONResponse:
    """Take it; what staff were called about so far is not handed on."""
    here: World = request.app.state.world

    def do() -> tuple[Done, tuple[str, ...]]:
        done = taking.acknowledge(here, caller.actor, reference)
        word = "acknowledged" if done.taken else "taken"
        return Done(done=word, incident=reference, count=done.calls_answered), ()

    return once(request, caller, key, None, do)


@router.post("/incidents/{reference}/retry", response_model=Done)
def retry(request: Request, caller: Speaks, reference: Reference, key: Key = "") -> JSONResponse:
    """Look again at a held incident, after what it waited for was mended."""
    here: World = request.app.state.world

    def do() -> tuple[Done, tuple[str, ...]]:
        causes.retry(here, caller.actor, reference)
        return _of(reference, Done(done="retried"))

    return once(request, caller, key, None, do)


@router.post("/incidents/{reference}/resume-notice", response_model=Done)
def resume_notice(request: Request, caller: Speaks, reference: Reference, key: Key = "") -> JSONResponse:
    """Let a halted notice go on."""
    return once(request, caller, key, None, _notices(request, caller, reference, halts.resume_notice))


@router.post("/incidents/{reference}/cancel-notice", response_model=Done)
def cancel_notice(request: Request, caller: Speaks, reference: Reference, key: Key = "") -> JSONResponse:
    """Cancel what is left of a halted notice."""
    return once(request, caller, key, None, _notices(request, caller, reference, halts.cancel_notice))


@router.post("/incidents/{reference}/stop", response_model=Done)
def stop(request: Request, caller: Stops, reference: Reference, asked: Stop, key: Key = "") -> JSONResponse:
    """Keep what has not left of one incident from leaving."""
    return once(request, caller, key, asked, _stopping(request, caller, reference, asked))


@router.post("/incidents/{reference}/go", response_model=Done)
def go(request: Request, caller: Stops, reference: Reference, key: Key = "") -> JSONResponse:
    """Lift the stops of one incident."""
    return once(request, caller, key, None, _going(request, caller, reference))


@router.post("/stop", response_model=Done)
def stop_everything(request: Request, caller: Stops, asked: Stop, key: Key = "") -> JSONResponse:
    """Keep whatever has not left from leaving."""
    return once(request, caller, key, asked, _stopping(request, caller, "", asked))


@router.post("/go", response_model=Done)
def let_everything_go(request: Request, caller: Stops, key: Key = "") -> JSONResponse:
    """Lift the stop of sending as a whole; stops of single incidents stay."""
    return once(request, caller, key, None, _going(request, caller, ""))


@router.post("/incidents/{reference}/approve", response_model=Done)
def approve(
    request: Request, caller: Approves, reference: Reference, asked: Approve, key: Key = ""
) -> JSONResponse:
    """Let so many be told, as you saw them at a revision (`GET …/preview`)."""
    here: World = request.app.state.world

    def do() -> tuple[Done, tuple[str, ...]]:
        done = approvals.approve(here, caller.actor, reference, asked.revision, asked.remark)
        word = "first_of_two" if done.waits_for_second else "approved"
        word = "outdated" if done.outdated else word
        return _of(reference, Done(done=word, count=done.affected_count))

    return once(request, caller, key, asked, do)


@router.post("/incidents/{reference}/decline", response_model=Done)
def decline(
    request: Request, caller: Approves, reference: Reference, asked: Decline, key: Key = ""
) -> JSONResponse:
    """Say no: nobody new is told until the audience changes or somebody asks again."""
    here: World = request.app.state.world

    def do() -> tuple[Done, tuple[str, ...]]:
        _, done = approvals.decline(here, caller.actor, reference, asked.revision, asked.remark)
        return _of(reference, Done(done="declined", count=done.affected_count))

    return once(request, caller, key, asked, do)


@router.post("/incidents/{reference}/work-extend", response_model=Done)
def work_extend(
    request: Request, caller: Speaks, reference: Reference, asked: Extend, key: Key = ""
) -> JSONResponse:
    """The work ends at another time; whoever waits hears the old end and the new one."""
    here: World = request.app.state.world

    def do() -> tuple[Done, tuple[str, ...]]:
        works.extend(here, caller.actor, reference, moment_of(asked.until, here.clock.now()))
        return _of(reference, Done(done="work_extended"))

    return once(request, caller, key, asked, do)


@router.post("/incidents/{reference}/work-start", response_model=Done)
def work_start(request: Request, caller: Speaks, reference: Reference, key: Key = "") -> JSONResponse:
    """The crew has begun."""
    return once(request, caller, key, None, _working(request, caller, reference, works.start, "work_started"))


@router.post("/incidents/{reference}/work-complete", response_model=Done)
def work_complete(request: Request, caller: Speaks, reference: Reference, key: Key = "") -> JSONResponse:
    """The work is done; customers are told when service is verified to be back."""
    return once(
        request, caller, key, None, _working(request, caller, reference, works.complete, "work_completed")
    )


@router.post("/incidents/{reference}/work-cancel", response_model=Done)
def work_cancel(request: Request, caller: Speaks, reference: Reference, key: Key = "") -> JSONResponse:
    """The work does not take place; exactly those who were told of it are told so."""
    return once(
        request, caller, key, None, _working(request, caller, reference, works.cancel, "work_cancelled")
    )


def _notices(
    request: Request, caller: Caller, reference: str, act: Callable[[World, Actor, str], list[int]]
) -> Doing:
    def do() -> tuple[Done, tuple[str, ...]]:
        numbers = act(request.app.state.world, caller.actor, reference)
        return _of(reference, Done(done=act.__name__, notices=numbers))

    return do


def _stopping(request: Request, caller: Caller, reference: str, asked: Stop) -> Doing:
    def do() -> tuple[Done, tuple[str, ...]]:
        here: World = request.app.state.world
        count = stops.stop(here, caller.actor, reference, asked.effect, asked.reason)
        return Done(done="stopped", incident=reference or None, count=count), ()

    return do


def _going(request: Request, caller: Caller, reference: str) -> Doing:
    def do() -> tuple[Done, tuple[str, ...]]:
        done = stops.go(request.app.state.world, caller.actor, reference)
        word = "lifted" if done.lifted else "not_stopped"
        return Done(done=word, incident=reference or None, count=done.waiting_count), done.due

    return do


def _working(
    request: Request, caller: Caller, reference: str, act: Callable[[World, Actor, str], None], word: str
) -> Doing:
    def do() -> tuple[Done, tuple[str, ...]]:
        act(request.app.state.world, caller.actor, reference)
        return _of(reference, Done(done=word))

    return do
