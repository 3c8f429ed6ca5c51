"""An incident: a service problem we answer for, and the stages it passes once each."""

from enum import StrEnum


class Kind(StrEnum):
    OUTAGE = "outage"
    PLANNED_WORK = "planned_work"


class Stage(StrEnum):
    """Where an incident stands. `restored` is what a monitor or an engineer says; `verified` is what we know."""

    OPENED = "opened"
    DETECTED = "detected"
    MATCHED = "matched"
    TOLD = "told"
    FOLLOWING_UP = "following_up"
    RESTORED = "restored"
    VERIFIED = "verified"
    SURVEYED = "surveyed"
    CLOSED = "closed"


RUNNING = frozenset(
    {Stage.OPENED, Stage.DETECTED, Stage.MATCHED, Stage.TOLD, Stage.FOLLOWING_UP, Stage.RESTORED}
)
"""Stages in which customers may still be without service."""
UNTOLD = frozenset({Stage.OPENED, Stage.DETECTED, Stage.MATCHED})
"""Those of them in which nobody has had the first word."""
FOLLOWED = frozenset({Stage.MATCHED, Stage.TOLD, Stage.FOLLOWING_UP, Stage.RESTORED})
"""Those of them in which the audience is known, and is looked at again when the footprint moves."""


class Step(StrEnum):
    """What the story does next; each is a flow of the same name."""

    DETECT = "detect"
    MATCH = "match"
    NOTIFY = "notify"
    FOLLOW_UP = "follow_up"
    SURVEY = "survey"
    CLOSE = "close"
    BECOME_OUTAGE = "become_outage"


class Held(StrEnum):
    """Why an incident waits for a person instead of going on."""

    UNKNOWN_ELEMENT = "unknown_element"
    EMPTY_AUDIENCE = "empty_audience"
    LARGE_AUDIENCE = "large_audience"
    NO_PLAYBOOK = "no_playbook"
    SCOPE_WITHOUT_ELEMENTS = "scope_without_elements"
    REPORTED = "reported"
    """A customer reports it and nothing else says so: it is theirs alone until more do, or a person looks."""
