"""The carrier of notices for machines."""

import asyncio
from collections.abc import Sequence

from aiohttp.abc import AbstractResolver

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
from tellfirst.carriers.webhook.addresses import ForbiddenAddress, Gate
from tellfirst.carriers.webhook.body import body_of
from tellfirst.carriers.webhook.codes import BAD_CONTACT, FORBIDDEN, LOST, REFUSED, is_success, meaning_of
from tellfirst.carriers.webhook.settings import WebhookSettings
from tellfirst.carriers.webhook.signature import Signatures
from tellfirst.carriers.webhook.told import NoFacts
from tellfirst.carriers.webhook.transport import Transport
from tellfirst.domain.errors import CarrierError, Refused, TemporaryFailure
from tellfirst.domain.occasion import Channel
from tellfirst.domain.times import Clock, SystemClock

NO_FACTS = "no_facts"
"""Our own code: the message's facts are not those of a fact record."""


class WebhookCarrier:
    """Implements `Carrier`. The customer's system answers for itself: an answer 2xx means that it has the notice.

    There are no receipts beyond that answer, and no look-up; but every repetition has the same `webhook-id`, by
    which a receiver that keeps the standard drops it.
    """

    name: str = "webhook"
    channel: Channel = Channel.WEBHOOK
    capabilities: Capabilities = Capabilities(
        max_batch=1, window=50, concurrency=16, receipts=False, lookup=False, repeatable=True
    )

    def __init__(
        self, settings: WebhookSettings, clock: Clock | None = None, names: AbstractResolver | None = None
    ) -> None:
        """`clock` is the time on the wire, which receivers hold against theirs; `names` resolves host names."""
        self._sender = settings.sender
        self._clock = clock or SystemClock()
        self._gate = Gate(settings)
        self._signatures = Signatures(settings.secret)
        self._transport = Transport(settings, self._gate, self.capabilities.concurrency, names)
        self._turns = asyncio.Semaphore(self.capabilities.concurrency)

    async def submit(self, batch: Sequence[Outbound], permit: Permit = permitted) -> list[Outcome]:
        """One outcome per message, in order. One customer's answer says nothing about another's."""
        return list(await asyncio.gather(*(self._in_turn(outbound, permit) for outbound in batch)))

    async def reconcile(self, batch: Sequence[Outbound]) -> list[Outcome]:
        """UNKNOWN for all: customers' systems cannot be asked; to post again is harmless."""
        return without_look_up(batch)

    def parse_receipt(self, request: RawRequest) -> list[Receipt]:
        """Raises Refused: the answer to a post is all a customer's system says."""
        raise Refused("no_receipts", "webhooks have no receipts", status=404)

    def key_for(self, address: str) -> str:
        """The key with which the customer at this address verifies our posts; for them alone."""
        return self._signatures.key_for(address)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._transport.close()

    async def _in_turn(self, outbound: Outbound, permit: Permit) -> Outcome:
        number = outbound.delivery_id
        try:
            url = self._gate.checked(outbound.address)
            body = body_of(outbound, url, self._sender)
        except ForbiddenAddress:
            return Outcome(number, Verdict.REFUSED_FINALLY, code=FORBIDDEN, reason=BAD_CONTACT)
        except (NoFacts, ValueError):
            return Outcome(number, Verdict.REFUSED_FINALLY, code=NO_FACTS, reason=REFUSED)
        async with self._turns:
            if reason := await permit([outbound]):
                return withheld([outbound], reason)[0]
            identity = str(number)
            headers = self._signatures.headers(outbound.address, identity, self._clock.now(), body)
            try:
                reply = await self._transport.post(url, body, headers)
            except ForbiddenAddress:
                return Outcome(number, Verdict.REFUSED_FINALLY, code=FORBIDDEN, reason=BAD_CONTACT)
            except TemporaryFailure as failure:
                return Outcome(number, Verdict.REFUSED_AGAIN, code=failure.code, reason=REFUSED)
            except CarrierError as failure:
                return Outcome(number, Verdict.UNKNOWN, code=failure.code, reason=LOST)
        return _ended(number, identity, reply.status, reply.wait)


def _ended(number: int, identity: str, status: int, wait: str) -> Outcome:
    if is_success(status):
        return Outcome(number, Verdict.ACCEPTED, carrier_ref=identity, code=str(status))
    verdict, reason, _ = meaning_of(status, has_wait=bool(wait))
    retry_after = (
        float(wait) if verdict is Verdict.REFUSED_AGAIN and wait.isascii() and wait.isdigit() else None
    )
    return Outcome(number, verdict, code=str(status), reason=reason, retry_after=retry_after)
