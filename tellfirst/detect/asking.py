"""Asking a source how things stand, over HTTP, outside of any transaction."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import urllib3
from urllib3.exceptions import HTTPError

from tellfirst.detect import alertmanager, icinga
from tellfirst.detect.polls import Poll
from tellfirst.domain.confirmation import Answer
from tellfirst.domain.errors import Refused, TellFirstError
from tellfirst.domain.signal import Signal, SignalState

WITHIN = urllib3.Timeout(connect=3, read=5, total=8)
"""Seconds. A monitor that is slower during a storm is silent, and is asked again."""
LARGEST_ANSWER = 64 * 1024 * 1024
Variable = Callable[[str], str]
"""What a variable of the environment holds, by its name."""
ICINGA_ATTRIBUTES = "&".join(
    f"attrs={name}"
    for name in (
        "name",
        "host_name",
        "state",
        "state_type",
        "last_hard_state",
        "last_hard_state_change",
        "last_check",
        "downtime_depth",
        "vars",
    )
)


class Unanswered(TellFirstError):
    """The source gave no answer that can be read; the message is one word that says why."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand by a source: all that fires now, and what it says of anything else."""

    signals: tuple[Signal, ...]
    about: Callable[[str, Mapping[str, str]], Answer]
    """What it says of an alert that is not listed, by fingerprint and labels."""
    firing: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        firing = {one.fingerprint for one in self.signals if one.state is SignalState.FIRING}
        object.__setattr__(self, "firing", frozenset(firing))

    def answer(self, fingerprint: str, labels: Mapping[str, str]) -> Answer:
        if fingerprint in self.firing:
            return Answer.STILL_FIRING
        return self.about(fingerprint, labels)


def ask(name: str, kind: str, poll: Poll, variable: Variable) -> Standing:
    """How things stand by the source `name`. Raises Unanswered; half an answer is none."""
    try:
        if kind == "icinga":
            return _ask_icinga(name, poll, variable)
        return _ask_alertmanager(name, poll, variable)
    except HTTPError as failed:
        raise Unanswered(type(failed).__name__) from None
    except Refused:
        raise Unanswered("an_answer_that_cannot_be_read") from None


def _ask_alertmanager(name: str, poll: Poll, variable: Variable) -> Standing:
    assert poll.targets is not None, "checked when the configuration was read"
    listed = alertmanager.read_listing(_get(poll, f"{poll.url}/api/v2/alerts", variable), name)
    up = read_up(_get(poll, f"{poll.targets}/api/v1/query?query=up", variable))
    return Standing(tuple(listed), Targets(up, poll.target_labels).answer)


def _ask_icinga(name: str, poll: Poll, variable: Variable) -> Standing:
    listed = [
        one
        for what in ("hosts", "services")
        for one in icinga.read_objects(
            _get(poll, f"{poll.url}/v1/objects/{what}?{ICINGA_ATTRIBUTES}", variable), name
        )
    ]
    looks = {signal.fingerprint: look for signal, look in listed}

    def about(fingerprint: str, _labels: Mapping[str, str]) -> Answer:
        match looks.get(fingerprint):
            case None:
                return Answer.VANISHED
            case icinga.Look.NEVER:
                return Answer.SOURCE_SILENT
            case icinga.Look.SOFT:
                return Answer.STILL_FIRING
            case icinga.Look.HARD:
                return Answer.CONFIRMED_GONE

    firing = (
        signal
        for signal, look in listed
        if signal.state is SignalState.FIRING and look is not icinga.Look.NEVER
    )
    return Standing(tuple(firing), about)


def read_up(body: bytes) -> list[tuple[Mapping[str, str], bool]]:
    """Each target that Prometheus knows, by its labels, and whether it answers. Raises Refused.

    Source: prometheus.io/docs/prometheus/latest/querying/api, instant queries; `up` is 1 for a target whose last
    scrape went well. A target taken out of discovery is marked stale and leaves the answer at once.
    """
    try:
        tree = json.loads(body)
        rows = tree["data"]["result"]
        if tree["status"] != "success" or tree["data"]["resultType"] != "vector":
            raise ValueError
        return [(dict(row["metric"]), float(row["value"][1]) == 1) for row in rows]
    except (ValueError, KeyError, TypeError, IndexError, RecursionError):
        raise Refused("wrong_shape", "not an instant vector of Prometheus's API v1", 422) from None


class Targets:
    """Whether the target of an alert is still there, and answers."""

    def __init__(self, up: Iterable[tuple[Mapping[str, str], bool]], names: tuple[str, ...]) -> None:
        self._names = names
        self._up = [(tuple(labels.get(name) for name in names), is_up) for labels, is_up in up]
        self._by_labels: dict[tuple[str | None, ...], list[bool]] = {}
        for key, is_up in self._up:
            self._by_labels.setdefault(key, []).append(is_up)

    def answer(self, _fingerprint: str, labels: Mapping[str, str]) -> Answer:
        """Vanished, too, when the alert has none of the labels by which targets are told apart."""
        wanted = tuple(labels.get(name) for name in self._names)
        if all(wanted):
            found = self._by_labels.get(wanted, [])
        elif any(wanted):
            found = [
                is_up
                for key, is_up in self._up
                if all(one is None or one == other for one, other in zip(wanted, key, strict=True))
            ]
        else:
            found = []
        if not found:
            return Answer.VANISHED
        return Answer.CONFIRMED_GONE if all(found) else Answer.STILL_FIRING


def _get(poll: Poll, address: str, variable: Variable) -> bytes:
    secret = variable(poll.token) if poll.token else ""
    if poll.token and not secret:
        raise Unanswered("its_variable_is_not_set")
    headers = {"Accept": "application/json", "User-Agent": "tellfirst"}
    if poll.user:
        headers |= urllib3.make_headers(basic_auth=f"{poll.user}:{secret}")
    elif secret:
        headers["Authorization"] = f"Bearer {secret}"
    with urllib3.PoolManager(retries=False, ca_certs=poll.ca_file or None) as pool:
        # No redirect is followed: it would carry the secret elsewhere.
        answer = pool.request(
            "GET", address, headers=headers, timeout=WITHIN, redirect=False, preload_content=False
        )
        try:
            if answer.status != 200:
                raise Unanswered(f"http_{answer.status}")
            body = answer.read(LARGEST_ANSWER + 1, decode_content=True)
        finally:
            answer.release_conn()
    if len(body) > LARGEST_ANSWER:
        raise Unanswered("an_answer_without_end")
    return bytes(body)
