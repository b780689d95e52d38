"""The customers' end of the mail: where what Switchroom sends arrives, and who looks into it."""

import asyncio
from collections import OrderedDict, defaultdict, deque
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser

from aiosmtpd.smtp import SMTP, Envelope, Session

from services.cli.carrier.exchange.changes import Changes
from services.cli.carrier.mail_desk import Arrived
from services.shared.clock import Clock, SystemClock
from services.shared.serve import bind

MAILS_KEPT = 50
ADDRESSES_KEPT = 1_000


class Mailbox:
    """A part: a real SMTP server that keeps what comes, for the customers of the demonstration."""

    def __init__(self, host: str, port: int, *, next_free: bool, clock: Clock | None = None) -> None:
        self.port = port
        self._clock = clock or SystemClock()
        self._host = host
        self._next_free = next_free
        self._server: asyncio.Server | None = None
        self.changes = Changes()
        self._arrived: dict[str, asyncio.Queue[EmailMessage]] = defaultdict(asyncio.Queue)
        # What the page of the mailbox shows; of those who wrote longest ago nothing is kept.
        self._kept: OrderedDict[str, deque[Arrived]] = OrderedDict()

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

    def arrived_for(self, address: str) -> list[Arrived]:
        """What has come for that customer and is still kept, the oldest first."""
        return list(self._kept.get(address.lower(), ()))

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd's name
        """A mail has come."""
        content = envelope.content or b""
        raw = content.encode() if isinstance(content, str) else content
        mail = BytesParser(_class=EmailMessage, policy=policy.default).parsebytes(raw)
        for recipient in envelope.rcpt_tos:
            self._queue(recipient.lower(), mail)
            self._keep(recipient.lower(), mail)
        self.changes.ring()
        return "250 OK"

    def _queue(self, address: str, mail: EmailMessage) -> None:
        """For who waits for it; of an address whose mail nobody takes, only the last mails."""
        waiting = self._arrived[address]
        while waiting.qsize() >= MAILS_KEPT:
            waiting.get_nowait()
        waiting.put_nowait(mail)

    def _keep(self, address: str, mail: EmailMessage) -> None:
        self._kept.setdefault(address, deque(maxlen=MAILS_KEPT)).append(Arrived(self._clock.wall_ms(), mail))
        self._kept.move_to_end(address)
        while len(self._kept) > ADDRESSES_KEPT:
            self._kept.popitem(last=False)


def text_of(mail: EmailMessage) -> str:
    """What the agent wrote, without the mail quoted below."""
    body = mail.get_body(preferencelist=("plain",))
    text: str = body.get_content() if body is not None else ""
    lines = [line for line in text.splitlines() if not line.startswith(">")]
    return "\n".join(lines).split("\n\n")[0].strip()


def contact_of(mail: EmailMessage) -> str:
    """The contact that an answer belongs to: our Message-IDs begin with its id."""
    return str(mail["Message-ID"]).strip().lstrip("<").split(".")[0]
