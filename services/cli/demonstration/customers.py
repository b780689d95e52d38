"""Customers: each makes contact through the real edge of their channel, and waits for what comes back."""

import json
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import make_msgid

import aiosmtplib
import httpx2
from websockets.asyncio.client import connect
from websockets.typing import Origin

from services.cli.data_folder import Addresses
from services.cli.demonstration.mailbox import Mailbox, contact_of, text_of
from services.cli.demonstration.story import Visit


@dataclass(frozen=True, slots=True)
class Served:
    """What the customer got back. A form gets no answer; what it got is its disposition, which the caller looks up."""

    contact_id: str
    answer: str | None


class Customers:
    """Knows where the edges are."""

    def __init__(self, addresses: Addresses, mailbox: Mailbox, http: httpx2.AsyncClient) -> None:
        self._addresses = addresses
        self._mailbox = mailbox
        self._http = http
        self._ways: dict[str, Callable[[Visit], Awaitable[Served]]] = {
            "web_form": self._fill_form,
            "web_chat": self._chat,
            "email": self._mail,
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
        url = f"ws://{self._addresses.host}:{self._addresses.ingest}/c/{visit.to}/socket"
        hello = {
            "token": secrets.token_hex(16),
            "name": visit.name,
            "email": visit.caller,
            "topic": visit.topic,
            "language": visit.language,
        }
        async with connect(url, origin=Origin(self._addresses.url(self._addresses.ingest))) as socket:
            await socket.send(json.dumps({"hello": hello}))
            await socket.send(json.dumps({"say": {"id": "1", "text": visit.message}}))
            contact_id = ""
            async for frame in socket:
                told = json.loads(frame)
                contact_id = _contact_id(told) or contact_id
                message = told.get("message", {})
                if message.get("from") == "agent":
                    await socket.send(json.dumps({"got": {"number": message["number"]}}))
                    return Served(contact_id, message["text"])
        raise ConnectionError("the chat was closed before an answer came")

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


def _contact_id(told: dict[str, dict[str, str]]) -> str:
    return told.get("accepted", {}).get("contact_id", "")
