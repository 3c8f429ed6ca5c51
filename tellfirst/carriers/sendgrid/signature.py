"""SendGrid's signature: ECDSA P-256 with SHA-256 over time stamp and raw body.

Source: SendGrid, Getting Started with the Event Webhook Security Features.
"""

from base64 import b64decode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from sendgrid.helpers.eventwebhook import EventWebhook

from tellfirst.carriers.port import RawRequest
from tellfirst.domain.errors import Refused, SetupError

SIGNATURE = "x-twilio-email-event-webhook-signature"
TIMESTAMP = "x-twilio-email-event-webhook-timestamp"
AHEAD = timedelta(minutes=5)
"""How far SendGrid's clock may be ahead of ours."""


class Signature:
    """Verifies with one public key. Raises SetupError when it is none."""

    def __init__(self, public_key: str) -> None:
        try:
            self._webhook = EventWebhook(public_key)
        except ValueError:
            self._webhook = EventWebhook()
        if not isinstance(self._webhook.public_key, EllipticCurvePublicKey):
            raise SetupError(
                "the receipt key of SendGrid is not a public EC key; copy the verification key that "
                "SendGrid shows under Event Webhook, without the BEGIN and END lines"
            )

    def verify(self, request: RawRequest, now: datetime, valid_for: timedelta) -> None:
        """Raises Refused (403) unless SendGrid signed exactly these bytes not longer than `valid_for` ago."""
        self._verify(request, now, valid_for, self._holds)

    def verify_bytes(self, request: RawRequest, now: datetime, valid_for: timedelta) -> None:
        """The same for a body that is no text, like a form with files: the vendor's own check takes text alone."""
        self._verify(request, now, valid_for, self._holds_over_bytes)

    def _verify(
        self,
        request: RawRequest,
        now: datetime,
        valid_for: timedelta,
        holds: Callable[[bytes, str, str], bool],
    ) -> None:
        timestamp = request.headers.get(TIMESTAMP, "")
        if not holds(request.body, request.headers.get(SIGNATURE, ""), timestamp):
            raise Refused(
                "bad_signature",
                "SendGrid's signature is missing or does not match; if SendGrid sent this, the receipt key "
                "configured here is not the one it signs with",
                status=403,
            )
        signed_at = _moment(timestamp)
        if signed_at is None or not now - valid_for <= signed_at <= now + AHEAD:
            raise Refused("stale_signature", "SendGrid signed this webhook too long ago or not yet", 403)

    def _holds(self, body: bytes, signature: str, timestamp: str) -> bool:
        """The vendor's check takes text only, and raises for what is not base64."""
        try:
            return bool(self._webhook.verify_signature(body.decode(), signature, timestamp))
        except ValueError:
            return False

    def _holds_over_bytes(self, body: bytes, signature: str, timestamp: str) -> bool:
        key = self._webhook.public_key
        assert isinstance(key, EllipticCurvePublicKey), "made sure of when it was read"
        try:
            key.verify(b64decode(signature, validate=True), timestamp.encode() + body, ECDSA(SHA256()))
        except (InvalidSignature, ValueError):
            return False
        return True


def _moment(timestamp: str) -> datetime | None:
    if not (timestamp.isascii() and timestamp.isdigit()):
        return None
    try:
        return datetime.fromtimestamp(int(timestamp), UTC)
    except (ValueError, OverflowError, OSError):
        return None
