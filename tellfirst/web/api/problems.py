"""How the API says no: RFC 9457, always, and never with a word of what was sent."""

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from tellfirst.domain.errors import LostRace, NotFound, Refused, RuleBroken
from tellfirst.web.answers import HEADERS

log = logging.getLogger(__name__)
MEDIA = "application/problem+json"
WORDS = {404: "no_such_resource", 405: "no_such_method"}


class Fault(BaseModel):
    """One part of a request that is wrong."""

    where: str = Field(description="Where it stands, like body.estimate.")
    what: str


class Problem(BaseModel):
    """RFC 9457. `title` is a closed word to act upon, `detail` a sentence for people."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[Fault] = Field(default_factory=list)


DESCRIBED: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": said, "content": {MEDIA: {}}}
    for status, said in {
        401: "No token, or none that is worth anything.",
        403: "The account may not do this.",
        404: "There is no such thing.",
        405: "Not in this way.",
        409: "A rule forbids it as things stand, somebody else did it first, or the same request is still under way.",
        413: "The body is too large.",
        422: "It says something that cannot be.",
        500: "Ours.",
    }.items()
}


def handle(app: FastAPI) -> None:
    """Let the app answer every refusal and every fault with a problem."""
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(RuleBroken, _broken)
    app.add_exception_handler(NotFound, _unknown)
    app.add_exception_handler(LostRace, _lost)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _other)
    app.add_exception_handler(Exception, _fault)


def problem(
    status: int,
    title: str,
    detail: str,
    errors: list[Fault] | None = None,
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    """One answer."""
    said = Problem(title=title, status=status, detail=detail, errors=errors or [])
    more = {**HEADERS, **(headers or {})}
    if status == 401:
        more["WWW-Authenticate"] = "Bearer"
    return JSONResponse(said.model_dump(), status, more, media_type=MEDIA)


async def _refused(_request: Request, refused: Exception) -> JSONResponse:
    assert isinstance(refused, Refused)
    return problem(refused.status, refused.reason, str(refused))


async def _broken(_request: Request, broken: Exception) -> JSONResponse:
    return problem(409, "rule_broken", str(broken))


async def _unknown(_request: Request, unknown: Exception) -> JSONResponse:
    return problem(404, "not_found", str(unknown))


async def _lost(_request: Request, lost: Exception) -> JSONResponse:
    return problem(409, "lost_race", str(lost))


async def _invalid(_request: Request, wrong: Exception) -> JSONResponse:
    assert isinstance(wrong, RequestValidationError)
    faults = [Fault(where=".".join(map(str, one["loc"])), what=one["msg"]) for one in wrong.errors()]
    return problem(422, "invalid_request", "the request says something that cannot be", faults)


async def _other(_request: Request, other: Exception) -> JSONResponse:
    assert isinstance(other, HTTPException)
    title = WORDS.get(other.status_code, "refused")
    return problem(other.status_code, title, str(other.detail), headers=dict(other.headers or {}))


async def _fault(_request: Request, failure: Exception) -> JSONResponse:
    log.error("a request to the API failed: %s", type(failure).__name__)
    return problem(500, "our_fault", "this failed; try again")
