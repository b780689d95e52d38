"""Documents in MongoDB against the suite, on a real server of its protocol, which is also told to fail."""

import asyncio
import gc
import re
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import bson
import pytest
from pymongo import MongoClient
from structlog.testing import capture_logs

from services.shared.document_store import Collection, DocumentStore, Index, OneOf, StoreUnavailable
from services.shared.mongo_document_store import MongoDocumentStore
from tests.contract.document_store_contract import PEOPLE, DocumentStoreContract
from tests.fakes.mongo_server import MongoServer, needs_mongo
from tests.fakes.tcp_gate import TcpGate

# The driver leaves a socket to the garbage collector when it is cancelled while it connects (its PYTHON-5867).
pytestmark = [needs_mongo, pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")]
Starting = Callable[..., MongoServer]
Opening = Callable[..., Awaitable[MongoDocumentStore]]
THINGS = Collection("things", (Index(("kind", "size")),))
NOT_WRITABLE_PRIMARY = 10107
SHUTTING_DOWN = 91
INSERT, UPDATE = b"\x02insert\x00", b"\x02update\x00"


@pytest.fixture(scope="module", autouse=True)
def what_others_hold_is_not_looked_through_each_time() -> Iterator[None]:
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def nothing_is_left_for_other_tests() -> Iterator[None]:
    yield
    gc.collect()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MongoServer]:
    server = MongoServer(tmp_path_factory.mktemp("mongo"))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def starting() -> Iterator[Starting]:
    """Starts servers of a test's own, which end with it."""
    started: list[MongoServer] = []

    def starting_one(folder: Path, **more: bool) -> MongoServer:
        started.append(MongoServer(folder, **more))
        started[-1].start()
        return started[-1]

    yield starting_one
    for server in started:
        server.kill()


@pytest.fixture
def database() -> str:
    return f"test_{secrets.token_hex(4)}"


@pytest.fixture
async def opening(starting: Starting) -> AsyncIterator[Opening]:
    """Opens stores that are closed at the end, also when a test fails: the driver's tasks would keep the loop.

    They close before their servers end: a driver that is closed while it connects leaves its socket to the collector.
    """
    opened: list[MongoDocumentStore] = []

    async def opening_one(url: str, database: str, **more: float) -> MongoDocumentStore:
        opened.append(await MongoDocumentStore.open(url, database, **more))  # type: ignore[arg-type]
        return opened[-1]

    yield opening_one
    for store in opened:
        await store.close()


@pytest.fixture
async def store(server: MongoServer, database: str, opening: Opening) -> AsyncIterator[DocumentStore]:
    yield await opening(server.url, database)
    server.work()


@pytest.fixture
def gate(server: MongoServer) -> Iterator[TcpGate]:
    gate = TcpGate(server.port, rewrite=same_deadline)
    gate.open()
    yield gate
    gate.end()


@pytest.fixture
async def behind_gate(gate: TcpGate, database: str, opening: Opening) -> DocumentStore:
    opened = await opening(f"mongodb://127.0.0.1:{gate.port}/?directConnection=true", database)
    await opened.put(THINGS, {"id": "0", "kind": "first"})
    gate.asked.clear()
    return opened


class TestMongoDocumentStore(DocumentStoreContract):
    pass


def same_deadline(chunk: bytes) -> bytes:
    """MongoDB knows a write that is tried again by session and number. This server compares the deadline as well."""
    return re.sub(b"\x10maxTimeMS\x00....", b"\x10maxTimeMS\x00" + (4000).to_bytes(4, "little"), chunk, flags=re.DOTALL)


def administrator(server: MongoServer) -> MongoClient[dict[str, Any]]:
    return MongoClient(server.url)


def commands(gate: TcpGate, name: str) -> list[dict[str, Any]]:
    """The commands of that name that went through the gate: a message's first section, behind 21 bytes of header."""
    found = [chunk[21 : 21 + int.from_bytes(chunk[21:25], "little")] for chunk in gate.asked if len(chunk) > 25]
    return [command for command in map(bson.decode, found) if next(iter(command)) == name]


