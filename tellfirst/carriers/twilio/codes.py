"""What Twilio's answers mean for us. Codes decide, never texts: vendors reword texts.

Source: Twilio, Error and Warning Dictionary.
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
    """How a call ended, our word for it, whether every further call would end alike, and Twilio's sense."""

    verdict: Verdict
    reason: DeliveryReason
    stops_carrier: bool
    sense: str


OF_CALLS: dict[str, Meaning] = {
    "10004": Meaning(AGAIN, THROTTLED, False, "as many calls at once as the account may make"),
    "10005": Meaning(AGAIN, REFUSED, True, "the account may not call"),
    "12100": Meaning(FINALLY, REFUSED, False, "the TwiML cannot be read"),
    "13224": Meaning(FINALLY, BAD_CONTACT, False, "the number is not valid, or cannot be called"),
    "13225": Meaning(FINALLY, BAD_CONTACT, False, "the number may not be called"),
    "13227": Meaning(AGAIN, REFUSED, False, "the account may not call this country"),
    "21201": Meaning(FINALLY, BAD_CONTACT, False, "no number was given"),
    "21210": Meaning(AGAIN, REFUSED, True, "our caller id is not verified"),
    "21213": Meaning(AGAIN, REFUSED, True, "no caller id was given"),
    "21215": Meaning(AGAIN, REFUSED, False, "the account may not call this country"),
    "21216": Meaning(FINALLY, BAD_CONTACT, False, "the number is blocked: high risk, or forbidden by law"),
    "21217": Meaning(FINALLY, BAD_CONTACT, False, "the number does not look valid"),
    "21219": Meaning(AGAIN, REFUSED, False, "a trial account may only call verified numbers"),
    "21626": Meaning(AGAIN, REFUSED, True, "the reports we ask for are not valid"),
    "22005": Meaning(AGAIN, THROTTLED, False, "calls for more than 24 hours are queued"),
    "32205": Meaning(AGAIN, REFUSED, False, "the account may not call this country"),
}
"""Codes of a call that was refused. None for a country stops the carrier, for the reason given at AT_ONCE."""

OF_WHATSAPP: dict[str, Meaning] = {
    "21655": Meaning(FINALLY, REFUSED, False, "there is no such content template"),
    "21656": Meaning(FINALLY, REFUSED, False, "the values do not fit the content template"),
    "63001": Meaning(AGAIN, REFUSED, True, "our sender must sign in at WhatsApp again"),
    "63003": Meaning(FINALLY, BAD_CONTACT, False, "the number is not on WhatsApp"),
    "63005": Meaning(FINALLY, REFUSED, False, "WhatsApp does not take this content"),
    "63007": Meaning(AGAIN, REFUSED, True, "our sender is not a WhatsApp sender of this account"),
    "63010": Meaning(AGAIN, REFUSED, False, "a fault inside Twilio's channel"),
    "63012": Meaning(AGAIN, REFUSED, False, "a fault at WhatsApp"),
    "63013": Meaning(FINALLY, REFUSED, False, "the content breaks a rule of WhatsApp's"),
    "63015": Meaning(FINALLY, BAD_CONTACT, False, "a sandbox reaches only who has joined it"),
    "63016": Meaning(
        FINALLY, REFUSED, False, "not an approved template, and the customer has not written lately"
    ),
    "63017": Meaning(AGAIN, THROTTLED, False, "too many messages a second over this channel"),
    "63018": Meaning(AGAIN, THROTTLED, False, "our sender is at its limit"),
    "63020": Meaning(AGAIN, REFUSED, True, "an invitation in Meta's Business Manager is not accepted"),
    "63024": Meaning(FINALLY, BAD_CONTACT, False, "the number cannot get messages over WhatsApp"),
    "63032": Meaning(FINALLY, BAD_CONTACT, False, "WhatsApp does not let businesses write to this number"),
    "63033": Meaning(FINALLY, BAD_CONTACT, False, "the customer wants no such messages over WhatsApp"),
    "63040": Meaning(FINALLY, REFUSED, False, "WhatsApp has rejected the template"),
    "63041": Meaning(FINALLY, REFUSED, False, "WhatsApp has paused the template"),
    "63042": Meaning(FINALLY, REFUSED, False, "WhatsApp has disabled the template"),
    "63049": Meaning(FINALLY, REFUSED, False, "WhatsApp takes the template for marketing and holds it back"),
    "63051": Meaning(AGAIN, REFUSED, True, "our sender is locked"),
    "63112": Meaning(AGAIN, REFUSED, True, "Meta has disabled our business account"),
    "92007": Meaning(FINALLY, REFUSED, False, "a value is empty or has a line break"),
}
"""Codes of a message over WhatsApp, at once or in a receipt.

63032 and 63033 are not OPTED_OUT: nobody has told us that they want to hear nothing, and the next channel may go.
"""

