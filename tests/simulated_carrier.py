"""The simulated carrier over real HTTP for tests: on a free port, with its official client and telephones to use."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
from pydantic import SecretStr
from twilio.rest import Client

from services.cli.carrier.app import CarrierPart, build
from services.cli.carrier.exchange.exchange import Exchange
from services.cli.carrier.mail_desk import Mails
from services.cli.carrier.settings import CarrierSettings
from services.shared.clock import Clock
from services.shared.serve import HttpPart, stop_all

ACCOUNT_SID = "AC" + "5" * 32
AUTH_TOKEN = "the auth token of a test"
CONTROL_KEY = "the control key of a test"
WITHIN_S = 30.0


@dataclass(frozen=True, slots=True)
class Phone:
    """A telephone, used over the control API."""

    number: str
    http: httpx2.AsyncClient

    async def does(self, act: str, **body: Any) -> dict[str, Any]:
        """call(to), keys(keys), say(text), texts(to, body), answer, reject, hang-up, manner(habit, after_ms)."""
        response = await self.http.post(self._path(f"/{act}"), json=body)
        screen: dict[str, Any] = response.json()
        assert response.status_code == 200, screen
        return screen

    async def screen(self) -> dict[str, Any]:
        """What it shows."""
        screen: dict[str, Any] = (await self.http.get(self._path(""))).json()
        return screen

    async def becomes(self, state: str) -> dict[str, Any]:
        """Wait until it is idle, dialing, ringing, in-call, ended."""
        return await self.until(lambda screen: bool(screen["state"] == state))

    async def hears(self, words: str) -> dict[str, Any]:
        """Wait until a line of the transcript contains that."""
        return await self.until(lambda screen: any(words in line["text"] for line in screen["lines"]))

    async def gets_text(self, words: str) -> dict[str, Any]:
        """Wait until a short message has come that contains that."""
        return await self.until(
            lambda screen: any(words in text["body"] and not text["mine"] for text in screen["texts"])
        )

    async def until(self, true: Any) -> dict[str, Any]:
        """Wait until that is so of what it shows."""
        async with asyncio.timeout(WITHIN_S):
            while not true(screen := await self.screen()):  # noqa: ASYNC110  # it is asked over HTTP
                await asyncio.sleep(0.01)
        return screen

    def _path(self, rest: str) -> str:
        return f"/control/handsets/{self.number}{rest}"


@dataclass(frozen=True, slots=True)
class Running:
    """The carrier as it runs."""

    url: str
    part: CarrierPart
    http: httpx2.AsyncClient
    mails: Mails | None = None

    @property
    def exchange(self) -> Exchange:
        """The carrier without its HTTP."""
        return self.part.exchange

    def client(self) -> Client:
        """The official client, with its base URL pointed here. It blocks: call it in a thread."""
        client = Client(ACCOUNT_SID, AUTH_TOKEN)
        client.api.base_url = self.url
        return client

    def phone(self, number: str) -> Phone:
        return Phone(number, self.http)


@asynccontextmanager
async def simulated_carrier(
    clock: Clock | None = None, mails: Mails | None = None, **settings: Any
) -> AsyncIterator[Running]:
    """Start it, with settings as services/cli/carrier/settings.py has them; speech takes no time unless told."""
    given = {
        "port": 0,
        "speech_ms_per_character": 0,
        "transit_ms": 0,
        "auth_token": SecretStr(AUTH_TOKEN),
        "control_key": SecretStr(CONTROL_KEY),
        **settings,
    }
    parts = build(CarrierSettings(account_sid=ACCOUNT_SID, **given), clock, mails)
    started = []
    try:
        for part in parts:
            started.append(part)
            await part.start()
        port = next(part for part in parts if isinstance(part, HttpPart)).port
        carrier = next(part for part in parts if isinstance(part, CarrierPart))
        url = f"http://127.0.0.1:{port}"
        headers = {"Authorization": f"Bearer {CONTROL_KEY}"}
        async with httpx2.AsyncClient(timeout=60, base_url=url, headers=headers, trust_env=False) as http:
            yield Running(url, carrier, http, mails)
    finally:
        await stop_all(started)
