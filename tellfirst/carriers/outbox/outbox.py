"""The carrier that writes files."""

import asyncio
from collections.abc import Sequence

from tellfirst.carriers.answering import Written
from tellfirst.carriers.mail import MailSettings, References, Unaddressable, answer_letter, letter_of
from tellfirst.carriers.outbox.codes import how_it_ended
from tellfirst.carriers.outbox.files import Folder
from tellfirst.carriers.outbox.settings import OutboxSettings
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
from tellfirst.domain.delivery import DeliveryReason
from tellfirst.domain.errors import Refused
from tellfirst.domain.message import PERSONAL_LINK
from tellfirst.domain.occasion import Channel
from tellfirst.domain.times import Clock, SystemClock

MAIL = MailSettings("outbox@localhost", "localhost", "nobody bounces out of a folder")


class Outbox:
    """Implements `Carrier` over a folder: one file for each message, `.eml` for mail and `.txt` for a text."""

    name: str = "outbox"
    capabilities: Capabilities = Capabilities(
        max_batch=1, window=50, concurrency=1, receipts=False, lookup=True
    )

    def __init__(self, settings: OutboxSettings, clock: Clock | None = None) -> None:
        """`clock` dates the mails. Raises SetupError when the folder cannot be made."""
        self.channel = settings.channel
        self._folder = Folder(settings.folder, "eml" if settings.channel is Channel.EMAIL else "txt")
        self._clock = clock or SystemClock()
        self._references = References(MAIL.receipt_secret)

    async def submit(self, batch: Sequence[Outbound], permit: Permit = permitted) -> list[Outcome]:
        """One outcome per message, in order."""
        ended = []
        for outbound in batch:
            reason = await permit([outbound])
            ended.append(withheld([outbound], reason)[0] if reason else await self._write(outbound))
        return ended

    async def reconcile(self, batch: Sequence[Outbound]) -> list[Outcome]:
        """A file that is there was written whole; one that is not was never a message."""
        return [await asyncio.to_thread(self._look, outbound) for outbound in batch]

    def parse_receipt(self, request: RawRequest) -> list[Receipt]:
        """Raises Refused: nobody reports on files."""
        raise Refused("no_receipts", "an outbox has no receipts", status=404)

    async def answer(self, written: Written) -> Outcome:
        """One answer as a file of its own, beside those of notices."""
        try:
            name = await asyncio.to_thread(
                self._folder.put, written.answer_id, self._answer(written), "answer"
            )
        except Unaddressable:
            return _no_address(written.answer_id)
        except OSError as fault:
            return how_it_ended(written.answer_id, fault)
        return Outcome(written.answer_id, Verdict.ACCEPTED, carrier_ref=name)

    async def close(self) -> None:
        """Nothing is held open."""

    async def _write(self, outbound: Outbound) -> Outcome:
        try:
            name = await asyncio.to_thread(self._folder.put, outbound.delivery_id, self._content(outbound))
        except Unaddressable:
            return _no_address(outbound.delivery_id)
        except OSError as fault:
            return how_it_ended(outbound.delivery_id, fault)
        return Outcome(outbound.delivery_id, Verdict.ACCEPTED, carrier_ref=name)

    def _content(self, outbound: Outbound) -> bytes:
        if self.channel is Channel.EMAIL:
            return letter_of(outbound, MAIL, self._references, self._clock.now()).content
        text = outbound.message.text.replace(PERSONAL_LINK, outbound.link)
        return f"To: {outbound.address}\n\n{text}\n".encode(errors="replace")

    def _answer(self, written: Written) -> bytes:
        if self.channel is Channel.EMAIL:
            return answer_letter(written, MAIL, self._clock.now()).content
        return f"To: {written.address}\n\n{written.text}\n".encode(errors="replace")

    def _look(self, outbound: Outbound) -> Outcome:
        try:
            name = self._folder.find(outbound.delivery_id)
        except OSError:
            reason = DeliveryReason.ANSWER_LOST
            return Outcome(outbound.delivery_id, Verdict.UNKNOWN, code="lookup_failed", reason=reason)
        if name:
            return Outcome(outbound.delivery_id, Verdict.ACCEPTED, carrier_ref=name)
        reason = DeliveryReason.ABSENT_AT_CARRIER
        return Outcome(outbound.delivery_id, Verdict.REFUSED_AGAIN, code="absent", reason=reason)


def _no_address(reference: int) -> Outcome:
    reason = DeliveryReason.CONTACT_POINT_REFUSED
    return Outcome(reference, Verdict.REFUSED_FINALLY, code="not_an_address", reason=reason)
