"""A whole Switchroom in the test's own event loop, on a folder of its own, reached through its real edges only."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import aiosmtplib
import grpc
import httpx2
from websockets.asyncio.client import connect
from websockets.typing import Origin

from services.agents.keys import make_key
from services.agents.people import add_person
from services.cli.data_folder import Addresses, DataFolder
from services.cli.demonstration.mailbox import Mailbox
from services.cli.demonstration.stage import Stage
from services.cli.embedded import Embedded, Ports
from services.cli.grpc_client import RouterClient
from services.shared.connections import Connections
from services.shared.tokens import Role

FREE_PORTS = Ports(agents=0, ingest=0, smtp=0, router_grpc=0, router_http=0, reporting=0)
PATIENCE_S = 60.0


class Running:
    """What a test can do to it."""

    def __init__(
        self, addresses: Addresses, connections: Connections, mailbox: Mailbox, http: httpx2.AsyncClient
    ) -> None:
        self.addresses = addresses
        self.documents = connections.documents
        self.connections = connections
        self.mailbox = mailbox
        self.http = http
        self.tokens: dict[str, str] = {}

    async def key(
        self, role: Role, *, tenant: str = "demo", companies: tuple[str, ...] = (), agent: str = "", name: str = ""
    ) -> str:
        """A key of a new person."""
        person = await add_person(
            self.documents, tenant=tenant, name=name or agent or role, role=role, companies=companies, agent=agent
        )
        return (await make_key(self.documents, person, "test")).key

    async def token(self, role: Role, *, tenant: str = "demo", companies: tuple[str, ...] = (), agent: str = "") -> str:
        """A token of a new person (the same one for the same words)."""
        words = f"{role} {tenant} {companies} {agent}"
        if words not in self.tokens:
            key = await self.key(role, tenant=tenant, companies=companies, agent=agent)
            response = await self.http.post(self.agents("/v1/login"), json={"key": key})
            self.tokens[words] = response.json()["token"]
        return self.tokens[words]

    async def activate(self, plan: str, tenant: str = "demo") -> None:
        """Put a plan in force, and wait until every service knows it."""
        token = await self.token(Role.ADMIN, tenant=tenant)
        async with self.router(token) as router:
            activated = await router.activate_plan(plan.encode())
        assert not activated.defects, activated.defects
        assert activated.version > 0
        await asyncio.sleep(0.2)

    def router(self, token: str) -> RouterClient:
        """A gRPC client with this token."""
        return RouterClient(f"{self.addresses.host}:{self.addresses.router_grpc}", lambda: token)

    def channel(self) -> grpc.aio.Channel:
        """A bare gRPC channel to the router."""
        return grpc.aio.insecure_channel(f"{self.addresses.host}:{self.addresses.router_grpc}")

    def agents(self, path: str) -> str:
        return self.addresses.url(self.addresses.agents) + path

    def ingest(self, path: str) -> str:
        return self.addresses.url(self.addresses.ingest) + path

    def reporting(self, path: str) -> str:
        return self.addresses.url(self.addresses.reporting) + path

    async def form(self, page: str, caller: str, **more: str) -> str:
        """A customer fills in a form; the contact's id."""
        entry = {"token": secrets.token_hex(16), "message": "Hello", "email_or_phone": caller, **more}
        response = await self.http.post(self.ingest(f"/v1/forms/{page}"), json=entry)
        assert response.status_code == 202, response.text
        contact_id: str = response.json()["contact_id"]
        return contact_id

    async def mail(self, sender: str, mailbox: str, text: str = "Hello", **headers: str) -> EmailMessage:
        """A customer writes a mail."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = sender, mailbox, headers.pop("Subject", "A question")
        mail["Message-ID"] = headers.pop("Message_ID", f"<{secrets.token_hex(8)}@customer.example>")
        mail.set_content(text)
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        await aiosmtplib.send(mail, hostname=self.addresses.host, port=self.addresses.smtp)
        return mail

    @asynccontextmanager
    async def chat(self, page: str, **hello: Any) -> AsyncIterator["ChatEnd"]:
        """A customer opens a chat."""
        url = f"ws://{self.addresses.host}:{self.addresses.ingest}/c/{page}/socket"
        async with connect(url, origin=Origin(self.ingest(""))) as socket:
            end = ChatEnd(socket)
            await end.send(hello={"token": secrets.token_hex(16), **hello})
            yield end

    async def contact(self, contact_id: str, until: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The contact as reporting knows it, once it is as the test waits for."""
        token = await self.token(Role.ADMIN)
        answer = await self.until(
            self.reporting(f"/v1/contacts/{contact_id}/timeline"), token, lambda it: until(it["contact"])
        )
        contact: dict[str, Any] = answer["contact"]
        return contact

    async def contacts(self, until: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
        """The newest contacts, once they are as the test waits for."""
        token = await self.token(Role.ADMIN)
        answer = await self.until(self.reporting("/v1/contacts"), token, lambda it: until(it["contacts"]))
        contacts: list[dict[str, Any]] = answer["contacts"]
        return contacts

    async def until(self, url: str, token: str, good: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Ask until the answer is good."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                response = await self.http.get(url, headers=bearer(token))
                if response.status_code == 200 and good(response.json()):
                    answer: dict[str, Any] = response.json()
                    return answer
                await asyncio.sleep(0.05)

    async def agent_call(self, agent: str, path: str, companies: tuple[str, ...] = (), **body: Any) -> httpx2.Response:
        """A POST of an agent to their desk."""
        token = await self.token(Role.AGENT, agent=agent, companies=companies)
        return await self.http.post(self.agents(path), json=body, headers=bearer(token))


class ChatEnd:
    """The customer's end of a chat."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket

    async def send(self, **frame: Any) -> None:
        await self._socket.send(json.dumps(frame))

    async def until(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Read frames until one of that kind has these fields."""
        async with asyncio.timeout(PATIENCE_S):
            async for text in self._socket:
                body = json.loads(text).get(kind)
                if body is not None and all(body.get(name) == value for name, value in fields.items()):
                    found: dict[str, Any] = body
                    return found
        raise ConnectionError("the chat was closed")


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@asynccontextmanager
async def running(folder: Path, stage: Stage | None = None, *, carrier: bool = False) -> AsyncIterator[Running]:
    """Start it, and stop it; with a stage and a carrier as a demonstration has them."""
    data = DataFolder(folder)
    data.lock()
    mailbox = Mailbox("127.0.0.1", 0, next_free=False)
    await mailbox.start()
    embedded = Embedded(data, replace(FREE_PORTS, relay=mailbox.port), stage, carrier=carrier, mails=mailbox)
    try:
        await embedded.start()
        async with httpx2.AsyncClient(timeout=30) as http:
            assert embedded.addresses is not None
            assert embedded.connections is not None
            await _ready(http, embedded.addresses)
            yield Running(embedded.addresses, embedded.connections, mailbox, http)
    finally:
        await embedded.stop()
        await mailbox.stop()


async def wait_ready(http: httpx2.AsyncClient, url: str) -> None:
    """Until the service is ready."""
    ready = False
    while not ready:
        await asyncio.sleep(0.02)
        ready = (await http.get(f"{url}/readyz")).status_code == 200


async def _ready(http: httpx2.AsyncClient, addresses: Addresses) -> None:
    for port in (addresses.router_http, addresses.ingest, addresses.agents, addresses.reporting):
        await wait_ready(http, addresses.url(port))
