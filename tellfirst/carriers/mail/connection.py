"""One connection to a relay, and one mail over it: each line tried once, each end told apart."""

import asyncio
import re
import ssl
from contextlib import suppress

from aiosmtplib import (
    SMTP,
    SMTPConnectError,
    SMTPException,
    SMTPResponseException,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)

from tellfirst.carriers.mail.codes import (
    CUT_OFF,
    LATER,
    LOST,
    NO_ANSWER,
    NOT_OFFERED,
    OURS,
    REFUSED,
    UNREACHABLE,
    Meaning,
    Stage,
    meaning_of,
    status_of,
)
from tellfirst.carriers.mail.letters import Letter
from tellfirst.carriers.mail.settings import RelaySettings, Security
from tellfirst.carriers.port import Outcome, Verdict

CLOSING = 421
DEAD = (SMTPServerDisconnected, SMTPTimeoutError, OSError)
LINE_END = re.compile(rb"\r\n|\r|\n")
LEADING_DOT = re.compile(rb"(?m)^\.")
GOODBYE = 2.0
"""Seconds for a QUIT; nobody waits for the answer to a farewell."""


class NoConnection(Exception):
    """There is no connection for a mail; `outcome_for` says what that means for each."""

    def __init__(self, code: str, meaning: Meaning) -> None:
        super().__init__(code)
        self.code = code
        self.meaning = meaning

    def outcome_for(self, delivery_id: int) -> Outcome:
        """Certain: nothing was sent."""
        verdict, reason, stops, _ = self.meaning
        return Outcome(delivery_id, verdict, code=self.code, reason=reason, stops_carrier=stops)


