"""The signature of Standard Webhooks (standardwebhooks.com): HMAC-SHA256 over id, time and body.

Each customer has a key of their own, made from our secret and their address: with one key for all, any of them
could write to the others in our name.
"""

import hmac
from base64 import b64encode
from datetime import datetime
from hashlib import sha256

PREFIX = "whsec_"


class Signatures:
    """Signs with one secret of the house."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def key_for(self, address: str) -> str:
        """What the customer is given to verify with, as their library takes it: `whsec_...`."""
        return PREFIX + b64encode(self._key(address)).decode()

    def headers(self, address: str, identity: str, now: datetime, body: bytes) -> dict[str, str]:
        """The three headers. `identity` is the same however often one message is posted."""
        timestamp = str(int(now.timestamp()))
        signed = f"{identity}.{timestamp}.".encode() + body
        signature = b64encode(hmac.new(self._key(address), signed, sha256).digest()).decode()
        return {
            "webhook-id": identity,
            "webhook-timestamp": timestamp,
            "webhook-signature": f"v1,{signature}",
        }

    def _key(self, address: str) -> bytes:
        return hmac.new(self._secret, b"webhook:" + address.encode(), sha256).digest()
