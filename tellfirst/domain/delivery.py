"""The states of a delivery, what each means for the person, and which may follow which."""

from enum import StrEnum


class DeliveryState(StrEnum):
    """`sent` is the carrier's acceptance, `delivered` a receipt; one is never reported as the other."""

    PENDING = "pending"
    """To be sent."""
    SENDING = "sending"
    """The call may have been made: the intent is committed and nothing else is known."""
    SENT = "sent"
    """The carrier has it."""
    UNKNOWN = "unknown"
    """The answer was lost; the carrier may or may not have it."""
    DELIVERED = "delivered"
    """A receipt says that the customer's device or mailbox has it."""
    UNDELIVERED = "undelivered"
    """A receipt says that it did not arrive."""
    FAILED = "failed"
    """Refused for good before or at the carrier; there is no way to this contact point."""
    UNCONFIRMED = "unconfirmed"
    """No receipt came in time, or the doubt may not be resolved by sending again."""
    CANCELLED = "cancelled"
    """Not to be sent any more, with the reason."""


S = DeliveryState

FINAL = frozenset({S.DELIVERED, S.UNDELIVERED, S.FAILED, S.UNCONFIRMED, S.CANCELLED})
HANDED_OVER = frozenset({S.SENT, S.DELIVERED, S.UNCONFIRMED})
"""The carrier took it: the customer counts as told."""
UNSETTLED = frozenset({S.PENDING, S.SENDING, S.UNKNOWN})
"""Something of ours is still to be done."""

TRANSITIONS: frozenset[tuple[DeliveryState, DeliveryState]] = frozenset(
    {
        (S.PENDING, S.SENDING),
        (S.PENDING, S.CANCELLED),
        (S.PENDING, S.FAILED),
        (S.SENDING, S.SENT),
        (S.SENDING, S.PENDING),
        (S.SENDING, S.FAILED),
        (S.SENDING, S.UNKNOWN),
        (S.SENDING, S.DELIVERED),
        (S.SENDING, S.UNDELIVERED),
        (S.UNKNOWN, S.SENT),
        (S.UNKNOWN, S.PENDING),
        (S.UNKNOWN, S.UNCONFIRMED),
        (S.UNKNOWN, S.FAILED),
        (S.UNKNOWN, S.DELIVERED),
        (S.UNKNOWN, S.UNDELIVERED),
        (S.SENT, S.DELIVERED),
        (S.SENT, S.UNDELIVERED),
        (S.SENT, S.UNCONFIRMED),
        (S.UNCONFIRMED, S.DELIVERED),
        (S.UNCONFIRMED, S.UNDELIVERED),
    }
)
"""All that may happen. A late receipt may still raise `unconfirmed`: it is knowledge, not a change of mind."""


class DeliveryReason(StrEnum):
    """Why a delivery stands where it stands; stored and shown."""

    AFFECTED = "affected"
    NO_CONTACT_POINT = "no_contact_point"
    OPTED_OUT = "opted_out"
    COVERED_BY_SHARED_CONTACT = "covered_by_shared_contact"
    CONTACT_POINT_REFUSED = "contact_point_refused"
    NEVER_TOLD = "never_told"
    NOT_TOLD_IT_IS_OVER = "not_told_it_is_over"
    SUPERSEDED = "superseded"
    NOT_AFFECTED = "not_affected"
    THROTTLED = "throttled"
    LEASE_ENDS = "lease_ends"
    REFUSED_BY_CARRIER = "refused_by_carrier"
    ANSWER_LOST = "answer_lost"
    WORKER_LOST = "worker_lost"
    FOUND_AT_CARRIER = "found_at_carrier"
    ABSENT_AT_CARRIER = "absent_at_carrier"
    NEVER_TWICE = "never_twice"
    NO_RECEIPT = "no_receipt"
    TRIES_USED_UP = "tries_used_up"
    NO_FONT_FOR_LANGUAGE = "no_font_for_language"
    TOO_MANY_PAGES = "too_many_pages"
    RECEIPT = "receipt"


class Doubt(StrEnum):
    """What to do with a message whose answer was lost, per occasion."""

    LOOK_UP_THEN_RESEND = "look_up_then_resend"
    NEVER_TWICE = "never_twice"
