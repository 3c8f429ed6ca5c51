"""Our reference in a mail: a delivery id that nobody else can make up.

Delivery ids count upwards and anybody may send us a mail that looks like a bounce, so an id alone would let a
stranger report a city as unreachable. The tag is a keyed digest of the id.
"""

import hmac
import re
from hashlib import sha256

TAG = 20
"""Hexadecimal digits: 80 bits."""
LONGEST_ID = 18
"""Digits of the largest delivery id a 64-bit column is sure to hold."""
PATTERN = re.compile(rf"(?<![0-9])([1-9][0-9]{{0,{LONGEST_ID - 1}}})\.([0-9a-f]{{{TAG}}})(?![0-9a-f])")
MOST = 50
"""References looked at in one text; a stranger's mail may be full of them."""


class References:
    """Makes and recognises references with one secret."""

    def __init__(self, secret: str) -> None:
        self._key = secret.encode()

    def of(self, delivery_id: int) -> str:
        """Like `7.0123456789abcdef0123`; stands left of an @."""
        return f"{delivery_id}.{self._tag(str(delivery_id))}"

    def find(self, text: str) -> int | None:
        """The delivery a text names by a genuine reference of ours; None when it names none."""
        for found, _ in zip(PATTERN.finditer(text.lower()), range(MOST), strict=False):
            number, tag = found.groups()
            if hmac.compare_digest(tag, self._tag(number)):
                return int(number)
        return None

    def _tag(self, number: str) -> str:
        return hmac.new(self._key, b"reference:" + number.encode(), sha256).hexdigest()[:TAG]
