"""What an act would do, before it is done: the same look that the room shows. Nothing is written."""

from fastapi import APIRouter, Request

from tellfirst.bootstrap import World
from tellfirst.web.api.acts import statement
from tellfirst.web.api.bearer import Speaks, Stops
from tellfirst.web.api.bodies import Look
from tellfirst.web.api.models import Elements, PreviewWording, Reference, Update
from tellfirst.web.room import looks

router = APIRouter(tags=["looks"])


@router.post("/incidents/{reference}/update/preview")
def at_update(request: Request, caller: Speaks, reference: Reference, asked: Update) -> Look:
    """What this word would say, to how many, in which languages and channels, and at what cost. Before anybody was
    told it is the first word that is shown: `will_change_first_word` where its approval would be asked anew."""
    here: World = request.app.state.world
    return _look(looks.at_word(here, reference, caller.account.name, statement(here, asked)))


@router.post("/incidents/{reference}/restore/preview")
def at_restore(request: Request, _caller: Speaks, reference: Reference, asked: Elements) -> Look:
    """Which causes would be declared gone, and the all-clear that leaves once it is verified."""
    return _look(looks.at_restoring(request.app.state.world, reference, asked.elements))


@router.post("/incidents/{reference}/withdraw/preview")
def at_withdraw(request: Request, _caller: Speaks, reference: Reference, asked: Elements) -> Look:
    """The correction to those who were told because of these causes alone."""
    return _look(looks.at_withdrawing(request.app.state.world, reference, asked.elements))


@router.post("/incidents/{reference}/stop/preview")
def at_stop(request: Request, _caller: Stops, reference: Reference) -> Look:
    """How many messages have not left."""
    return _look(looks.at_waiting(request.app.state.world, reference, "will_stop"))


def _look(found: looks.Look) -> Look:
    said = PreviewWording.model_validate(found.wording) if found.wording else None
    return Look(what=found.sentence, elements=list(found.named), count=found.count, wording=said)
