"""Two agents services add people at once, on each document store: nobody shares a desk, and nobody is there twice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from services.agents.documents import PEOPLE
from services.agents.people import Person, PersonRefused, add_person
from services.shared.document_store import DocumentStore
from services.shared.mongo_document_store import MongoDocumentStore
from services.shared.sqlite_document_store import SqliteDocumentStore
from services.shared.tokens import Role
from tests.fakes.mongo_server import MongoServer, needs_mongo

AT_ONCE = 10


@pytest.fixture(params=["sqlite", pytest.param("mongo", marks=needs_mongo)])
async def stores(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[DocumentStore, ...]]:
    """Two processes' ways to the same documents."""
    async with AsyncExitStack() as ending:
        if request.param == "sqlite":
            opened: list[Any] = [await SqliteDocumentStore.open(tmp_path / "documents.db") for _ in range(2)]
        else:
            server = MongoServer(tmp_path)
            server.start()
            ending.callback(server.kill)
            opened = [await MongoDocumentStore.open(server.url, "people") for _ in range(2)]
        for store in opened:
            ending.push_async_callback(store.close)
        yield tuple(opened)


async def added(store: DocumentStore, name: str, agent: str, id: str = "") -> Person | PersonRefused:
    try:
        return await add_person(
            store, tenant="acme", name=name, role=Role.AGENT if agent else Role.ADMIN, agent=agent, id=id
        )
    except PersonRefused as refused:
        return refused


async def people(store: DocumentStore) -> list[str]:
    return [person["name"] for person in await store.find(PEOPLE, {"tenant": "acme"}, sort=[("name", 1)])]


async def test_of_people_added_at_once_for_one_agent_one_is_that_agent(stores: tuple[DocumentStore, ...]) -> None:
    names = [f"ana {number}" for number in range(AT_ONCE)]
    found = await asyncio.gather(*(added(stores[n % 2], name, "ana") for n, name in enumerate(names)))
    there = [each.name for each in found if isinstance(each, Person)]
    assert len(there) == 1
    assert await people(stores[0]) == there
    assert {str(each) for each in found if isinstance(each, PersonRefused)} == {
        "this agent is somebody else already: two people can't share one desk, choose another"
    }


async def test_one_person_added_at_once_by_both_is_the_same_for_both(stores: tuple[DocumentStore, ...]) -> None:
    found = await asyncio.gather(*(added(stores[n % 2], f"ana {n}", "ana", id="ana-1") for n in range(AT_ONCE)))
    assert len(set(map(str, found))) == 1
    assert len(await people(stores[0])) == 1


async def test_any_number_of_people_are_no_agents(stores: tuple[DocumentStore, ...]) -> None:
    names = [f"admin {number}" for number in range(AT_ONCE)]
    await asyncio.gather(*(added(stores[n % 2], name, "") for n, name in enumerate(names)))
    assert await people(stores[0]) == names


async def test_an_agent_who_was_added_by_an_earlier_version_keeps_the_desk(stores: tuple[DocumentStore, ...]) -> None:
    facts = {"role": "agent", "companies": [], "agent": "ana"}
    await stores[0].insert(PEOPLE, {"id": "before", "tenant": "acme", "name": "ana of before", **facts})
    assert isinstance(await added(stores[1], "another ana", "ana"), PersonRefused)
    assert await people(stores[1]) == ["ana of before"]


async def test_an_id_of_another_tenant_is_refused(stores: tuple[DocumentStore, ...]) -> None:
    await add_person(stores[0], tenant="other", name="theirs", role=Role.ADMIN, id="taken")
    refused = await added(stores[1], "ours", "", id="taken")
    assert "id is taken" in str(refused)
