"""A pack as a person reads it."""

from typing import Any

from tellfirst.domain.pack import SEVERITIES, Pack, PackClock
from tellfirst.timelines.dues import in_units, written
from tellfirst.timelines.packs import Policy

Row = dict[str, Any]


def listed(policy: Policy) -> list[Row]:
    """Every pack that is known, one line each."""
    return [
        {
            "pack": one.id,
            "on": "yes" if one.id in policy.packs else "",
            "status": str(one.status),
            "accepted by": policy.accepted.get(one.id, ""),
            "where": one.jurisdiction,
            "sector": one.sector,
            "verified on": one.verified_on.isoformat(),
            "title": one.title,
            "source": one.source,
        }
        for one in policy.known.values()
    ]


def described(pack: Pack) -> dict[str, list[Row]]:
    """All of one pack, by its parts; `seen` says where each number was seen."""
    return {
        "Triggers": [
            {
                "name": one.name,
                "when": "; ".join(_condition(c) for c in one.conditions),
                "for at least": in_units(one.window) if one.window else "",
                "forecast": "yes" if one.forecast else "no",
                "exempt if": ", ".join(one.exempt_if),
                "seen": str(one.quality),
            }
            for one in pack.triggers
        ],
        "Clocks": [_clock(one) for one in pack.clocks],
        "What texts must show": [
            {"occasion": occasion, "fields": ", ".join(fields)} for occasion, fields in pack.content.items()
        ],
        "Planned work": [
            {
                "to": one.hearer,
                "before": written(one.lead),
                "calendar": one.calendar,
                "seen": str(one.quality),
            }
            for one in pack.planned
        ],
        "Compensation": [
            {
                "name": one.name,
                "currency": one.currency,
                "from": str(one.anchor),
                "without a claim": "yes" if one.by_itself else "no",
                "reckoned here": "yes" if one.counted else "no",
                "seen": str(one.quality),
            }
            for one in pack.compensation
        ],
    }


def _condition(one: Any) -> str:
    value = ", ".join(one.value) if isinstance(one.value, tuple) else one.value
    where = f" ({one.scope})" if one.scope else ""
    return f"{one.metric}{where} {one.op.replace('_', ' ')} {value}"


def _clock(one: PackClock) -> Row:
    rule = one.any_rule
    spans = [_due(one, severity) for severity in SEVERITIES if severity in one.rules]
    return {
        "name": str(rule.name),
        "to": str(rule.hearer),
        "from": str(rule.anchor),
        "due": spans[0] if len(set(spans)) == 1 else " / ".join(spans),
        "until": str(rule.stop_at or ""),
        "calendar": rule.calendar,
        "if missed": ", ".join(one.on_breach),
        "seen": str(one.quality),
    }


def _due(one: PackClock, severity: str) -> str:
    rule = one.rules[severity]
    if rule.repeat is None:
        return written(rule.due)
    then = ""
    if rule.repeat.until and rule.repeat.then:
        then = f" until {in_units(rule.repeat.until)}, then every {in_units(rule.repeat.then)}"
    return f"every {in_units(rule.repeat.every)}{then}"
