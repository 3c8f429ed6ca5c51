"""The lineup: which carriers each channel has, in order, as config/channels.yaml says."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from tellfirst.carriers.kinds import Ground, Kind
from tellfirst.carriers.port import Carrier
from tellfirst.carriers.registry import KINDS
from tellfirst.domain.errors import Mistake, SetupError
from tellfirst.domain.occasion import Channel
from tellfirst.strict_yaml import File, StrictModel

FILE = "channels.yaml"
WHOLE = 100


def _reaching(channel: Channel) -> Channel:
    if channel is Channel.NONE:
        raise ValueError("`none` reaches nobody; write a channel like sms")
    return channel


class CarrierEntry(StrictModel):
    name: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")
    kind: str
    share: int | None = Field(None, ge=0, le=WHOLE)
    segments_per_second: float | None = Field(None, gt=0, allow_inf_nan=False)
    look_up: bool = True
    settings: dict[str, Any] = Field(default_factory=dict)


class ChannelsFile(StrictModel):
    """The keys of config/channels.yaml, each explained in docs/how-to/carriers.md."""

    channels: dict[Annotated[Channel, AfterValidator(_reaching)], tuple[CarrierEntry, ...]]


@dataclass(frozen=True, slots=True)
class Configured:
    """One carrier of one channel. Its name stands with every message it is offered, and in its receipts' address."""

    name: str
    kind: str
    channel: Channel
    keys: StrictModel
    share: int = WHOLE
    segments_per_second: float | None = None
    look_up: bool = True

    def make(self, ground: Ground) -> Carrier:
        """A new one; its connections belong to the event loop that first uses them. Raises SetupError."""
        carrier = KINDS[self.kind].carrier(self.keys, self.channel, ground)
        carrier.name = self.name
        return carrier


Lineup = Mapping[Channel, Sequence[Configured]]


def load_lineup(config: Path) -> Lineup:
    """What the file says; empty when there is none, or when it names no channel. Raises SetupError."""
    if not (config / FILE).exists():
        return {}
    file = File(config / FILE)
    said = file.part(ChannelsFile)
    found: dict[Channel, tuple[Configured, ...]] = {}
    mistakes: list[Mistake] = []
    for channel, entries in said.channels.items():
        shares = _shares(entries)
        made = []
        for number, entry in enumerate(entries):
            where = ("channels", channel.value, number)
            try:
                keys = file.part(_kind(file, entry, channel, where).keys, *where, "settings")
            except SetupError as wrong:
                mistakes += wrong.mistakes
                continue
            made.append(
                Configured(
                    *(entry.name, entry.kind, channel, keys, shares[number]),
                    segments_per_second=entry.segments_per_second,
                    look_up=entry.look_up,
                )
            )
        found[channel] = tuple(made)
    mistakes += [*_channels_alone(file, said), *_names_twice(file, said), *_sums(file, said)]
    if mistakes:
        raise SetupError(f"{FILE} cannot be used", tuple(mistakes))
    return found


def unmakeable(config: Path, lineup: Lineup, ground: Ground) -> Iterator[Mistake]:
    """Carriers that cannot be made of what is said: a variable that is not set, values that do not go together."""
    for channel, carriers in lineup.items():
        for number, one in enumerate(carriers):
            try:
                one.make(ground)
            except SetupError as wrong:
                yield File(config / FILE).mistake(
                    f"`{one.name}`: {wrong}",
                    "mend it here or in the environment",
                    "channels",
                    channel.value,
                    number,
                )


def _kind(file: File, entry: CarrierEntry, channel: Channel, where: tuple[str | int, ...]) -> Kind:
    kind = KINDS.get(entry.kind)
    if kind and channel in kind.channels:
        return kind
    fitting = [name for name, one in KINDS.items() if channel in one.channels]
    if kind:
        problem = f"`{entry.kind}` is no carrier of the channel {channel}"
        near = []
    else:
        problem = f"unknown kind `{entry.kind}`"
        near = get_close_matches(entry.kind, list(KINDS), n=1)
    cure = f"did you mean `{near[0]}`?" if near else f"write one of {', '.join(fitting) or 'none yet'}"
    raise SetupError(FILE, (file.mistake(problem, cure, *where, "kind"),))


def _shares(entries: Sequence[CarrierEntry]) -> list[int]:
    """As said; where nothing is said the first carries all, and the others stand by."""
    if any(one.share is not None for one in entries):
        return [one.share or 0 for one in entries]
    return [WHOLE if number == 0 else 0 for number in range(len(entries))]


def _channels_alone(file: File, said: ChannelsFile) -> Iterator[Mistake]:
    for channel, entries in said.channels.items():
        if not entries:
            yield file.mistake(
                f"{channel} has no carrier", "name one or remove the channel", "channels", channel.value
            )


def _names_twice(file: File, said: ChannelsFile) -> Iterator[Mistake]:
    seen: set[str] = set()
    for channel, entries in said.channels.items():
        for number, one in enumerate(entries):
            if one.name in seen:
                where = ("channels", channel.value, number, "name")
                yield file.mistake(
                    f"two carriers are named `{one.name}`", "give each a name of its own", *where
                )
            seen.add(one.name)


def _sums(file: File, said: ChannelsFile) -> Iterator[Mistake]:
    for channel, entries in said.channels.items():
        given = [one.share for one in entries if one.share is not None]
        if given and (len(given) < len(entries) or sum(given) != WHOLE):
            problem = f"the shares of {channel} do not add up to {WHOLE}"
            cure = f"give each a share so that they make {WHOLE}, or none: then the first has all"
            yield file.mistake(problem, cure, "channels", channel.value)