async def eventually(works: Callable[[], Awaitable[Any]], within_s: float = 30.0) -> Any:
    """What it gives as soon as the store is there."""
    give_up_at = time.monotonic() + within_s
    while True:
        try:
            return await works()
        except StoreUnavailable:
            assert time.monotonic() < give_up_at, "the store did not come back"
            await asyncio.sleep(0.05)


# ---------------------------------------------------------------- what is asked of MongoDB


async def test_documents_are_native_fields_that_people_can_query(
    store: DocumentStore, server: MongoServer, database: str
) -> None:
    await store.put(THINGS, {"id": "1", "kind": "chair", "size": 3, "deep": {"list": [1, None, 2.5]}})
    with administrator(server) as client:
        found = client[database]["things"].find_one({"deep.list": 2.5})
    assert found == {"_id": "1", "kind": "chair", "size": 3, "deep": {"list": [1, None, 2.5]}}


async def test_writes_wait_for_the_disks_of_a_majority_and_reads_see_them(
    behind_gate: DocumentStore, gate: TcpGate
) -> None:
    await behind_gate.insert(THINGS, {"id": "1"})
    await behind_gate.put(THINGS, {"id": "1"})
    await behind_gate.change(THINGS, "1", {"kind": "chair"})
    await behind_gate.delete(THINGS, "1")
    await behind_gate.get(THINGS, "1")
    writes = [command for name in ("insert", "update", "delete") for command in commands(gate, name)]
    assert len(writes) == 4
    for write in writes:
        assert write["writeConcern"] == {"w": "majority", "j": True}
        assert "txnNumber" in write
        assert 0 < write["maxTimeMS"] <= 4000
    (read,) = commands(gate, "find")
    assert read["readConcern"]["level"] == "majority"
    # A server that has just taken over answers when it has what this process saw last.
    assert read["readConcern"]["afterClusterTime"] > writes[0]["$clusterTime"]["clusterTime"]


async def test_documents_are_there_for_another_store_at_once(
    opening: Opening, server: MongoServer, database: str
) -> None:
    one, other = [await opening(server.url, database) for _ in range(2)]
    await one.put(PEOPLE, {"id": "1", "city": "Oslo"})
    assert await other.find(PEOPLE, {"city": "Oslo"}) == [{"id": "1", "city": "Oslo"}]


async def test_of_many_stores_that_insert_what_is_unique_exactly_one_wins(
    opening: Opening, server: MongoServer, database: str
) -> None:
    stores = [await opening(server.url, database) for _ in range(4)]
    people = [{"id": str(n), "email": "a@example.org"} for n in range(20)]
    won = await asyncio.gather(*(stores[n % 4].insert(PEOPLE, one) for n, one in enumerate(people)))
    assert won.count(True) == 1
    assert await stores[0].find(PEOPLE, {"email": "a@example.org"}) == [people[won.index(True)]]


async def test_many_that_put_one_document_at_once_all_succeed(
    opening: Opening, server: MongoServer, database: str
) -> None:
    stores = [await opening(server.url, database) for _ in range(3)]
    await asyncio.gather(*(stores[n % 3].put(PEOPLE, {"id": "1", "age": n}) for n in range(60)))
    assert await stores[0].get(PEOPLE, "1") is not None


async def test_more_tasks_than_connections_wait_for_each_other(
    opening: Opening, server: MongoServer, database: str
) -> None:
    store = await opening(server.url, database, connections_max=2)
    assert all(await asyncio.gather(*(store.insert(THINGS, {"id": str(n)}) for n in range(100))))
    with administrator(server) as client:
        pools = client.admin.command("serverStatus")["connections"]
    assert pools["current"] < 100


# ---------------------------------------------------------------- indexes


async def test_indexes_are_made_at_the_first_use_and_left_alone_at_the_next(
    opening: Opening, server: MongoServer, database: str
) -> None:
    for n in range(2):
        store = await opening(server.url, database)
        with capture_logs() as logs:
            await store.put(PEOPLE, {"id": str(n)})
        await store.close()
        made = [line["event"] for line in logs if line["event"] == "mongo_indexes_made"]
        assert made == ["mongo_indexes_made"][n:]
    with administrator(server) as client:
        names = set(client[database]["people"].index_information())
    assert names == {"_id_", "i_people_email", "u_people_email", "i_people_city_age"}


