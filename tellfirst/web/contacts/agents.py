"""Agents and helpdesks bring contacts over this door, and read the same facts as everybody else."""

import hmac
import re
from typing import Annotated, Self

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from sqlalchemy import Row, select

from tellfirst.bootstrap import World
from tellfirst.contacts.answering import Said, event, take
from tellfirst.contacts.inbound import Inbound
from tellfirst.contacts.receiving import BODY_LENGTH
from tellfirst.domain.contact import Door
from tellfirst.domain.errors import Refused
from tellfirst.store import tables as t
from tellfirst.store.engine import reading
from tellfirst.web.door import read_body

router = APIRouter()
LIMIT = 32 * 1024
"""Bytes of a contact in JSON."""
_KEY = re.compile(r"[!-~]{1,200}")


class Brought(BaseModel):
    """A contact that an agent brings: by whom, through which customer's reference or contact point, and the words."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str = Field(min_length=1, max_length=BODY_LENGTH)
    customer: str = Field("", max_length=100)
    address: str = Field("", max_length=254)
    subject: str = Field("", max_length=250)

    @model_validator(mode="after")
    def _is_about_somebody(self) -> Self:
        if not (self.customer or self.address):
            raise ValueError("say whom it is about: `customer` or `address`")
        return self


async def _brought(request: Request) -> Brought:
    here: World = request.app.state.world
    _authorise(request.headers.get("authorization", ""), here.settings.agent_token.get_secret_value())
    body = await read_body(request, LIMIT)
    try:
        return Brought.model_validate_json(body)
    except ValidationError as wrong:
        # Without what was sent: a customer's words do not come back in an error.
        faults = "; ".join(
            f"{'.'.join(map(str, one['loc'])) or 'body'}: {one['msg']}" for one in wrong.errors()
        )
        raise Refused("malformed", f"this is no contact: {faults}", 422) from None


@router.post("/api/contacts", status_code=201)
def bring(request: Request, brought: Annotated[Brought, Depends(_brought)]) -> JSONResponse:
    """Keep the contact, and say what to tell the customer: 201, or 200 when this key has brought it before."""
    here: World = request.app.state.world
    key = request.headers.get("idempotency-key", "")
    if not _KEY.fullmatch(key):
        raise Refused(
            "no_idempotency_key", "send the header Idempotency-Key, another one for each contact", 400
        )
    _customer_exists(here, brought)
    address = brought.address.strip() or "unknown"
    it = Inbound(
        *(event("agent", key), address, brought.text, Door.AGENT, brought.subject),
        customer=brought.customer or None,
    )
    said = take(here.desk, it, here.clock.now())
    row = _kept(here, said)
    if said.again and (row.body, row.address) != (brought.text.replace("\x00", ""), address):
        raise Refused("idempotency_key_reused", "this key has brought another contact; use a new one", 422)
    return JSONResponse(
        {
            "contact": row.id,
            "state": row.state,
            "kind": row.kind,
            "match": row.match,
            "incident": row.reference,
            "queue": row.queue,
            "answer_due_at": row.answer_due_at.isoformat() if row.answer_due_at else None,
            "answer_kind": row.answer_kind,
            "answer": said.text,
        },
        200 if said.again else 201,
    )


def _customer_exists(here: World, brought: Brought) -> None:
    if not brought.customer:
        return
    with reading(here.engine) as connection:
        wanted = select(t.customer.c.id).where(t.customer.c.reference == brought.customer)
        if connection.scalar(wanted) is None:
            raise Refused("no_such_customer", "there is no customer of this reference", 422)


def _kept(here: World, said: Said) -> Row[tuple[object, ...]]:
    k, i = t.contact, t.incident
    with reading(here.engine) as connection:
        return connection.execute(
            select(k, i.c.reference).outerjoin(i, i.c.id == k.c.incident_id).where(k.c.id == said.contact_id)
        ).one()


def _authorise(header: str, token: str) -> None:
    """Raises Refused: 404 where no token is set, for then there is no such door, else 401."""
    if not token:
        raise Refused("door_closed", "this door is closed: TELLFIRST_AGENT_TOKEN is not set", 404)
    scheme, _, given = header.partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), token.encode()):
        raise Refused("bad_token", "send the header `Authorization: Bearer <agent token>`", 401)
