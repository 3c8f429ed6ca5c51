"""The closed list of faults, and when each strikes."""

from enum import StrEnum


class Fault(StrEnum):
    THROTTLED = "throttled"
    """429 with Retry-After; nothing accepted."""
    UNAVAILABLE = "unavailable"
    """503 with Retry-After; nothing accepted."""
    ERROR_BEFORE_ACCEPT = "error_before_accept"
    """500; nothing accepted."""
    RESET_BEFORE_ACCEPT = "reset_before_accept"
    """A reset connection; nothing accepted."""
    TIMEOUT_BEFORE_ACCEPT = "timeout_before_accept"
    """No answer for longer than a client waits; nothing accepted."""
    HTML_BEFORE_ACCEPT = "html_before_accept"
    """200 with a proxy's HTML page; nothing accepted."""

    ERROR_AFTER_ACCEPT = "error_after_accept"
    """500 although accepted."""
    RESET_AFTER_ACCEPT = "reset_after_accept"
    """A reset connection although accepted."""
    TIMEOUT_AFTER_ACCEPT = "timeout_after_accept"
    """No answer for longer than a client waits, although accepted."""
    HTML_AFTER_ACCEPT = "html_after_accept"
    """The vendor's status with an HTML page, although accepted."""
    HALF_ANSWER = "half_answer"
    """A head that promises the whole answer, half of it, and the end; accepted."""
    SLOW_ANSWER = "slow_answer"
    """A true answer that dribbles in; accepted."""

    LOOKUP_ERROR = "lookup_error"
    LOOKUP_THROTTLED = "lookup_throttled"
    LOOKUP_RESET = "lookup_reset"
    LOOKUP_TIMEOUT = "lookup_timeout"

    RECEIPT_LOST = "receipt_lost"
    RECEIPT_DUPLICATED = "receipt_duplicated"
    RECEIPT_LATE = "receipt_late"
    RECEIPT_EARLY = "receipt_early"
    """The first receipt is posted before the request is answered."""
    RECEIPT_OUT_OF_ORDER = "receipt_out_of_order"
    """Changes places with the one after it."""
    RECEIPT_FORGED = "receipt_forged"
    """A second post says the opposite; its signature is wrong."""
    RECEIPT_OF_ANOTHER_ACCOUNT = "receipt_of_another_account"
    """A second post says the opposite, rightly signed by an account that is not ours."""

    OUTAGE = "outage"
    """Every request of a channel is reset for a period."""
    LOOKUP_LAGGED = "lookup_lagged"
    """A look-up did not show what had been accepted a moment before."""


class Family(StrEnum):
    """What a fault strikes; each family counts its own occasions, per channel."""

    CREATE = "create"
    LOOKUP = "lookup"
    RECEIPT = "receipt"


BEFORE_ACCEPT = frozenset(
    {
        Fault.THROTTLED,
        Fault.UNAVAILABLE,
        Fault.ERROR_BEFORE_ACCEPT,
        Fault.RESET_BEFORE_ACCEPT,
        Fault.TIMEOUT_BEFORE_ACCEPT,
        Fault.HTML_BEFORE_ACCEPT,
    }
)

PLANNED = frozenset(Fault) - {Fault.OUTAGE, Fault.LOOKUP_LAGGED}
"""Those a rate or a script may name; the other two follow from periods of the plan."""


def family_of(fault: Fault) -> Family:
    """The family of a fault that a plan may name."""
    word = fault.value.partition("_")[0]
    return Family(word) if word in (Family.LOOKUP, Family.RECEIPT) else Family.CREATE
