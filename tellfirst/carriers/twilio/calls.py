"""Twilio's Calls resource, typed: the one place where its untyped client is called for calls."""

from typing import Any

from tellfirst.carriers.twilio.api import Created, History, Listed, client_for, created
from tellfirst.carriers.twilio.settings import TwilioSettings, VoiceSettings
from tellfirst.carriers.twilio.transport import LeanTransport

EVENTS = ("answered", "completed")
"""What Twilio reports of a call. `completed` is reported of every call that has ended, however it ended."""


class Calls:
    """Creates and lists calls; each method makes one request per page and raises one of FAILURES."""

    def __init__(self, settings: TwilioSettings, voice: VoiceSettings, connections: int) -> None:
        self._transport = LeanTransport(settings.timeout, settings.connect_timeout, connections)
        self._resource: Any = client_for(settings, self._transport).calls
        self._caller_id = voice.caller_id
        self._manner: dict[str, object] = {"timeout": voice.ring_seconds}
        if voice.machine_detection:
            self._manner["machine_detection"] = voice.machine_detection

    async def create(self, to: str, twiml: str, receipt_url: str) -> Created:
        """Have one number called and the TwiML obeyed when it is answered."""
        made = await self._resource.create_async(
            to=to,
            from_=self._caller_id,
            twiml=twiml,
            status_callback=receipt_url,
            status_callback_event=list(EVENTS),
            **self._manner,
        )
        return created(made)

    async def newest_to(self, number: str, count: int) -> History:
        """Our `count` newest calls to a number. Not by StartTime, which is empty until it is dialled."""
        page = await self._resource.page_async(to=number, from_=self._caller_id, page_size=count)
        calls = [Listed(str(one.sid), "", one.date_created) for one in page]
        return History(calls, is_whole=page.next_page_url is None)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._transport.close()
