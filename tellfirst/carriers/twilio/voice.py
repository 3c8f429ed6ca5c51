"""The voice carrier: a call that reads the notice aloud, or plays recorded clips of it."""

from collections.abc import Sequence
from datetime import timedelta

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
from tellfirst.carriers.twilio.api import FAILURES, Listed, how_it_ended, how_it_was_taken
from tellfirst.carriers.twilio.call_receipts import read_call_receipts
from tellfirst.carriers.twilio.calls import Calls
from tellfirst.carriers.twilio.clips import clips_of
from tellfirst.carriers.twilio.codes import REFUSED
from tellfirst.carriers.twilio.inbound import Listening
from tellfirst.carriers.twilio.reconcile import moment_of
from tellfirst.carriers.twilio.settings import TwilioSettings
from tellfirst.carriers.twilio.speech import LONGEST_TWIML, VOICES, played, read_aloud
from tellfirst.carriers.twilio.turns import Turns
from tellfirst.domain.delivery import DeliveryReason
from tellfirst.domain.errors import SetupError
from tellfirst.domain.message import PERSONAL_LINK, Message
from tellfirst.domain.occasion import Channel
from tellfirst.domain.reading import Reading

NEAR = timedelta(minutes=3)
"""How long after the intent a listed call may have been made and still be the one in doubt."""


class TwilioVoice(Listening):
    """Implements `Carrier` over one account. Belongs to the event loop of its first request.

    A call cannot be given a time after which it is not made any more: whoever sends must not hand over more calls
    than Twilio makes at once (one a second, unless the account has more). Raises SetupError without a caller id.
    """

    name: str = "twilio_voice"
    channel: Channel = Channel.VOICE
    capabilities: Capabilities = Capabilities(
        max_batch=1, window=10, concurrency=4, receipts=True, lookup=True
    )

    def __init__(self, settings: TwilioSettings) -> None:
        if settings.voice is None:
            raise SetupError("calls over Twilio need their own settings, with a caller id")
        self._settings = settings
        self._voice = settings.voice
        self._voices = {**VOICES, **settings.voice.voices}
        self._calls = Calls(settings, settings.voice, self.capabilities.concurrency)
        self._turns = Turns(self.capabilities.concurrency)

    async def submit(self, batch: Sequence[Outbound], permit: Permit = permitted) -> list[Outcome]:
        """One outcome per message. What nobody could say aloud is refused without a call, or a permit for one."""
        scripts = {one.delivery_id: self._script(one) for one in batch}
        refused = [script for script in scripts.values() if isinstance(script, Outcome)]

        async def call(outbound: Outbound) -> Outcome:
            return await self._call(outbound, str(scripts[outbound.delivery_id]))

        sayable = [one for one in batch if isinstance(scripts[one.delivery_id], str)]
        return refused + await self._turns.call_each(sayable, permit, call)

    async def reconcile(self, batch: Sequence[Outbound]) -> list[Outcome]:
        """What Twilio's own list says of calls whose answer was lost; one look-up per number."""
        return await self._turns.look_up_each(batch, self._calls.newest_to, by_time_alone)

    def parse_receipt(self, request: RawRequest) -> list[Receipt]:
        """The receipt in a report about a call, or none for a status that tells nothing. Raises Refused."""
        return read_call_receipts(self._settings.auth_token, request, self.name)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._calls.close()

    def _script(self, outbound: Outbound) -> str | Outcome:
        """The TwiML of one call, or why there is none."""
        message = outbound.message
        if by := self._voices.get(message.locale):
            twiml = read_aloud(_spoken(message), by)
        elif self._voice.clips_url and message.facts:
            twiml = played(clips_of(Reading.from_text(message.facts), self._voice.clips_url))
        else:
            reason = DeliveryReason.NO_VOICE_FOR_LANGUAGE
            return Outcome(outbound.delivery_id, Verdict.REFUSED_FINALLY, code=reason, reason=reason)
        if len(twiml) > LONGEST_TWIML:
            return Outcome(outbound.delivery_id, Verdict.REFUSED_FINALLY, code="too_long", reason=REFUSED)
        return twiml

    async def _call(self, outbound: Outbound, twiml: str) -> Outcome:
        receipt_url = self._settings.receipt_url(self.name, outbound.delivery_id)
        try:
            made = await self._calls.create(outbound.address, twiml, receipt_url)
        except FAILURES as failure:
            return how_it_ended(outbound.delivery_id, failure)
        return how_it_was_taken(outbound.delivery_id, outbound.address, made)


def by_time_alone(row: Outbound, young: Sequence[Listed]) -> Listed | str | None:
    """The only call to this number since the moment of ours, made about then.

    Twilio's list does not tell what was said. A second call, or a much later one, may be another notice's, so they
    prove nothing; that there is none proves absence. What is left: another notice's call to the same number within
    minutes is taken for ours. Its receipts go to the other delivery; ours ends as unconfirmed, and is reached again.
    """
    if not young:
        return None
    [first, *others] = young
    near = first.created_at is not None and first.created_at <= moment_of(row) + NEAR
    return first if near and not others else "which_call"


def _spoken(message: Message) -> str:
    """The text as it is said: a link cannot be."""
    return message.text.replace(PERSONAL_LINK, "")
