"""What a form carries so that only our own page can have sent it: a signed word for what it is, and when it was made.

A page of a customer has no session: its link is the key. The token keeps another site, which may know a link from a
referrer or a log, from posting in its holder's place, and makes what is sent twice known as the same.
"""

import hashlib

from itsdangerous import BadSignature, URLSafeTimedSerializer

from tellfirst.domain.errors import Refused

LASTS = 24 * 60 * 60
"""Seconds."""


class Forms:
    """Makes and checks the tokens of forms under one secret."""

    def __init__(self, secret: str) -> None:
        self._serializer = URLSafeTimedSerializer(secret, salt="form")

    def token(self, purpose: str, subject: str) -> str:
        """For one form of one page, good for a day."""
        return str(self._serializer.dumps([purpose, subject]))

    def check(self, purpose: str, subject: str, token: str) -> str:
        """A name for what was sent, the same each time it is sent again.

        Raises Refused (403) for a form that is not ours, is for something else, or is older than a day.
        """
        try:
            of = self._serializer.loads(token, max_age=LASTS)
        except BadSignature:
            of = None
        if of != [purpose, subject]:
            raise Refused("old_form", "this form is too old or not ours; open the page again", 403)
        return hashlib.sha256(token.encode()).hexdigest()[:32]
