"""Documents in MongoDB, by PyMongo's async client: a collection there for each of ours, its indexes made at first use.

Of `insert` and `change` the answer may be lost on its way. A replica set remembers what it answered: the driver asks
again under the same number and gets that answer, so an insert that succeeded is never told as "taken". A server that
stands alone remembers nothing: there the answer is StoreUnavailable, and the write may or may not have happened.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import DuplicateKeyError

from services.shared import mongo_query
from services.shared.document_store import Collection, Document, StoreUnavailable
from services.shared.mongo_connection import Fields, MongoConnection
from services.shared.mongo_declaring import Declaring
from services.shared.mongo_errors import IndexGone, is_of_the_id
from services.shared.mongo_page import page
from services.shared.mongo_query import Query
from services.shared.mongo_values import document_of, fields, stored

T = TypeVar("T")
Kept: TypeAlias = AsyncCollection[Fields]

WITHIN_S = 4.0
ANEW_AFTER_S = 15.0
CONNECTIONS_MAX = 20
PUT_TRIES = 5


class MongoDocumentStore:
    """A DocumentStore in a database. Whatever is asked of the server is given up after `within_s`.

    Most methods ask once. The first use of a collection asks for its indexes before.
    """

    def __init__(self, connection: MongoConnection) -> None:
        self._connection = connection
        self._declaring = Declaring(connection)

    @classmethod
    async def open(
        cls,
        url: str,
        database: str,
        *,
        within_s: float = WITHIN_S,
        connections_max: int = CONNECTIONS_MAX,
        anew_after_s: float = ANEW_AFTER_S,
    ) -> "MongoDocumentStore":
        """Reach the server. Raises StoreUnavailable; ValueError when the URL or the database's name is none."""
        return cls(
            await MongoConnection.open(
                url, database, within_s=within_s, connections_max=connections_max, anew_after_s=anew_after_s
            )
        )

    async def close(self) -> None:
        """Close the connections; what is still asked of the store fails."""
        await self._declaring.close()
        await self._connection.close()

    async def insert(self, collection: Collection, document: Document) -> bool:
        """Store a new document; False when its id or a unique index is taken. Raises StoreUnavailable, ValueError."""
        new = stored(document)

        async def work(kept: Kept, session: AsyncClientSession) -> bool:
            try:
                await kept.insert_one(new, session=session)
            except DuplicateKeyError:
                return False
            return True

        return await self._run(collection, work)

    async def put(self, collection: Collection, document: Document) -> None:
        """Store or replace. Raises StoreUnavailable; ValueError when a unique index belongs to another document."""
        new, chosen = stored(document), mongo_query.by_id(document["id"])

        async def work(kept: Kept, session: AsyncClientSession) -> bool:
            try:
                await kept.replace_one(chosen, new, upsert=True, session=session)
            except DuplicateKeyError as error:
                if not is_of_the_id(error):
                    raise _taken() from None
                return False
            return True

        # Another may store a document of the same id at this moment: then it is there to be replaced.
        for _ in range(PUT_TRIES):
            if await self._run(collection, work):
                return
        raise StoreUnavailable("the document is being stored from too many places at once: try again")

    async def change(
        self, collection: Collection, id: str, changes: Mapping[str, Any], *, when: Mapping[str, Any] | None = None
    ) -> bool:
        """Set fields if it is there and `when` holds, at once. Raises StoreUnavailable; ValueError as `put` does."""
        if "id" in changes:
            raise ValueError("the id of a document cannot be changed: store a new document")
        chosen, to_set = mongo_query.by_id_when(id, when or {}), {"$set": fields(changes)}

        async def work(kept: Kept, session: AsyncClientSession) -> bool:
            try:
                result = await kept.update_one(chosen, to_set, session=session)
            except DuplicateKeyError:
                raise _taken() from None
            return result.matched_count > 0

        return await self._run(collection, work)

    async def get(self, collection: Collection, id: str) -> Document | None:
        """The document of that id. Raises StoreUnavailable."""
        chosen = mongo_query.by_id(id)
        found = await self._run(collection, lambda kept, session: kept.find_one(chosen, session=session))
        return None if found is None else document_of(found)

    async def find(
        self,
        collection: Collection,
        where: Mapping[str, Any],
        *,
        sort: Sequence[tuple[str, int]] = (),
        limit: int = 100,
    ) -> list[Document]:
        """Documents by declared fields. Raises StoreUnavailable; ValueError for a field that no index declares."""

        async def fetch(asked: Query) -> list[Document]:
            return await self._fetch(collection, asked)

        return await page(fetch, collection, where, sort, limit)

    async def delete(self, collection: Collection, id: str) -> bool:
        """Delete a document; False when there was none. Raises StoreUnavailable."""
        chosen = mongo_query.by_id(id)
        result = await self._run(collection, lambda kept, session: kept.delete_one(chosen, session=session))
        return result.deleted_count > 0

    async def _run(self, collection: Collection, work: Callable[[Kept, AsyncClientSession], Awaitable[T]]) -> T:
        await self._declaring.look_after(collection)
        return await self._connection.run(collection.name, work)

    async def _fetch(self, collection: Collection, query: Query) -> list[Document]:
        async def work(kept: Kept, session: AsyncClientSession) -> list[Document]:
            async with kept.find(
                query.filter,
                sort=query.sort,
                limit=query.limit,
                batch_size=query.limit,
                hint=query.index,
                session=session,
            ) as cursor:
                return [document_of(found) for found in await cursor.to_list()]

        try:
            return await self._run(collection, work)
        except IndexGone:
            self._declaring.forget(collection)
            raise


def _taken() -> ValueError:
    return ValueError("another document has these values of a unique index")
