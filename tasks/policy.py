"""How Prefect treats our tasks: steps are retried here, messages never are (the ledger does that)."""

from typing import Any

from prefect.tasks import exponential_backoff
from sqlalchemy.exc import DBAPIError, OperationalError

from tellfirst.domain.errors import TellFirstError


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
SENDING: dict[str, Any] = {"retries": 0, "persist_result": False}