AT_ONCE: dict[str, Meaning] = {
    "10001": Meaning(AGAIN, REFUSED, True, "the account is not active"),
    "20003": Meaning(AGAIN, REFUSED, True, "the account SID or auth token is wrong"),
    "20404": Meaning(AGAIN, REFUSED, True, "no such resource: the account SID in the address is wrong"),
    "20429": Meaning(AGAIN, THROTTLED, False, "too many requests at once; never processed"),
    "20500": Meaning(UNKNOWN, LOST, False, "server fault; a message may exist"),
    "21211": Meaning(FINALLY, BAD_CONTACT, False, "the number is not valid"),
    "21212": Meaning(AGAIN, REFUSED, True, "our sender is not a valid number, short code or name"),
    "21214": Meaning(FINALLY, BAD_CONTACT, False, "the number cannot be reached"),
    "21408": Meaning(AGAIN, REFUSED, False, "the account may not send to this country"),
    "21602": Meaning(FINALLY, REFUSED, False, "the text is empty"),
    "21603": Meaning(AGAIN, REFUSED, True, "no sender was given"),
    "21604": Meaning(FINALLY, BAD_CONTACT, False, "no number was given"),
    "21606": Meaning(AGAIN, REFUSED, True, "our sender cannot send texts"),
    "21608": Meaning(AGAIN, REFUSED, False, "a trial account may only send to verified numbers"),
    "21609": Meaning(AGAIN, REFUSED, True, "the address for receipts is not valid"),
    "21610": Meaning(FINALLY, OPTED_OUT, False, "the customer has written STOP"),
    "21611": Meaning(AGAIN, THROTTLED, False, "our sender's queue is full"),
    "21612": Meaning(FINALLY, BAD_CONTACT, False, "there is no route from our sender to the number"),
    "21614": Meaning(FINALLY, BAD_CONTACT, False, "the number is not a mobile"),
    "21617": Meaning(FINALLY, REFUSED, False, "the text is longer than 1600 characters"),
    "21635": Meaning(FINALLY, BAD_CONTACT, False, "the number is a landline"),
    "21658": Meaning(FINALLY, REFUSED, False, "a parameter is too long"),
    "21701": Meaning(AGAIN, REFUSED, True, "the messaging service does not exist"),
    "21703": Meaning(AGAIN, REFUSED, True, "the messaging service has no sender"),
    "21730": Meaning(AGAIN, THROTTLED, False, "maintenance; try later"),
    **OF_CALLS,
    **OF_WHATSAPP,
}
"""Codes of a refused request.

21408 and 21608 do not stop the carrier: one foreign number must not silence a city.
"""

LATER: dict[str, Meaning] = {
    "30001": Meaning(AGAIN, THROTTLED, False, "the queue overflowed"),
    "30002": Meaning(AGAIN, REFUSED, True, "the account was suspended"),
    "30003": Meaning(AGAIN, BAD_CONTACT, False, "the handset is off or out of reach"),
    "30004": Meaning(FINALLY, BAD_CONTACT, False, "the customer or the network blocks us"),
    "30005": Meaning(FINALLY, BAD_CONTACT, False, "the handset is unknown"),
    "30006": Meaning(FINALLY, BAD_CONTACT, False, "a landline, or a network that cannot be reached"),
    "30007": Meaning(FINALLY, REFUSED, True, "filtered as spam; sending on makes it worse"),
    "30008": Meaning(AGAIN, REFUSED, False, "unknown fault"),
    "30034": Meaning(FINALLY, REFUSED, True, "our sender is not registered with the networks"),
    "busy": Meaning(AGAIN, BAD_CONTACT, False, "a call: the line was busy"),
    "no-answer": Meaning(AGAIN, BAD_CONTACT, False, "a call: nobody answered"),
    "failed": Meaning(FINALLY, BAD_CONTACT, False, "a call: the number could not be reached"),
    "canceled": Meaning(AGAIN, REFUSED, False, "a call: taken back before it was answered"),
    "fax": Meaning(FINALLY, BAD_CONTACT, False, "a call: a fax machine answered"),
    **OF_WHATSAPP,
}
"""Codes of a receipt: the message was accepted, the customer was not reached.

A call's has no code of Twilio's but its last status, after which may stand what the networks said (`failed:sip_404`).
"""

NO_TEXTS = frozenset({"21614", "21635", "30006"})
"""Codes of either table that say: a landline. Such a number is called before it is texted again."""

UNREACHABLE = "unreachable"
"""Our own code: no connection, so nothing was written."""

BY_STATUS: dict[int, Meaning] = {
    400: Meaning(FINALLY, REFUSED, False, "refused with a code this table does not know"),
    401: Meaning(AGAIN, REFUSED, True, "credentials refused"),
    403: Meaning(AGAIN, REFUSED, True, "the account may not do this"),
    404: Meaning(AGAIN, REFUSED, True, "no such account"),
    429: Meaning(AGAIN, THROTTLED, False, "too many requests"),
}
DOUBT = Meaning(UNKNOWN, LOST, False, "the answer proves nothing")


def meaning_of(status: int, code: str) -> Meaning:
    """What an HTTP `status` with Twilio's `code` proves; everything that proves nothing is doubt."""
    if not 400 <= status < 500:
        return DOUBT
    return AT_ONCE.get(code) or BY_STATUS.get(status, DOUBT)
