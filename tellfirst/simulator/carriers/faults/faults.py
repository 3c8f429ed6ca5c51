"""The faults of one account: its plan, how far it has come, and what really happened."""

import time
from collections import Counter
from collections.abc import Callable

from tellfirst.simulator.carriers.faults.kinds import BEFORE_ACCEPT, Family, Fault
from tellfirst.simulator.carriers.faults.plan import NO_FAULTS, FaultPlan
from tellfirst.simulator.carriers.http.message import Answer, Manner
from tellfirst.simulator.carriers.truth.entries import Channel

HTML = b"<!DOCTYPE html><html><head><title>Gateway</title></head><body>One moment, please.</body></html>"

_RESET = Answer(500, manner=Manner.RESET)
_ACCEPTED_STATUSES = (201, 202)


class Faults:
    """Spoils answers as the plan says. `error` makes the vendor's own error answer of a status."""

    def __init__(self, plan: FaultPlan = NO_FAULTS) -> None:
        self.happened: Counter[Fault] = Counter()
        self.begin(plan)

    def begin(self, plan: FaultPlan) -> None:
        """Follow `plan` from its first occasion on; what happened before stays counted."""
        self.plan = plan
        self._began = time.monotonic()
        self._occasions: Counter[tuple[Family, Channel]] = Counter()
        self._strikes = frozenset(family for family in Family if plan.strikes(family))

    def on_create(
        self, channel: Channel, error: Callable[[int], Answer], create: Callable[[], Answer]
    ) -> Answer:
        """The answer to a request that creates something; `create` is called unless the fault comes first.

        A fault after accepting strikes only what was accepted: a refused request is answered truly.
        """
        if self._is_out(channel):
            return self._struck(Fault.OUTAGE, _RESET)
        fault = self.next(Family.CREATE, channel)
        if fault is None:
            return create()
        if fault in BEFORE_ACCEPT:
            return self._struck(fault, self._instead(fault, error))
        answer = create()
        if answer.status not in _ACCEPTED_STATUSES:
            return answer
        return self._struck(fault, self._spoilt(fault, answer, error))

    def on_lookup(
        self, channel: Channel, error: Callable[[int], Answer], look_up: Callable[[], Answer]
    ) -> Answer:
        """The answer to a look-up."""
        if self._is_out(channel):
            return self._struck(Fault.OUTAGE, _RESET)
        fault = self.next(Family.LOOKUP, channel)
        match fault:
            case None:
                return look_up()
            case Fault.LOOKUP_ERROR:
                answer = error(500)
            case Fault.LOOKUP_THROTTLED:
                answer = self._come_back(error(429))
            case Fault.LOOKUP_TIMEOUT:
                answer = Answer(500, manner=Manner.HELD, seconds=self.plan.hold_seconds)
            case _:
                answer = _RESET
        return self._struck(fault, answer)

    @property
    def strikes_receipts(self) -> bool:
        """Whether the plan has anything to say about receipts."""
        return Family.RECEIPT in self._strikes

    def next(self, family: Family, channel: Channel) -> Fault | None:
        """The fault of the next occasion."""
        if family not in self._strikes:
            return None
        self._occasions[family, channel] += 1
        return self.plan.decide(family, channel, self._occasions[family, channel])

    def is_listed(self, accepted_at: float, now: float) -> bool:
        """Whether a look-up at `now` shows what was accepted at `accepted_at` (unix seconds)."""
        if now - accepted_at >= self.plan.lookup_lag_seconds:
            return True
        self.happened[Fault.LOOKUP_LAGGED] += 1
        return False

    def _is_out(self, channel: Channel) -> bool:
        return bool(self.plan.outages) and self.plan.is_out(channel, time.monotonic() - self._began)

    def _struck(self, fault: Fault, answer: Answer) -> Answer:
        self.happened[fault] += 1
        return answer

    def _instead(self, fault: Fault, error: Callable[[int], Answer]) -> Answer:
        match fault:
            case Fault.THROTTLED:
                return self._come_back(error(429))
            case Fault.UNAVAILABLE:
                return self._come_back(error(503))
            case Fault.ERROR_BEFORE_ACCEPT:
                return error(500)
            case Fault.TIMEOUT_BEFORE_ACCEPT:
                return Answer(500, manner=Manner.HELD, seconds=self.plan.hold_seconds)
            case Fault.HTML_BEFORE_ACCEPT:
                return Answer(200, HTML, content_type="text/html")
            case _:
                return _RESET

    def _spoilt(self, fault: Fault, answer: Answer, error: Callable[[int], Answer]) -> Answer:
        plan = self.plan
        match fault:
            case Fault.ERROR_AFTER_ACCEPT:
                return error(500)
            case Fault.TIMEOUT_AFTER_ACCEPT:
                return Answer(500, manner=Manner.HELD, seconds=plan.hold_seconds)
            case Fault.HTML_AFTER_ACCEPT:
                return Answer(answer.status, HTML, content_type="text/html", wait_for=answer.wait_for)
            case Fault.HALF_ANSWER:
                return _in_manner(answer, Manner.HALF, 0.0)
            case Fault.SLOW_ANSWER:
                return _in_manner(answer, Manner.DRIBBLED, plan.slow_seconds)
            case _:
                return _RESET

    def _come_back(self, answer: Answer) -> Answer:
        later = ("Retry-After", str(self.plan.retry_after_seconds))
        return Answer(answer.status, answer.body, (*answer.headers, later), answer.content_type)


def _in_manner(answer: Answer, manner: Manner, seconds: float) -> Answer:
    # An answer without a body (SendGrid's) gets one, else there is nothing to halve or to dribble.
    body = answer.body or b"{}"
    return Answer(answer.status, body, answer.headers, answer.content_type, manner, seconds, answer.wait_for)
