"""Bounces read as receipts: delivery status notifications that the relay's pipe posts to us.

A mail proves nothing about who wrote it, so two things must hold: the pipe has signed the body with the secret
it shares with us, and the mail names one of our deliveries by a genuine reference. Sources: RFC 3462, RFC 3464.
"""

import hmac
from collections.abc import Iterator
from datetime import datetime
from email import message_from_bytes
from email.errors import MessageError
from email.message import EmailMessage, Message
from email.policy import default
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import cast

from tellfirst.carriers.mail.codes import status_of
from tellfirst.carriers.mail.reference import References
from tellfirst.carriers.port import RawRequest, Receipt, ReceiptState
from tellfirst.domain.errors import Refused

SIGNATURE = "x-tellfirst-signature"
"""HMAC-SHA256 of the body in hexadecimal digits: `openssl dgst -sha256 -hmac "$SECRET"` makes it in a pipe."""
LARGEST = 1_000_000
"""Bytes of a bounce; the original comes back as headers only (RET=HDRS) or cut short."""
ACTIONS = {
    "failed": ReceiptState.UNDELIVERED,
    "delivered": ReceiptState.DELIVERED,
    "relayed": ReceiptState.SENT,
}
"""RFC 3464, 2.3.3. `delayed` and `expanded` settle nothing."""
TO_US = ("to", "delivered-to", "x-original-to", "envelope-to")
"""Where the address a bounce was sent to stands; it holds the reference when there is one for bounces."""
OF_THE_ORIGINAL = ("message-id", "in-reply-to", "references")


class Bounces:
    """The door for the relay's pipe."""

    def __init__(self, carrier: str, secret: str) -> None:
        self._carrier = carrier
        self._key = secret.encode()
        self._references = References(secret)

    def read(self, request: RawRequest) -> list[Receipt]:
        """The receipt in a bounce; none for mails that are no bounce of ours. Raises Refused.

        The same bounce posted again has the same identity, so it may be: the signature holds no time.
        """
        self._verify(request)
        if len(request.body) > LARGEST:
            raise Refused("too_large", f"the bounce is larger than {LARGEST} bytes", status=413)
        try:
            mail = message_from_bytes(request.body, policy=default)
            fields = _report(mail)
            delivery_id = self._delivery(mail)
            state = ACTIONS.get(_value(fields, "action").lower())
            if delivery_id is None or state is None:
                return []
            return [
                Receipt(
                    carrier=self._carrier,
                    event_id=_identity(mail, request.body, delivery_id, state),
                    delivery_id=delivery_id,
                    state=state,
                    carrier_ref=self._references.of(delivery_id),
                    code=status_of(_value(fields, "status")) if state is ReceiptState.UNDELIVERED else "",
                    at=_moment(mail),
                )
            ]
        except (ValueError, MessageError, LookupError, TypeError, AttributeError, RecursionError):
            # The standard library's parser raises nearly anything for mails made to break it.
            raise Refused("malformed", "the bounce posted by the relay cannot be read as a mail") from None

    def _verify(self, request: RawRequest) -> None:
        given = request.headers.get(SIGNATURE, "").strip().lower()
        right = hmac.new(self._key, request.body, sha256).hexdigest()
        if not hmac.compare_digest(given.encode(), right.encode()):
            raise Refused(
                "bad_signature",
                "the signature of the bounce is missing or does not match; if your relay posted it, its pipe "
                "signs with another secret than the one configured here",
                status=403,
            )

    def _delivery(self, mail: EmailMessage) -> int | None:
        for text in _places(mail):
            if (found := self._references.find(text)) is not None:
                return found
        return None


def _report(mail: Message) -> Message | None:
    """The fields of the first recipient: each of our mails has only one. None: the mail is no report."""
    for part in mail.walk():
        if part.get_content_type() == "message/delivery-status":
            groups = part.get_payload()
            if isinstance(groups, list):
                return next((one for one in groups if isinstance(one, Message) and "action" in one), None)
    return None


def _value(fields: Message | None, name: str) -> str:
    return str(fields.get(name, "")).strip() if fields is not None else ""


def _places(mail: EmailMessage) -> Iterator[str]:
    """Where the reference may stand, the surest first: the address, the envelope's id, the original's headers."""
    for name in TO_US:
        yield from (str(value) for value in mail.get_all(name, []))
    for part in mail.walk():
        kind = part.get_content_type()
        if kind == "message/delivery-status":
            for group in cast(list[Message], part.get_payload()):
                yield str(group.get("original-envelope-id", ""))
        elif kind == "text/rfc822-headers":
            yield str(part.get_payload(decode=False))
        elif part is not mail:
            yield from (str(part.get(name, "")) for name in OF_THE_ORIGINAL)
    yield from (str(mail.get(name, "")) for name in OF_THE_ORIGINAL[1:])


def _identity(mail: EmailMessage, body: bytes, delivery_id: int, state: ReceiptState) -> str:
    """The bounce's own Message-ID where it has one: a relay that posts again may have added a line."""
    own = str(mail.get("message-id", "")).strip().encode(errors="replace") or body
    return f"{delivery_id}-{state}-{sha256(own).hexdigest()[:24]}"


def _moment(mail: EmailMessage) -> datetime | None:
    try:
        moment = parsedate_to_datetime(str(mail.get("date", "")))
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
