"""An agent's program: it works over HTTP, as docs/http-api.md says."""

import asyncio
import secrets
from collections.abc import Callable
from typing import Any, Self

import httpx2

from services.shared.tokens import Role
from tests.system.running import PATIENCE_S, Running, bearer

Item = dict[str, Any]


class Program:
    """One program of one agent; `start` logs it in."""

    def __init__(self, system: Running, agent: str, companies: tuple[str, ...] = ()) -> None:
        self.agent = agent
        self._system = system
        self._companies = companies
        self._headers: dict[str, str] = {}

    async def start(self) -> Self:
        """Log in as the agent."""
        self._headers = bearer(await self._system.token(Role.AGENT, agent=self.agent, companies=self._companies))
        return self

    async def on_duty(self) -> Self:
        """Log in and take work."""
        await self.start()
        await self.done("/v1/presence", presence="available")
        return self

    async def get(self, path: str) -> httpx2.Response:
        return await self._system.http.get(self._system.agents(path), headers=self._headers)

    async def post(self, path: str, **body: Any) -> httpx2.Response:
        return await self._system.http.post(self._system.agents(path), json=body, headers=self._headers)

    async def act(self, contact_id: str, act: str, **body: Any) -> httpx2.Response:
        """Do something with a contact."""
        return await self.post(f"/v1/work/{contact_id}/{act}", **body)

    async def done(self, path: str, **body: Any) -> dict[str, Any]:
        """A call that succeeds."""
        response = await self.post(path, **body)
        assert response.is_success, response.text
        answer: dict[str, Any] = response.json()
        return answer

    async def do(self, contact_id: str, act: str, **body: Any) -> dict[str, Any]:
        """Do something with a contact, successfully."""
        return await self.done(f"/v1/work/{contact_id}/{act}", **body)

    async def next(self, wait_s: int = 20) -> Item:
        """The next offer, which comes."""
        item: Item = (await self.done(f"/v1/next?wait_s={wait_s}"))["item"]
        assert item is not None, f"no offer came to {self.agent} within {wait_s} s"
        return item

    async def take(self) -> str:
        """Accept the next offer; its contact."""
        item = await self.next()
        contact_id: str = item["contact_id"]
        await self.do(contact_id, "accept", offer_id=item["offer_id"])
        return contact_id

    async def desk(self) -> dict[str, Any]:
        desk: dict[str, Any] = (await self.get("/v1/desk")).json()
        return desk

    async def item(self, contact_id: str) -> Item | None:
        """The contact, if it is on the desk."""
        return next((item for item in (await self.desk())["items"] if item["contact_id"] == contact_id), None)

    async def desk_when(self, true: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The desk, once it is as the test waits for."""
        async with asyncio.timeout(PATIENCE_S):
            while not true(desk := await self.desk()):  # noqa: ASYNC110  # it is asked over HTTP
                await asyncio.sleep(0.05)
        return desk

    async def item_when(self, contact_id: str, true: Callable[[Item], bool]) -> Item:
        """The contact, once it is as the test waits for."""
        found: list[Item] = []

        def is_so(desk: dict[str, Any]) -> bool:
            found[:] = [each for each in desk["items"] if each["contact_id"] == contact_id and true(each)]
            return bool(found)

        await self.desk_when(is_so)
        return found[0]

    async def conversation(self, contact_id: str, until: Callable[[list[dict[str, Any]]], Any]) -> list[dict[str, Any]]:
        """What was said, once it is as the test waits for."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                response = await self.get(f"/v1/work/{contact_id}")
                if response.is_success and until(response.json()["messages"]):
                    messages: list[dict[str, Any]] = response.json()["messages"]
                    return messages
                await asyncio.sleep(0.05)


def new_id() -> str:
    """A command id."""
    return secrets.token_hex(8)


async def on_duty(system: Running, agent: str) -> Program:
    """The agent's program, logged in and available."""
    return await Program(system, agent).on_duty()


async def status_and_words(program: Program, contact_id: str, act: str, **body: Any) -> tuple[int, set[str]]:
    """What an act on a contact is answered: the status, and the names of the words of its error."""
    answer = await program.act(contact_id, act, **body)
    return answer.status_code, set(answer.json()["error"])
