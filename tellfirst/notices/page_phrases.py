"""The words of the pages that belong to one customer: the survey's, their own, and the one of their wishes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tellfirst.domain.occasion import Channel, Occasion
from tellfirst.domain.promise import PromiseKind, PromiseState
from tellfirst.domain.survey import SurveyKind

CHANNELS = tuple(one for one in Channel if one is not Channel.NONE)

SURVEY_SHAPE: dict[Any, Any] = {
    "title": str,
    "question": str,
    "scores": dict.fromkeys(range(1, 6), str),
    "nps_question": str,
    "nps_scores": {0: str, 10: str},
    "chosen": str,
    "comment": str,
    "send": str,
    "thanks": str,
    "call_back": str,
    "link_invalid": str,
    "already_answered": str,
    "closed": str,
}
PERSONAL_SHAPE: dict[Any, Any] = {
    "title": str,
    "services": str,
    "no_services": str,
    "history": str,
    "nothing_yet": str,
    "earlier": str,
    "later": str,
    "told": dict.fromkeys(Occasion, str),
    "not_reached": str,
    "promised": dict.fromkeys((PromiseKind.NEXT_UPDATE, PromiseKind.RESTORATION), str),
    "promise_states": dict.fromkeys(PromiseState, str),
    "contacted": str,
    "answered": str,
    "rated": str,
    "channels": dict.fromkeys(CHANNELS, str),
    "still_out": str,
    "still_out_question": str,
    "still_out_taken": str,
    "preferences": str,
    "forwarded": str,
    "link_invalid": str,
}
PREFERENCES_SHAPE: dict[Any, Any] = {
    "title": str,
    "channel": str,
    "no_wish": str,
    "language": str,
    "surveys": str,
    "no_surveys": str,
    "save": str,
    "saved": str,
    "refused": str,
    "links": str,
    "end_links": str,
    "links_ended": str,
    "back": str,
}


@dataclass(frozen=True, slots=True)
class SurveyWords:
    """What the survey page says; `scores` names 1 (worst) to 5 (best), `nps_scores` the two ends of 0 to 10.

    `chosen` names the {score} a link stands for, `call_back` the {time} by which a person calls.
    """

    title: str
    question: str
    scores: Mapping[int, str]
    nps_question: str
    nps_scores: Mapping[int, str]
    chosen: str
    comment: str
    send: str
    thanks: str
    call_back: str
    link_invalid: str
    already_answered: str
    closed: str

    def asked(self, kind: SurveyKind) -> str:
        """The question."""
        return self.nps_question if kind is SurveyKind.NPS else self.question

    def labels(self, kind: SurveyKind) -> dict[int, str]:
        """What each score is called, the best first; empty where it has no name."""
        names = self.nps_scores if kind is SurveyKind.NPS else self.scores
        return {score: names.get(score, "") for score in reversed(kind.scores)}


@dataclass(frozen=True, slots=True)
class PersonalWords:
    """What a customer's own page says. A time follows `promised`; `rated` names the {score}."""

    title: str
    services: str
    no_services: str
    history: str
    nothing_yet: str
    earlier: str
    later: str
    told: Mapping[str, str]
    not_reached: str
    promised: Mapping[str, str]
    promise_states: Mapping[str, str]
    contacted: str
    answered: str
    rated: str
    channels: Mapping[str, str]
    still_out: str
    still_out_question: str
    still_out_taken: str
    preferences: str
    forwarded: str
    link_invalid: str


@dataclass(frozen=True, slots=True)
class PreferencesWords:
    """What the page says on which a customer changes how they are told."""

    title: str
    channel: str
    no_wish: str
    language: str
    surveys: str
    no_surveys: str
    save: str
    saved: str
    refused: str
    links: str
    end_links: str
    links_ended: str
    back: str
