"""What the carrier does: its receipts, and what it answers when it is asked."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from ledger_machine.hands import Hands
from tellfirst.carriers.port import ReceiptState
from tellfirst.delivery import pumping
from tellfirst.delivery.terms import TERMS
from tellfirst.domain.delivery import DeliveryState


class Carrier(Hands):
    """Receipts in any order and number, and the look-up."""

    @precondition(lambda self: bool(self.bench.account.accepted))
    @rule(data=st.data(), state=st.sampled_from([ReceiptState.SENT, ReceiptState.DELIVERED]))
    def receipt(self, data: st.DataObject, state: ReceiptState) -> None:
        """Of anything that was ever accepted, early or late, once or again."""
        key = data.draw(st.sampled_from(sorted(self.bench.account.accepted)))
        self.receipt_number += 1
        self._receive(key, state, data.draw(st.sampled_from([1, self.receipt_number])))

    def _receive(self, key: int, state: ReceiptState, number: int) -> None:
        early = (DeliveryState.SENDING, DeliveryState.UNKNOWN, DeliveryState.PENDING)
        self.done["early receipt"] += self.bench.states()[key][0] in early
        self.bench.receive(key, state, number)

    @rule()
    def reconcile(self) -> None:
        """As soon as the carrier may be asked."""
        self.bench.turn(TERMS.look_up_after + timedelta(seconds=1))
        before = self._resends()
        pumping.settle_doubts(self.bench.pump(), 1)
        self.done["resend"] += self._resends() - before
