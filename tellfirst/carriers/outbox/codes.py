"""What goes wrong with a folder, and what it means for a message. The codes are the system's (errno)."""

import errno

from tellfirst.carriers.port import Outcome, Verdict
from tellfirst.domain.delivery import DeliveryReason

STOPS = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOENT, errno.ENOTDIR}
)
"""Every further file would fail alike: no room, no permission, no folder."""


def how_it_ended(delivery_id: int, fault: OSError) -> Outcome:
    """No file, no message: always certain, because a file gets its name only when it is whole."""
    return Outcome(
        delivery_id,
        Verdict.REFUSED_AGAIN,
        code=errno.errorcode.get(fault.errno or 0, "EIO"),
        reason=DeliveryReason.REFUSED_BY_CARRIER,
        stops_carrier=fault.errno in STOPS,
    )
