"""How a customer wants to be told: their channel, their language, and whether we may ask them how it went."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from tellfirst.domain.errors import NotFound, Refused
from tellfirst.domain.link import masked
from tellfirst.domain.occasion import Channel, Locale
from tellfirst.notices.wording import language
from tellfirst.store import tables as t
from tellfirst.surveys.refusing import refuse


@dataclass(frozen=True, slots=True)
class Preferences:
    """`channel` None: they leave it to us."""

    channel: Channel | None
    language: Locale
    no_surveys: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """What is wished now, and what may be: each channel on which we know a contact point, with as much of it as
    whoever holds the link may see."""

    wished: Preferences
    points: dict[Channel, str]


def standing(connection: Connection, customer_id: int) -> Standing:
    """Raises NotFound when there is no such customer."""
    c, p, r = t.customer.c, t.contact_point.c, t.survey_refusal.c
    person = connection.execute(
        select(c.wish, c.language, c.phone, c.email, r.at.label("refused_at"))
        .outerjoin(t.survey_refusal, r.customer_id == c.id)
        .where(c.id == customer_id)
    ).one_or_none()
    if person is None:
        raise NotFound("this customer does not exist")
    known = {Channel.SMS: person.phone, Channel.EMAIL: person.email}
    others = connection.execute(select(p.channel, p.address).where(p.customer_id == customer_id))
    known |= {Channel(row.channel): row.address for row in others}
    points = {channel: masked(known[channel]) for channel in Channel if known.get(channel)}
    wish = Channel(person.wish) if person.wish in points else None
    wished = Preferences(wish, language(person.language), no_surveys=person.refused_at is not None)
    return Standing(wished, points)


def prefer(
    connection: Connection, customer_id: int, wanted: Preferences, source: str, now: datetime
) -> list[str]:
    """Keep what a customer wishes from now on; the names of what changed, each of which is written down.

    Raises Refused for a channel on which there is no way to them; then nothing is kept. Words of incidents that go on
    are in the new language from the next one; the channel counts from the next time that somebody is looked up.
    """
    now_is = standing(connection, customer_id)
    if wanted.channel is not None and wanted.channel not in now_is.points:
        raise Refused("no_contact_point", "there is no way to reach this customer on that channel", 422)
    changes = _changes(now_is.wished, wanted)
    if not changes:
        return []
    c, a = t.customer, t.audience
    if "channel" in changes:
        connection.execute(update(c).where(c.c.id == customer_id).values(wish=wanted.channel))
    if "language" in changes:
        spoken = {"language": wanted.language.value}
        connection.execute(update(c).where(c.c.id == customer_id).values(**spoken))
        connection.execute(update(a).where(a.c.customer_id == customer_id).values(**spoken))
    if "surveys" in changes:
        _surveys(connection, customer_id, source, now, wanted=not wanted.no_surveys)
    noted = {"customer_id": customer_id, "at": now, "source": source}
    rows = [{**noted, "name": name, "was": was, "became": became} for name, (was, became) in changes.items()]
    connection.execute(insert(t.preference_change), rows)
    return list(changes)


def _surveys(connection: Connection, customer_id: int, source: str, now: datetime, *, wanted: bool) -> None:
    if wanted:
        refusals = t.survey_refusal
        connection.execute(delete(refusals).where(refusals.c.customer_id == customer_id))
    else:
        refuse(connection, customer_id, source, now)


def _changes(was: Preferences, wanted: Preferences) -> dict[str, tuple[str | None, str | None]]:
    values: dict[str, tuple[str | None, str | None]] = {
        "channel": (was.channel, wanted.channel),
        "language": (was.language, wanted.language),
        "surveys": ("no" if was.no_surveys else "yes", "no" if wanted.no_surveys else "yes"),
    }
    return {name: pair for name, pair in values.items() if pair[0] != pair[1]}
