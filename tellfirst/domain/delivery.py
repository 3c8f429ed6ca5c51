"""The states of a delivery, what each means for the person, which may follow which, and for which reason.

The one table of it is MOVES: the database guards it, the tests try all of it, and docs/delivery-states.md is made
of it.
"""

from collections.abc import Mapping
from enum import StrEnum

from tellfirst.domain.occasion import Channel, Occasion


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


class DeliveryReason(StrEnum):
    """Why a delivery stands where it stands; stored and shown."""

    AFFECTED = "affected"
    """The incident hurts this customer; nothing special has happened to the message."""
    NO_CONTACT_POINT = "no_contact_point"
    """We have no contact point of theirs on a channel of the playbook."""
    NEXT_CHANNEL = "next_channel"
    """It did not reach them on another channel, or there is no word that it did: tried on their next one."""
    QUIET_HOURS = "quiet_hours"
    """It is night where they are: it waits for the morning, or was given to a channel that wakes nobody."""
    UNREACHABLE = "unreachable"
    """Every channel we have to them was tried for this notice, and none took it."""
    OPTED_OUT = "opted_out"
    """They have opted out of this contact point."""
    COVERED_BY_SHARED_CONTACT = "covered_by_shared_contact"
    """Another customer with the same contact point gets the message."""
    CONTACT_POINT_REFUSED = "contact_point_refused"
    """An earlier message of this incident failed or did not arrive there."""
    NEVER_TOLD = "never_told"
    """Survey only: no first word was handed over, so we do not ask."""
    NOT_TOLD_IT_IS_OVER = "not_told_it_is_over"
    """Survey only: no all-clear was handed over, so we do not ask."""
    ERASED = "erased"
    """They asked to be erased before it left: nothing is known of them any more."""
    NO_SURVEYS = "no_surveys"
    """Survey only: they asked us not to ask them any more."""
    ALREADY_ASKED = "already_asked"
    """Survey only: they were asked about this incident before it was opened again."""
    SURVEYED_LATELY = "surveyed_lately"
    """Survey only: they were asked as often as a customer may be, about other incidents."""
    REOPENED = "reopened"
    """Survey only: the incident goes on after all, so nobody is asked how it went."""
    SUPERSEDED = "superseded"
    """A later notice to them was planned before this message left."""
    RESOLVED = "resolved"
    """Their service came back, or the incident ended, before this word about it left."""
    STALE = "stale"
    """A time it gives had passed before it left: of the next word, or of the estimate; a newer one says it better."""
    NOT_AFFECTED = "not_affected"
    """It came out that the problem does not affect this customer."""
    STOPPED = "stopped"
    """A person stopped sending: for this incident or for everything."""
    HELD = "held"
    """A person, or the ledger itself, holds sending; it waits until they say go."""
    HALTED = "halted"
    """Too many messages of this notice failed, so the rest of it was stopped."""
    THROTTLED = "throttled"
    """The carrier did not take it now; it may be offered again."""
    LEASE_ENDS = "lease_ends"
    """The call was not made: the worker's lease was about to end; the next one makes it."""
    REFUSED_BY_CARRIER = "refused_by_carrier"
    """The carrier refused this message for another reason than its contact point."""
    UNWRITABLE = "unwritable"
    """Its text could not be made out of the facts."""
    NO_VOICE_FOR_LANGUAGE = "no_voice_for_language"
    """Calls only: no voice reads this language aloud, and no clips are recorded."""
    NO_TEMPLATE = "no_template"
    """WhatsApp only: no approved template can say this in this language."""
    NO_FONT_FOR_LANGUAGE = "no_font_for_language"
    """Fax only: no font is installed that writes this language."""
    TOO_MANY_PAGES = "too_many_pages"
    """Fax only: the text takes more pages than a fax may have."""
    ANSWER_LOST = "answer_lost"
    """The call was made and its answer never came, or proved nothing."""
    WORKER_LOST = "worker_lost"
    """The worker ended between intent and record: the call may have been made."""
    FOUND_AT_CARRIER = "found_at_carrier"
    """The answer was lost; the carrier's own list shows that it has the message."""
    ABSENT_AT_CARRIER = "absent_at_carrier"
    """The answer was lost; the carrier's own list shows that it never had the message: sent again, counted."""
    SENT_AGAIN_IN_DOUBT = "sent_again_in_doubt"
    """The answer was lost and nobody can say; a word that must arrive is sent again, counted."""
    NEVER_TWICE = "never_twice"
    """The answer was lost, and a message of this kind is never sent a second time."""
    NO_RECEIPT = "no_receipt"
    """Handed over, or in doubt, but no receipt came in time."""
    TRIES_USED_UP = "tries_used_up"
    """Refused too often by a carrier that asked to come again."""
    RECEIPT = "receipt"
    """The carrier's receipt says so."""


