"""STOP and START, in whatever language and whoever has understood them, mirrored into our own books.

Only where a carrier vouches for the number: a stranger's number in a form must not silence them. Who writes such a word
through another door is read like anybody else.
"""

from datetime import datetime

from sqlalchemy import Connection, delete

from tellfirst.contacts.inbound import Inbound
from tellfirst.domain.contact import Door, Intent
from tellfirst.domain.occasion import Channel
from tellfirst.store import tables as t
from tellfirst.store.inserting import insert_into

CHANNELS = {Door.SMS: Channel.SMS, Door.WHATSAPP: Channel.WHATSAPP}
"""The channel on which whoever says so at a door wants to hear nothing more."""
_WORDS = (Intent.STOP, Intent.START)


def meant_by(it: Inbound, intent: Intent) -> Intent:
    """`intent`, unless it is a word that this door cannot take."""
    return Intent.OTHER if intent in _WORDS and it.door not in CHANNELS else intent


def mirror(connection: Connection, it: Inbound, intent: Intent, now: datetime) -> bool:
    """Keep or lift an opt-out. Whether it was STOP, after which there is nothing else to say."""
    if intent not in _WORDS:
        return False
    o, channel = t.opt_out, CHANNELS[it.door]
    if intent is Intent.START:
        connection.execute(delete(o).where(o.c.channel == channel, o.c.address == it.address))
        return False
    source = "carrier" if it.meant is Intent.STOP else "customer"
    connection.execute(
        insert_into(connection, o)
        .values(channel=channel, address=it.address, at=now, source=source)
        .on_conflict_do_nothing()
    )
    return True
