"""A real SMTP server that keeps what it takes, and answers as it is told."""

import asyncio
import logging
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope


@dataclass
class MailSink:
    """`answers`: to the next recipients in turn, a status (5xx, 4xx) or "hang up"; after those all are welcome."""

    answers: list[str] = field(default_factory=list)
    taken: list[Envelope] = field(default_factory=list)
    asked: int = 0
    port: int = 0
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _server: asyncio.Server | None = None

    async def start(self) -> None:
        logging.getLogger("mail.log").setLevel(logging.CRITICAL)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: SMTP(self, hostname="sink", loop=loop, enable_SMTPUTF8=True), "127.0.0.1", self.port
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    async def handle_RCPT(self, server: Any, _session: Any, envelope: Envelope, address: str, _options: Any) -> str:  # noqa: N802
        self.asked += 1
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer == "hang up":
            server.transport.close()
        elif answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        self.taken.append(envelope)
        self._arrived.set()
        return "250 OK"

    @property
    def mails(self) -> list[EmailMessage]:
        return [message_from_bytes(one.original_content or b"", policy=default) for one in self.taken]

    async def wait_for(self, count: int) -> list[EmailMessage]:
        while len(self.taken) < count:
            await self._arrived.wait()
            self._arrived.clear()
        return self.mails
