"""The mail server that takes our outgoing mail, spoken to with aiosmtplib."""

import asyncio
from dataclasses import dataclass, field
from typing import Literal, Protocol

import aiosmtplib

PERMANENT = range(500, 600)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The server has taken the mail."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The server will never take the mail; `why` is for the agent."""

    why: str


@dataclass(frozen=True, slots=True)
class NotNow:
    """It may be taken later; `why` is for the log."""

    why: str


Outcome = Accepted | Refused | NotNow


class Relay(Protocol):
    """Takes a mail for one recipient."""

    async def hand_over(self, mail: bytes, sender: str, recipient: str) -> Outcome:
        """Never raises for what the server does. Both addresses are checked and ASCII."""
        ...


@dataclass(frozen=True, slots=True)
class SmtpRelay:
    """A mail server at an address; security as it asks for it."""

    host: str
    port: int
    username: str = ""
    password: str = field(default="", repr=False)
    security: Literal["none", "starttls", "tls"] = "none"
    answer_s: float = 20.0
    whole_s: float = 60.0

    async def hand_over(self, mail: bytes, sender: str, recipient: str) -> Outcome:
        """Connect, hand over, disconnect: within `whole_s`, each of the server's answers within `answer_s`."""
        try:
            async with asyncio.timeout(self.whole_s):
                await self._hand_over(mail, sender, recipient)
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            return _outcome(error)
        return Accepted()

    async def _hand_over(self, mail: bytes, sender: str, recipient: str) -> None:
        await aiosmtplib.send(
            mail,
            sender=sender,
            recipients=[recipient],
            hostname=self.host,
            port=self.port,
            username=self.username or None,
            password=self.password or None,
            use_tls=self.security == "tls",
            start_tls=self.security == "starttls",
            timeout=self.answer_s,
        )


def _outcome(error: Exception) -> Outcome:
    match error:
        case aiosmtplib.SMTPRecipientsRefused(recipients=[first, *_]):
            return _of_code(first.code, "the mail server does not know or take the recipient")
        case aiosmtplib.SMTPSenderRefused(code=code):
            return _of_code(code, "the mail server does not take mail from this mailbox")
        case aiosmtplib.SMTPDataError(code=code):
            return _of_code(code, "the mail server does not take this mail")
        case _:  # anything else is trouble with the server, whatever it calls it
            return NotNow(type(error).__name__)


def _of_code(code: int, why: str) -> Outcome:
    return Refused(f"{why} (it answered {code})") if code in PERMANENT else NotNow(f"answered {code}")
