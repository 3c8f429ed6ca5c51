"""What a relay's replies mean for us. Codes decide, never texts.

Sources: RFC 5321, 4.2 and 4.5.4 (replies), RFC 3463 (enhanced status codes), RFC 4954 (AUTH).
"""

import re
from enum import StrEnum
from typing import NamedTuple

from tellfirst.carriers.port import Verdict
from tellfirst.domain.delivery import DeliveryReason

AGAIN, FINALLY, UNKNOWN = Verdict.REFUSED_AGAIN, Verdict.REFUSED_FINALLY, Verdict.UNKNOWN
BAD_CONTACT = DeliveryReason.CONTACT_POINT_REFUSED
REFUSED = DeliveryReason.REFUSED_BY_CARRIER
THROTTLED = DeliveryReason.THROTTLED
LOST = DeliveryReason.ANSWER_LOST


class Stage(StrEnum):
    """Which of our lines a reply answers. Only after the text may the relay have the mail."""

    CONNECT = "connect"
    """Greeting, EHLO, STARTTLS, AUTH."""
    SENDER = "sender"
    RECIPIENT = "recipient"
    TEXT = "text"
    """DATA and the text, up to the reply that takes or refuses the mail."""


class Meaning(NamedTuple):
    """How a call ended, our word for it, whether every further call would end alike, and what the code says."""

    verdict: Verdict
    reason: DeliveryReason
    stops_carrier: bool
    sense: str


UNREACHABLE = "unreachable"
"""Our own code: no connection, or no TLS, so nothing was written."""
CUT_OFF = "cut_off"
"""Our own code: the connection ended before the text was complete. RFC 5321, 4.1.1.4: then there is no mail."""
NO_ANSWER = "no_answer"
"""Our own code: the text was complete and no reply came. The relay may have the mail."""
NOT_OFFERED = "not_offered"
"""Our own code: the relay does not offer STARTTLS or AUTH, which the settings ask for."""

LATER = Meaning(AGAIN, THROTTLED, False, "a passing trouble of the relay (4yz)")
OURS = Meaning(AGAIN, REFUSED, True, "refused for what all mails share: login, sender, command")
NO_MAILBOX = Meaning(FINALLY, BAD_CONTACT, False, "no such mailbox, or it takes no mail")
NOT_THIS = Meaning(FINALLY, REFUSED, False, "this mail is refused for good")
NOT_NOW = Meaning(
    AGAIN, REFUSED, False, "the relay's rules forbid it; perhaps for everybody, perhaps for one"
)

LOGIN = frozenset({530, 534, 535, 538})
"""Replies that speak of our login at whatever stage they come (RFC 4954, 6)."""

ENHANCED: dict[str, Meaning] = {
    "1.0": NO_MAILBOX,
    "1.1": NO_MAILBOX,
    "1.2": NO_MAILBOX,
    "1.3": NO_MAILBOX,
    "1.4": NO_MAILBOX,
    "1.6": NO_MAILBOX,
    "1.7": OURS,
    "1.8": OURS,
    "1.10": NO_MAILBOX,
    "2.0": NO_MAILBOX,
    "2.1": NO_MAILBOX,
    "2.2": NO_MAILBOX,
    "4.1": NO_MAILBOX,
    "4.3": NO_MAILBOX,
    "4.4": NO_MAILBOX,
    "4.6": NO_MAILBOX,
    "5.1": OURS,
    "5.2": OURS,
    "5.4": OURS,
    "7.0": NOT_NOW,
    "7.1": NOT_NOW,
    "7.8": OURS,
}
"""Subject and detail of a permanent code (5.X.Y) that says more than the reply it stands in.

7.1 at the recipient is "relaying denied" as often as it is one mailbox that takes nothing from us: neither may
one mailbox stop a city nor a wrong setting fail it, so it is offered again until the tries are used up.
"""

REPLIES: dict[tuple[Stage, int], Meaning] = {
    (Stage.RECIPIENT, 500): OURS,
    (Stage.RECIPIENT, 501): NO_MAILBOX,
    (Stage.RECIPIENT, 502): OURS,
    (Stage.RECIPIENT, 503): OURS,
    (Stage.RECIPIENT, 550): NO_MAILBOX,
    (Stage.RECIPIENT, 551): NO_MAILBOX,
    (Stage.RECIPIENT, 552): NO_MAILBOX,
    (Stage.RECIPIENT, 553): NO_MAILBOX,
    (Stage.RECIPIENT, 554): NOT_NOW,
    (Stage.RECIPIENT, 555): OURS,
    (Stage.TEXT, 500): OURS,
    (Stage.TEXT, 502): OURS,
    (Stage.TEXT, 503): OURS,
}
USUAL = {Stage.CONNECT: OURS, Stage.SENDER: OURS, Stage.RECIPIENT: NO_MAILBOX, Stage.TEXT: NOT_THIS}
"""A permanent refusal (5yz) that no table knows."""

STATUS = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?!\S)")


def status_of(text: str) -> str:
    """The enhanced code a reply's text begins with, like `5.1.1`; empty when there is none."""
    found = STATUS.match(text)
    return found[1] if found else ""


def meaning_of(stage: Stage, reply: int, status: str = "") -> Meaning:
    """What a refusal proves: any reply that is not the one the stage hopes for."""
    if 400 <= reply < 500:
        return LATER
    if not 500 <= reply < 600:
        # Not a reply a relay may give here. The mail was not taken, and the line is not to be trusted.
        return NOT_NOW
    if reply in LOGIN:
        return OURS
    if stage in (Stage.CONNECT, Stage.SENDER):
        return USUAL[stage]
    if stage is Stage.RECIPIENT and status.startswith("5.") and status[2:] in ENHANCED:
        return ENHANCED[status[2:]]
    return REPLIES.get((stage, reply), USUAL[stage])
