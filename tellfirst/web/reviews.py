"""The review of a closed incident, as it was stored. It holds counts only."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlalchemy import select

from tellfirst.bootstrap import World
from tellfirst.domain.errors import Refused
from tellfirst.store.engine import reading
from tellfirst.store.tables import incident, review
from tellfirst.web.answers import HEADERS

router = APIRouter()
_POLICY = HEADERS["Content-Security-Policy"].replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
"""A stored review is a whole file that brings its own style."""


@router.get("/reviews/{reference}", response_class=HTMLResponse)
def show(request: Request, reference: str) -> HTMLResponse:
    """Answers 404 for an incident that is not closed."""
    here: World = request.app.state.world
    wanted = (
        select(review.c.page)
        .join(incident, incident.c.id == review.c.incident_id)
        .where(incident.c.reference == reference)
    )
    with reading(here.engine) as connection:
        stored = connection.scalar(wanted)
    if stored is None:
        raise Refused("no_review", "there is no review under this reference yet", 404)
    return HTMLResponse(stored, headers={"Content-Security-Policy": _POLICY})
