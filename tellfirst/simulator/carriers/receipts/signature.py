"""How the two vendors sign what they post: written here a second time, on purpose apart from their SDKs."""

import base64
import hashlib
import hmac
from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key


def twilio_signature(auth_token: str, url: str, form: Mapping[str, str]) -> str:
    """X-Twilio-Signature: HMAC-SHA1 over the whole URL and the sorted form (Twilio, "Webhooks security")."""
    signed = url + "".join(name + form[name] for name in sorted(form))
    digest = hmac.digest(auth_token.encode(), signed.encode(), hashlib.sha1)
    return base64.b64encode(digest).decode()


class MailSigner:
    """Signs posts of mail receipts (SendGrid, "Event Webhook security features")."""

    def __init__(self, private_key_pem: str) -> None:
        """Take an unencrypted P-256 private key in PEM; raises ValueError for any other key."""
        try:
            key = load_pem_private_key(private_key_pem.encode(), password=None)
        except (TypeError, ValueError) as error:
            raise ValueError("sendgrid.private_key_pem is not an unencrypted private key in PEM.") from error
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            raise ValueError("sendgrid.private_key_pem is not a P-256 key.")
        self._key = key

    def signature(self, timestamp: str, body: bytes) -> str:
        """The base64 DER signature over the timestamp header followed by the raw body."""
        return base64.b64encode(self._key.sign(timestamp.encode() + body, ec.ECDSA(SHA256()))).decode()
