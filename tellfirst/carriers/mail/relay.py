"""Many mails over a few connections to one relay."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tellfirst.carriers.mail.connection import Connection, NoConnection
from tellfirst.carriers.mail.letters import Letter
from tellfirst.carriers.mail.settings import RelaySettings
from tellfirst.carriers.port import Outcome, Permit, withheld

KEEP = 20.0
"""Seconds a connection may idle between windows. Relays close after minutes (RFC 5321, 4.5.3.2.7: five)."""


@dataclass(slots=True)
class Window:
    """Letters still to go, and how the others ended."""

    waiting: deque[Letter]
    permit: Permit
    ended: list[Outcome] = field(default_factory=list)
    failures: list[NoConnection] = field(default_factory=list)

    async def send_next(self, connection: Connection) -> None:
        """One letter, if it is permitted. Once a reply shows that all would fail alike, no more are offered."""
        letter = self.waiting.popleft()
        if reason := await self.permit([letter.outbound]):
            self.ended += withheld([letter.outbound], reason)
            return
        outcome = await connection.send(letter)
        self.ended.append(outcome)
        if outcome.stops_carrier:
            self.ended += [replace(outcome, delivery_id=one.outbound.delivery_id) for one in self.waiting]
            self.waiting.clear()


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

        What no line could take ends as a failed connection says: nothing was sent.
        """
        window = Window(deque(letters), permit)
        async with asyncio.TaskGroup() as group:
            for _ in range(min(len(letters), self._settings.connections)):
                group.create_task(self._line(window))
        left = [window.failures[0].outcome_for(one.outbound.delivery_id) for one in window.waiting]
        return window.ended + left

    async def close(self) -> None:
        """Let go of the connections."""
        idle, self._idle = self._idle, []
        await asyncio.gather(*(connection.close() for _, connection in idle))

    async def _line(self, window: Window) -> None:
        """Letters one after the other, over as many connections as break on the way."""
        async with self._turns:
            while window.waiting:
                try:
                    connection = await self._connected()
                except NoConnection as failed:
                    window.failures.append(failed)
                    return
                try:
                    while window.waiting and connection.is_open:
                        await window.send_next(connection)
                except BaseException:
                    # Cancelled, or the permit failed: a half-sent mail must not be finished by the next one.
                    connection.drop()
                    raise
                if connection.is_open:
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
