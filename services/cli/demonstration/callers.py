"""Customers with a telephone: they dial and press keys, are called back, or write short messages."""

import asyncio
import secrets
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace

import httpx2

from services.cli.demonstration.people import TENANT
from services.cli.demonstration.persistence import AGAIN_S
from services.cli.demonstration.story import Visit
from services.cli.demonstration.system import System
from services.cli.demonstration.telephone import RINGING, Screen, Telephone, TelephoneFailed, last_line, said_by
from services.cli.demonstration.told import Served
from services.ingest.sms.incoming import contact_of
from services.ingest.voice.ids import CallIds

# Who waits longer than this for an answer or for the telephone to ring, where outages are to be expected, tries anew.
PATIENCE_S = 60.0


class Callers:
    """Knows the carrier. One customer does one thing at a time."""

    def __init__(self, system: System, http: httpx2.AsyncClient) -> None:
        self._where = system.where
        self._persistence = system.persistence
        self._control_key = system.control_key
        self._http = http
        self._ids_key = system.ids_key
        self._busy: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def call(self, visit: Visit) -> Served:
        """Dial, press what the visit says at each menu, wait for an agent, speak, listen, hang up."""
        return await self._again_and_again(visit, self._call)

    async def be_called_back(self, visit: Visit) -> Served:
        """Leave the number on the page, and take the call that comes."""
        return await self._again_and_again(visit, self._be_called_back)

    async def write(self, visit: Visit) -> Served:
        """Send a short message, and wait for the answer."""
        return await self._again_and_again(visit, self._write)

    async def _again_and_again(self, visit: Visit, act: Callable[[Telephone, Visit], Awaitable[Served]]) -> Served:
        """As people do whose call was cut off, or whose words were not answered; once where there are no outages."""
        phone = Telephone(visit.caller, self._where.carrier, self._control_key, self._http)
        earlier: tuple[str, ...] = ()
        async with self._busy[visit.caller]:
            while True:
                try:
                    served = replace(await act(phone, visit), earlier=earlier)
                except TelephoneFailed:  # the call has ended in the middle of what was done
                    if not self._persistence.persists:
                        raise
                else:
                    if served.answer or not self._persistence.persists:
                        return served
                    earlier = () if visit.channel == "voice" else (served.contact_id, *earlier)
                await asyncio.sleep(AGAIN_S)

    async def _call(self, phone: Telephone, visit: Visit) -> Served:
        began = last_line(await phone.screen())
        calling = await phone.does("call", to=visit.to)
        contact_id = CallIds(self._ids_key).contact(TENANT, calling["call_sid"])
        for number, key in enumerate(visit.keys, start=1):
            if not await _heard(phone, began, number):
                return Served(contact_id, None)
            await phone.does("keys", keys=key)
        return Served(contact_id, await _speak(phone, visit, began))

    async def _be_called_back(self, phone: Telephone, visit: Visit) -> Served:
        began = last_line(await phone.screen())
        contact_id = await self._ask_for_a_call(visit)
        with suppress(TimeoutError):
            async with asyncio.timeout(self._patience_s):
                await phone.shows(lambda screen: screen["state"] == RINGING)
            await phone.does("answer")
            return Served(contact_id, await _speak(phone, visit, began))
        return Served(contact_id, None)

    async def _ask_for_a_call(self, visit: Visit) -> str:
        entry = {"number": visit.caller, "name": visit.name, "message": visit.message, "token": secrets.token_hex(16)}

        async def send() -> str:
            response = await self._http.post(f"{self._where.ingest}/v1/callbacks/{visit.to}", json=entry)
            response.raise_for_status()
            contact_id: str = response.json()["contact_id"]
            return contact_id

        return await self._persistence.keep_trying(send)

    async def _write(self, phone: Telephone, visit: Visit) -> Served:
        there = {text["sid"] for text in (await phone.screen())["texts"]}
        sent = await phone.does("texts", to=visit.to, body=visit.message)
        mine = next(text["sid"] for text in reversed(sent["texts"]) if text["mine"])
        contact_id = contact_of(self._ids_key, TENANT, mine)
        there.add(mine)
        with suppress(TimeoutError):
            async with asyncio.timeout(self._patience_s):
                screen = await phone.shows(lambda screen: _new(screen, there))
            return Served(contact_id, _new(screen, there)[0])
        return Served(contact_id, None)

    @property
    def _patience_s(self) -> float | None:
        return PATIENCE_S if self._persistence.persists else None


async def _heard(phone: Telephone, began: int, count: int) -> bool:
    """Wait until the carrier's machine has said so many things in this call; False when it ended before."""
    screen = await phone.shows(lambda s: len(said_by("carrier", s, began)) >= count or _is_over(s, began))
    return not _is_over(screen, began)


async def _speak(phone: Telephone, visit: Visit, began: int) -> str | None:
    """Say what it is about and listen to the agent; None when the call ended without a word of one."""
    screen = await phone.shows(lambda screen: screen["speaking"] or _is_over(screen, began))
    if not screen["speaking"]:
        return None
    await phone.does("say", text=visit.message)
    screen = await phone.shows(lambda screen: said_by("other", screen, began) or _is_over(screen, began))
    if screen["state"] != "ended":
        await phone.does("hang-up")
    return " ".join(said_by("other", screen, began)) or None


def _is_over(screen: Screen, began: int) -> bool:
    return screen["state"] == "ended" and last_line(screen) > began


def _new(screen: Screen, there: set[str]) -> list[str]:
    return [text["body"] for text in screen["texts"] if not text["mine"] and text["sid"] not in there]
