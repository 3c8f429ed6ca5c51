"""The word list of one language: what the closed words of the fact record are called there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from string import Formatter
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError

from tellfirst.domain.errors import Mistake, SetupError
from tellfirst.domain.facts import Action, Cause, ServiceKind, WorkReason
from tellfirst.domain.impact import Impact
from tellfirst.notices import page_words
from tellfirst.notices.door_words import SHAPE_OF_CALLS, SHAPE_OF_THE_PAGE, CallWords, ContactPageWords
from tellfirst.notices.page_phrases import (
    PERSONAL_SHAPE,
    PREFERENCES_SHAPE,
    SURVEY_SHAPE,
    PersonalWords,
    PreferencesWords,
    SurveyWords,
)
from tellfirst.notices.page_words import AffectedWords, FrameWords, StatusWords

NAMES = "{names}"
"""Stands in `several.together` where the short names of the services go."""

SHAPE: dict[Any, Any] = {
    "reviewed": bool,
    "services": dict.fromkeys(ServiceKind, str),
    "several": {"together": str, "names": dict.fromkeys(ServiceKind, str)},
    "impacts": dict.fromkeys((impact.word for impact in Impact), str),
    "causes": dict.fromkeys(Cause, str),
    "actions": dict.fromkeys(Action, str),
    "work_reasons": dict.fromkeys(WorkReason, str),
    "emergency": {"affected": str, "working": str},
    "after_all": str,
    "errors": dict.fromkeys(
        (
            *("title", "home", "not_found", "not_yours", "too_large", "too_often"),
            *("not_understood", "our_fault"),
        ),
        str,
    ),
    "spoken": {
        "time": str,
        "full_hour": str,
        "another_day": str,
        "local_time": str,
        "parts": dict.fromkeys(("night", "morning", "afternoon", "evening"), str),
        "months": dict.fromkeys(range(1, 13), str),
    },
    "survey": SURVEY_SHAPE,
    "personal": PERSONAL_SHAPE,
    "preferences": PREFERENCES_SHAPE,
    "no_surveys": {"title": str, "question": str, "send": str, "done": str, "link_invalid": str},
    **page_words.SHAPES,
    "calls": SHAPE_OF_CALLS,
    "contact_page": SHAPE_OF_THE_PAGE,
}
"""Every key a word list must have, and no other."""


NAMED = (
    ("several", "together", ("names",)),
    ("spoken", "time", ("hour", "minute", "part")),
    ("spoken", "full_hour", ("hour", "part")),
    ("spoken", "another_day", ("day", "month", "time")),
    *page_words.NAMED,
    ("survey", "chosen", ("score",)),
    ("survey", "call_back", ("time",)),
    ("personal", "rated", ("score",)),
)
"""Sentence parts that something is put into, and its names there. `{minute:02}` writes it with two digits."""


@dataclass(frozen=True, slots=True)
class NoSurveysWords:
    """What the page says on which surveys are ended."""

    title: str
    question: str
    send: str
    done: str
    link_invalid: str


@dataclass(frozen=True, slots=True)
class ErrorWords:
    """What a page says that there is no page; `home` leads to the status page."""

    title: str
    home: str
    not_found: str
    not_yours: str
    too_large: str
    too_often: str
    not_understood: str
    our_fault: str


@dataclass(frozen=True, slots=True)
class SpokenWords:
    """How a time is said aloud; `time` names the {part} of the day, the {hour} (1 to 12) and the {minute}.

    `another_day` names {time}, {day} and {month}. `local_time` says once whose clock is meant.
    """

    time: str
    full_hour: str
    another_day: str
    local_time: str
    parts: Mapping[str, str]
    months: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Several:
    """How several services are named at once; `together` is in the singular, as `services` are."""

    together: str
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Phrases:
    """Sentence parts of one language. `reviewed` is False until a native reader has signed them."""

    reviewed: bool
    services: Mapping[str, str]
    several: Several
    impacts: Mapping[str, str]
    causes: Mapping[str, str]
    actions: Mapping[str, str]
    work_reasons: Mapping[str, str]
    emergency: Mapping[str, str]
    after_all: str
    errors: ErrorWords
    spoken: SpokenWords
    survey: SurveyWords
    no_surveys: NoSurveysWords
    frame: FrameWords
    status: StatusWords
    affected: AffectedWords
    calls: CallWords
    contact_page: ContactPageWords
    personal: PersonalWords
    preferences: PreferencesWords

    def in_sms(self) -> Iterator[str]:
        """Every sentence part that an SMS can be made of: all but those of calls and of the pages of surveys."""
        parts = (
            *(self.services, self.several.names, self.impacts),
            *(self.causes, self.actions, self.work_reasons, self.emergency),
        )
        yield from (self.several.together, self.after_all, self.affected.text)
        yield from (words for part in parts for words in part.values())


def read_phrases(file: str, source: str) -> Phrases:
    """The word list written in `source`; `file` is named in complaints.

    Raises SetupError with every missing, unknown, doubled or empty entry and its line.
    """
    try:
        words = YAML().load(source)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problem = str(error.problem).partition(" with value")[0]
        raise _not_whole(
            Mistake(file, line, f"the YAML cannot be read: {problem}", "mend this line")
        ) from error
    if not isinstance(words, CommentedMap):
        raise _not_whole(Mistake(file, 1, "there are no words here", "copy the keys of the English list"))
    if mistakes := tuple(_compared(file, words, SHAPE)) or tuple(_nameless(file, words)):
        raise _not_whole(*mistakes)
    parts = {
        "several": Several(**words["several"]),
        "errors": ErrorWords(**words["errors"]),
        "spoken": SpokenWords(**words["spoken"]),
        "survey": SurveyWords(**words["survey"]),
        "no_surveys": NoSurveysWords(**words["no_surveys"]),
        **page_words.page_words(words),
        "calls": CallWords(**words["calls"]),
        "contact_page": ContactPageWords(**words["contact_page"]),
        "personal": PersonalWords(**words["personal"]),
        "preferences": PreferencesWords(**words["preferences"]),
    }
    return Phrases(**words | parts)


def _not_whole(*mistakes: Mistake) -> SetupError:
    return SetupError(f"the word list {mistakes[0].file} cannot be used", mistakes)


def _nameless(file: str, words: CommentedMap) -> Iterator[Mistake]:
    """Sentence parts that do not say once each thing that is to be put into them, and nothing else."""
    for above, key, names in NAMED:
        if _fields(words[above][key]) != names:
            line = words[above].lc.key(key)[0] + 1
            wanted = " and ".join(f"{{{name}}}" for name in names)
            problem = f"{above}.{key} does not name once what goes into it"
            yield Mistake(file, line, problem, f"write {wanted} where they go")


def _fields(text: str) -> tuple[str, ...]:
    try:
        found = [(name, spec, way) for _, name, spec, way in Formatter().parse(text) if name is not None]
    except ValueError:
        return ()
    if any(spec not in {"", "02"} or way for _, spec, way in found):
        return ()
    return tuple(sorted(name for name, _, _ in found))


def _compared(
    file: str, words: CommentedMap, shape: dict[Any, Any], above: str = "", line: int = 1
) -> Iterator[Mistake]:
    for key in words:
        if key not in shape:
            near = get_close_matches(str(key), [str(known) for known in shape], n=1)
            cure = f"did you mean {near[0]}?" if near else "remove it"
            yield Mistake(file, words.lc.key(key)[0] + 1, f"nothing uses the entry {above}{key}", cure)
    for key, kind in shape.items():
        if key not in words:
            yield Mistake(file, line, f"the entry {above}{key} is missing", "add it")
        elif isinstance(kind, dict) and isinstance(words[key], CommentedMap):
            yield from _compared(file, words[key], kind, f"{above}{key}.", words.lc.key(key)[0] + 1)
        elif isinstance(kind, dict) or not isinstance(words[key], kind) or words[key] == "":
            expected = {str: "one sentence part", bool: "true or false"}.get(kind, "a list of entries")
            yield Mistake(file, words.lc.key(key)[0] + 1, f"{above}{key} is not {expected}", "write it so")
