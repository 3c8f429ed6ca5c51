"""The WhatsApp carrier: texts approved beforehand, filled with this customer's values."""

from collections.abc import Sequence

from tellfirst.carriers.answering import Written
from tellfirst.carriers.port import (
    Capabilities,
    Outbound,
    Outcome,
    Permit,
    RawRequest,
    Receipt,
    Verdict,
    permitted,
)
from tellfirst.carriers.twilio.answers import answered
from tellfirst.carriers.twilio.api import FAILURES, History, Listed, how_it_ended, how_it_was_taken
from tellfirst.carriers.twilio.content import Filled, fill, recognised
from tellfirst.carriers.twilio.inbound import WHATSAPP as PREFIX
from tellfirst.carriers.twilio.inbound import Listening
from tellfirst.carriers.twilio.messages import Messages
from tellfirst.carriers.twilio.receipts import read_receipts
from tellfirst.carriers.twilio.settings import TwilioSettings
from tellfirst.carriers.twilio.turns import Turns
from tellfirst.domain.delivery import DeliveryReason
from tellfirst.domain.errors import SetupError
from tellfirst.domain.occasion import Channel


class TwilioWhatsApp(Listening):
    """Implements `Carrier` over one account. Belongs to the event loop of its first request.

    Raises SetupError for settings without a part for WhatsApp.
    """

    name: str = "twilio_whatsapp"
    channel: Channel = Channel.WHATSAPP
    capabilities: Capabilities = Capabilities(
        max_batch=1, window=50, concurrency=16, receipts=True, lookup=True
    )

    def __init__(self, settings: TwilioSettings) -> None:
        if settings.whatsapp is None:
            raise SetupError("WhatsApp over Twilio needs its own settings, with a sender and templates")
        self._settings = settings
        self._templates = settings.whatsapp.templates
        sender = {"from_": PREFIX + settings.whatsapp.sender}
        self._messages = Messages(settings, sender, self.capabilities.concurrency)
        self._turns = Turns(self.capabilities.concurrency)

    async def submit(self, batch: Sequence[Outbound], permit: Permit = permitted) -> list[Outcome]:
        """One outcome per message. What no approved text can say is refused without a call or a permit."""
        filled = {one.delivery_id: content for one in batch if (content := self._filled(one))}
        reason = DeliveryReason.NO_TEMPLATE
        refused = [
            Outcome(one.delivery_id, Verdict.REFUSED_FINALLY, code=reason, reason=reason)
            for one in batch
            if one.delivery_id not in filled
        ]

        async def send(outbound: Outbound) -> Outcome:
            return await self._send(outbound, filled[outbound.delivery_id])

        sendable = [one for one in batch if one.delivery_id in filled]
        return refused + await self._turns.call_each(sendable, permit, send)

    async def reconcile(self, batch: Sequence[Outbound]) -> list[Outcome]:
        """What Twilio's own list says of messages whose answer was lost; one look-up per number."""
        return await self._turns.look_up_each(batch, self._newest_to, self._by_values)

    def parse_receipt(self, request: RawRequest) -> list[Receipt]:
        """The receipt in a status callback, or none for a status that tells nothing. Raises Refused."""
        return read_receipts(self._settings.auth_token, request, self.name)

    async def answer(self, written: Written) -> Outcome:
        """One answer in free words, which WhatsApp takes within 24 hours after the customer wrote. One try."""
        return await answered(self._messages, written, PREFIX + written.address)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._messages.close()

    def _filled(self, outbound: Outbound) -> Filled | None:
        message = outbound.message
        return fill(self._templates.get((message.occasion, message.locale), ()), outbound)

    def _by_values(self, outbound: Outbound, young: Sequence[Listed]) -> Listed | str | None:
        return recognised(self._filled(outbound), young)

    async def _newest_to(self, number: str, count: int) -> History:
        return await self._messages.newest_to(PREFIX + number, count)

    async def _send(self, outbound: Outbound, filled: Filled) -> Outcome:
        address = PREFIX + outbound.address
        receipt_url = self._settings.receipt_url(self.name, outbound.delivery_id)
        try:
            made = await self._messages.create(address, filled.as_sent(), receipt_url, outbound.valid_for)
        except FAILURES as failure:
            return how_it_ended(outbound.delivery_id, failure)
        return how_it_was_taken(outbound.delivery_id, address, made)
