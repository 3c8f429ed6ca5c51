"""On which channel a customer is reached: their wish, what is down, what they said no to, in this order of force.

The database makes the same choice for a million customers at once (`store.reaching`); a test holds the two
against each other.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from tellfirst.domain.facts import ServiceKind
from tellfirst.domain.occasion import Channel

CARRIED_BY: Mapping[Channel, ServiceKind] = {
    Channel.SMS: ServiceKind.MOBILE,
    Channel.WHATSAPP: ServiceKind.MOBILE,
    Channel.VOICE: ServiceKind.MOBILE,
    Channel.FAX: ServiceKind.VOICE,
    Channel.EMAIL: ServiceKind.BROADBAND,
}
"""Through which of the customer's own services a channel comes to them. A call to a landline comes through
`voice`; mail also through a mobile service that works; a webhook through nothing of ours."""


class Why(StrEnum):
    """Why it is this channel; shown by `tellfirst why` and in the preview."""

    WISHED = "wished"
    FIRST_IN_ORDER = "first_in_order"
    AROUND_THE_OUTAGE = "around_the_outage"
    NO_TEXTS_ON_LANDLINE = "no_texts_on_landline"
    OTHERS_OPTED_OUT = "others_opted_out"
    ALL_OPTED_OUT = "all_opted_out"
    NO_CONTACT_POINT = "no_contact_point"


SENTENCES: Mapping[Why, str] = {
    Why.WISHED: "{channel}, as the customer wishes",
    Why.FIRST_IN_ORDER: "{channel}, the first in the playbook's order that they have",
    Why.AROUND_THE_OUTAGE: "{channel}, because {avoided} would have to pass through what is down",
    Why.NO_TEXTS_ON_LANDLINE: "{channel}, because their number is a landline, which takes no texts",
    Why.OTHERS_OPTED_OUT: "{channel}, because they opted out of {avoided}",
    Why.ALL_OPTED_OUT: "nothing is sent: they opted out of every contact point we have",
    Why.NO_CONTACT_POINT: "nothing is sent: we have no contact point of theirs on a channel of the playbook",
}


@dataclass(frozen=True, slots=True)
class Reachable:
    """What of a customer decides the channel; no contact point is in it."""

    has: frozenset[Channel]
    """Channels with a contact point. A call may also go to the number that texts go to."""
    opted_out: frozenset[Channel] = frozenset()
    wish: Channel | None = None
    landline: bool = False
    """Their phone number is known to take no texts."""
    down: frozenset[ServiceKind] = frozenset()
    """Their own services that are down now."""
    mobile_works: bool = False
    """They have a mobile service that is not down."""


@dataclass(frozen=True, slots=True)
class Choice:
    channel: Channel
    why: Why
    avoided: tuple[Channel, ...] = ()
    """What would have been taken but for that reason."""

    @property
    def sentence(self) -> str:
        words = " and ".join(one.value for one in self.avoided)
        return SENTENCES[self.why].format(channel=self.channel.value, avoided=words)


def gets_through(channel: Channel, them: Reachable) -> bool:
    """Whether a message would arrive while things are as they are. Only a preference: never a reason for silence."""
    if channel is Channel.EMAIL:
        return ServiceKind.BROADBAND not in them.down or them.mobile_works
    if channel is Channel.SMS and them.landline:
        return False
    if channel is Channel.VOICE and them.landline:
        return ServiceKind.VOICE not in them.down
    carried_by = CARRIED_BY.get(channel)
    return carried_by is None or carried_by not in them.down


def choose(order: Iterable[Channel], them: Reachable) -> Choice:
    """The customer's wish if it is possible, else the playbook's order; around the outage before both.

    Whoever has opted out of everything keeps the channel they would have had, so that the books can say so.
    """
    ranked = _ranked(order, them)
    has = [one for one in ranked if one in them.has]
    if not has:
        return Choice(Channel.NONE, Why.NO_CONTACT_POINT)
    free = [one for one in has if one not in them.opted_out]
    if not free:
        return Choice(has[0], Why.ALL_OPTED_OUT)
    through = [one for one in free if gets_through(one, them)]
    chosen = (through or free)[0]
    before = has[: has.index(chosen)]
    if blocked := tuple(one for one in before if one not in them.opted_out):
        landline = them.landline and blocked == (Channel.SMS,)
        return Choice(chosen, Why.NO_TEXTS_ON_LANDLINE if landline else Why.AROUND_THE_OUTAGE, blocked)
    if before:
        return Choice(chosen, Why.OTHERS_OPTED_OUT, tuple(before))
    return Choice(chosen, Why.WISHED if chosen is them.wish else Why.FIRST_IN_ORDER)


def next_channel(order: Iterable[Channel], them: Reachable, tried: Collection[Channel]) -> Channel | None:
    """Where to try again what did not arrive on the channels `tried`; None when nothing permitted is left."""
    ranked = [one for one in _ranked(order, them) if one in them.has - them.opted_out and one not in tried]
    return next((one for one in ranked if gets_through(one, them)), next(iter(ranked), None))


def _ranked(order: Iterable[Channel], them: Reachable) -> list[Channel]:
    listed = list(order)
    return sorted(listed, key=lambda one: one is not them.wish)
