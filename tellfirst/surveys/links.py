"""Links in surveys: a signed number of a delivery and nothing else, so that a link tells nobody anything."""

from itsdangerous import BadSignature, URLSafeSerializer

from tellfirst.domain.errors import Refused


class SurveyLinks:
    """Makes and reads the links of surveys under one secret; a salt for each keeps one from serving as the other."""

    def __init__(self, secret: str, web_url: str) -> None:
        self._answering = URLSafeSerializer(secret, salt="survey")
        self._refusing = URLSafeSerializer(secret, salt="no surveys")
        self._web_url = web_url.rstrip("/")

    def link(self, delivery_id: int) -> str:
        """Where this survey is answered."""
        return f"{self._web_url}/s/{self._answering.dumps(delivery_id)}"

    def unsubscribe(self, delivery_id: int) -> str:
        """Where whoever got this survey says that they want no more of them."""
        return f"{self._web_url}/u/{self._refusing.dumps(delivery_id)}"

    def read(self, token: str) -> int:
        """The survey that a link answers. Raises Refused for a link that was changed or made elsewhere."""
        return _read(self._answering, token)

    def read_unsubscribe(self, token: str) -> int:
        """The survey that a link refuses. Raises Refused for a link that was changed or made elsewhere."""
        return _read(self._refusing, token)


def _read(serializer: URLSafeSerializer, token: str) -> int:
    try:
        delivery_id = serializer.loads(token)
    except BadSignature:
        raise Refused("bad_link", "this link is not one of ours, or it was changed on its way", 404) from None
    if not isinstance(delivery_id, int):
        raise Refused("bad_link", "this link does not belong to a survey", 404)
    return delivery_id
