"""One SMTP connection: aiosmtpd's protocol, with its costs bounded."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, AnyStr

from aiosmtpd.smtp import SMTP, Envelope, syntax

from services.ingest.mail.data_collector import Budget, DataCollector

MIB = 1024 * 1024
# More than the stream ever holds: reading so much empties it.
WHOLE_BUFFER = MIB
# A client that goes on sending a mail after it is too large is heard out up to so many times the limit.
PATIENCE = 4
REFUSALS_MAX = 200
# A client that sends many mails by one connection is told to come again.
CALLS_MAX = {"RCPT": 2000, "*": 200}


@dataclass(frozen=True, slots=True)
class SmtpLimits:
    """Of one connection, and of all together (`connections`, `bytes_in_memory`)."""

    mail_bytes: int = 25 * MIB
    recipients: int = 100
    connections: int = 100
    bytes_in_memory: int = 256 * MIB
    silence_s: float = 300.0


class SmtpSession(SMTP):
    """`handler` has aiosmtpd's hooks; `opened` and `closed` are told of the connection's life."""

    def __init__(
        self,
        handler: Any,
        limits: SmtpLimits,
        budget: Budget,
        opened: Callable[["SmtpSession"], None],
        closed: Callable[["SmtpSession"], None],
    ) -> None:
        super().__init__(
            handler,
            data_size_limit=limits.mail_bytes,
            enable_SMTPUTF8=True,
            hostname="switchroom",
            ident="ESMTP",
            timeout=limits.silence_s,
            auth_exclude_mechanism=["LOGIN", "PLAIN"],
            command_call_limit=dict(CALLS_MAX),
            loop=asyncio.get_running_loop(),
        )
        self._limits = limits
        self._budget = budget
        self._tell_opened = opened
        self._tell_closed = closed
        self._refusals = 0
        self.is_taking = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count the connection."""
        super().connection_made(transport)
        self._tell_opened(self)

    def connection_lost(self, error: Exception | None) -> None:
        """Count it no more."""
        super().connection_lost(error)
        self._tell_closed(self)

    def hang_up(self) -> None:
        """Close the connection."""
        if self.transport is not None:
            self.transport.close()

    async def push(self, status: AnyStr) -> None:
        """Answer, and let others have their turn: a client can send thousands of commands at once."""
        await super().push(status)
        line = status.encode() if isinstance(status, str) else status
        self._refusals += line.startswith(b"5")
        if self._refusals > REFUSALS_MAX:
            self.hang_up()
        await asyncio.sleep(0)

    @syntax("DATA")
    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802  # aiosmtpd's name
        """Take a mail in and answer when it is safe."""
        if await self.check_helo_needed():
            return
        envelope = self.envelope
        if envelope is None or not envelope.rcpt_tos:
            await self.push("503 5.5.1 need RCPT first")
        elif arg:
            await self.push("501 5.5.4 DATA takes no arguments")
        else:
            await self.push("354 end with <CR><LF>.<CR><LF>")
            await self.push(await self._status_of_mail(envelope))

    async def _status_of_mail(self, envelope: Envelope) -> str:
        collector = DataCollector(self._limits.mail_bytes, self._budget)
        try:
            await self._collect(collector)
            if collector.verdict is not None:
                return collector.verdict.value
            self.is_taking = True
            envelope.original_content = collector.content()
            return str(await self._call_handler_hook("DATA"))
        finally:
            self.is_taking = False
            collector.forget()
            self.envelope = Envelope()

    async def _collect(self, collector: DataCollector) -> None:
        rest = None
        while rest is None:
            chunk = await self._reader.read(WHOLE_BUFFER)
            if not chunk:
                raise ConnectionResetError("the client went away within a mail")
            rest = collector.feed(chunk)
            if collector.seen_bytes > PATIENCE * self._limits.mail_bytes:
                self.hang_up()
                raise ConnectionResetError("the client goes on for ever")
        if rest and not self._reader.at_eof():
            self._reader.feed_data(rest)