class Doubt(StrEnum):
    """What to do with a message whose answer was lost."""

    LOOK_UP_THEN_RESEND = "look_up_then_resend"
    """Sent again only when the carrier proves that it never had it."""
    NEVER_TWICE = "never_twice"
    """Rather not at all than twice: surveys, telephone calls."""
    AT_LEAST_ONCE = "at_least_once"
    """Rather twice than not at all: a word on which safety hangs."""


class Anomaly(StrEnum):
    """What should not happen, may happen, and is counted when it does."""

    LATE_ACCEPTANCE = "late_acceptance"
    """A carrier accepted a call of a worker that had lost its lease meanwhile."""
    SECOND_ACCEPTANCE = "second_acceptance"
    """A second message of the same delivery is known at a carrier: the customer may have it twice."""
    RECEIPTS_DISAGREE = "receipts_disagree"
    """One receipt says delivered, another that it did not arrive; the first stands."""
    RECEIPT_FOR_UNSENT = "receipt_for_unsent"
    """A receipt for a message that by our books never left: a restored backup, or a lie."""


class StopEffect(StrEnum):
    """What a stop does to the messages it finds."""

    CANCEL = "cancel"
    """They are cancelled, each with the reason; nothing of it leaves later."""
    HOLD = "hold"
    """They wait until it is lifted."""


S, R = DeliveryState, DeliveryReason

FINAL = frozenset({S.DELIVERED, S.UNDELIVERED, S.FAILED, S.UNCONFIRMED, S.CANCELLED})
HANDED_OVER = frozenset({S.SENT, S.DELIVERED, S.UNCONFIRMED})
"""The carrier took it: the customer counts as told."""
UNSETTLED = frozenset({S.PENDING, S.SENDING, S.UNKNOWN})
"""Something of ours is still to be done."""

UNSAYABLE = frozenset(
    {R.UNWRITABLE, R.NO_VOICE_FOR_LANGUAGE, R.NO_TEMPLATE, R.NO_FONT_FOR_LANGUAGE, R.TOO_MANY_PAGES}
)
"""This message cannot be put this way; that says nothing about the contact point."""
_REFUSALS = UNSAYABLE | {R.CONTACT_POINT_REFUSED, R.REFUSED_BY_CARRIER, R.OPTED_OUT, R.TRIES_USED_UP}
_OVERTAKEN = frozenset(
    {
        *(R.SUPERSEDED, R.RESOLVED, R.STALE, R.NOT_AFFECTED, R.STOPPED, R.HALTED, R.OPTED_OUT),
        *(R.NEVER_TOLD, R.NOT_TOLD_IT_IS_OVER, R.NO_SURVEYS, R.REOPENED, R.ERASED),
    }
)
_RECEIPT = frozenset({R.RECEIPT})

