"""Many mails over a few connections to one relay."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from tellfirst.carriers.mail.connection import Connection, NoConnection
from tellfirst.carriers.mail.letters import Letter
from tellfirst.carriers.mail.settings import RelaySettings
from tellfirst.carriers.port import Outcome, Permit, withheld

KEEP = 20.0
"""Seconds a connection may idle between windows. Relays close after minutes (RFC 5321, 4.5.3.2.7: five)."""


class Relay:
    """Belongs to the event loop of its first call. Never sends a mail twice by itself."""

    def __init__(self, settings: RelaySettings, our_name: str) -> None:
        """`our_name` is what we greet with. Raises SetupError for certificates that cannot be read."""
        self._settings = settings
        self._our_name = our_name
        self._trust = settings.trust()
        self._turns = asyncio.Semaphore(settings.connections)
        self._idle: list[tuple[float, Connection]] = []

    async def deliver(self, letters: Sequence[Letter], permit: Permit) -> list[Outcome]:
        """One outcome per letter. Lines share the window; a line that cannot connect leaves it to the others.

        What no line could take ends as the failed connection says; once a reply shows that all would fail
        alike, no more are offered.
        """
        waiting, ended, failures = deque(letters), list[Outcome](), list[NoConnection]()
        lines = min(len(letters), self._settings.connections)
        async with asyncio.TaskGroup() as group:
            for _ in range(lines):
                group.create_task(self._line(waiting, ended, failures, permit))
        for letter in waiting:
            ended.append(failures[0].outcome_for(letter.outbound.delivery_id))
        return ended

    async def close(self) -> None:
        """Let go of the connections."""
        idle, self._idle = self._idle, []
        await asyncio.gather(*(connection.close() for _, connection in idle))

    async def _line(
        self, waiting: deque[Letter], ended: list[Outcome], failures: list[NoConnection], permit: Permit
    ) -> None:
        async with self._turns:
            connection: Connection | None = None
            while waiting:
                if connection is None or not connection.is_open:
                    try:
                        connection = await self._connected()
                    except NoConnection as failed:
                        failures.append(failed)
                        return
                if not waiting:
                    break
                letter = waiting.popleft()
                if reason := await permit([letter.outbound]):
                    ended += withheld([letter.outbound], reason)
                    continue
                outcome = await connection.send(letter)
                ended.append(outcome)
                if outcome.stops_carrier:
                    ended += [replace(outcome, delivery_id=one.outbound.delivery_id) for one in waiting]
                    waiting.clear()
            if connection is not None and connection.is_open:
                self._idle.append((asyncio.get_running_loop().time(), connection))

    async def _connected(self) -> Connection:
        """A kept connection that still answers, else a new one. Raises NoConnection."""
        now = asyncio.get_running_loop().time()
        while self._idle:
            since, kept = self._idle.pop()
            if now - since > KEEP:
                await kept.close()
            elif await kept.is_alive():
                return kept
        connection = Connection(self._settings, self._trust, self._our_name)
        await connection.open()
        return connection
