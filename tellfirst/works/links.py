"""Links to the calendar of announced work: a signed number of a delivery and nothing else."""

from itsdangerous import BadSignature, URLSafeSerializer

from tellfirst.domain.errors import Refused


class WorkLinks:
    """Makes and reads links under one secret; the salt keeps a survey's link from serving as one of these."""

    def __init__(self, secret: str, web_url: str) -> None:
        self._serializer = URLSafeSerializer(secret, salt="work")
        self._web_url = web_url.rstrip("/")

    def link(self, delivery_id: int) -> str:
        """Where the customer of this delivery finds the work as a calendar, always as last told."""
        return f"{self._web_url}/w/{self._serializer.dumps(delivery_id)}.ics"

    def read(self, token: str) -> int:
        """The delivery that a link belongs to. Raises Refused for a link that was changed or made elsewhere."""
        try:
            delivery_id = self._serializer.loads(token)
        except BadSignature:
            raise Refused(
                "bad_link", "this link is not one of ours, or it was changed on its way", 404
            ) from None
        if not isinstance(delivery_id, int):
            raise Refused("bad_link", "this link does not belong to announced work", 404)
        return delivery_id
