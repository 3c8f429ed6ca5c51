"""The status as JSON, in the shape that readers of status pages know (Atlassian Statuspage, /api/v2/summary.json)."""

import json
from collections.abc import Mapping
from typing import Any

from tellfirst.domain.impact import Impact
from tellfirst.domain.occasion import Locale, Occasion
from tellfirst.publishing.addresses import OnTheSite
from tellfirst.publishing.moments import iso
from tellfirst.publishing.press import Press
from tellfirst.publishing.published import Board, Ending, Phase, Published, Story, Word
from tellfirst.publishing.said import said, title

INDICATOR = {Impact.OK: "none", Impact.AT_RISK: "minor", Impact.DEGRADED: "minor", Impact.DOWN: "major"}
COMPONENT = {
    Impact.OK: "operational",
    Impact.AT_RISK: "degraded_performance",
    Impact.DEGRADED: "degraded_performance",
    Impact.DOWN: "major_outage",
}


def summary(press: Press, board: Board, stories: Mapping[int, Story], language: Locale) -> str:
    """`stories` has those incidents whose every word is listed, by id; of the others it is the last one."""
    at = OnTheSite(press.site)
    words = press.templates.phrases(language)
    now = board.of(Phase.NOW)
    troubles = [one.impact for one in now if not one.is_work]
    worst = max(troubles, default=Impact.OK)
    description = words.status.trouble if troubles else words.status.all_well
    body = {
        "page": {
            "id": "tellfirst",
            "name": press.company,
            "url": at.home(language),
            "time_zone": "UTC",
            "updated_at": iso(board.changed_at),
        },
        "status": {"indicator": INDICATOR[worst], "description": description},
        "components": [
            {"id": kind, "name": words.services[kind], "status": COMPONENT[board.worst(kind)]}
            for kind in board.services
        ],
        "incidents": [
            _incident(press, one, stories.get(one.id), language, at)
            for one in board.incidents
            if not one.is_work
        ],
        "scheduled_maintenances": [
            _incident(press, one, stories.get(one.id), language, at)
            | {"scheduled_for": iso(one.began_at), "scheduled_until": _until(one)}
            for one in board.incidents
            if one.is_work
        ],
    }
    return json.dumps(body, ensure_ascii=False, indent=1)


def _incident(
    press: Press, one: Published, story: Story | None, language: Locale, at: OnTheSite
) -> dict[str, Any]:
    words = story.words if story else (one.last,)
    return {
        "id": one.reference,
        "name": title(press.templates, one, language),
        "status": _status(one, one.last),
        "impact": INDICATOR[one.impact],
        "created_at": iso(one.opened_at),
        "started_at": iso(one.began_at),
        "updated_at": iso(one.last.said_at),
        "resolved_at": iso(one.ended_at) if one.ended_at else None,
        "shortlink": at.incident(one.reference, language),
        "place": one.place,
        "components": list(one.services),
        "next_update_at": iso(one.next_word_at) if one.next_word_at else None,
        "estimate_at": iso(one.last.facts.estimate_at) if one.last.facts.estimate_at else None,
        "incident_updates": [_update(press, one, word, language) for word in reversed(words)],
    }


def _update(press: Press, one: Published, word: Word, language: Locale) -> dict[str, Any]:
    return {
        "id": f"{one.reference}.{word.sequence}",
        "incident_id": one.reference,
        "status": _status(one, word),
        "kind": word.kind,
        "body": said(press.templates, one, word, language).text,
        "created_at": iso(word.said_at),
        "display_at": iso(word.said_at),
    }


def _status(one: Published, word: Word) -> str:
    if one.is_work:
        done = "cancelled" if one.ending is Ending.CANCELLED else "completed"
        return {Phase.PLANNED: "scheduled", Phase.NOW: "in_progress", Phase.PAST: done}[one.phase]
    if word.to_some:
        return "monitoring"
    if word.occasion is Occasion.RESTORED or (one.ending and word is one.last):
        return "resolved"
    return "investigating" if word.facts.cause == "being_investigated" else "identified"


def _until(one: Published) -> str | None:
    ends_at = one.last.facts.window_until or one.ended_at
    return iso(ends_at) if ends_at else None
