"""People who are connected to a cluster while something happens to it."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx2
from websockets.asyncio.client import ClientConnection, connect

from services.agents.keys import make_key
from services.agents.people import add_person
from services.cli.grpc_client import RouterClient
from services.shared.document_store import DocumentStore
from services.shared.mongo_document_store import MongoDocumentStore
from services.shared.tls_files import TlsFiles
from services.shared.tokens import Role
from tests.integration.cluster import HOST, Cluster
from tests.system.plans import TWO_COMPANIES
from tests.system.running import bearer

WITHIN_S = 90


class People:
    """An administrator, the agent ana, and a visitor in a chat; `secrets` are what they log in with."""

    def __init__(self, system: Cluster, http: httpx2.AsyncClient, tls: TlsFiles | None = None) -> None:
        self.secrets: list[str] = []
        self.chat: ClientConnection
        self._system = system
        self._http = http
        self._tls = tls
        self._tokens: dict[Role, str] = {}

    async def log_in(self) -> None:
        """Add them, and get them tokens."""
        documents = await MongoDocumentStore.open(self._system.outside.mongo.url, "switchroom")
        try:
            for role in (Role.ADMIN, Role.AGENT):
                self._tokens[role] = await self._token(documents, role)
        finally:
            await documents.close()

    async def activate(self, plan: str) -> None:
        """Put a plan in force, and wait until ingest knows its pages."""
        token = self._tokens[Role.ADMIN]
        async with RouterClient(f"{HOST}:{self._system.ports['router_grpc']}", lambda: token, self._tls) as router:
            activated = await router.activate_plan(plan.encode())
        assert not activated.defects
        async with asyncio.timeout(WITHIN_S):
            while (await self._http.get(self._system.url("ingest", "/c/acme-chat"))).status_code != 200:  # noqa: ASYNC110  # it is asked over HTTP
                await asyncio.sleep(0.1)

    async def connect(self, open_now: AsyncExitStack) -> None:
        """An open desk, two floors that are watched, and the chat."""
        for port, path, role in (
            ("agents", "/desk/events", Role.AGENT),
            ("agents", "/v1/floor/stream", Role.ADMIN),
            ("reporting", "/v1/live/stream", Role.ADMIN),
        ):
            url, headers = self._system.url(port, path), bearer(self._tokens[role])
            stream = await open_now.enter_async_context(self._http.stream("GET", url, headers=headers))
            assert stream.status_code == 200, path
            assert await anext(stream.aiter_bytes())
        url = self._system.url("ingest", "/c/acme-chat/socket").replace("http", "ws")
        self.chat = await open_now.enter_async_context(connect(url, proxy=None))
        await self.chat.send(json.dumps({"hello": {"token": secrets.token_hex(16)}}))
        assert await self.chat.recv()

    async def on_duty(self) -> None:
        """Ana takes work."""
        await self._post("agents", "/v1/presence", Role.AGENT, presence="available")

    async def until_offered(self) -> str:
        """The contact that ana is offered."""
        async with asyncio.timeout(WITHIN_S):
            while True:
                answer = await self._post("agents", "/v1/next?wait_s=5", Role.AGENT)
                if (item := answer.json()["item"]) is not None:
                    contact_id: str = item["contact_id"]
                    return contact_id

    async def form(self, **entry: str) -> str:
        """A customer fills in a form; the contact."""
        entry = {"token": secrets.token_hex(16), "message": "Hello", "email_or_phone": "ivy@customer.example"} | entry
        answer = await self._http.post(self._system.url("ingest", "/v1/forms/acme-contact"), json=entry)
        assert answer.status_code == 202, answer.text
        contact_id: str = answer.json()["contact_id"]
        return contact_id

    async def _post(self, port: str, path: str, role: Role, **body: str) -> httpx2.Response:
        answer = await self._http.post(self._system.url(port, path), json=body, headers=bearer(self._tokens[role]))
        assert answer.is_success, answer.text
        return answer

    async def until_waiting(self, count: int) -> None:
        """Until so many contacts are known to reporting."""
        url, headers = self._system.url("reporting", "/v1/contacts"), bearer(self._tokens[Role.ADMIN])
        async with asyncio.timeout(WITHIN_S):
            known = 0
            while known < count:
                answer = await self._http.get(url, headers=headers)
                known = len(answer.json()["contacts"]) if answer.status_code == 200 else 0
                await asyncio.sleep(0.2)

    async def _token(self, documents: DocumentStore, role: Role) -> str:
        agent = "ana" if role is Role.AGENT else ""
        person = await add_person(documents, tenant="demo", name=role, role=role, companies=(), agent=agent)
        key = (await make_key(documents, person, "test")).key
        answer = await self._http.post(self._system.url("agents", "/v1/login"), json={"key": key})
        token: str = answer.json()["token"]
        self.secrets += [key, token]
        return token


@asynccontextmanager
async def people_connected(system: Cluster, tls: TlsFiles | None = None) -> AsyncIterator[People]:
    """They are connected until the end, as far as the system lets them."""
    async with AsyncExitStack() as open_now:
        http = await open_now.enter_async_context(httpx2.AsyncClient(timeout=60))
        people = People(system, http, tls)
        await people.log_in()
        await people.activate(TWO_COMPANIES)
        await people.connect(open_now)
        yield people