async def test_an_index_that_somebody_made_otherwise_is_an_error_until_it_is_dropped(
    store: DocumentStore, server: MongoServer, database: str
) -> None:
    with administrator(server) as client:
        client[database]["things"].create_index([("size", 1)], name="i_things_kind_size")
        with pytest.raises(StoreUnavailable, match=r"db\.things\.dropIndex\('i_things_kind_size'\)"):
            await store.put(THINGS, {"id": "1"})
        client[database]["things"].drop_index("i_things_kind_size")
    await store.put(THINGS, {"id": "1"})


async def test_an_index_that_still_forbids_what_no_longer_is_unique_is_an_error(
    opening: Opening, server: MongoServer, database: str
) -> None:
    before = await opening(server.url, database)
    await before.put(Collection("things", (Index(("kind",), unique=True),)), {"id": "1", "kind": "chair"})
    await before.close()
    after = await opening(server.url, database)
    with pytest.raises(StoreUnavailable, match="u_things_kind"):
        await after.put(Collection("things", (Index(("kind",)),)), {"id": "2", "kind": "chair"})
    await after.close()


async def test_unique_values_that_are_there_twice_already_are_an_error_that_tells_no_value(
    store: DocumentStore, server: MongoServer, database: str
) -> None:
    with administrator(server) as client:
        client[database]["people"].insert_many([{"_id": n, "email": "private@example.org"} for n in "ab"])
    with pytest.raises(StoreUnavailable) as raised:
        await store.put(PEOPLE, {"id": "1"})
    assert "private" not in str(raised.value)


async def test_an_index_that_was_dropped_is_an_error_once_and_then_made_again(
    store: DocumentStore, server: MongoServer, database: str
) -> None:
    await store.put(THINGS, {"id": "1", "kind": "chair"})
    with administrator(server) as client:
        client[database]["things"].drop_index("i_things_kind_size")
    with pytest.raises(StoreUnavailable):
        await store.find(THINGS, {"kind": "chair"})
    assert await store.find(THINGS, {"kind": "chair"}) == [{"id": "1", "kind": "chair"}]


async def test_whoever_needs_an_index_that_is_being_made_is_told_so_and_it_goes_on(
    opening: Opening, server: MongoServer, database: str
) -> None:
    store = await opening(server.url, database, within_s=0.5)
    server.fail("createIndexes", times=1, blockConnection=True, blockTimeMS=3_000)
    with pytest.raises(StoreUnavailable, match="indexes of things are still being made"):
        await store.put(THINGS, {"id": "1", "kind": "chair"})
    await eventually(lambda: store.put(THINGS, {"id": "1", "kind": "chair"}))
    assert await store.find(THINGS, {"kind": "chair"}) == [{"id": "1", "kind": "chair"}]


async def test_a_store_that_is_closed_while_an_index_is_being_made_leaves_nothing_behind(
    opening: Opening, server: MongoServer, database: str
) -> None:
    store = await opening(server.url, database, within_s=5.0)
    server.fail("createIndexes", times=1, blockConnection=True, blockTimeMS=1_000)
    waiting = asyncio.create_task(store.put(THINGS, {"id": "1"}))
    await asyncio.sleep(0.2)
    await store.close()
    with pytest.raises(StoreUnavailable):
        await waiting
    server.work()


# ---------------------------------------------------------------- searches


