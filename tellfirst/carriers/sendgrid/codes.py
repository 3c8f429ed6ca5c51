"""What SendGrid's answers and receipts mean for us.

Source: SendGrid, Mail Send errors; Event Webhook Reference (drop reasons, bounce classification).
"""

from typing import NamedTuple

from tellfirst.carriers.port import Verdict
from tellfirst.domain.delivery import DeliveryReason

AGAIN, FINALLY, UNKNOWN = Verdict.REFUSED_AGAIN, Verdict.REFUSED_FINALLY, Verdict.UNKNOWN
BAD_CONTACT = DeliveryReason.CONTACT_POINT_REFUSED
REFUSED = DeliveryReason.REFUSED_BY_CARRIER
OPTED_OUT = DeliveryReason.OPTED_OUT
THROTTLED = DeliveryReason.THROTTLED
LOST = DeliveryReason.ANSWER_LOST


class Meaning(NamedTuple):
    """How a call ended, our word for it, whether every further call would end alike, and SendGrid's sense."""

    verdict: Verdict
    reason: DeliveryReason
    stops_carrier: bool
    sense: str


UNREACHABLE = "unreachable"
"""Our own code: no connection, so nothing was written."""

BAD_ROW = Meaning(FINALLY, BAD_CONTACT, False, "this personalization is not valid")
"""A 400 that names a personalization; one bad row refuses the whole request."""
BAD_MAIL = Meaning(AGAIN, REFUSED, True, "what all rows share is not valid: sender, subject, content")
"""A 400 that names anything else; a whole city must not fail for a wrong setting."""
TOO_LARGE = Meaning(FINALLY, REFUSED, False, "the request is above 30 MB")
"""Halves of it may not be; one mail that is above the limit by itself never leaves."""

BY_STATUS: dict[int, Meaning] = {
    401: Meaning(AGAIN, REFUSED, True, "the API key is wrong"),
    403: Meaning(AGAIN, REFUSED, True, "the key may not send, or the sender is not verified"),
    404: Meaning(AGAIN, REFUSED, True, "the API is not at this address"),
    413: TOO_LARGE,
    429: Meaning(AGAIN, THROTTLED, False, "too many requests"),
}
DOUBT = Meaning(UNKNOWN, LOST, False, "the answer proves nothing")

LATER: dict[str, Meaning] = {
    "bounce": Meaning(FINALLY, BAD_CONTACT, False, "refused for good"),
    "bounce:invalid_address": Meaning(FINALLY, BAD_CONTACT, False, "no such mailbox"),
    "bounce:mailbox_unavailable": Meaning(AGAIN, BAD_CONTACT, False, "full or switched off"),
    "bounce:technical": Meaning(AGAIN, REFUSED, False, "DNS, TLS or another fault between the servers"),
    "bounce:content": Meaning(FINALLY, REFUSED, True, "taken for spam; sending on makes it worse"),
    "bounce:reputation": Meaning(FINALLY, REFUSED, True, "our sender is on a block list"),
    "bounce:frequency": Meaning(AGAIN, THROTTLED, False, "too many mails to this provider"),
    "bounce:unclassified": Meaning(FINALLY, BAD_CONTACT, False, "refused for good, cause not known"),
    "dropped": Meaning(FINALLY, REFUSED, False, "not sent on"),
    "dropped:bounced": Meaning(FINALLY, BAD_CONTACT, False, "has bounced before"),
    "dropped:invalid": Meaning(FINALLY, BAD_CONTACT, False, "not an address"),
    "dropped:unsubscribed": Meaning(FINALLY, OPTED_OUT, False, "the customer has unsubscribed"),
    "dropped:spam_reporter": Meaning(FINALLY, OPTED_OUT, False, "the customer reported us as spam"),
    "dropped:spam_content": Meaning(FINALLY, REFUSED, True, "SendGrid takes the text for spam"),
    "dropped:quota": Meaning(AGAIN, REFUSED, True, "the plan's quota is used up"),
}
"""Codes of a receipt: the mail was accepted, the customer was not reached."""

BOUNCE_CLASSES = {
    "Invalid Address": "invalid_address",
    "Mailbox Unavailable": "mailbox_unavailable",
    "Technical": "technical",
    "Technical Failure": "technical",
    "Content": "content",
    "Reputation": "reputation",
    "Frequency or Volume Too High": "frequency",
    "Unclassified": "unclassified",
}
DROP_REASONS = {
    "Bounced Address": "bounced",
    "Invalid": "invalid",
    "Unsubscribed Address": "unsubscribed",
    "Spam Reporting Address": "spam_reporter",
    "Spam Content": "spam_content",
    "Recipient List over Package Quota": "quota",
}
"""SendGrid's free text is only ever looked up, never passed on: it may quote the address."""
