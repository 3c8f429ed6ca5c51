"""The packs of config/packs/, and which of them are on: config/packs.yaml."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from functools import cached_property, partial
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import Field

from tellfirst.domain.due import Place
from tellfirst.domain.errors import Mistake, SetupError
from tellfirst.domain.pack import SOUND, Evidence, FlatPerWorkingDays, Pack, Quality, Status
from tellfirst.strict_yaml import File, StrictModel
from tellfirst.timelines.calendars import Markets, load_markets
from tellfirst.timelines.pack_files import PackFile

Made = TypeVar("Made")
DOC = "docs/packs.md shows how"


class EnabledFile(StrictModel):
    """One pack that is on. A draft needs the name of whoever accepts its unverified numbers."""

    pack: str
    accept_draft: bool = False
    accepted_by: Annotated[str, Field(min_length=1)] | None = None


class AreasFile(StrictModel):
    """What districts of customers are, as rules on coverage see them."""

    kinds: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    regions: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class PacksFile(StrictModel):
    """The keys of config/packs.yaml."""

    enabled: tuple[EnabledFile, ...]
    areas: AreasFile = AreasFile()


@dataclass(frozen=True, slots=True)
class Areas:
    """Of which kind (remote, regional) and in which region (a state) each district is."""

    kinds: Mapping[str, str] = field(default_factory=dict)
    regions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Policy:
    """What this installation owes: `packs` are on; `known` are all, by id."""

    packs: Mapping[str, Pack]
    known: Mapping[str, Pack]
    markets: Markets
    areas: Areas = field(default_factory=Areas)
    accepted: Mapping[str, str] = field(default_factory=dict)
    """Who accepted each draft that is on."""

    @cached_property
    def version(self) -> str:
        """Changes with every pack that is on, and with the calendars."""
        on = [f"{one.id} {one.version}" for one in self.packs.values()]
        return hashlib.sha256(repr((on, self.markets, self.areas)).encode()).hexdigest()[:12]

    def place(self, now: datetime, site_zone: str = "") -> Place:
        """The calendars deadlines are counted by."""
        return Place(self.markets.around(now), self.markets.house, site_zone)


def load_policy(config: Path) -> Policy:
    """Raises SetupError with every mistake in calendars, packs and what is enabled."""
    mistakes: list[Mistake] = []
    markets = _kept(mistakes, lambda: load_markets(config))
    known: dict[str, Pack] = {}
    for path in sorted((config / "packs").glob("*.yaml")):
        found = _kept(mistakes, partial(_pack, path, markets))
        if found is not None:
            known[found.id] = found
    enabled = _kept(mistakes, lambda: _enabled(config, known)) if not mistakes else None
    if mistakes or markets is None or enabled is None:
        raise SetupError("the policy packs cannot be used", tuple(mistakes))
    return Policy(
        packs={one.pack: known[one.pack] for one in enabled.enabled},
        known=known,
        markets=markets,
        areas=Areas(_turned(enabled.areas.kinds), _turned(enabled.areas.regions)),
        accepted={one.pack: one.accepted_by for one in enabled.enabled if one.accepted_by},
    )


def _kept(mistakes: list[Mistake], load: Callable[[], Made]) -> Made | None:
    """What `load` makes; its mistakes are kept beside those of all other files."""
    try:
        return load()
    except SetupError as wrong:
        mistakes += wrong.mistakes
        return None


def _turned(lists: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {district: name for name, districts in lists.items() for district in districts}


def _pack(path: Path, markets: Markets | None) -> Pack:
    file = File(path)
    read = file.part(PackFile)
    mistakes = [*_unsound(file, read), *_doubled(file, read), *_without_calendar(file, read, markets)]
    if mistakes:
        raise SetupError(f"{path.name} cannot be used", tuple(mistakes))
    return Pack(
        id=path.stem,
        version=hashlib.sha256(path.read_bytes()).hexdigest()[:12],
        title=read.title,
        jurisdiction=read.jurisdiction,
        sector=read.sector,
        source=read.source,
        verified_on=read.verified_on,
        status=read.status,
        triggers=tuple(one.made() for one in read.triggers),
        clocks=tuple(one.made(f"{path.stem}: {read.source}") for one in read.clocks),
        content={str(occasion): fields for occasion, fields in read.content.items()},
        planned=tuple(one.made() for one in read.planned),
        compensation=tuple(one.made() for one in read.compensation),
        evidence=read.evidence.made() if read.evidence else Evidence(),
    )


def _numbers(read: PackFile) -> Iterator[tuple[str, int | None, Quality]]:
    """Every part that has a quality: its key, its place there, and where its number was seen."""
    for key in ("triggers", "clocks", "planned", "compensation"):
        for place, one in enumerate(getattr(read, key)):
            yield key, place, one.quality
    if read.evidence:
        yield "evidence", None, read.evidence.quality


def _unsound(file: File, read: PackFile) -> Iterator[Mistake]:
    if read.status is Status.DRAFT:
        return
    for key, place, quality in _numbers(read):
        if quality not in SOUND:
            where: tuple[str | int, ...] = (key,) if place is None else (key, place)
            problem = f"the pack is verified, and this number is only `{quality}`"
            yield file.mistake(problem, "check it in the primary text, or write `status: draft`", *where)


def _doubled(file: File, read: PackFile) -> Iterator[Mistake]:
    seen: set[tuple[str, str, str]] = set()
    for place, one in enumerate(read.clocks):
        key = (one.name, one.audience, one.anchor)
        if key in seen:
            problem = f"there are two clocks {one.name} for {one.audience} from {one.anchor}"
            yield file.mistake(problem, "leave one of them", "clocks", place)
        seen.add(key)


def _without_calendar(file: File, read: PackFile, markets: Markets | None) -> Iterator[Mistake]:
    if markets is None:
        return
    asked: list[tuple[str, int, str]] = [
        ("clocks", place, one.calendar) for place, one in enumerate(read.clocks)
    ]
    asked += [("planned", place, one.calendar) for place, one in enumerate(read.planned)]
    for place, one in enumerate(read.compensation):
        terms = one.made().terms
        asked += [("compensation", place, terms.calendar)] if isinstance(terms, FlatPerWorkingDays) else []
    for key, place, name in asked:
        if name and name not in markets.names:
            yield file.mistake(
                f"there is no calendar {name}", _nearest(name, markets.names, "calendar"), key, place
            )


def _enabled(config: Path, known: Mapping[str, Pack]) -> PacksFile:
    file = File(config / "packs.yaml")
    read = file.part(PacksFile)
    mistakes = []
    for place, one in enumerate(read.enabled):
        where: tuple[str | int, ...] = ("enabled", place)
        if one.pack not in known:
            cure = _nearest(one.pack, frozenset(known), "pack")
            mistakes.append(file.mistake(f"there is no pack {one.pack}", cure, *where))
        elif known[one.pack].status is Status.DRAFT and not (one.accept_draft and one.accepted_by):
            mistakes.append(
                file.mistake(
                    f"{one.pack} is a draft: some of its numbers were not seen in the primary text",
                    "check them, or add `accept_draft: true` and `accepted_by:` with your name",
                    *where,
                )
            )
    if mistakes:
        raise SetupError("packs.yaml cannot be used", tuple(mistakes))
    return read


def _nearest(name: str, known: frozenset[str], what: str) -> str:
    near = get_close_matches(name, sorted(known), n=1)
    return f"did you mean {near[0]}?" if near else f"write one {what} of {', '.join(sorted(known))}; {DOC}"
