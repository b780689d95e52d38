"""The way to MongoDB: one client, deadlines on everything, and what was written is read again, after a failover too."""

import asyncio
import contextlib
import warnings
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeAlias, TypeVar

import pymongo
import structlog
from bson.timestamp import Timestamp
from pymongo import AsyncMongoClient, ReadPreference, WriteConcern
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import DocumentTooLarge, PyMongoError
from pymongo.read_concern import ReadConcern

from services.shared.document_store import StoreUnavailable
from services.shared.mongo_errors import unavailable

T = TypeVar("T")
Fields: TypeAlias = dict[str, Any]
DOCUMENT_MIB_MAX = 16
# How much later than the driver's own deadline ours is.
SLACK_S = 1.0
# How long it takes leave of a server, at the end.
LEAVE_S = 1.0
# How often a server that is away is looked for while nobody waits for it.
LOOK_MS = 500
# How often somebody is let through who asks while none is there.
ASK_AGAIN_S = 3.0
WRITES = WriteConcern("majority", j=True)
READS = ReadConcern("majority")

log = structlog.get_logger(__name__)


class MongoConnection:
    """A database, and the deadline for what is asked of it. While no server is there, asking fails at once.

    The driver's client looks for a server by a task of its own, and when that is cancelled at the wrong moment it is
    never made again. So a client that has found no server for `anew_after_s` is thrown away for a new one.
    """

    def __init__(
        self, make_client: Callable[[], AsyncMongoClient[Fields]], database: str, within_s: float, anew_after_s: float
    ) -> None:
        self.within_s = within_s
        self._anew_after_s = anew_after_s
        self._make_client = make_client
        self._client = make_client()
        self._database = database
        self._collection(self._client, "valid")
        self._away_since_s: float | None = None
        self._asked_at_s = 0.0
        self._closed = False
        self._leaving: set[asyncio.Task[None]] = set()
        self._seen: Timestamp | None = None

    @classmethod
    async def open(
        cls, url: str, database: str, *, within_s: float, connections_max: int, anew_after_s: float
    ) -> "MongoConnection":
        """Reach the server. Raises StoreUnavailable; ValueError when the URL or the database's name is none."""
        try:
            connection = cls(lambda: _client(url, within_s, connections_max), database, within_s, anew_after_s)
        except (PyMongoError, ValueError, TypeError, Warning):  # their words may quote the password
            raise ValueError(
                "the MongoDB URL or the database's name is not valid: write mongodb://user:password@host:27017/"
                "?replicaSet=name, with %XX for / : @ in user and password, and a name without / . $ or blanks"
            ) from None
        try:
            await connection._greet()
        except BaseException:
            await connection.close()
            raise
        return connection

    async def close(self) -> None:
        """Close its connections; what is still asked of it fails."""
        self._closed = True
        await asyncio.gather(self._leave(self._client), *self._leaving)

    async def run(
        self,
        name: str,
        work: Callable[[AsyncCollection[Fields], AsyncClientSession], Awaitable[T]],
        *,
        within_s: float = 0,
    ) -> T:
        """What the work on that collection returned, in a session that sees all that was written here before.

        It writes to the disks of a majority, and reads from the primary what a majority has. Raises what the work does;
        StoreUnavailable for the driver's errors and after the deadline (`within_s`, if not the usual one); ValueError
        for a document that is too large.
        """
        self._check_that_it_is_there()
        within_s, client = within_s or self.within_s, self._client
        with self._in_our_words(within_s):
            async with asyncio.timeout(within_s + SLACK_S):
                with pymongo.timeout(within_s):
                    result = await self._in_session(client, name, work)
        self._away_since_s = None
        return result

    async def _in_session(
        self,
        client: AsyncMongoClient[Fields],
        name: str,
        work: Callable[[AsyncCollection[Fields], AsyncClientSession], Awaitable[T]],
    ) -> T:
        async with client.start_session(causal_consistency=True) as session:
            # What this process has seen, a server has to have before it answers, also one that just took over.
            if self._seen is not None:
                session.advance_operation_time(self._seen)
            result = await work(self._collection(client, name), session)
            self._remember(session.operation_time)
        return result

    def _collection(self, client: AsyncMongoClient[Fields], name: str) -> AsyncCollection[Fields]:
        return client.get_database(
            self._database, read_preference=ReadPreference.PRIMARY, read_concern=READS, write_concern=WRITES
        )[name]

    def _remember(self, seen: Timestamp | None) -> None:
        if seen is not None and (self._seen is None or seen > self._seen):
            self._seen = seen

    def _check_that_it_is_there(self) -> None:
        if self._closed:
            raise StoreUnavailable("the document store is closed")
        if self._away_since_s is None or self._client.topology_description.has_writable_server():
            return
        # The driver looks for it all the time, so nobody who asks needs to wait. But it is not trusted for ever.
        now_s = asyncio.get_running_loop().time()
        if now_s - self._away_since_s >= self._anew_after_s:
            self._begin_anew(now_s)
        elif now_s - self._asked_at_s < ASK_AGAIN_S:
            raise StoreUnavailable("no MongoDB server that takes writes is there: it is looked for all the time")
        self._asked_at_s = now_s

    def _begin_anew(self, now_s: float) -> None:
        log.warning("mongo_client_made_anew", away_s=round(now_s - (self._away_since_s or now_s), 1))
        left = asyncio.create_task(self._leave(self._client))
        self._leaving.add(left)
        left.add_done_callback(self._leaving.discard)
        self._client = self._make_client()
        self._away_since_s = now_s

    async def _leave(self, client: AsyncMongoClient[Fields]) -> None:
        # The driver takes leave of the server first, and would wait for ever for one that does not answer.
        with contextlib.suppress(TimeoutError, PyMongoError):
            async with asyncio.timeout(self.within_s + SLACK_S):
                with pymongo.timeout(min(self.within_s, LEAVE_S)):
                    await client.close()

    @contextlib.contextmanager
    def _in_our_words(self, within_s: float) -> Iterator[None]:
        try:
            yield
        except DocumentTooLarge:
            raise ValueError(f"the document is larger than {DOCUMENT_MIB_MAX} MiB: keep large parts as blobs") from None
        except (PyMongoError, TimeoutError) as error:
            if self._away_since_s is None:
                self._away_since_s = self._asked_at_s = asyncio.get_running_loop().time()
            raise unavailable(error, within_s) from None

    async def _greet(self) -> None:
        hello = await self.run("hello", lambda kept, session: kept.database.command("hello", session=session))
        # mongos, of a sharded cluster, says so in `msg`.
        alone = "setName" not in hello and hello.get("msg") != "isdbgrid"
        if alone:
            log.warning(
                "mongo_without_replica_set",
                consequence="writes are on one server only, and are not tried again when an answer is lost",
                what_to_do="run MongoDB as a replica set, if only of one member",
            )


def _client(url: str, within_s: float, connections_max: int) -> AsyncMongoClient[Fields]:
    within_ms = int(within_s * 1000)
    with warnings.catch_warnings():
        # An option that the driver does not understand it would leave out, if it was for TLS.
        warnings.simplefilter("error")
        return AsyncMongoClient(
            url,
            appname="switchroom",
            connectTimeoutMS=within_ms,
            heartbeatFrequencyMS=LOOK_MS,
            maxPoolSize=connections_max,
            serverSelectionTimeoutMS=within_ms,
        )