async def test_a_page_cut_among_equals_has_those_with_the_lowest_ids(store: DocumentStore) -> None:
    for n in range(30):
        await store.put(THINGS, {"id": f"{29 - n:02}", "kind": "chair", "size": n // 10})
    for way in (1, -1):
        for limit in (1, 5, 10, 11, 15, 29, 30, 31):
            found = await store.find(THINGS, {"kind": "chair"}, sort=[("size", way)], limit=limit)
            rows = [(way * (n // 10), f"{29 - n:02}") for n in range(30)]
            assert [one["id"] for one in found] == [key for _, key in sorted(rows)][:limit]


async def test_a_search_by_more_values_than_one_message_holds_is_answered(store: DocumentStore) -> None:
    await asyncio.gather(*(store.put(THINGS, {"id": f"{n:04}", "kind": f"{n}"}) for n in range(300)))
    found = await store.find(THINGS, {"kind": OneOf(tuple(f"{n}" for n in range(2000)))}, limit=1000)
    assert [one["id"] for one in found] == [f"{n:04}" for n in range(300)]


async def test_a_document_that_is_too_large_is_refused_and_not_called_unavailable(store: DocumentStore) -> None:
    with pytest.raises(ValueError, match="16 MiB"):
        await store.put(THINGS, {"id": "1", "text": "x" * (17 << 20)})
    nested: Any = "deepest"
    for _ in range(100):
        nested = [nested]
    with pytest.raises(ValueError, match="levels deep"):
        await store.put(THINGS, {"id": "1", "nested": nested})


async def test_a_document_as_deep_as_is_allowed_is_taken_by_the_server(store: DocumentStore) -> None:
    nested: Any = "deepest"
    for _ in range(88):
        nested = {"a": nested}
    await store.put(THINGS, {"id": "1", "nested": nested})
    assert await store.get(THINGS, "1") == {"id": "1", "nested": nested}


# ---------------------------------------------------------------- lost answers


async def test_an_insert_whose_answer_was_lost_is_still_told_as_done(behind_gate: DocumentStore, gate: TcpGate) -> None:
    gate.lose_answers_to(INSERT, times=3)
    assert await behind_gate.insert(THINGS, {"id": "1", "kind": "chair"})
    assert len(commands(gate, "insert")) == 4
    assert len({command["txnNumber"] for command in commands(gate, "insert")}) == 1
    assert not await behind_gate.insert(THINGS, {"id": "1", "kind": "table"})
    assert await behind_gate.get(THINGS, "1") == {"id": "1", "kind": "chair"}


async def test_an_insert_that_a_primary_made_while_it_stepped_down_is_told_as_done(
    behind_gate: DocumentStore, server: MongoServer
) -> None:
    concern = {"code": SHUTTING_DOWN, "codeName": "ShutdownInProgress", "errmsg": "shutting down"}
    server.fail("insert", times=1, writeConcernError=concern, errorLabels=["RetryableWriteError"])
    assert await behind_gate.insert(THINGS, {"id": "1"})
    assert not await behind_gate.insert(THINGS, {"id": "1"})


async def test_a_conditional_change_whose_answer_was_lost_is_told_as_done_once(
    behind_gate: DocumentStore, gate: TcpGate
) -> None:
    gate.lose_answers_to(UPDATE)
    assert await behind_gate.change(THINGS, "0", {"kind": "mine"}, when={"kind": "first"})
    assert not await behind_gate.change(THINGS, "0", {"kind": "yours"}, when={"kind": "first"})
    assert await behind_gate.get(THINGS, "0") == {"id": "0", "kind": "mine"}


async def test_a_deletion_whose_answer_was_lost_is_told_as_done(behind_gate: DocumentStore, gate: TcpGate) -> None:
    gate.lose_answers_to(b"\x02delete\x00")
    assert await behind_gate.delete(THINGS, "0")
    assert not await behind_gate.delete(THINGS, "0")


async def test_an_answer_that_never_comes_is_unavailable_and_the_write_may_have_happened(
    behind_gate: DocumentStore, gate: TcpGate
) -> None:
    gate.lose_answers_to(INSERT, times=1_000_000)
    with pytest.raises(StoreUnavailable):
        await behind_gate.insert(THINGS, {"id": "1"})
    gate.lose_answers_to(b"", times=0)
    assert await eventually(lambda: behind_gate.get(THINGS, "1")) == {"id": "1"}


async def test_a_server_that_stands_alone_is_warned_of_and_a_lost_answer_is_unavailable(
    opening: Opening, tmp_path: Path, starting: Starting
) -> None:
    server = starting(tmp_path, alone=True)
    gate = TcpGate(server.port)
    gate.open()
    with capture_logs() as logs:
        store = await opening(f"mongodb://127.0.0.1:{gate.port}/", "alone")
    assert "mongo_without_replica_set" in [line["event"] for line in logs]
    await store.put(THINGS, {"id": "0"})
    gate.lose_answers_to(INSERT)
    with pytest.raises(StoreUnavailable, match="may or may not have happened"):
        await store.insert(THINGS, {"id": "1"})
    assert await eventually(lambda: store.get(THINGS, "1")) == {"id": "1"}
    gate.end()


# ---------------------------------------------------------------- fail points


async def test_a_connection_that_breaks_is_replaced_and_nothing_is_told(
    store: DocumentStore, server: MongoServer
) -> None:
    await store.put(THINGS, {"id": "0"})
    server.fail("insert", times=2, closeConnection=True)
    assert await store.insert(THINGS, {"id": "1"})
    server.fail("find", times=1, closeConnection=True)
    assert await store.get(THINGS, "1") == {"id": "1"}


@pytest.mark.parametrize("code", [NOT_WRITABLE_PRIMARY, SHUTTING_DOWN])
async def test_a_failover_under_way_is_waited_for(store: DocumentStore, server: MongoServer, code: int) -> None:
    await store.put(THINGS, {"id": "0"})
    server.fail("insert", "update", "find", times=2, errorCode=code)
    assert await store.insert(THINGS, {"id": "1"})
    server.fail("insert", "update", "find", times=1, errorCode=code)
    assert await store.change(THINGS, "1", {"kind": "chair"})
    server.fail("find", times=1, errorCode=code)
    assert await store.get(THINGS, "1") == {"id": "1", "kind": "chair"}


async def test_a_primary_that_steps_down_is_waited_for(store: DocumentStore, server: MongoServer) -> None:
    await store.put(THINGS, {"id": "0"})
    server.command("replSetStepDown", 1, force=True)
    assert await eventually(lambda: store.insert(THINGS, {"id": "1"}))


async def test_a_failover_that_does_not_end_is_unavailable(
    opening: Opening, server: MongoServer, database: str
) -> None:
    store = await opening(server.url, database, within_s=1.0)
    await store.put(THINGS, {"id": "0"})
    server.fail("insert", errorCode=NOT_WRITABLE_PRIMARY)
    with pytest.raises(StoreUnavailable):
        await store.insert(THINGS, {"id": "1"})
    server.work()
    assert await eventually(lambda: store.insert(THINGS, {"id": "1"}))


async def test_a_write_that_no_majority_confirms_is_unavailable(store: DocumentStore, server: MongoServer) -> None:
    await store.put(THINGS, {"id": "0"})
    concern = {"code": 64, "codeName": "WriteConcernFailed", "errmsg": "waiting for replication timed out"}
    server.fail("insert", "update", "delete", writeConcernError=concern)
    for write in (
        lambda: store.insert(THINGS, {"id": "1"}),
        lambda: store.put(THINGS, {"id": "0"}),
        lambda: store.change(THINGS, "0", {"kind": "chair"}),
        lambda: store.delete(THINGS, "0"),
    ):
        with pytest.raises(StoreUnavailable, match="may or may not have happened"):
            await write()


async def test_a_late_answer_is_unavailable_and_holds_up_nobody_else(
    opening: Opening, server: MongoServer, database: str
) -> None:
    store = await opening(server.url, database, within_s=1.0)
    await store.put(THINGS, {"id": "0"})
    server.fail("find", times=1, blockConnection=True, blockTimeMS=20_000)
    began = time.monotonic()
    with pytest.raises(StoreUnavailable, match="did not answer within 1 s"):
        await store.get(THINGS, "0")
    assert time.monotonic() - began < 10
    assert await eventually(lambda: store.get(THINGS, "0")) == {"id": "0"}
    server.work()


@pytest.mark.parametrize("code", [13, 18])
async def test_a_user_that_is_refused_is_told_what_to_check(
    store: DocumentStore, server: MongoServer, code: int
) -> None:
    await store.put(THINGS, {"id": "0"})
    server.fail("insert", times=1, errorCode=code)
    with pytest.raises(StoreUnavailable, match="name, password and roles"):
        await store.insert(THINGS, {"id": "1"})


async def test_errors_tell_nothing_of_documents(store: DocumentStore, server: MongoServer) -> None:
    private = {"id": "private-id", "email": "private@example.org", "text": "private words"}
    await store.put(PEOPLE, private)
    server.fail("insert", "update", "find", "delete", errorCode=8, errmsg="private words of private@example.org")
    for ask in (
        lambda: store.insert(PEOPLE, private),
        lambda: store.put(PEOPLE, private),
        lambda: store.change(PEOPLE, "private-id", {"text": "private"}),
        lambda: store.get(PEOPLE, "private-id"),
        lambda: store.find(PEOPLE, {"email": "private@example.org"}),
        lambda: store.delete(PEOPLE, "private-id"),
    ):
        with pytest.raises(StoreUnavailable, match="error 8") as raised:
            await ask()
        assert "private" not in str(raised.value)
        assert raised.value.__cause__ is None
        assert raised.value.__suppress_context__
    server.work()
    with pytest.raises(ValueError, match="unique") as refused:
        await store.put(PEOPLE, private | {"id": "2"})
    assert "private" not in str(refused.value)
    assert refused.value.__suppress_context__


# ---------------------------------------------------------------- a server that is away


async def test_the_store_goes_on_when_the_server_was_killed_and_is_back(
    opening: Opening, tmp_path: Path, starting: Starting
) -> None:
    server = starting(tmp_path, durable=True)
    store = await opening(server.url, "killed", within_s=2.0)
    kept = [{"id": str(n)} for n in range(20) if await store.insert(THINGS, {"id": str(n)})]
    server.kill()
    began = time.monotonic()
    for _ in range(20):
        with pytest.raises(StoreUnavailable):
            await store.get(THINGS, "0")
    # The first waits for its deadline, the others are told at once: they would wait for 40 seconds.
    assert time.monotonic() - began < 20
    server.start()
    assert await eventually(lambda: store.find(THINGS, {})) == sorted(kept, key=lambda one: one["id"])
    assert await store.insert(THINGS, {"id": "new"})


async def test_a_server_that_freezes_is_unavailable_until_it_thaws(
    opening: Opening, tmp_path: Path, starting: Starting
) -> None:
    server = starting(tmp_path)
    store = await opening(server.url, "frozen", within_s=1.0)
    await store.put(THINGS, {"id": "0"})
    server.freeze()
    with pytest.raises(StoreUnavailable):
        await store.get(THINGS, "0")
    server.thaw()
    assert await eventually(lambda: store.get(THINGS, "0")) == {"id": "0"}


async def test_a_driver_that_no_longer_looks_for_a_server_is_replaced(
    opening: Opening, tmp_path: Path, starting: Starting
) -> None:
    server = starting(tmp_path, durable=True)
    store = await opening(server.url, "anew", within_s=1.0, anew_after_s=1.0)
    await store.put(THINGS, {"id": "0"})
    looking = [task for task in asyncio.all_tasks() if task.get_name().startswith("pymongo_server_monitor")]
    for task in looking:
        task.cancel()
    await asyncio.wait(looking)
    server.kill()
    with pytest.raises(StoreUnavailable):
        await store.get(THINGS, "0")
    server.start()
    assert await eventually(lambda: store.get(THINGS, "0")) == {"id": "0"}


async def test_a_server_that_is_not_there_is_unavailable_at_the_opening(opening: Opening) -> None:
    with pytest.raises(StoreUnavailable, match="check the servers"):
        await opening("mongodb://127.0.0.1:1/", "x", within_s=0.5)


@pytest.mark.parametrize(
    ("url", "database"),
    [
        ("", "x"),
        ("http://127.0.0.1/", "x"),
        ("mongodb://name:se:cret@127.0.0.1/", "x"),
        ("mongodb://name:secret@127.0.0.1:port/", "x"),
        ("mongodb://127.0.0.1/?tls=secret", "x"),
        ("mongodb://127.0.0.1/", "a.b"),
        ("mongodb://127.0.0.1/", ""),
    ],
)
async def test_what_is_no_url_is_refused_without_quoting_it(opening: Opening, url: str, database: str) -> None:
    with pytest.raises(ValueError, match="not valid") as raised:
        await opening(url, database)
    assert "cret" not in str(raised.value)


async def test_a_closed_store_is_unavailable(opening: Opening, server: MongoServer, database: str) -> None:
    store = await opening(server.url, database)
    await store.put(THINGS, {"id": "1"})
    await store.close()
    with pytest.raises(StoreUnavailable):
        await store.put(THINGS, {"id": "2"})
    with pytest.raises(StoreUnavailable):
        await store.get(PEOPLE, "1")
