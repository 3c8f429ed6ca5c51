"""The SMS carrier."""

from collections.abc import Sequence

from tellfirst.carriers.answering import Written
from tellfirst.carriers.port import Capabilities, Outbound, Outcome, Permit, RawRequest, Receipt, permitted
from tellfirst.carriers.twilio.answers import answered
from tellfirst.carriers.twilio.api import FAILURES, how_it_ended, how_it_was_taken
from tellfirst.carriers.twilio.codes import NO_TEXTS
from tellfirst.carriers.twilio.inbound import Listening
from tellfirst.carriers.twilio.messages import Messages
from tellfirst.carriers.twilio.receipts import read_receipts
from tellfirst.carriers.twilio.reconcile import by_text, text_of
from tellfirst.carriers.twilio.settings import TwilioSettings
from tellfirst.carriers.twilio.turns import Turns
from tellfirst.domain.message import Message
from tellfirst.domain.occasion import Channel
from tellfirst.domain.sms import segment_count


def segments(message: Message) -> int:
    """The parts Twilio bills a text as: the default alphabet and its extension, no national shift tables."""
    return max(1, segment_count(message.text))


class TwilioSms(Listening):
    """Implements `Carrier` over one account. Belongs to the event loop of its first call.

    Raises SetupError for settings that name no sender of texts.
    """

    name: str = "twilio"
    channel: Channel = Channel.SMS
    capabilities: Capabilities = Capabilities(
        max_batch=1,
        window=50,
        concurrency=16,
        receipts=True,
        lookup=True,
        no_texts=NO_TEXTS,
        segments=segments,
    )

    def __init__(self, settings: TwilioSettings) -> None:
        self._settings = settings
        self._messages = Messages(settings, settings.text_sender(), self.capabilities.concurrency)
        self._turns = Turns(self.capabilities.concurrency)

    async def submit(self, batch: Sequence[Outbound], permit: Permit = permitted) -> list[Outcome]:
        """One outcome per message, in order. Once a call shows that all would fail, no more are made."""
        return await self._turns.call_each(batch, permit, self._send)

    async def reconcile(self, batch: Sequence[Outbound]) -> list[Outcome]:
        """What Twilio's own list says of messages whose answer was lost; one look-up per number."""
        return await self._turns.look_up_each(batch, self._messages.newest_to, by_text)

    def parse_receipt(self, request: RawRequest) -> list[Receipt]:
        """The receipt in a status callback, or none for a status that tells nothing. Raises Refused."""
        return read_receipts(self._settings.auth_token, request, self.name)

    async def answer(self, written: Written) -> Outcome:
        """Send one answer to one customer; no receipt of it comes back. One try."""
        return await answered(self._messages, written, written.address)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._messages.close()

    async def _send(self, outbound: Outbound) -> Outcome:
        receipt_url = self._settings.receipt_url(self.name, outbound.delivery_id)
        try:
            made = await self._messages.create(
                outbound.address, {"body": text_of(outbound)}, receipt_url, outbound.valid_for
            )
        except FAILURES as failure:
            return how_it_ended(outbound.delivery_id, failure)
        return how_it_was_taken(outbound.delivery_id, outbound.address, made)
