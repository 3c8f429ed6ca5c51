"""SendGrid's signature: ECDSA P-256 with SHA-256 over time stamp and raw body.

Source: SendGrid, Getting Started with the Event Webhook Security Features.
"""

from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
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
        timestamp = request.headers.get(TIMESTAMP, "")
        if not self._holds(request.body, request.headers.get(SIGNATURE, ""), timestamp):
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


def _moment(timestamp: str) -> datetime | None:
    if not (timestamp.isascii() and timestamp.isdigit()):
        return None
    try:
        return datetime.fromtimestamp(int(timestamp), UTC)
    except (ValueError, OverflowError, OSError):
        return None
