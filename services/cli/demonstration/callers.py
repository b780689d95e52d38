"""Customers with a telephone: they dial and press keys, are called back, or write short messages."""

import asyncio
import secrets
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2

from services.cli.carrier.subscription import Subscription
from services.cli.data_folder import Addresses
from services.cli.demonstration.people import TENANT
from services.cli.demonstration.story import Visit
from services.cli.demonstration.telephone import RINGING, Screen, Telephone, last_line, said_by
from services.cli.demonstration.told import Served
from services.ingest.sms.incoming import contact_of
from services.ingest.voice.ids import CallIds


class Callers:
    """Knows the carrier. One customer does one thing at a time."""

    def __init__(self, addresses: Addresses, carrier: Subscription, http: httpx2.AsyncClient, ids_key: bytes) -> None:
        self._addresses = addresses
        self._carrier = carrier
        self._http = http
        self._ids_key = ids_key
        self._busy: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def call(self, visit: Visit) -> Served:
        """Dial, press what the visit says at each menu, wait for an agent, speak, listen, hang up."""
        async with self._telephone(visit) as (phone, began):
            calling = await phone.does("call", to=visit.to)
            for number, key in enumerate(visit.keys, start=1):
                await _heard(phone, began, number)
                await phone.does("keys", keys=key)
            contact_id = CallIds(self._ids_key).contact(TENANT, calling["call_sid"])
            return Served(contact_id, await _speak(phone, visit, began))

    async def be_called_back(self, visit: Visit) -> Served:
        """Leave the number on the page, and take the call that comes."""
        async with self._telephone(visit) as (phone, began):
            url = f"{self._addresses.url(self._addresses.ingest)}/v1/callbacks/{visit.to}"
            entry = {"number": visit.caller, "name": visit.name, "message": visit.message}
            response = await self._http.post(url, json=entry | {"token": secrets.token_hex(16)})
            response.raise_for_status()
            await phone.shows(lambda screen: screen["state"] == RINGING)
            await phone.does("answer")
            return Served(response.json()["contact_id"], await _speak(phone, visit, began))

    async def write(self, visit: Visit) -> Served:
        """Send a short message, and wait for the answer."""
        async with self._telephone(visit) as (phone, _):
            there = {text["sid"] for text in (await phone.screen())["texts"]}
            sent = await phone.does("texts", to=visit.to, body=visit.message)
            mine = next(text["sid"] for text in reversed(sent["texts"]) if text["mine"])
            there.add(mine)
            screen = await phone.shows(lambda screen: _new(screen, there))
            return Served(contact_of(self._ids_key, TENANT, mine), _new(screen, there)[0])

    @asynccontextmanager
    async def _telephone(self, visit: Visit) -> AsyncIterator[tuple[Telephone, int]]:
        carrier_url = self._addresses.url(self._addresses.carrier)
        phone = Telephone(visit.caller, carrier_url, self._carrier.control_key, self._http)
        async with self._busy[visit.caller]:
            yield phone, last_line(await phone.screen())


async def _heard(phone: Telephone, began: int, count: int) -> None:
    """Wait until the carrier's machine has said so many things in this call."""
    await phone.shows(lambda screen: len(said_by("carrier", screen, began)) >= count)


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
