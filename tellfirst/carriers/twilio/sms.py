"""The SMS carrier."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from tellfirst.carriers.port import (
    Capabilities,
    Outbound,
    Outcome,
    Permit,
    RawRequest,
    Receipt,
    Verdict,
    permitted,
    withheld,
)
from tellfirst.carriers.twilio.codes import LOST, NO_TEXTS
from tellfirst.carriers.twilio.inbound import InboundSms, read_inbound
from tellfirst.carriers.twilio.messages import FAILURES, Messages, how_it_ended
from tellfirst.carriers.twilio.receipts import read_receipts
from tellfirst.carriers.twilio.reconcile import LISTED, settle, text_of
from tellfirst.carriers.twilio.settings import TwilioSettings
from tellfirst.domain.message import Message
from tellfirst.domain.occasion import Channel
from tellfirst.domain.sms import segment_count

SHORTEST, LONGEST = 1, 36_000
"""Seconds Twilio allows for ValidityPeriod."""


def segments(message: Message) -> int:
    """The parts Twilio bills a text as: the default alphabet and its extension, no national shift tables."""
    return max(1, segment_count(message.text))


class TwilioSms:
    """Implements `Carrier` over one account. Belongs to the event loop of its first call."""

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
        self._messages = Messages(settings, self.capabilities.concurrency)
        self._turns = asyncio.Semaphore(self.capabilities.concurrency)

    async def submit(self, batch: Sequence[Outbound], permit: Permit = permitted) -> list[Outcome]:
        """One outcome per message, in order. Once a call shows that all would fail, no more are made."""
        stops: list[Outcome] = []

        async def in_turn(outbound: Outbound) -> Outcome:
            async with self._turns:
                if stops:
                    return replace(stops[0], delivery_id=outbound.delivery_id)
                if reason := await permit([outbound]):
                    return withheld([outbound], reason)[0]
                outcome = await self._send(outbound)
            if outcome.stops_carrier:
                stops.append(outcome)
            return outcome

        return list(await asyncio.gather(*(in_turn(outbound) for outbound in batch)))

    async def reconcile(self, batch: Sequence[Outbound]) -> list[Outcome]:
        """What Twilio's own list says of messages whose answer was lost; one look-up per number."""
        by_number: dict[str, list[Outbound]] = defaultdict(list)
        for outbound in batch:
            by_number[outbound.address].append(outbound)
        settled = await asyncio.gather(*(self._look_up(*one) for one in by_number.items()))
        return [outcome for outcomes in settled for outcome in outcomes]

    def parse_receipt(self, request: RawRequest) -> list[Receipt]:
        """The receipt in a status callback, or none for a status that tells nothing. Raises Refused."""
        return read_receipts(self._settings.auth_token, request)

    def parse_inbound(self, request: RawRequest) -> InboundSms:
        """The text a customer wrote to us. Raises Refused when Twilio did not sign it."""
        return read_inbound(self._settings.auth_token, request)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._messages.close()

    async def _send(self, outbound: Outbound) -> Outcome:
        valid_for = max(SHORTEST, min(outbound.valid_for, LONGEST))
        receipt_url = self._settings.receipt_url(outbound.delivery_id)
        try:
            created = await self._messages.create(outbound.address, text_of(outbound), receipt_url, valid_for)
        except FAILURES as failure:
            return how_it_ended(outbound.delivery_id, failure)
        if created.to != outbound.address:
            # The vendor's client has answered one caller with another's response before (twilio-csharp #474).
            return Outcome(outbound.delivery_id, Verdict.UNKNOWN, code="answer_for_another", reason=LOST)
        return Outcome(outbound.delivery_id, Verdict.ACCEPTED, carrier_ref=created.sid)

    async def _look_up(self, number: str, rows: list[Outbound]) -> list[Outcome]:
        try:
            async with self._turns:
                history = await self._messages.newest_to(number, LISTED)
        except FAILURES:
            return [
                Outcome(row.delivery_id, Verdict.UNKNOWN, code="lookup_failed", reason=LOST) for row in rows
            ]
        return settle(rows, history)
