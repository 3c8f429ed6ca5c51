"""Links in surveys: a signed number of a delivery and nothing else, so that a link tells nobody anything."""

from itsdangerous import BadSignature, URLSafeSerializer

from tellfirst.domain.errors import Refused


class SurveyLinks:
    """Makes and reads survey links under one secret; the salt keeps a link from serving another purpose."""

    def __init__(self, secret: str, web_url: str) -> None:
        self._serializer = URLSafeSerializer(secret, salt="survey")
        self._web_url = web_url.rstrip("/")

    def link(self, delivery_id: int) -> str:
        return f"{self._web_url}/s/{self._serializer.dumps(delivery_id)}"

    def read(self, token: str) -> int:
        """The delivery a link belongs to. Raises Refused for a link that was changed or made elsewhere."""
        try:
            delivery_id = self._serializer.loads(token)
        except BadSignature:
            raise Refused(
                "bad_link", "this link is not one of ours, or it was changed on its way", 404
            ) from None
        if not isinstance(delivery_id, int):
            raise Refused("bad_link", "this link does not belong to a survey", 404)
        return delivery_id
