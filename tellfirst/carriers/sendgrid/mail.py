"""The mail carrier."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from tellfirst.carriers.answering import Written
from tellfirst.carriers.mail.incoming import IncomingMail
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
    without_look_up,
)
from tellfirst.carriers.sendgrid.api import MailApi, MailRefused
from tellfirst.carriers.sendgrid.codes import BAD_ROW, LOST, REFUSED, TOO_LARGE
from tellfirst.carriers.sendgrid.inbound import InboundMails
from tellfirst.carriers.sendgrid.receipts import Receipts
from tellfirst.carriers.sendgrid.request import MOST, answer_of, mail_of, requests_of
from tellfirst.carriers.sendgrid.settings import SendGridSettings
from tellfirst.domain.errors import CarrierError, TemporaryFailure
from tellfirst.domain.occasion import Channel
from tellfirst.domain.times import Clock, SystemClock


class SendGridMail:
    """Implements `Carrier` over one API key. Belongs to the event loop of its first call."""

    name: str = "sendgrid"
    channel: Channel = Channel.EMAIL
    capabilities: Capabilities = Capabilities(
        max_batch=MOST, window=MOST, concurrency=4, receipts=True, lookup=False
    )

    def __init__(self, settings: SendGridSettings, clock: Clock | None = None) -> None:
        """`clock` is the time on the wire: what SendGrid's time stamps are held against."""
        self._settings = settings
        self._clock = clock or SystemClock()
        self._api = MailApi(settings, self.capabilities.concurrency)
        self._receipts = Receipts(settings)
        self._inbound = InboundMails(
            settings.inbound_public_key, timedelta(seconds=settings.inbound_valid_for)
        )
        self._turns = asyncio.Semaphore(self.capabilities.concurrency)

    async def submit(self, batch: Sequence[Outbound], permit: Permit = permitted) -> list[Outcome]:
        """One outcome per message. A request is the atom: its rows share the end of its call."""
        ended = await asyncio.gather(*(self._send(rows, permit) for rows in requests_of(batch)))
        return [outcome for outcomes in ended for outcome in outcomes]

    async def reconcile(self, batch: Sequence[Outbound]) -> list[Outcome]:
        """UNKNOWN for all: SendGrid's look-up is a paid add-on, receipts settle the doubt."""
        return without_look_up(batch)

    def parse_receipt(self, request: RawRequest) -> list[Receipt]:
        """The receipts in a batch of SendGrid's. Raises Refused, and then none is taken."""
        return self._receipts.read(request, self._clock.now())

    def read_inbound(self, request: RawRequest, token: str, given: str) -> IncomingMail:
        """The mail a customer wrote to us; `token` is the right one of the path, `given` what stood there.

        Raises Refused (403) when SendGrid did not sign it, or when the token is wrong where it signs nothing.
        """
        return self._inbound.read(request, token, given, self._clock.now())

    async def answer(self, written: Written) -> Outcome:
        """Hand over one answer to one customer; no receipt of it comes back. One try."""
        try:
            reference = await asyncio.to_thread(self._api.post, answer_of(written, self._settings))
        except MailRefused as refused:
            return self._refusal(written.answer_id, refused)
        except CarrierError as failure:
            return _failure(written.answer_id, failure)
        return Outcome(written.answer_id, Verdict.ACCEPTED, carrier_ref=reference)

    async def close(self) -> None:
        """Let go of the connections."""
        self._api.close()

    async def _send(self, rows: list[Outbound], permit: Permit) -> list[Outcome]:
        """A refused request was refused whole, so its halves may be tried to find the row to blame."""
        try:
            async with self._turns:
                if reason := await permit(rows):
                    return withheld(rows, reason)
                reference = await asyncio.to_thread(self._api.post, mail_of(rows, self._settings))
        except MailRefused as refused:
            if refused.meaning in (BAD_ROW, TOO_LARGE) and len(rows) > 1:
                middle = len(rows) // 2
                return await self._send(rows[:middle], permit) + await self._send(rows[middle:], permit)
            return [self._refusal(row.delivery_id, refused) for row in rows]
        except CarrierError as failure:
            return [_failure(row.delivery_id, failure) for row in rows]
        return [Outcome(row.delivery_id, Verdict.ACCEPTED, carrier_ref=reference) for row in rows]

    def _refusal(self, reference: int, refused: MailRefused) -> Outcome:
        verdict, reason, stops_carrier, _ = refused.meaning
        return Outcome(
            reference,
            verdict,
            code=refused.code,
            reason=reason,
            retry_after=self._wait(refused.headers) if verdict is Verdict.REFUSED_AGAIN else None,
            stops_carrier=stops_carrier,
        )

    def _wait(self, headers: dict[str, str]) -> float | None:
        """Seconds to wait; X-RateLimit-Reset is the moment the limit is lifted, in unix seconds."""
        wait, reset_at = headers.get("retry-after", ""), headers.get("x-ratelimit-reset", "")
        if wait.isascii() and wait.isdigit():
            return float(wait)
        if reset_at.isascii() and reset_at.isdigit():
            return max(0.0, float(reset_at) - self._clock.now().timestamp())
        return None


def _failure(reference: int, failure: CarrierError) -> Outcome:
    if isinstance(failure, TemporaryFailure):
        return Outcome(reference, Verdict.REFUSED_AGAIN, code=failure.code, reason=REFUSED)
    return Outcome(reference, Verdict.UNKNOWN, code=failure.code, reason=LOST)
