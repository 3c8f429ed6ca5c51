"""The script of a notice: how its text is made for each kind of reader, out of the stored fact record."""

from dataclasses import replace
from datetime import timedelta
from typing import Protocol

from sqlalchemy import Connection, Select, select

from tellfirst.delivery.nights import PLAYBOOK, playbook_in
from tellfirst.delivery.scripting import Link, Script, no_link
from tellfirst.domain.facts import FactRecord
from tellfirst.domain.message import Message, Reader
from tellfirst.domain.occasion import Channel, Occasion
from tellfirst.domain.playbook import Playbook
from tellfirst.domain.quiet_hours import awake_at, hours_for
from tellfirst.notices.rendering import Templates
from tellfirst.notices.wording import IN_THE_CALENDAR, ON_THEIR_PAGE
from tellfirst.store.prepared import Prepared, number
from tellfirst.store.tables import incident, notice

LONGEST = timedelta(hours=10)
"""How long a carrier may keep trying where nothing newer is promised (Twilio's own limit, 36 000 s)."""


class Links(Protocol):
    """The links of a survey, each to one customer's own page."""

    def link(self, delivery_id: int) -> str: ...

    def short(self, delivery_id: int) -> str: ...

    def unsubscribe(self, delivery_id: int) -> str: ...


def script(
    connection: Connection,
    notice_id: int,
    channel: Channel,
    templates: Templates,
    links: Links,
    calendar: Link = no_link,
    personal: Link = no_link,
) -> Script:
    """Renders from what was stored with the notice, so that a resend says what the first attempt said.

    `calendar` is where the customer of a delivery finds announced work as a calendar entry, `personal` their own page.
    """
    row = _NOTICE.run(connection, notice_id=notice_id).one()
    facts, occasion, holding = FactRecord.from_json(row.facts), Occasion(row.occasion), row.holding
    book = playbook_in(row)
    folder = book.folder(occasion) if book else ""

    def render(reader: Reader) -> Message:
        stated = _for_the_night(facts, occasion, channel, reader, book)
        return templates.render(occasion, channel, stated, reader, holding=holding, folder=folder)

    # A text must not arrive after the word it promises: by then a newer one is on its way.
    promised = facts.next_update_at - facts.stated_at if facts.next_update_at else LONGEST
    valid_for = int(min(promised, LONGEST).total_seconds())
    if occasion is Occasion.SURVEY:
        # Only surveys can be ended: a word about their own service is what customers have a right to.
        by_text = channel in (Channel.SMS, Channel.WHATSAPP)
        return Script(render, links.short if by_text else links.link, valid_for, links.unsubscribe)
    return Script(render, _leads_to(occasion, channel, calendar, personal), valid_for)


def _leads_to(occasion: Occasion, channel: Channel, calendar: Link, personal: Link) -> Link:
    """A message has one link of its customer's own, where its text has one at all."""
    if occasion in IN_THE_CALENDAR:
        return calendar
    return personal if occasion in ON_THEIR_PAGE and channel is Channel.EMAIL else no_link


def _notice(_dialect: str) -> Select[tuple[object, ...]]:
    n = notice.c
    its = notice.join(incident, incident.c.id == n.incident_id)
    read = (n.facts, n.occasion, n.holding, *PLAYBOOK)
    return select(*read).select_from(its).where(n.id == number("notice_id"))


_NOTICE = Prepared(_notice)


def _for_the_night(
    facts: FactRecord, occasion: Occasion, channel: Channel, reader: Reader, book: Playbook | None
) -> FactRecord:
    """A word that would fall into the reader's quiet hours is promised for the morning: nobody is woken for it."""
    if book is None or facts.next_update_at is None:
        return facts
    hours = hours_for(occasion, book.quiet_hours, book.severity, book.emergency_calls)
    if hours is None or channel not in hours.channels:
        return facts
    awake = awake_at(hours, reader.zone, facts.next_update_at, book.next_update_every)
    return replace(facts, next_update_at=awake)
