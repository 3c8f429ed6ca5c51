"""Contact points that several customers have: whoever writes to one of them writes to all of them."""

from sqlalchemy import ColumnElement, Connection, and_, func, not_, or_, select, true, tuple_, update

from tellfirst.store import tables as t


def mark_shared_contact_points(connection: Connection) -> int:
    """Set `phone_shared` and `email_shared` of every customer, and `shared` of every contact point on another
    channel, to what is true now; how many were not.

    Only rows whose flag was wrong are written.
    """
    c = t.customer.c
    on_customers = sum(
        _mark(connection, point, shared)
        for point, shared in ((c.phone, c.phone_shared), (c.email, c.email_shared))
    )
    return on_customers + _mark_on_other_channels(connection)


def _mark(connection: Connection, point: ColumnElement[str | None], shared: ColumnElement[bool]) -> int:
    several = select(point).where(point.is_not(None)).group_by(point).having(func.count() > 1)
    newly = and_(not_(shared), point.in_(several))
    no_longer = and_(shared, or_(point.is_(None), point.not_in(several)))
    name = shared.name
    return sum(
        connection.execute(update(t.customer).where(where).values({name: value})).rowcount
        for where, value in ((newly, true()), (no_longer, not_(true())))
    )


def _mark_on_other_channels(connection: Connection) -> int:
    p = t.contact_point.c
    several = select(p.channel, p.address).group_by(p.channel, p.address).having(func.count() > 1)
    among = tuple_(p.channel, p.address).in_(several)
    return sum(
        connection.execute(update(t.contact_point).where(where).values(shared=value)).rowcount
        for where, value in (
            (and_(not_(p.shared), among), true()),
            (and_(p.shared, not_(among)), not_(true())),
        )
    )
