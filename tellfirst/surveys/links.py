"""Links in surveys: a signed number of a delivery and nothing else, so that a link tells nobody anything.

Where room is scarce, in texts, the link is short instead. It comes out of a keyed hash and so cannot be guessed; the
books keep only a hash of it in turn (`surveys/short_links.py`), and a resend says what the first attempt said.
"""

import hashlib
import hmac

from itsdangerous import BadSignature, URLSafeSerializer

from tellfirst.domain.errors import Refused

_SIGNS = "23456789abcdefghjkmnpqrstuvwxyz"
"""Without those that are read for one another when somebody types a link off a telephone."""
_LENGTH = 14
"""69 bits: at a thousand guesses a second, with a million links out, one is hit in 18,000 years."""


class SurveyLinks:
    """Makes and reads the links of surveys under one secret; a salt for each keeps one from serving as the other."""

    def __init__(self, secret: str, web_url: str) -> None:
        self._answering = URLSafeSerializer(secret, salt="survey")
        self._refusing = URLSafeSerializer(secret, salt="no surveys")
        self._short = hmac.digest(secret.encode(), b"short survey", "sha256")
        self._web_url = web_url.rstrip("/")

    def link(self, delivery_id: int) -> str:
        """Where this survey is answered."""
        return f"{self._web_url}/s/{self._answering.dumps(delivery_id)}"

    def short(self, delivery_id: int) -> str:
        """The same for a text."""
        return f"{self._web_url}/s/{self.short_token(delivery_id)}"

    def short_token(self, delivery_id: int) -> str:
        """The secret part of a short link."""
        number = int.from_bytes(hmac.digest(self._short, str(delivery_id).encode(), "sha256"), "big")
        return "".join(_SIGNS[number // len(_SIGNS) ** place % len(_SIGNS)] for place in range(_LENGTH))

    def unsubscribe(self, delivery_id: int) -> str:
        """Where whoever got this survey says that they want no more of them."""
        return f"{self._web_url}/u/{self._refusing.dumps(delivery_id)}"

    def read(self, token: str) -> int:
        """The survey that a link answers. Raises Refused for a link that was changed or made elsewhere."""
        return _read(self._answering, token)

    def read_unsubscribe(self, token: str) -> int:
        """The survey that a link refuses. Raises Refused for a link that was changed or made elsewhere."""
        return _read(self._refusing, token)


def is_short(token: str) -> bool:
    """Whether a token has the form of a short one."""
    return len(token) == _LENGTH and set(token) <= set(_SIGNS)


def hashed(token: str) -> str:
    """What is kept of a short token."""
    return hashlib.sha256(token.encode()).hexdigest()


def _read(serializer: URLSafeSerializer, token: str) -> int:
    try:
        delivery_id = serializer.loads(token)
    except BadSignature:
        raise Refused("bad_link", "this link is not one of ours, or it was changed on its way", 404) from None
    if not isinstance(delivery_id, int):
        raise Refused("bad_link", "this link does not belong to a survey", 404)
    return delivery_id
