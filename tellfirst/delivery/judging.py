"""What a pass learns of its carrier: closed when its answer says that all would fail alike, open after a good try."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from tellfirst.carriers.port import Carrier, Outcome
from tellfirst.delivery import paging, roster
from tellfirst.delivery.roster import Candidate
from tellfirst.delivery.trust import is_well
from tellfirst.domain.carriers import CarrierReason


class Judge:
    """Of one pass. `tries`: the carrier is closed, and one message is to show whether it takes again."""

    def __init__(self, carrier: Carrier, *, tries: bool) -> None:
        self._carrier = Candidate(carrier.name, carrier.channel, share=100)
        self.tries = tries
        self.closed = ""
        """The code for which the carrier is closed, as far as this pass knows; empty while it is open."""

    def is_open(self, connection: Connection) -> bool:
        """Whether the carrier may be used: looked up where it is used, so that closing it holds at once."""
        if self.tries:
            return True
        code = roster.closed_code(connection, self._carrier.name)
        if code is not None:
            self.closed = code
        return code is None

    def learn(
        self, connection: Connection, outcomes: Sequence[Outcome], now: datetime, wall: datetime
    ) -> bool:
        """Close or open the carrier by how its calls ended. Whether it was closed just now."""
        if stopping := next((one for one in outcomes if one.stops_carrier), None):
            return self._close(connection, stopping.code or "no_code", now, wall)
        if self.tries and any(is_well(one) for one in outcomes):
            self._open_again(connection, now, wall)
        elif self.tries:
            self.closed = next((one.code for one in outcomes if one.code), "no_answer")
        return False

    def alarm(self) -> None:
        """Tell whoever watches this process, once the closing is committed."""
        paging.alarm(self._carrier, self.closed)

    def _close(self, connection: Connection, code: str, now: datetime, wall: datetime) -> bool:
        self.closed = code
        if roster.close(connection, self._carrier, code, CarrierReason.REFUSES_ALL, now, wall):
            paging.page(connection, self._carrier, code, now)
            return True
        if self.tries:
            still = CarrierReason.STILL_REFUSES
            roster.note(connection, self._carrier.name, still, now, actor="tellfirst", code=code)
        return False

    def _open_again(self, connection: Connection, now: datetime, wall: datetime) -> None:
        self.tries = False
        name = self._carrier.name
        if roster.open_again(connection, name, CarrierReason.TAKES_AGAIN, now):
            paging.relieve(connection, self._carrier.channel, name, now, wall)
