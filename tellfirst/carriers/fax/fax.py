"""The carrier of faxes."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

from tellfirst.carriers.answering import Written
from tellfirst.carriers.fax.settings import FaxSettings
from tellfirst.carriers.mail import (
    Bounces,
    Enclosure,
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
from tellfirst.domain.delivery import DeliveryReason
from tellfirst.domain.errors import SetupError
from tellfirst.domain.message import PERSONAL_LINK
from tellfirst.domain.occasion import Channel
from tellfirst.domain.times import Clock, SystemClock

try:
    from tellfirst.carriers.fax.pages import NoFont, Pages, TooManyPages
except ImportError:
    Pages = None  # type: ignore[assignment,misc]  # the extra `fax` is not installed: said when one is built


class Fax:
    """Implements `Carrier` over a gateway that takes mails with a PDF and dials the number in their address.

    A receipt says what became of the mail; whether the machine answered, most gateways tell by mail too: as a
    report in the same form, when they keep the standard.
    """

    name: str = "fax"
    channel: Channel = Channel.FAX

    def __init__(self, settings: FaxSettings, clock: Clock | None = None) -> None:
        """`clock` dates the mails. Raises SetupError where pages cannot be drawn."""
        if Pages is None:
            raise SetupError(
                "faxes need Pillow and fonts, which are not installed: pip install 'tellfirst[fax]'"
            )
        self.capabilities = Capabilities(
            max_batch=1, window=20, concurrency=settings.relay.connections, receipts=True, lookup=False
        )
        self._settings = settings
        self._clock = clock or SystemClock()
        self._pages = Pages(settings.mail.sender_name, settings.most_pages, settings.fonts)
        self._references = References(settings.mail.receipt_secret)
        self._relay = Relay(settings.relay, settings.mail.domain)
        self._bounces = Bounces(self.name, settings.mail.receipt_secret)

    async def submit(self, batch: Sequence[Outbound], permit: Permit = permitted) -> list[Outcome]:
        """One outcome per message. What cannot be drawn or dialled is refused without a call."""
        drawn = [await asyncio.to_thread(self._letter, outbound) for outbound in batch]
        ended = [one for one in drawn if isinstance(one, Outcome)]
        letters = [one for one in drawn if isinstance(one, Letter)]
        return ended + await self._relay.deliver(letters, permit)

    async def reconcile(self, batch: Sequence[Outbound]) -> list[Outcome]:
        """UNKNOWN for all: a relay cannot be asked, its bounces settle the doubt."""
        return without_look_up(batch)

    def parse_receipt(self, request: RawRequest) -> list[Receipt]:
        """The receipt in a report that the relay's pipe has posted. Raises Refused."""
        return self._bounces.read(request)

    async def answer(self, written: Written) -> Outcome:
        """One answer, as a fax of its own. One try."""
        letter = await asyncio.to_thread(self._answer, written)
        if isinstance(letter, Outcome):
            return letter
        [outcome] = await self._relay.deliver([letter], permitted)
        return outcome

    async def close(self) -> None:
        """Let go of the connections."""
        await self._relay.close()

    def _letter(self, outbound: Outbound) -> Letter | Outcome:
        message = outbound.message
        text = message.text.replace(PERSONAL_LINK, outbound.link)

        def draw() -> Letter:
            to = self._settings.mailbox(outbound.address)
            # The pages are the fax: a gateway would dial for words beside them as well.
            bare = replace(outbound, message=replace(message, text="", html=""), link="", unsubscribe="")
            enclosure = self._drawn(message.subject, text, message.locale)
            return letter_of(bare, self._settings.mail, self._references, self._clock.now(), to, enclosure)

        return _or_why_not(outbound.delivery_id, draw)

    def _answer(self, written: Written) -> Letter | Outcome:
        def draw() -> Letter:
            to = self._settings.mailbox(written.address)
            enclosure = self._drawn(written.subject, written.text, written.language)
            return answer_letter(written, self._settings.mail, self._clock.now(), to, enclosure)

        return _or_why_not(written.answer_id, draw)

    def _drawn(self, subject: str, text: str, locale: str) -> Enclosure:
        return Enclosure("notice.pdf", self._pages.pdf(" ".join(subject.split()), text, locale))


def _or_why_not(reference: int, draw: Callable[[], Letter]) -> Letter | Outcome:
    """What `draw` makes, or the end of a message that cannot be drawn or dialled."""
    try:
        return draw()
    except NoFont:
        return _refused(reference, "no_font", DeliveryReason.NO_FONT_FOR_LANGUAGE)
    except TooManyPages:
        return _refused(reference, "too_many_pages", DeliveryReason.TOO_MANY_PAGES)
    except (Unaddressable, ValueError):
        return _refused(reference, "not_a_number", BAD_CONTACT)


def _refused(reference: int, code: str, reason: DeliveryReason) -> Outcome:
    return Outcome(reference, Verdict.REFUSED_FINALLY, code=code, reason=reason)
