"""What the answer of a customer's system means for us.

Source: Standard Webhooks, "Operational considerations": 2xx is success, 410 says to stop for good.
"""

from typing import NamedTuple

from tellfirst.carriers.port import Verdict
from tellfirst.domain.delivery import DeliveryReason

AGAIN, FINALLY, UNKNOWN = Verdict.REFUSED_AGAIN, Verdict.REFUSED_FINALLY, Verdict.UNKNOWN
BAD_CONTACT = DeliveryReason.CONTACT_POINT_REFUSED
REFUSED = DeliveryReason.REFUSED_BY_CARRIER
THROTTLED = DeliveryReason.THROTTLED
LOST = DeliveryReason.ANSWER_LOST


class Meaning(NamedTuple):
    """How a call ended, our word for it, and what the code says. No answer of one customer's stops the carrier."""

    verdict: Verdict
    reason: DeliveryReason
    sense: str


UNREACHABLE = "unreachable"
"""Our own code: no connection, so nothing was written."""
FORBIDDEN = "forbidden_address"
"""Our own code: not https, or not a public address. See addresses.py."""

BY_STATUS: dict[int, Meaning] = {
    408: Meaning(AGAIN, THROTTLED, "the request did not arrive whole in time"),
    410: Meaning(FINALLY, BAD_CONTACT, "gone; nothing may be posted there any more"),
    425: Meaning(AGAIN, THROTTLED, "too early; try again"),
    429: Meaning(AGAIN, THROTTLED, "too many requests"),
}
NOT_THIS = Meaning(FINALLY, REFUSED, "refused (4xx)")
DOUBT = Meaning(UNKNOWN, LOST, "the answer proves nothing")


def is_success(status: int) -> bool:
    """Whatever stands in the body: the customer's system has taken it."""
    return 200 <= status < 300


def meaning_of(status: int, has_wait: bool) -> Meaning:
    """What a status that is no success proves; `has_wait`: with a Retry-After."""
    if status == 503 and has_wait:
        return BY_STATUS[429]
    if 400 <= status < 500:
        return BY_STATUS.get(status, NOT_THIS)
    return DOUBT
