"""A mail relay on loopback (aiosmtpd) that takes mails or fails as told, and remembers what it was sent."""

import asyncio
import ssl
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

USER, PASSWORD = "tellfirst", "the-relay-password-of-the-tests"
ABORT, HANG = "abort", "hang"


@dataclass(frozen=True, slots=True)
class Taken:
    """One mail the relay answered for."""

    sender: str
    recipient: str
    content: bytes

    @property
    def mail(self) -> EmailMessage:
        return message_from_bytes(self.content, policy=default)  # type: ignore[return-value]  # by its policy


class Session(SMTP):
    """aiosmtpd's, with an end on demand at DATA, before the text, and with DSN offered."""

    async def smtp_RSET(self, arg: str) -> None:
        if not await self._is_stale():
            await super().smtp_RSET(arg)

    async def _is_stale(self) -> bool:
        """A line the relay has given up without closing it."""
        relay: ScriptedRelay = self.event_handler
        if self in relay.stale:
            await self.push("421 4.4.2 idle for too long")
        return self in relay.stale

    async def smtp_MAIL(self, arg: str) -> None:
        if await self._is_stale():
            return
        await super().smtp_MAIL(self._without_reports(arg))

    async def smtp_RCPT(self, arg: str) -> None:
        await super().smtp_RCPT(self._without_reports(arg))

    def _without_reports(self, arg: str) -> str:
        """aiosmtpd does not know RFC 3461: its parameters are kept aside."""
        relay: ScriptedRelay = self.event_handler
        words = arg.split(" ")
        wanted = [word for word in words if word.startswith(("RET=", "ENVID=", "NOTIFY="))]
        relay.report_options += wanted
        return " ".join(word for word in words if word not in wanted) if relay.reports else arg

    async def smtp_DATA(self, arg: str) -> None:
        relay: ScriptedRelay = self.event_handler
        reply = relay.faults.get("before the text")
        if reply is None:
            await super().smtp_DATA(arg)
        elif (answer := await relay.end(self, reply)) is not None:
            await self.push(answer)


@dataclass
class ScriptedRelay:
    """`faults`: what to answer, by stage: sender, recipient, before the text, text, greeting, farewell."""

    tls: ssl.SSLContext | None = None
    starttls: bool = False
    login: bool = False
    reports: bool = False
    """Offer RFC 3461."""
    faults: dict[str, str] = field(default_factory=dict)
    taken: list[Taken] = field(default_factory=list)
    offered: list[str] = field(default_factory=list)
    """Recipients of RCPT, accepted or not."""
    stale: list[Session] = field(default_factory=list)
    report_options: list[str] = field(default_factory=list)
    sessions: int = 0
    at_once: int = 0
    most_at_once: int = 0
    slow: float = 0.0
    let_go: asyncio.Event = field(default_factory=asyncio.Event)

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        implicit = self.tls if self.tls and not self.starttls else None
        self._server = await loop.create_server(self._session, "127.0.0.1", 0, ssl=implicit)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self.let_go.set()
        self._server.close()
        for session in self._sessions:
            if session.transport is not None:
                session.transport.abort()
        await asyncio.sleep(0.01)

    _sessions: list[Session] = field(default_factory=list)

    def _session(self) -> Session:
        self.sessions += 1
        session = Session(
            self,
            hostname="relay.example",
            ident="ready",
            tls_context=self.tls if self.starttls else None,
            require_starttls=self.starttls,
            auth_required=self.login,
            auth_require_tls=self.starttls,
            authenticator=self._authenticate,
            loop=asyncio.get_running_loop(),
        )
        self._sessions.append(session)
        return session

    def _authenticate(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> Any:
        right = isinstance(given, LoginPassword) and given.password == PASSWORD.encode()
        return AuthResult(success=right, handled=False)

    async def end(self, server: SMTP, fault: str) -> str | None:
        """A reply, or none because the line is dead."""
        if fault == HANG:
            await self.let_go.wait()
        if fault in (HANG, ABORT):
            if server.transport is not None:
                server.transport.abort()
            await asyncio.sleep(0)
            return None
        return fault

    async def handle_EHLO(
        self, _server: Any, session: Any, _envelope: Any, hostname: str, replies: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*replies[:-1], "250-DSN", replies[-1]] if self.reports else replies

    async def handle_MAIL(
        self, server: Any, _session: Any, envelope: Any, address: str, options: list[str]
    ) -> str | None:
        if fault := self.faults.get("sender"):
            return await self.end(server, fault)
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 sender ok"

    async def handle_RCPT(
        self, server: Any, _session: Any, envelope: Any, address: str, options: list[str]
    ) -> str | None:
        self.offered.append(address)
        fault = self.faults.get(address) or self.faults.get("recipient")
        if fault:
            return await self.end(server, fault.replace("%s", address))
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 recipient ok"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str | None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(self.slow)
            fault = self.faults.get("text")
            if fault is None or fault in (ABORT, HANG):
                [recipient] = envelope.rcpt_tos
                self.taken.append(Taken(envelope.mail_from, recipient, envelope.content))
            return await self.end(server, fault) if fault else "250 2.0.0 queued as 7"
        finally:
            self.at_once -= 1
