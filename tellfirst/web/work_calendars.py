"""Announced work as a calendar at a customer's own link: what a mail to many cannot enclose for each of them.

A calendar that subscribes to the link follows every later word: the same UID, a higher SEQUENCE.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection, or_, select

from tellfirst.bootstrap import World
from tellfirst.carriers.webhook.renderings import calendar_of
from tellfirst.carriers.webhook.told import NoFacts, Told, values_in
from tellfirst.delivery.intending import addressed
from tellfirst.domain.errors import Refused
from tellfirst.domain.occasion import Channel
from tellfirst.store import tables as t
from tellfirst.store.engine import reading

router = APIRouter()
CALENDAR = "text/calendar; charset=utf-8"


@dataclass(frozen=True, slots=True)
class _Word:
    """The newest notice that reached the customer of a link; `account` is their number with us."""

    delivery_id: int
    notice_id: int
    account: str


@router.get("/w/{token}.ics")
def calendar(request: Request, token: str) -> Response:
    """The work as this customer was last told of it, with their own services alone. Reading changes nothing."""
    here: World = request.app.state.world
    delivery_id = here.work_links.read(token)
    with reading(here.engine) as connection:
        word = _newest(connection, delivery_id)
        script = here.script(connection, word.notice_id, Channel.WEBHOOK)
        [one] = addressed(connection, [word.delivery_id])
    message = script.render(one.reader)
    try:
        told = Told.of(values_in(message.facts))
    except NoFacts:
        raise _nothing() from None
    written = calendar_of(told, message, _sender(here), word.account)
    if not written:
        raise _nothing()
    return Response(
        written, media_type=CALENDAR, headers={"Content-Disposition": 'inline; filename="work.ics"'}
    )


def _newest(connection: Connection, delivery_id: int) -> _Word:
    """Of the words about the same incident to the same customer the last that left; at first the link's own."""
    d, own, c = t.delivery.c, t.delivery.alias("own"), t.customer.c
    row = connection.execute(
        select(d.id, d.notice_id, c.reference)
        .join(own, (own.c.incident_id == d.incident_id) & (own.c.customer_id == d.customer_id))
        .join(t.customer, c.id == d.customer_id)
        .where(own.c.id == delivery_id, or_(d.id == delivery_id, d.handed_over_at.is_not(None)))
        .order_by(d.notice_id.desc(), d.id.desc())
        .limit(1)
    ).first()
    if row is None:
        raise _nothing()
    return _Word(row.id, row.notice_id, row.reference)


def _sender(here: World) -> str:
    """The address our mails come from, or that our webhooks name: whom a calendar calls its organizer."""
    for channel, key in ((Channel.WEBHOOK, "sender"), (Channel.EMAIL, "sender_mail")):
        for one in here.lineup.get(channel, ()):
            if sender := getattr(one.keys, key, ""):
                return str(sender)
    return f"notices@{urlsplit(here.settings.web_url).hostname}"


def _nothing() -> Refused:
    return Refused("no_work", "there is no announced work at this link any more", 404)