BORN: Mapping[DeliveryState, frozenset[DeliveryReason]] = {
    S.PENDING: frozenset({R.AFFECTED, R.NEXT_CHANNEL, R.QUIET_HOURS}),
    S.FAILED: frozenset({R.NO_CONTACT_POINT, R.UNREACHABLE}),
    S.CANCELLED: frozenset(
        {
            *(
                R.QUIET_HOURS,
                R.OPTED_OUT,
                R.COVERED_BY_SHARED_CONTACT,
                R.CONTACT_POINT_REFUSED,
                R.NOT_AFFECTED,
            ),
            *(R.NEVER_TOLD, R.NOT_TOLD_IT_IS_OVER, R.NO_SURVEYS),
            *(R.ALREADY_ASKED, R.SURVEYED_LATELY),
        }
    ),
}
"""The states in which a row comes into the books, with the reasons; those not to be written to are born final."""

MOVES: Mapping[tuple[DeliveryState, DeliveryState], frozenset[DeliveryReason]] = {
    (S.PENDING, S.SENDING): frozenset({R.AFFECTED, R.THROTTLED, R.LEASE_ENDS, R.HELD, R.ABSENT_AT_CARRIER})
    | {R.SENT_AGAIN_IN_DOUBT, R.REFUSED_BY_CARRIER, R.NEXT_CHANNEL, R.QUIET_HOURS},
    (S.PENDING, S.CANCELLED): _OVERTAKEN,
    (S.PENDING, S.FAILED): _REFUSALS,
    # It was sent again in doubt, so an earlier call may have been accepted: never called unsent.
    (S.PENDING, S.UNCONFIRMED): _OVERTAKEN | _REFUSALS,
    # A receipt that was late: the message had left before the books were set back.
    (S.PENDING, S.SENT): _RECEIPT | {R.FOUND_AT_CARRIER},
    (S.PENDING, S.DELIVERED): _RECEIPT,
    (S.PENDING, S.UNDELIVERED): _RECEIPT,
    (S.SENDING, S.SENT): frozenset({R.AFFECTED, R.RECEIPT}),
    (S.SENDING, S.PENDING): frozenset({R.THROTTLED, R.LEASE_ENDS, R.HELD, R.REFUSED_BY_CARRIER}),
    (S.SENDING, S.CANCELLED): frozenset({R.STOPPED}),
    (S.SENDING, S.FAILED): _REFUSALS,
    (S.SENDING, S.UNCONFIRMED): _REFUSALS | {R.STOPPED},
    (S.SENDING, S.UNKNOWN): frozenset({R.ANSWER_LOST, R.WORKER_LOST}),
    (S.SENDING, S.DELIVERED): _RECEIPT,
    (S.SENDING, S.UNDELIVERED): _RECEIPT,
    (S.UNKNOWN, S.SENT): _RECEIPT | {R.FOUND_AT_CARRIER},
    (S.UNKNOWN, S.PENDING): frozenset({R.ABSENT_AT_CARRIER, R.SENT_AGAIN_IN_DOUBT}),
    (S.UNKNOWN, S.UNCONFIRMED): frozenset({R.NO_RECEIPT, R.NEVER_TWICE}),
    (S.UNKNOWN, S.FAILED): frozenset({R.NEVER_TWICE}),
    (S.UNKNOWN, S.DELIVERED): _RECEIPT,
    (S.UNKNOWN, S.UNDELIVERED): _RECEIPT,
    (S.SENT, S.DELIVERED): _RECEIPT,
    (S.SENT, S.UNDELIVERED): _RECEIPT,
    (S.SENT, S.UNCONFIRMED): frozenset({R.NO_RECEIPT}),
    (S.UNCONFIRMED, S.DELIVERED): _RECEIPT,
    (S.UNCONFIRMED, S.UNDELIVERED): _RECEIPT,
}
"""All that may happen, with the reasons. A late receipt may still raise `unconfirmed`: it is knowledge, not a
change of mind."""

TRANSITIONS = frozenset(MOVES)


def doubt_about(occasion: Occasion, channel: Channel, chosen: Doubt) -> Doubt:
    """What to do about a lost answer: a survey or a call is never made twice, else as the notice chose."""
    if occasion is Occasion.SURVEY or channel is Channel.VOICE:
        return Doubt.NEVER_TWICE
    return chosen
