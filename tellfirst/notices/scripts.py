"""The script of a notice: how its text is made for each kind of reader, out of the stored fact record."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import Connection, select

from tellfirst.delivery.sending import Script
from tellfirst.domain.facts import FactRecord
from tellfirst.domain.message import Message, Reader
from tellfirst.domain.occasion import Channel, Occasion
from tellfirst.notices.rendering import Templates
from tellfirst.store.tables import notice

LONGEST = timedelta(hours=10)
"""How long a carrier may keep trying where nothing newer is promised (Twilio's own limit, 36 000 s)."""


def script(
    connection: Connection,
    notice_id: int,
    channel: Channel,
    templates: Templates,
    link: Callable[[int], str],
) -> Script:
    """Renders from what was stored with the notice, so that a resend says what the first attempt said."""
    row = connection.execute(select(notice).where(notice.c.id == notice_id)).one()
    facts, occasion, holding = FactRecord.from_json(row.facts), Occasion(row.occasion), row.holding

    def render(reader: Reader) -> Message:
        return templates.render(occasion, channel, facts, reader, holding=holding)

    # A text must not arrive after the word it promises: by then a newer one is on its way.
    promised = facts.next_update_at - facts.stated_at if facts.next_update_at else LONGEST
    asks = occasion is Occasion.SURVEY
    return Script(render, link if asks else _no_link, int(min(promised, LONGEST).total_seconds()))


def _no_link(_delivery_id: int) -> str:
    return ""
