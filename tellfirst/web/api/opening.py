"""Open an incident, and look first at whom it would hurt."""

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from tellfirst.acting.opening import Opening, areas_of, look, open_incident
from tellfirst.bootstrap import World
from tellfirst.domain.errors import Refused
from tellfirst.domain.impact import Impact
from tellfirst.web.api.acts import moment_of
from tellfirst.web.api.bearer import Speaks
from tellfirst.web.api.bodies import Foreseen, Open
from tellfirst.web.api.models import Done
from tellfirst.web.api.repeats import Key, once

if TYPE_CHECKING:
    from tellfirst.audience.areas import Area

router = APIRouter(tags=["acts"])


@router.post("/incidents", response_model=Done)
def open_(request: Request, caller: Speaks, asked: Open, key: Key = "") -> JSONResponse:
    """Open it; whom it hurts is told at once, or once somebody has approved."""
    here: World = request.app.state.world

    def do() -> tuple[Done, tuple[str, ...]]:
        reference = open_incident(here, caller.actor, _asked(here, asked))
        return Done(done="opened", incident=reference), (reference,)

    return once(request, caller, key, asked, do)


@router.post("/incidents/preview")
def foresee(request: Request, caller: Speaks, asked: Open) -> Foreseen:
    """Whom it would hurt, in counts, what they would read first, and the cost. Nothing is opened."""
    here: World = request.app.state.world
    found, said = look(here, caller.actor, _asked(here, asked))
    values = {name: getattr(found, name) for name in Foreseen.model_fields if name != "wording"}
    return Foreseen.model_validate(values | {"wording": said})


def _areas(asked: Open) -> tuple["Area", ...]:
    """Raises Refused (422) for a drawing, a circle or a code that is none."""
    try:
        drawn = []
        if asked.drawing is not None:
            # Here and not above: shapely would cost the start of every web process.
            from tellfirst.audience.areas import drawn_areas

            drawn = drawn_areas(asked.drawing, asked.place.strip(), repair=asked.repair)
        return (*drawn, *areas_of(asked.near, asked.area_codes))
    except Refused as refused:
        raise Refused("invalid_request", str(refused), 422) from None


def _asked(here: World, asked: Open) -> Opening:
    now = here.clock.now()
    return Opening(
        asked.playbook,
        tuple(asked.elements),
        _areas(asked),
        Impact[asked.impact.upper()],
        moment_of(asked.since, now) if asked.since else now,
        asked.place,
        nameless=bool(asked.near or asked.area_codes),
    )
