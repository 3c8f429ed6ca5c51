"""Twilio's Messages resource, typed: the one place where its untyped client is called for texts."""

from typing import Any

from tellfirst.carriers.twilio.api import Created, History, Listed, client_for, created
from tellfirst.carriers.twilio.settings import TwilioSettings
from tellfirst.carriers.twilio.transport import LeanTransport

SHORTEST, LONGEST = 1, 36_000
"""Seconds Twilio allows for ValidityPeriod."""


class Messages:
    """Creates and lists messages; each method makes one request per page and raises one of FAILURES.

    `sender` is what names our side: a number, or the messaging service that chooses one.
    """

    def __init__(self, settings: TwilioSettings, sender: dict[str, str], connections: int) -> None:
        self._transport = LeanTransport(settings.timeout, settings.connect_timeout, connections)
        self._resource: Any = client_for(settings, self._transport).messages
        self._sender = sender

    async def create(self, to: str, content: dict[str, str], receipt_url: str, valid_for: int) -> Created:
        """Hand over one message; `valid_for` in seconds, cut to what Twilio allows."""
        made = await self._resource.create_async(
            to=to,
            status_callback=receipt_url,
            validity_period=max(SHORTEST, min(valid_for, LONGEST)),
            **content,
            **self._sender,
        )
        return created(made)

    async def answer(self, to: str, body: str) -> Created:
        """Hand over one answer: nobody waits for its receipts."""
        return created(await self._resource.create_async(to=to, body=body, **self._sender))

    async def newest_to(self, address: str, count: int) -> History:
        """The `count` newest messages to an address. Not by DateSent, which is empty while one is queued."""
        page = await self._resource.page_async(to=address, page_size=count)
        messages = [Listed(str(one.sid), str(one.body or ""), one.date_created) for one in page]
        return History(messages, is_whole=page.next_page_url is None)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._transport.close()
