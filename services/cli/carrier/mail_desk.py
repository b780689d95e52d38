"""A customer's mailbox: mail goes out by real SMTP, and what arrives for an address is shown."""

import re
from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Protocol

import aiosmtplib
import structlog

from services.cli.carrier.exchange.changes import Changes
from services.shared.clock import Clock

SUBJECT_CHARACTERS_MAX = 200
BODY_CHARACTERS_MAX = 10_000
ADDRESS_CHARACTERS_MAX = 254
MAILBOXES_MAX = 1_000
SENT_KEPT = 50
ANSWER_S = 20.0
MAIL_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", re.ASCII)

log = structlog.get_logger(__name__)


class NotAMailAddress(ValueError):
    """It is no address that mail can be sent to from here."""


class NotSent(Exception):
    """The mail server has not taken the mail; the words say why."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A mail, and when it came, in ms since 1970."""

    at_ms: int
    mail: EmailMessage


class Mails(Protocol):
    """Where mail to customers arrives."""

    changes: Changes

    def arrived_for(self, address: str) -> Sequence[Arrived]:
        """What has arrived for that address and is still kept, the oldest first."""
        ...


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A mail that somebody wants to send; `answers` is the Message-ID that it answers, or ""."""

    from_: str
    to: str
    subject: str
    text: str
    answers: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A mail as the page shows it."""

    id: str
    at_ms: int
    mine: bool
    with_: str
    subject: str
    text: str


class MailDesk:
    """Everybody's mailboxes. Where mail is sent to is set once it is known."""

    def __init__(self, mails: Mails, clock: Clock, host: str, port: int) -> None:
        self.sent_changes = Changes()
        self.mails = mails
        self._clock = clock
        self._host = host
        self._port = port
        self._sent: OrderedDict[str, deque[Shown]] = OrderedDict()

    def send_to(self, host: str, port: int) -> None:
        """Where ingest takes mail."""
        self._host, self._port = host, port

    async def send(self, outgoing: Outgoing) -> None:
        """Hand it to the mail server. Raises NotSent."""
        now_ms = self._clock.wall_ms()
        mail = compose(outgoing, now_ms)
        if not self._port:
            raise NotSent("it is not known yet where mail is taken: try again in a moment")
        try:
            await aiosmtplib.send(mail, hostname=self._host, port=self._port, timeout=ANSWER_S, start_tls=False)
        except (aiosmtplib.SMTPException, OSError) as error:
            log.warning("mailbox_mail_refused", why=type(error).__name__)
            raise NotSent(_why(error)) from None
        self._keep(
            outgoing.from_, Shown(mail["Message-ID"], now_ms, True, outgoing.to, outgoing.subject, outgoing.text)
        )

    def all_of(self, address: str) -> list[Shown]:
        """What was sent from and has arrived at that address, the oldest first."""
        arrived = [_shown(arrived) for arrived in self.mails.arrived_for(address)]
        return sorted([*self._sent.get(address, ()), *arrived], key=lambda shown: shown.at_ms)

    def _keep(self, address: str, shown: Shown) -> None:
        self._sent.setdefault(address, deque(maxlen=SENT_KEPT)).append(shown)
        self._sent.move_to_end(address)
        while len(self._sent) > MAILBOXES_MAX:
            self._sent.popitem(last=False)
        self.sent_changes.ring()


def read_mail_address(written: str) -> str:
    """The address, in lower case. Raises NotAMailAddress."""
    text = written.strip()
    if len(text) > ADDRESS_CHARACTERS_MAX or not MAIL_ADDRESS.fullmatch(text):
        raise NotAMailAddress("write it like name@domain.example")
    return text.lower()


def compose(outgoing: Outgoing, at_ms: int) -> EmailMessage:
    """The mail with its headers."""
    mail = EmailMessage()
    mail["From"] = Address(addr_spec=outgoing.from_)
    mail["To"] = Address(addr_spec=outgoing.to)
    mail["Subject"] = " ".join(outgoing.subject.split())
    mail["Date"] = format_datetime(datetime.fromtimestamp(at_ms / 1000, UTC))
    mail["Message-ID"] = make_msgid(domain=outgoing.from_.rpartition("@")[2])
    if outgoing.answers:
        mail["In-Reply-To"] = mail["References"] = outgoing.answers
    mail.set_content(outgoing.text)
    return mail


def _shown(arrived: Arrived) -> Shown:
    mail = arrived.mail
    body = mail.get_body(preferencelist=("plain",))
    text = body.get_content() if body is not None else ""
    return Shown(
        str(mail["Message-ID"] or "").strip(),
        arrived.at_ms,
        False,
        str(mail["From"] or ""),
        str(mail["Subject"] or ""),
        str(text)[:BODY_CHARACTERS_MAX],
    )


def _why(error: Exception) -> str:
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return f"the mail server answered {error.code} {error.message}"[:300]
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return f"the mail server does not take mail for this address: {error.recipients[0].message}"[:300]
    return "the mail server could not be reached: try again"
