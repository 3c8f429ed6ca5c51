"""How Prefect treats our tasks: steps are retried here, messages never are (the ledger does that)."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from prefect.tasks import exponential_backoff
from sqlalchemy.exc import DBAPIError, OperationalError

from tellfirst.domain.errors import TellFirstError

Given = ParamSpec("Given")
Result = TypeVar("Result")


def _is_transient(_task: Any, _run: Any, state: Any) -> bool:
    """The database was away or busy. What our own rules refuse will be refused again."""
    failure = state.result(raise_on_failure=False)
    if isinstance(failure, TellFirstError):
        return False
    return isinstance(failure, OperationalError | DBAPIError | ConnectionError | TimeoutError)


STEP: dict[str, Any] = {
    "retries": 3,
    "retry_delay_seconds": exponential_backoff(2),
    "retry_jitter_factor": 0.5,
    "retry_condition_fn": _is_transient,
    "timeout_seconds": 300,
    "persist_result": False,
}


def unrecorded(step: Callable[Given, Result]) -> Callable[Given, Result]:
    """A step of bookkeeping between those that people watch: retried like a task, without a task's records.

    Each task run costs the server some 20 ms for its three events, and a wake-up decides five times what is next.
    """

    @wraps(step)
    def retried(*given: Given.args, **named: Given.kwargs) -> Result:
        for pause in (2.0, 4.0, 8.0):
            try:
                return step(*given, **named)
            except (DBAPIError, ConnectionError, TimeoutError):
                time.sleep(pause)
        return step(*given, **named)

    return retried


SENDING: dict[str, Any] = {"retries": 0, "persist_result": False}
