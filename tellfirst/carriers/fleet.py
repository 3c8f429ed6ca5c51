"""The fleet: every configured carrier by its name."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tellfirst.carriers.kinds import Ground
from tellfirst.carriers.lineup import Configured, Lineup
from tellfirst.carriers.port import (
    Capabilities,
    Carrier,
    Outbound,
    Outcome,
    Permit,
    RawRequest,
    Receipt,
    Verdict,
    permitted,
)
from tellfirst.domain.delivery import DeliveryReason
from tellfirst.domain.errors import NotFound, Refused, SetupError
from tellfirst.domain.occasion import Channel

OLD_DOORS = {"twilio": "twilio_sms", "sendgrid": "sendgrid"}
"""Addresses that are out at carriers since before carriers had names of their own, and the kind that used them."""


class Fleet:
    """Makes carriers, and keeps one of each for what needs no connection."""

    def __init__(self, lineup: Lineup, ground: Ground) -> None:
        self._lineup = lineup
        self._ground = ground
        self._by_name = {one.name: one for carriers in lineup.values() for one in carriers}
        self._readers: dict[str, Carrier] = {}

    @property
    def channels(self) -> Sequence[Channel]:
        return tuple(self._lineup)

    @property
    def names(self) -> Sequence[str]:
        return tuple(self._by_name)

    @property
    def all(self) -> Sequence[Configured]:
        return tuple(self._by_name.values())

    def of(self, channel: Channel) -> Sequence[Configured]:
        """A channel's carriers in order. Raises SetupError when it has none."""
        if carriers := self._lineup.get(channel):
            return carriers
        raise SetupError(
            f"no carrier is configured for the channel {channel}; add one to config/channels.yaml"
        )

    def configured(self, name: str) -> Configured:
        """Raises NotFound."""
        if name not in self._by_name:
            raise NotFound(f"there is no carrier {name}; there are {', '.join(self._by_name)}")
        return self._by_name[name]

    def make(self, name: str) -> Carrier:
        """A new one; its connections belong to the event loop that first uses them. Raises NotFound, SetupError."""
        one = self.configured(name)
        carrier = one.make(self._ground)
        return carrier if one.look_up else Unasked(carrier)

    def capabilities(self, name: str) -> Capabilities:
        """Raises NotFound, SetupError."""
        return self._reader(name).capabilities

    def receipts(self, door: str, request: RawRequest) -> list[Receipt]:
        """What the carrier that has this door reports.

        Raises Refused: 404 for no such door, 400 for what no database can hold as a text, else as the carrier does.
        """
        name = self._behind(door)
        read = self._reader(name).parse_receipt(request)
        for one in read:
            # Or it would fail the one commit that it shares with many others, and again whenever it is sent again.
            if not (one.event_id.isprintable() and one.carrier_ref.isprintable() and one.code.isprintable()):
                raise Refused("malformed", "a receipt's number or code holds what is no letter of a text")
        return [one if one.carrier == name else replace(one, carrier=name) for one in read]

    def make_readers(self) -> None:
        """Make now what reads receipts, rather than when the first one comes. Raises SetupError."""
        for name in self._by_name:
            self._reader(name)

    def listener(self, door: str) -> Carrier:
        """The carrier behind a door for customers. Raises Refused (404)."""
        return self._reader(self._behind(door))

    def _behind(self, door: str) -> str:
        if door in self._by_name:
            return door
        kind = OLD_DOORS.get(door)
        for name, one in self._by_name.items():
            if one.kind == kind:
                return name
        raise Refused("no_such_carrier", "there is no carrier of this name here", 404)

    def _reader(self, name: str) -> Carrier:
        if name not in self._readers:
            self._readers[name] = self.configured(name).make(self._ground)
        return self._readers[name]


@dataclass
class Unasked:
    """A carrier that is not to be asked what became of messages: only receipts settle its doubts."""

    carrier: Carrier

    def __post_init__(self) -> None:
        self.name: str = self.carrier.name
        self.channel: Channel = self.carrier.channel
        self.capabilities: Capabilities = replace(self.carrier.capabilities, lookup=False)

    async def submit(self, batch: Sequence[Outbound], permit: Permit = permitted) -> list[Outcome]:
        """As the carrier does."""
        return await self.carrier.submit(batch, permit)

    async def reconcile(self, batch: Sequence[Outbound]) -> list[Outcome]:
        """UNKNOWN for all."""
        lost = DeliveryReason.ANSWER_LOST
        return [Outcome(one.delivery_id, Verdict.UNKNOWN, code="not_asked", reason=lost) for one in batch]

    def parse_receipt(self, request: RawRequest) -> list[Receipt]:
        """As the carrier does."""
        return self.carrier.parse_receipt(request)

    async def close(self) -> None:
        """As the carrier does."""
        await self.carrier.close()
