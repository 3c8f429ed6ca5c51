"""Doubt that outlives a second try: which messages may have been accepted although their last call says no."""

from sqlalchemy import ColumnElement, FromClause, and_, select

from tellfirst.domain.delivery import Doubt
from tellfirst.store.tables import notice


def may_have_arrived(d: FromClause) -> ColumnElement[bool]:
    """Sent again although nobody could say whether the first call was accepted.

    When such a message is stopped or refused it ends as unconfirmed, for whoever has it must hear the rest of the
    story. A message that was proven absent before it was sent again is not among them.
    """
    n = notice.alias("doubted")
    sent_in_doubt = select(n.c.id).where(n.c.id == d.c.notice_id, n.c.doubt == Doubt.AT_LEAST_ONCE).exists()
    return and_(d.c.resend_count > 0, sent_in_doubt)
