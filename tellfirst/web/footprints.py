"""The picture of an incident's footprint as it stands now. It shows counts and the network, never a customer."""

from functools import lru_cache
from threading import Lock

from fastapi import APIRouter, Request, Response

from tellfirst.bootstrap import World
from tellfirst.domain.errors import NotFound, Refused
from tellfirst.store import incidents
from tellfirst.store.engine import reading

router = APIRouter()
KEPT = 16
"""Pictures, about 100 kB each."""


@router.get("/incidents/{reference}/footprint.png")
def footprint(request: Request, reference: str) -> Response:
    """Answers 404 for an incident that there is not."""
    here: World = request.app.state.world
    try:
        with reading(here.engine) as connection:
            version = incidents.by_reference(connection, reference).version
    except NotFound as unknown:
        raise Refused("no_incident", "there is no incident under this reference", 404) from unknown
    with _turn:
        return Response(_drawn(here, reference, version), media_type="image/png")


_turn = Lock()
"""Drawing takes a core, and changes settings that the library has only once: one picture at a time."""


@lru_cache(maxsize=KEPT)
def _drawn(here: World, reference: str, version: int) -> bytes:
    """Kept as long as the incident stays at `version`: whoever asks again and again costs nothing."""
    # Here and not above: matplotlib would cost the start of every web process a second.
    from tellfirst.review.footprint_picture import draw

    with reading(here.engine) as connection:
        return draw(connection, reference)
