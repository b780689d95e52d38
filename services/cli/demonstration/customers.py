"""Customers: each makes contact through the real edge of their channel, and waits for what comes back."""

import secrets
from collections.abc import Awaitable, Callable
from email.message import EmailMessage
from email.utils import make_msgid

import aiosmtplib
import httpx2

from services.cli.demonstration.callers import Callers
from services.cli.demonstration.chat_visitor import chatting
from services.cli.demonstration.mailbox import Mailbox, contact_of, text_of
from services.cli.demonstration.senders import Senders
from services.cli.demonstration.story import Visit
from services.cli.demonstration.system import System
from services.cli.demonstration.told import Served


class Customers:
    """Knows where the edges are, and does not give up while one is away."""

    def __init__(self, system: System, mailbox: Mailbox, http: httpx2.AsyncClient) -> None:
        self._where = system.where
        self._persistence = system.persistence
        self._mailbox = mailbox
        self._http = http
        callers = Callers(system, http)
        self._ways: dict[str, Callable[[Visit], Awaitable[Served]]] = {
            "web_form": self._fill_form,
            "web_chat": self._chat,
            "email": self._mail,
            "voice": callers.call,
            "sms": callers.write,
            "callback": callers.be_called_back,
        }
        if system.documents is not None:
            senders = Senders(system.documents, system.ids_key)
            self._ways |= {"fax": senders.fax, "letter": senders.letter}

    async def visit(self, visit: Visit) -> Served:
        """Make contact and wait for the answer."""
        return await self._ways[visit.channel](visit)

    async def _fill_form(self, visit: Visit) -> Served:
        entry = {
            "token": secrets.token_hex(16),
            "message": visit.message,
            "email_or_phone": visit.caller,
            "name": visit.name,
            "topic": visit.topic,
            "language": visit.language,
        }

        async def send() -> Served:
            response = await self._http.post(f"{self._where.ingest}/v1/forms/{visit.to}", json=entry)
            response.raise_for_status()
            return Served(response.json()["contact_id"], None)

        return await self._persistence.keep_trying(send)

    async def _chat(self, visit: Visit) -> Served:
        async with chatting(self._where.ingest, visit, self._persistence) as visitor:
            answer = await visitor.answer()
            return Served(visitor.contact_id, answer)

    async def _mail(self, visit: Visit) -> Served:
        mail = EmailMessage()
        mail["From"] = f"{visit.name} <{visit.caller}>"
        mail["To"] = visit.to
        mail["Subject"] = visit.message.split(".")[0]
        mail["Message-ID"] = make_msgid(domain="customer.example")
        mail.set_content(visit.message)
        if visit.language:
            mail["Content-Language"] = visit.language
        host, _, port = self._where.smtp.rpartition(":")
        await self._persistence.keep_trying(lambda: aiosmtplib.send(mail, hostname=host, port=int(port)))
        answer = await self._mailbox.next_for(visit.caller)
        return Served(contact_of(answer), text_of(answer))
