"""A turn on a channel: how many chunks of it are sent at once over all workers, by Prefect's global limits."""

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from prefect.concurrency.sync import concurrency

from tellfirst.conductor import limit_of
from tellfirst.domain.occasion import Channel

log = logging.getLogger(__name__)
WAITS_FOR = 120.0
"""Seconds a chunk waits for its turn; then it goes without: a limit may slow a word down, never silence it."""
LEASED_FOR = 60.0
"""Seconds after which the turn of a killed process is given to another."""


@contextmanager
def turn(channel: Channel) -> Iterator[None]:
    """Held while one chunk is sent: one call to Prefect for up to a thousand messages.

    Without such a limit, or without Prefect, the chunk goes at once. The pace of a carrier is the ledger's.
    """
    held = ExitStack()
    try:
        held.enter_context(
            concurrency(
                limit_of(channel),
                occupy=1,
                timeout_seconds=WAITS_FOR,
                lease_duration=LEASED_FOR,
                strict=False,
                raise_on_lease_renewal_failure=False,
            )
        )
    except Exception as failure:  # noqa: BLE001  # the edge: nothing Prefect raises keeps a word from leaving
        log.warning("no turn on %s (%s); sending without", channel, type(failure).__name__)
    try:
        yield
    finally:
        try:
            held.close()
        except Exception as failure:  # noqa: BLE001  # the edge: what was sent stays sent, and the turn runs out
            log.warning("the turn on %s was not given back (%s)", channel, type(failure).__name__)
