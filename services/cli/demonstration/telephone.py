"""A telephone at the simulated carrier, as a person uses it: dial, listen, press, speak, hang up, write."""

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx2

Screen = dict[str, Any]
ANSWERS_AFTER_MS = 500
RINGING = "ringing"


class TelephoneFailed(Exception):
    """The carrier refused what was done with the telephone; says what it said."""


@dataclass(frozen=True, slots=True)
class Telephone:
    """One number, or SIP address. `key` opens the carrier's control."""

    number: str
    carrier_url: str
    key: str
    http: httpx2.AsyncClient

    async def does(self, act: str, **what: Any) -> Screen:
        """Do something; what the screen shows then. Raises TelephoneFailed, httpx2.HTTPError."""
        response = await self.http.post(f"{self._url}/{act}", json=what, headers=self._headers)
        if response.status_code >= 400:
            raise TelephoneFailed(f"{act}: {response.text[:200]}")
        screen: Screen = response.json()
        return screen

    async def screen(self) -> Screen:
        """What the screen shows now. Raises TelephoneFailed, httpx2.HTTPError."""
        return await self.shows(lambda _: True)

    async def answers(self) -> None:
        """From now on it answers by itself, while nobody looks at it. Raises TelephoneFailed, httpx2.HTTPError."""
        await self.does("manner", habit="answers", after_ms=ANSWERS_AFTER_MS)

    async def picks_up(self) -> None:
        """Wait until it rings, answer, and wait until the other person is there. Raises as `does` and `shows` do."""
        screen = await self.shows(lambda screen: screen["state"] == RINGING or screen["speaking"])
        if screen["state"] == RINGING:
            await self.does("answer")
        await self.shows(lambda screen: screen["speaking"])

    async def shows(self, wanted: Callable[[Screen], object]) -> Screen:
        """Wait until the screen shows what is wanted. Raises TelephoneFailed, httpx2.HTTPError."""
        async with aclosing(self._screens()) as screens:
            async for screen in screens:
                if wanted(screen):
                    return screen
        raise TelephoneFailed("the carrier has ended")

    async def _screens(self) -> AsyncGenerator[Screen, None]:
        events = self.http.stream("GET", f"{self._url}/events", headers=self._headers, timeout=None)
        async with events as response:
            response.raise_for_status()
            async for line in response.aiter_lines():
                if line.startswith("data: "):
                    yield json.loads(line.removeprefix("data: "))

    @property
    def _url(self) -> str:
        return f"{self.carrier_url}/control/handsets/{quote(self.number)}"

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}


def last_line(screen: Screen) -> int:
    """The number of the newest line; 0 when there is none."""
    return int(screen["lines"][-1]["number"]) if screen["lines"] else 0


def said_by(whom: str, screen: Screen, after: int) -> list[str]:
    """What was said since the line of that number, by the "carrier" (its machine) or the "other" person."""
    return [line["text"] for line in screen["lines"] if line["by"] == whom and line["number"] > after]
