"""The plan: which occasion brings which fault. Pure: the same plan decides the same for the same order."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import accumulate
from types import MappingProxyType
from typing import Any

from tellfirst.simulator.carriers.faults.kinds import Family, Fault, family_of
from tellfirst.simulator.carriers.schema import Schema
from tellfirst.simulator.carriers.truth.entries import Channel

_SCHEMA = Schema(__package__, "plan")


class PlanError(ValueError):
    """A plan cannot be used; the text is a sentence that names the field."""


@dataclass(frozen=True, slots=True)
class Outage:
    """One channel answers nothing from `from_seconds` to `from_seconds + for_seconds` after the plan began."""

    channel: Channel
    from_seconds: float
    for_seconds: float


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """Rates are shares of the occasions of their family (0 to 1); a script names single occasions, from 1 on.

    Where both speak of one occasion the script wins.
    """

    seed: int = 0
    rates: Mapping[Fault, float] = field(default_factory=lambda: MappingProxyType({}))
    script: Mapping[tuple[Family, Channel, int], Fault] = field(default_factory=lambda: MappingProxyType({}))
    outages: tuple[Outage, ...] = ()
    lookup_lag_seconds: float = 0.0
    retry_after_seconds: int = 1
    hold_seconds: float = 60.0
    slow_seconds: float = 1.0
    late_seconds: float = 5.0

    def decide(self, family: Family, channel: Channel, nth: int) -> Fault | None:
        """The fault of the `nth` occasion (from 1 on) of a family on a channel; None for none."""
        if scripted := self.script.get((family, channel, nth)):
            return scripted
        if not self.rates:
            return None
        faults = sorted(fault for fault in self.rates if family_of(fault) is family)
        if not faults:
            return None
        draw = _draw(f"{self.seed}:{family}:{channel}:{nth}")
        bounds = accumulate(self.rates[fault] for fault in faults)
        return next((fault for fault, bound in zip(faults, bounds, strict=True) if draw < bound), None)

    def strikes(self, family: Family) -> bool:
        """Whether any fault of `family` is named."""
        scripted = any(occasion[0] is family for occasion in self.script)
        return scripted or any(family_of(fault) is family for fault in self.rates)

    def is_out(self, channel: Channel, seconds: float) -> bool:
        """Whether `channel` is in an outage `seconds` after the plan began."""
        return any(
            outage.channel is channel
            and outage.from_seconds <= seconds < outage.from_seconds + outage.for_seconds
            for outage in self.outages
        )


NO_FAULTS = FaultPlan()


def read_plan(document: Any) -> FaultPlan:
    """The plan of a JSON document; raises PlanError with a sentence when it is none."""
    if flaw := _SCHEMA.flaw(document):
        raise PlanError(f"In the plan of faults: {flaw.sentence}")
    rates = {Fault(name): float(rate) for name, rate in document.get("rates", {}).items()}
    for family in Family:
        if sum(rate for fault, rate in rates.items() if family_of(fault) is family) > 1 + 1e-9:
            raise PlanError(f"In the plan of faults: the rates of the family {family} add up to more than 1.")
    script: dict[tuple[Family, Channel, int], Fault] = {}
    for line in document.get("script", ()):
        fault = Fault(line["fault"])
        occasion = (family_of(fault), Channel(line["channel"]), line["nth"])
        if occasion in script:
            raise PlanError("In the plan of faults: script names one occasion twice.")
        script[occasion] = fault
    outages = tuple(
        Outage(Channel(line["channel"]), line["from_seconds"], line["for_seconds"])
        for line in document.get("outages", ())
    )
    periods = {name: document[name] for name in _PERIODS if name in document}
    return FaultPlan(document.get("seed", 0), rates, script, outages, **periods)


_PERIODS = ("lookup_lag_seconds", "retry_after_seconds", "hold_seconds", "slow_seconds", "late_seconds")


def _draw(text: str) -> float:
    """A number in [0, 1) that follows from `text` alone."""
    (number,) = struct.unpack(">Q", blake2b(text.encode(), digest_size=8).digest())
    return float(number) / 2.0**64
