"""How staff are told: over Apprise, which Prefect itself uses, so that any channel a company has can be named."""

from collections.abc import Sequence
from typing import Protocol

import apprise

TIMEOUT = 15.0
"""Seconds one channel may take: the next place of the chain must not wait for it."""


class Pager(Protocol):
    """Tells staff. It never raises, and says only whether somebody's channel took it."""

    def tell(self, addresses: Sequence[str], title: str, body: str) -> bool: ...


class Apprise:
    """Every address is tried, one after the other; one that takes it is enough.

    Source: github.com/caronc/apprise/wiki, the form of addresses. `cto` and `rto` bound the connection and the answer.
    """

    def tell(self, addresses: Sequence[str], title: str, body: str) -> bool:
        """An address that is none, or whose service is away, counts as not taken; it is never shown: it is a secret."""
        taken = [_told(address, title, body) for address in addresses]
        return any(taken)


def _told(address: str, title: str, body: str) -> bool:
    found = apprise.Apprise.instantiate(address)
    if not found:
        return False
    found.socket_connect_timeout = TIMEOUT
    found.socket_read_timeout = TIMEOUT
    with_one = apprise.Apprise()
    with_one.add(found)
    return bool(with_one.notify(body=body, title=title, body_format=apprise.NotifyFormat.TEXT))
