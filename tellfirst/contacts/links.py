"""Links to a customer's own page: a signed number of a delivery and nothing else, for a limited time."""

from dataclasses import dataclass
from datetime import datetime

from itsdangerous import BadSignature, URLSafeSerializer
from itsdangerous.encoding import base64_encode
from sqlalchemy import Connection, delete, select

from tellfirst.domain.errors import Refused
from tellfirst.domain.incident import Stage
from tellfirst.domain.link import still_works
from tellfirst.store import tables as t
from tellfirst.store.inserting import insert_into


class PersonalLinks:
    """Makes and reads them under one secret; the salt keeps the link of a survey from serving as one of these."""

    def __init__(self, secret: str, web_url: str) -> None:
        self._serializer = URLSafeSerializer(secret, salt="personal")
        self._signer = self._serializer.make_signer(self._serializer.salt)
        self._web_url = web_url.rstrip("/")

    def link(self, delivery_id: int) -> str:
        """The page of the customer of this delivery."""
        return f"{self._web_url}{self.path(delivery_id)}"

    def path(self, delivery_id: int) -> str:
        """The same without the house, for links from one page to another."""
        # What the serializer would write, without its try at compressing a number: nine tenths of a price that every
        # mail of a notice pays.
        return f"/p/{self._signer.sign(base64_encode(str(delivery_id))).decode()}"

    def read(self, token: str) -> int:
        """The delivery that a link came with. Raises Refused for a link that was changed or made elsewhere."""
        try:
            delivery_id = self._serializer.loads(token)
        except BadSignature:
            raise _bad() from None
        if not isinstance(delivery_id, int):
            raise _bad()
        return delivery_id


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose page a link opens."""

    customer_id: int
    reference: str
    language: str
    zone: str


def owner(connection: Connection, delivery_id: int, now: datetime) -> Owner:
    """The customer of a link in force. Raises Refused for one that has ended or was revoked."""
    d, n, i, c, r = t.delivery.c, t.notice.c, t.incident.c, t.customer.c, t.link_revocation.c
    row = connection.execute(
        select(c.id, c.reference, c.language, c.zone, n.created_at, i.stage, r.until_at)
        .select_from(t.delivery)
        .join(t.notice, n.id == d.notice_id)
        .join(t.incident, i.id == d.incident_id)
        .join(t.customer, c.id == d.customer_id)
        .outerjoin(t.link_revocation, r.customer_id == c.id)
        .where(d.id == delivery_id)
    ).one_or_none()
    if row is None:
        raise _bad()
    goes_on = row.stage != Stage.CLOSED
    if not still_works(row.created_at, goes_on=goes_on, revoked_until=row.until_at, now=now):
        raise Refused("link_ended", "this link has ended; a newer message has one that works", 404)
    return Owner(row.id, row.reference, row.language, row.zone)


def revoke(connection: Connection, customer_id: int, source: str, now: datetime) -> None:
    """Every link in what was written to this customer until now opens nothing any more, the short ones too."""
    connection.execute(
        insert_into(connection, t.link_revocation)
        .values(customer_id=customer_id, until_at=now, source=source)
        .on_conflict_do_update(index_elements=["customer_id"], set_={"until_at": now, "source": source})
    )
    connection.execute(delete(t.link_token).where(t.link_token.c.customer_id == customer_id))


def _bad() -> Refused:
    return Refused("bad_link", "this link is not one of ours, or it was changed on its way", 404)