class Connection:
    """Logged in, or not there at all. For one mail at a time."""

    def __init__(self, settings: RelaySettings, trust: ssl.SSLContext, our_name: str) -> None:
        self._settings = settings
        self._smtp = SMTP(
            hostname=settings.host,
            port=settings.port,
            timeout=settings.timeout,
            username=settings.username or None,
            password=settings.password or None,
            use_tls=settings.security is Security.TLS,
            start_tls=settings.security is Security.STARTTLS,
            tls_context=None if settings.security is Security.NONE else trust,
            local_hostname=our_name,
        )

    async def open(self) -> None:
        """Connect, protect and log in within `connect_timeout`. Raises NoConnection."""
        unreachable = Meaning(Verdict.REFUSED_AGAIN, REFUSED, False, "no connection could be made")
        try:
            async with asyncio.timeout(self._settings.connect_timeout):
                await self._greet()
        except SMTPResponseException as refused:
            code, meaning = _refusal(Stage.CONNECT, refused.code, refused.message)
            raise NoConnection(code, meaning) from None
        except (SMTPConnectError, *DEAD, ValueError):
            raise NoConnection(UNREACHABLE, unreachable) from None
        except (SMTPException, RuntimeError):
            # Connected, and the relay lacks what the settings ask for: STARTTLS, AUTH, a way to log in.
            raise NoConnection(NOT_OFFERED, OURS) from None

    async def _greet(self) -> None:
        try:
            await self._smtp.connect()
            if not self._smtp.last_ehlo_response:
                await self._smtp.ehlo()
        except BaseException:
            self.drop()
            raise

    def drop(self) -> None:
        """Let go at once, without a word: what was begun is void (RFC 5321, 4.1.1.4)."""
        self._smtp.close()

    async def is_alive(self) -> bool:
        """Whether a connection that has been idle still answers; RSET also forgets a half-done mail."""
        try:
            await self._smtp.rset(timeout=self._settings.connect_timeout)
        except (SMTPException, OSError):
            self._smtp.close()
            return False
        return True

    @property
    def is_open(self) -> bool:
        return self._smtp.is_connected

    async def send(self, letter: Letter) -> Outcome:
        """Hand over one mail; never raises for it. A refused one leaves the connection ready for the next."""
        steps = (
            (Stage.SENDER, b"MAIL", b"FROM:<" + letter.sender.encode("ascii") + b">", 250),
            (Stage.RECIPIENT, b"RCPT", b"TO:<" + letter.recipient.encode("ascii") + b">", 250),
            (Stage.TEXT, b"DATA", b"", 354),
        )
        for stage, verb, argument, hoped in steps:
            options = self._options(stage, letter)
            try:
                reply = await self._smtp.execute_command(*filter(None, (verb, argument, *options)))
            except DEAD:
                self._smtp.close()
                return _ended(letter, CUT_OFF, LATER)
            except SMTPResponseException as strange:
                self._smtp.close()
                return _ended(letter, *_refusal(stage, strange.code, ""))
            if reply.code != hoped and not (stage is Stage.RECIPIENT and reply.code == 251):
                await self._recover(reply.code)
                return _ended(letter, *_refusal(stage, reply.code, reply.message))
        return await self._hand_over(letter)

    async def close(self) -> None:
        """Say goodbye, briefly."""
        with suppress(SMTPException, OSError):
            await self._smtp.quit(timeout=GOODBYE)
        self._smtp.close()

    async def _hand_over(self, letter: Letter) -> Outcome:
        """The text and its reply: the one place where doubt can arise."""
        lost = Outcome(letter.outbound.delivery_id, Verdict.UNKNOWN, letter.message_id, NO_ANSWER, LOST)
        protocol = self._smtp.protocol
        if protocol is None:
            return _ended(letter, CUT_OFF, LATER)
        try:
            # The library's own DATA cannot tell a text that was never begun from one that was complete.
            protocol.write(on_the_wire(letter.content))
        except DEAD:
            self._smtp.close()
            return _ended(letter, CUT_OFF, LATER)
        try:
            reply = await protocol.read_response(timeout=self._settings.timeout)
        except (SMTPException, OSError):
            self._smtp.close()
            return lost
        if 200 <= reply.code < 300:
            return Outcome(letter.outbound.delivery_id, Verdict.ACCEPTED, letter.message_id, str(reply.code))
        if not 400 <= reply.code < 600:
            self._smtp.close()
            return lost
        if reply.code == CLOSING:
            self._smtp.close()
        return _ended(letter, *_refusal(Stage.TEXT, reply.code, reply.message))

    def _options(self, stage: Stage, letter: Letter) -> tuple[bytes, ...]:
        """RFC 3461: our reference comes back in reports, and reports come for success and failure."""
        if not self._smtp.supports_extension("dsn"):
            return ()
        if stage is Stage.SENDER:
            return (b"RET=HDRS", b"ENVID=" + letter.message_id.encode("ascii"))
        return (b"NOTIFY=SUCCESS,FAILURE",) if stage is Stage.RECIPIENT else ()

    async def _recover(self, reply: int) -> None:
        if reply == CLOSING or not 400 <= reply < 600:
            self._smtp.close()
        else:
            await self.is_alive()


def on_the_wire(content: bytes) -> bytes:
    """Line ends, dots and the final dot as RFC 5321, 4.1.1.4 and 4.5.2 have them."""
    lines = LINE_END.sub(b"\r\n", content)
    if not lines.endswith(b"\r\n"):
        lines += b"\r\n"
    return LEADING_DOT.sub(b"..", lines) + b".\r\n"


def _refusal(stage: Stage, reply: int, text: str) -> tuple[str, Meaning]:
    """The code as we keep it, like `550 5.1.1`, and its meaning. The text may quote an address: it ends here."""
    status = status_of(text)
    return (f"{reply} {status}" if status else str(reply)), meaning_of(stage, reply, status)


def _ended(letter: Letter, code: str, meaning: Meaning) -> Outcome:
    verdict, reason, stops, _ = meaning
    return Outcome(letter.outbound.delivery_id, verdict, code=code, reason=reason, stops_carrier=stops)
