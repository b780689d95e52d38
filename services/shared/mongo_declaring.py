"""Collections of MongoDB at their first use: the declared indexes are looked up, and made where they are missing."""

import asyncio
from functools import partial

import pymongo
import structlog
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection

from services.shared import mongo_indexes
from services.shared.document_store import Collection, StoreUnavailable
from services.shared.mongo_connection import Fields, MongoConnection

# An index on a large collection takes its time; whoever needs it is told so, and it goes on.
BUILDING_S = 3600.0
CANCEL_AGAIN_S = 0.2

log = structlog.get_logger(__name__)


class Declaring:
    """Looks after each collection once; many may ask at the same time."""

    def __init__(self, connection: MongoConnection) -> None:
        self._connection = connection
        self._done: set[Collection] = set()
        self._underway: dict[Collection, asyncio.Task[None]] = {}

    async def look_after(self, collection: Collection) -> None:
        """Returns when it has its indexes. Raises StoreUnavailable; ValueError for what is no name."""
        if collection not in self._done:
            mongo_indexes.declared(collection)
            await self._wait_for(self._task(collection), collection)

    def forget(self, collection: Collection) -> None:
        """Look after it again at its next use."""
        self._done.discard(collection)

    async def close(self) -> None:
        """Leave what is under way to the server."""
        underway = {task for task in self._underway.values() if not task.done()}
        give_up_at_s = asyncio.get_running_loop().time() + self._connection.within_s
        while underway and asyncio.get_running_loop().time() < give_up_at_s:
            # More than once: a cancellation can get lost in the driver.
            for task in underway:
                task.cancel()
            _, underway = await asyncio.wait(underway, timeout=CANCEL_AGAIN_S)

    def _task(self, collection: Collection) -> asyncio.Task[None]:
        task = self._underway.get(collection)
        if task is None or task.done():
            task = asyncio.create_task(self._declare(collection))
            # Whoever waited may have given up: its failure is not to be reported as nobody's.
            task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
            self._underway[collection] = task
        return task

    async def _wait_for(self, task: asyncio.Task[None], collection: Collection) -> None:
        done, _ = await asyncio.wait({task}, timeout=self._connection.within_s)
        if not done:
            raise StoreUnavailable(f"the indexes of {collection.name} are still being made: try again later")
        if task.cancelled():
            raise StoreUnavailable("the document store is closed")
        task.result()

    async def _declare(self, collection: Collection) -> None:
        missing = mongo_indexes.missing(collection, await self._connection.run(collection.name, _indexes))
        if missing:
            log.info("mongo_indexes_missing", collection=collection.name, indexes=sorted(missing))
            models = [_model(name, made_with) for name, made_with in missing.items()]
            make = partial(_make, models)
            await self._connection.run(collection.name, make, within_s=BUILDING_S)
            log.info("mongo_indexes_made", collection=collection.name, indexes=sorted(missing))
        self._done.add(collection)


async def _indexes(kept: AsyncCollection[Fields], session: AsyncClientSession) -> list[Fields]:
    return [dict(index) for index in await (await kept.list_indexes(session=session)).to_list()]


async def _make(models: list[pymongo.IndexModel], kept: AsyncCollection[Fields], _: AsyncClientSession) -> None:
    await kept.create_indexes(models)


def _model(name: str, made_with: Fields) -> pymongo.IndexModel:
    return pymongo.IndexModel(made_with["key"], name=name, **{k: v for k, v in made_with.items() if k != "key"})
