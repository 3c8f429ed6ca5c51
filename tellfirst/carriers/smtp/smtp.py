"""The carrier of mail over SMTP."""

from collections.abc import Sequence

from tellfirst.carriers.answering import Written
from tellfirst.carriers.mail import (
    Bounces,
    Letter,
    References,
    Relay,
    Unaddressable,
    answer_letter,
    letter_of,
)
from tellfirst.carriers.mail.codes import BAD_CONTACT
from tellfirst.carriers.port import (
    Capabilities,
    Outbound,
    Outcome,
    Permit,
    RawRequest,
    Receipt,
    Verdict,
    permitted,
    without_look_up,
)
from tellfirst.carriers.smtp.settings import SmtpSettings
from tellfirst.domain.occasion import Channel
from tellfirst.domain.times import Clock, SystemClock

NOT_AN_ADDRESS = "not_an_address"
"""Our own code: no relay could be given this."""


class SmtpMail:
    """Implements `Carrier` over one relay: a mail of its own for every customer."""

    name: str = "smtp"
    channel: Channel = Channel.EMAIL

    def __init__(self, settings: SmtpSettings, clock: Clock | None = None) -> None:
        """`clock` dates the mails. Raises SetupError."""
        self.capabilities = Capabilities(
            max_batch=1, window=50, concurrency=settings.relay.connections, receipts=True, lookup=False
        )
        self._settings = settings.mail
        self._clock = clock or SystemClock()
        self._references = References(settings.mail.receipt_secret)
        self._relay = Relay(settings.relay, settings.mail.domain)
        self._bounces = Bounces(self.name, settings.mail.receipt_secret)

    async def submit(self, batch: Sequence[Outbound], permit: Permit = permitted) -> list[Outcome]:
        """One outcome per message. What is no address is refused without a call."""
        letters: list[Letter] = []
        ended: list[Outcome] = []
        now = self._clock.now()
        for outbound in batch:
            try:
                letters.append(letter_of(outbound, self._settings, self._references, now))
            except Unaddressable:
                ended.append(_no_address(outbound.delivery_id))
        return ended + await self._relay.deliver(letters, permit)

    async def reconcile(self, batch: Sequence[Outbound]) -> list[Outcome]:
        """UNKNOWN for all: a relay cannot be asked, its bounces settle the doubt."""
        return without_look_up(batch)

    def parse_receipt(self, request: RawRequest) -> list[Receipt]:
        """The receipt in a bounce that the relay's pipe has posted. Raises Refused."""
        return self._bounces.read(request)

    async def answer(self, written: Written) -> Outcome:
        """One answer to one customer's mail. One try."""
        try:
            letter = answer_letter(written, self._settings, self._clock.now())
        except Unaddressable:
            return _no_address(written.answer_id)
        [outcome] = await self._relay.deliver([letter], permitted)
        return outcome

    async def close(self) -> None:
        """Let go of the connections."""
        await self._relay.close()


def _no_address(reference: int) -> Outcome:
    return Outcome(reference, Verdict.REFUSED_FINALLY, code=NOT_AN_ADDRESS, reason=BAD_CONTACT)
