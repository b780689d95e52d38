"""The seat that the demonstration leaves free, with a program in it: visitors come one at a time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2

from services.cli.data_folder import DataFolder
from services.cli.demonstration.people import GUEST, keys_of
from services.cli.demonstration.seats import Places, Seat, log_in
from services.cli.demonstration.story import TOURS, answer_in
from services.cli.demonstration.tour import Patience
from services.cli.grpc_client import RouterClient
from tests.system.free_seat import free_seat, open_tours

HASTY = Patience(to_be_joined_s=1.5, to_be_answered_s=1.5)


@asynccontextmanager
async def guest(folder: DataFolder) -> AsyncIterator[tuple[httpx2.AsyncClient, Places, str]]:
    """Where the guest's seat is, and its key."""
    addresses = folder.running()
    assert addresses is not None
    places = Places(addresses.url(addresses.agents), f"{addresses.host}:{addresses.router_grpc}", "", "")
    async with httpx2.AsyncClient(timeout=60) as http:
        yield http, places, (await keys_of(folder)).by_person[GUEST]


async def test_whoever_works_in_the_free_seat_is_visited_again_and_again(tmp_path: Path) -> None:
    async with free_seat(tmp_path / "data") as (show, folder), guest(folder) as (http, places, key):
        sitting = asyncio.create_task(Seat(GUEST, key, places, http).run())
        await show.until(lambda: len(show.after) >= 2)
        assert len(await open_tours(folder)) <= 1
        sitting.cancel()
        await asyncio.gather(sitting, return_exceptions=True)

    assert [told.caller for told in show.after[:2]] == [visit.caller for visit in TOURS[:2]]
    assert {(told.agent, told.outcome, told.answer) for told in show.after[:2]} == {(GUEST, "completed", answer_in(""))}


async def keep_attached(router: RouterClient) -> None:
    async for _ in router.desks():
        pass


async def test_a_visitor_whom_nobody_takes_gives_up_and_leaves_nothing_behind(tmp_path: Path) -> None:
    async with free_seat(tmp_path / "data", HASTY) as (show, folder), guest(folder) as (http, places, key):
        token = await log_in(http, places.agents_url, key)
        async with RouterClient(places.router_address, lambda: token) as router:
            await router.set_presence("available")
            attached = asyncio.create_task(keep_attached(router))
            await show.until(lambda: len(show.after) == 2)
            await router.set_presence("away")
            attached.cancel()
            await asyncio.gather(attached, return_exceptions=True)

    assert [(told.agent, told.outcome, told.answer) for told in show.after[:2]] == [("", "abandoned", "")] * 2


async def test_a_visitor_who_gets_no_answer_leaves_and_the_contact_is_the_guests_to_complete(tmp_path: Path) -> None:
    async with free_seat(tmp_path / "data", HASTY) as (show, folder), guest(folder) as (http, places, key):
        token = await log_in(http, places.agents_url, key)
        async with RouterClient(places.router_address, lambda: token) as router:
            await router.set_presence("available")
            async for desk in router.desks():
                for item in desk.items:
                    if item.state == "offered":
                        await router.accept(item)
                    elif item.customer_left:
                        await router.complete(item, "solved")
                if show.after:
                    break

    assert (show.after[0].agent, show.after[0].outcome, show.after[0].answer) == (GUEST, "completed", "")
