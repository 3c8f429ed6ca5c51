"""The short links of surveys by text: only hashes are kept, and each ends a while after its survey."""

from datetime import datetime

from sqlalchemy import Connection, insert, select

from tellfirst.domain.delivery import DeliveryState
from tellfirst.domain.errors import Refused
from tellfirst.domain.link import AFTER_THE_SURVEY, Purpose
from tellfirst.domain.occasion import Channel
from tellfirst.store import tables as t
from tellfirst.surveys.links import SurveyLinks, hashed, is_short

BY_TEXT = (Channel.SMS, Channel.WHATSAPP)
"""Channels on which a survey carries its short link."""
AT_ONCE = 10_000


def keep(connection: Connection, links: SurveyLinks, notice_id: int, closes_at: datetime) -> int:
    """Every short link that this survey is about to send. How many."""
    d = t.delivery.c
    wanted = select(d.id, d.customer_id).where(
        d.notice_id == notice_id, d.state == DeliveryState.PENDING, d.channel.in_(BY_TEXT)
    )
    kept = 0
    for rows in connection.execute(wanted.order_by(d.id)).partitions(AT_ONCE):
        made = [
            {
                "hash": hashed(links.short_token(row.id)),
                "purpose": Purpose.SURVEY,
                "delivery_id": row.id,
                "customer_id": row.customer_id,
                "expires_at": closes_at + AFTER_THE_SURVEY,
            }
            for row in rows
        ]
        connection.execute(insert(t.link_token), made)
        kept += len(made)
    return kept


def survey_of(connection: Connection, links: SurveyLinks, token: str, now: datetime) -> int:
    """The survey that a link answers, short or signed. Raises Refused for one that is none, or ended."""
    if not is_short(token):
        return links.read(token)
    c = t.link_token.c
    found: int | None = connection.scalar(
        select(c.delivery_id).where(c.hash == hashed(token), c.purpose == Purpose.SURVEY, c.expires_at > now)
    )
    if found is None:
        raise Refused("bad_link", "this link is not one of ours, or it has ended", 404)
    return found
