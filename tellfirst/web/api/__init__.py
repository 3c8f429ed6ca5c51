"""The JSON API: what the control room shows and does, for programs. OpenAPI at /api/openapi.json."""

from fastapi import FastAPI

from tellfirst.bootstrap import World
from tellfirst.web.api import acts, contacts, incidents, lists, looks, opening, problems

VERSION = "1"
ROUTERS = (incidents.router, opening.router, lists.router, contacts.router, looks.router, acts.router)


def create_api(world: World, counter: object) -> FastAPI:
    """An app of its own, to be mounted below /api: every answer of it is JSON, every refusal a problem."""
    app = FastAPI(
        title="tellfirst",
        version=VERSION,
        description=(
            "Incidents, whom they hurt and who was told; and every act of the control room. Send "
            "`Authorization: Bearer TOKEN` (`tellfirst account token`). Times are UTC. A request that changes "
            "something may carry `Idempotency-Key`: sent again with it, it is done once."
        ),
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        responses=problems.DESCRIBED,
    )
    app.state.world = world
    app.state.counter = counter
    for router in ROUTERS:
        app.include_router(router, prefix="/v1")
    problems.handle(app)
    return app
