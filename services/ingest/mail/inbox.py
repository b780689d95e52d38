"""The SMTP server for customers' mail."""

import asyncio
import logging
from typing import Any

import structlog
from aiosmtpd.smtp import Envelope

from services.ingest.front_door import Unavailable
from services.ingest.mail.data_collector import Budget
from services.ingest.mail.mailroom import Mailroom, OverQuota
from services.ingest.mail.smtp_session import SmtpLimits, SmtpSession
from services.shared.serve import bind

FINISH_S = 10.0
POLL_S = 0.02

log = structlog.get_logger(__name__)


class _Hooks:
    """What the protocol asks: aiosmtpd goes by the names."""

    def __init__(self, mailroom: Mailroom, limits: SmtpLimits) -> None:
        self._mailroom = mailroom
        self._limits = limits

    async def handle_RCPT(  # noqa: N802
        self, _server: SmtpSession, _session: Any, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Whether mail for this mailbox is taken."""
        if len(envelope.rcpt_tos) >= self._limits.recipients:
            return f"452 4.5.3 at most {self._limits.recipients} recipients a mail"
        refusal = self._mailroom.refusal(address)
        if refusal is None:
            envelope.rcpt_tos.append(address)
        return refusal or "250 2.1.5 OK"

    async def handle_DATA(self, _server: SmtpSession, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        """Make the mail safe, then say so."""
        raw = envelope.original_content or b""
        try:
            await self._mailroom.take(raw, envelope.mail_from or "", envelope.rcpt_tos)
        except OverQuota:
            return "451 4.7.1 more mail than is taken at once, try again later"
        except Unavailable as error:
            log.warning("a mail was not taken", because=str(error))
            return "451 4.3.0 it cannot be stored now, try again later"
        return "250 2.0.0 OK"

    async def handle_exception(self, error: Exception) -> str:
        """What the client sent made the library fail; its text may be private."""
        log.warning("an SMTP command failed", error=type(error).__name__)
        return "451 4.3.0 that could not be done, try again later"


class _Busy(asyncio.Protocol):
    """A connection too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.WriteTransport):
            transport.write(b"421 4.3.2 too many connections, try again later\r\n")
        transport.close()


class Inbox:
    """A Part: listens from `start` to `stop`; once started, `port` is where."""

    def __init__(
        self, mailroom: Mailroom, host: str, port: int, *, next_free: bool, limits: SmtpLimits | None = None
    ) -> None:
        self._limits = limits or SmtpLimits()
        self._hooks = _Hooks(mailroom, self._limits)
        self._host = host
        self._next_free = next_free
        self.port = port
        self._budget = Budget(self._limits.bytes_in_memory)
        self._open: set[SmtpSession] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen. Raises PortTaken."""
        # The library logs what clients say: addresses.
        logging.getLogger("mail.log").setLevel(logging.CRITICAL)
        listening = bind(self._host, self.port, next_free=self._next_free)
        self.port = listening.getsockname()[1]
        self._server = await asyncio.get_running_loop().create_server(self._connection, sock=listening)

    async def stop(self) -> None:
        """Take no more; finish the mails that are being made safe (10 s), hang up on everybody else."""
        if self._server is None:
            return
        self._server.close()
        for session in [session for session in self._open if not session.is_taking]:
            session.hang_up()
        try:
            async with asyncio.timeout(FINISH_S):
                await self._all_closed()
        except TimeoutError:
            for session in tuple(self._open):
                session.hang_up()

    def _connection(self) -> asyncio.Protocol:
        if len(self._open) >= self._limits.connections:
            return _Busy()
        session: asyncio.Protocol = SmtpSession(
            self._hooks, self._limits, self._budget, self._open.add, self._open.discard
        )
        return session

    async def _all_closed(self) -> None:
        while self._open:
            await asyncio.sleep(POLL_S)
            for session in [session for session in self._open if not session.is_taking]:
                session.hang_up()
