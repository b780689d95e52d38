"""The demonstration in the test's own loop, with the seat that it leaves free."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2

from services.cli.data_folder import Addresses, DataFolder
from services.cli.demonstration.invitation import invitation
from services.cli.demonstration.mailbox import Mailbox
from services.cli.demonstration.people import ADMIN, keys_of
from services.cli.demonstration.run import Demonstration, Programme
from services.cli.demonstration.seats import log_in
from services.cli.demonstration.story import Visit
from services.cli.demonstration.system import system_on
from services.cli.demonstration.told import Invitation, Told
from services.cli.demonstration.tour import PATIENT, Patience
from services.cli.embedded import Embedded
from tests.system.running import FREE_PORTS, bearer

PLAYED_WITHIN_S = 60


class Listening:
    """A show that keeps what it is told. `after` is what was told since everybody was invited."""

    def __init__(self) -> None:
        self.invitations: list[Invitation] = []
        self.before: list[Told] = []
        self.after: list[Told] = []
        self._heard = asyncio.Condition()
        self._ringing: set[asyncio.Task[None]] = set()

    def step(self, words: str) -> None:
        pass

    doing = failed = step

    def told(self, told: Told, asked: str, number: str = "") -> None:
        (self.after if self.invitations else self.before).append(told)
        self._ring()

    def invite(self, invitation: Invitation) -> None:
        self.invitations.append(invitation)
        self._ring()

    async def until(self, good: Callable[[], bool], within_s: float = PLAYED_WITHIN_S) -> None:
        async with asyncio.timeout(within_s), self._heard:
            await self._heard.wait_for(good)

    def _ring(self) -> None:
        ringing = asyncio.create_task(self._notify())
        self._ringing.add(ringing)
        ringing.add_done_callback(self._ringing.discard)

    async def _notify(self) -> None:
        async with self._heard:
            self._heard.notify_all()


@asynccontextmanager
async def free_seat(
    path: Path, patience: Patience = PATIENT, visits: tuple[Visit, ...] = ()
) -> AsyncIterator[tuple[Listening, DataFolder]]:
    """Play these visits; then there is an invitation."""
    folder = DataFolder(path)
    folder.lock()
    mailbox = Mailbox("127.0.0.1", 0, next_free=False)
    await mailbox.start()
    embedded = Embedded(folder, replace(FREE_PORTS, relay=mailbox.port))
    show = Listening()
    demonstration = Demonstration(
        lambda: system_on(folder), mailbox, show, Programme(stays=True, visits=visits, patience=patience)
    )
    try:
        await embedded.start()
        await demonstration.start()
        await show.until(lambda: bool(show.invitations))
        yield show, folder
    finally:
        await demonstration.stop()
        await embedded.stop()
        await mailbox.stop()


async def administrator(http: httpx2.AsyncClient, folder: DataFolder) -> tuple[Addresses, str]:
    """Where it runs, and a token."""
    addresses = folder.running()
    assert addresses is not None
    return addresses, await log_in(http, addresses.url(addresses.agents), (await keys_of(folder)).by_person[ADMIN])


async def another_invitation(folder: DataFolder) -> Invitation:
    """As `switchroom demo` prints it when it joins."""
    async with httpx2.AsyncClient(timeout=60) as http:
        _, token = await administrator(http, folder)
        return await invitation(http, await system_on(folder), token)


async def open_tours(folder: DataFolder) -> list[dict[str, Any]]:
    """The contacts of visitors to the free seat that have not ended."""
    async with httpx2.AsyncClient(timeout=60) as http:
        addresses, token = await administrator(http, folder)
        answer = await http.get(f"{addresses.url(addresses.reporting)}/v1/contacts", headers=bearer(token))
    contacts: list[dict[str, Any]] = answer.json()["contacts"]
    return [each for each in contacts if each["queue"] == "acme-welcome" and each["stage"] != "ended"]
