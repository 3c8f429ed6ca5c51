"""Announced work as a calendar for everybody. Source: RFC 5545; see carriers/webhook/calendar.py."""

from urllib.parse import urlsplit

from tellfirst.carriers.webhook.calendar import PlannedWork, WorkStatus, calendar_to_follow
from tellfirst.carriers.webhook.renderings import WORK_IMPACT
from tellfirst.domain.occasion import Locale
from tellfirst.publishing.press import Press
from tellfirst.publishing.published import Board, Ending, Phase, Published
from tellfirst.publishing.said import said

EVERYBODY = "public"
"""The account of a calendar that is no single customer's."""
_STATUS = {Phase.NOW: WorkStatus.IN_PROCESS, Phase.PLANNED: WorkStatus.CONFIRMED}


def calendar(press: Press, board: Board, language: Locale) -> str:
    """Every work of `board` that customers know the time of; a later word has the same UID and a higher SEQUENCE."""
    name = f"{press.company} – {press.templates.phrases(language).status.planned}"
    works = [work for one in board.incidents if one.is_work and (work := _work(press, one, language))]
    return calendar_to_follow(works, name, language)


def _work(press: Press, one: Published, language: Locale) -> PlannedWork | None:
    facts = one.last.facts
    begins_at, ends_at = facts.window_from or one.began_at, facts.window_until or one.ended_at
    if ends_at is None or ends_at <= begins_at:
        return None
    told = said(press.templates, one, one.last, language)
    host = urlsplit(press.site).hostname or "localhost"
    return PlannedWork(
        provider=host,
        account=EVERYBODY,
        work=one.reference,
        objects=tuple(one.services) or (facts.service,),
        impact=WORK_IMPACT[one.impact],
        status=_status(one),
        starts_at=begins_at,
        ends_at=ends_at,
        stated_at=one.last.said_at,
        sequence=one.last.sequence,
        summary=told.title,
        organizer_mail=f"notices@{host}",
        organizer_name=press.company,
        description=told.text,
    )


def _status(one: Published) -> WorkStatus:
    if one.phase is Phase.PAST:
        return WorkStatus.COMPLETED if one.ending is Ending.OVER else WorkStatus.CANCELLED
    return _STATUS[one.phase]
