"""The customers' end of the mail: where what Switchroom sends arrives, and who looks into it."""

import asyncio
from collections import defaultdict
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser

from aiosmtpd.smtp import SMTP, Envelope, Session

from services.shared.serve import bind


class Mailbox:
    """A part: a real SMTP server that keeps what comes, for the customers of the demonstration."""

    def __init__(self, host: str, port: int, *, next_free: bool) -> None:
        self.port = port
        self._host = host
        self._next_free = next_free
        self._server: asyncio.Server | None = None
        self._arrived: dict[str, asyncio.Queue[EmailMessage]] = defaultdict(asyncio.Queue)

    async def start(self) -> None:
        """Listen, if it does not yet. Raises PortTaken."""
        if self._server is not None:
            return
        listening = bind(self._host, self.port, next_free=self._next_free)
        self.port = listening.getsockname()[1]
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: SMTP(self, loop=loop, enable_SMTPUTF8=True), sock=listening)

    async def stop(self) -> None:
        """Close."""
        if self._server is not None:
            self._server.close()

    async def next_for(self, address: str) -> EmailMessage:
        """The next mail to that customer."""
        return await self._arrived[address.lower()].get()

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd's name
        """A mail has come."""
        content = envelope.content or b""
        raw = content.encode() if isinstance(content, str) else content
        mail = BytesParser(_class=EmailMessage, policy=policy.default).parsebytes(raw)
        for recipient in envelope.rcpt_tos:
            self._arrived[recipient.lower()].put_nowait(mail)
        return "250 OK"


def text_of(mail: EmailMessage) -> str:
    """What the agent wrote, without the mail quoted below."""
    body = mail.get_body(preferencelist=("plain",))
    text: str = body.get_content() if body is not None else ""
    lines = [line for line in text.splitlines() if not line.startswith(">")]
    return "\n".join(lines).split("\n\n")[0].strip()


def contact_of(mail: EmailMessage) -> str:
    """The contact that an answer belongs to: our Message-IDs begin with its id."""
    return str(mail["Message-ID"]).strip().lstrip("<").split(".")[0]
