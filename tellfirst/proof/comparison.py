"""One message of the ledger beside what the carriers say of it."""

from collections.abc import Iterator, Set
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from tellfirst.domain.delivery import FINAL, Anomaly, DeliveryReason, DeliveryState
from tellfirst.domain.occasion import Channel, Occasion
from tellfirst.proof.schedule import Policy
from tellfirst.simulator.carriers.special_recipients import fate_of_mail, fate_of_phone

S = DeliveryState
TOLD = (S.SENT, S.DELIVERED, S.UNDELIVERED)
"""States that say that a carrier took it."""
NOT_TAKEN = (S.PENDING, S.SENDING, S.FAILED, S.CANCELLED)
"""States that say that no carrier took it."""
SECOND = frozenset({Anomaly.LATE_ACCEPTANCE, Anomaly.SECOND_ACCEPTANCE})
"""How the ledger counts an acceptance that it did not ask for."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A row of `delivery`, and how often the carriers accepted it by their own account."""

    row: Row[Any]
    accepted: int
    noted: Set[Anomaly]
    """What the ledger itself counts as odd about it."""
    policy: Policy
    residue: bool
    """A worker was stopped inside a call, so a second acceptance may be, if it is counted."""

    @property
    def is_excused(self) -> bool:
        """Whether more acceptances than resends are known to the ledger, and could not be prevented."""
        return self.residue and bool(self.noted & SECOND)

    @property
    def uncounted(self) -> int:
        """Acceptances beyond the first that no resend and no anomaly of the ledger stands for."""
        return 0 if self.is_excused else max(0, self._over)

    @property
    def counted(self) -> int:
        """Acceptances beyond the first that the ledger counts."""
        return max(0, self.accepted - 1) - self.uncounted

    @property
    def recorded(self) -> int:
        """1 when a carrier took it and the ledger knows, or counts it as unconfirmed."""
        return int(self.accepted > 0 and self.row.state in (*TOLD, S.UNCONFIRMED))

    @property
    def is_lost(self) -> bool:
        """Without an end, said to be taken although it was not, or given up although it could have been looked up."""
        return self._is_open or self._is_only_said_to_be_taken or self._was_not_looked_up

    @property
    def is_untold(self) -> bool:
        """Nothing reached its customer, and that is known as unconfirmed or was never to be sent twice."""
        ended = self.row.state == S.UNCONFIRMED or self.row.reason == DeliveryReason.NEVER_TWICE
        return not self.accepted and ended

    def violations(self) -> Iterator[str]:
        """Everything that must not be."""
        row = self.row
        if self.uncounted:
            yield f"delivery {row.id} was accepted {self.accepted} times, with {row.resend_count} resends counted"
        if self.accepted > 1 and not self.is_excused and self._may_not_be_told_twice:
            yield f"delivery {row.id} was accepted {self.accepted} times under {self.policy}"
        if self._is_open:
            yield f"delivery {row.id} is still {row.state}"
        elif self._is_only_said_to_be_taken:
            yield f"delivery {row.id} is {row.state}, and no carrier ever took it"
        elif row.state in NOT_TAKEN and self.accepted and not self.noted:
            yield f"delivery {row.id} is {row.state} ({row.reason}), and a carrier took it"
        if self.accepted and row.state in (S.DELIVERED, S.UNDELIVERED) and not self._fits:
            yield f"delivery {row.id} is {row.state}, and the carrier never said so"
        if self._was_not_looked_up:
            yield f"delivery {row.id} is {row.state}: a look-up would have shown that nobody has it"

    @property
    def _over(self) -> int:
        return self.accepted - 1 - int(self.row.resend_count)

    @property
    def _is_open(self) -> bool:
        return self.row.state not in FINAL

    @property
    def _is_only_said_to_be_taken(self) -> bool:
        return self.row.state in TOLD and not self.accepted and not self._is_open

    @property
    def _was_not_looked_up(self) -> bool:
        row = self.row
        could_be = row.channel == Channel.SMS and self.policy is not Policy.NEVER_TWICE
        return (
            self.is_untold
            and row.reason == DeliveryReason.NO_RECEIPT
            and could_be
            and row.occasion != Occasion.SURVEY
        )

    @property
    def _may_not_be_told_twice(self) -> bool:
        """Under look-up the carrier proves absence first, so there is no second; where nobody can say, none either."""
        return self.policy is not Policy.AT_LEAST_ONCE or self.row.occasion == Occasion.SURVEY

    @property
    def _fits(self) -> bool:
        """Whether the carrier's own table of recipients lets a receipt say this."""
        says_undelivered = self.row.state == S.UNDELIVERED
        if self.row.channel == Channel.EMAIL:
            bounces = fate_of_mail(self.row.address)[-1] in ("bounce", "dropped")
        else:
            bounces = fate_of_phone(self.row.address).statuses[-1] == "undelivered"
        return bool(says_undelivered == bounces)
