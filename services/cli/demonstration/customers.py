"""Customers: each makes contact through the real edge of their channel, and waits for what comes back."""

import secrets
from collections.abc import Awaitable, Callable
from email.message import EmailMessage
from email.utils import make_msgid

import aiosmtplib
import httpx2

from services.cli.carrier.subscription import subscription_of
from services.cli.data_folder import Addresses, DataFolder
from services.cli.demonstration.callers import Callers
from services.cli.demonstration.chat_visitor import chatting
from services.cli.demonstration.mailbox import Mailbox, contact_of, text_of
from services.cli.demonstration.senders import Senders
from services.cli.demonstration.story import Visit
from services.cli.demonstration.told import Served


class Customers:
    """Knows where the edges are."""

    def __init__(self, folder: DataFolder, addresses: Addresses, mailbox: Mailbox, http: httpx2.AsyncClient) -> None:
        self._addresses = addresses
        self._mailbox = mailbox
        self._http = http
        ids_key = bytes.fromhex(folder.secrets().ids_key)
        senders = Senders(folder.path / "documents", ids_key)
        callers = Callers(addresses, subscription_of(folder), http, ids_key)
        self._ways: dict[str, Callable[[Visit], Awaitable[Served]]] = {
            "web_form": self._fill_form,
            "web_chat": self._chat,
            "email": self._mail,
            "voice": callers.call,
            "sms": callers.write,
            "callback": callers.be_called_back,
            "fax": senders.fax,
            "letter": senders.letter,
        }

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
        url = f"{self._addresses.url(self._addresses.ingest)}/v1/forms/{visit.to}"
        response = await self._http.post(url, json=entry)
        response.raise_for_status()
        return Served(response.json()["contact_id"], None)

    async def _chat(self, visit: Visit) -> Served:
        async with chatting(self._addresses, visit) as visitor:
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
        await aiosmtplib.send(mail, hostname=self._addresses.host, port=self._addresses.smtp)
        answer = await self._mailbox.next_for(visit.caller)
        return Served(contact_of(answer), text_of(answer))
