import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.shared import sqlite_query
from services.shared.document_store import Between, Collection, DocumentStore, Index, StoreUnavailable
from services.shared.sqlite_document_store import SqliteDocumentStore
from tests.contract.document_store_contract import PEOPLE, DocumentStoreContract


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[DocumentStore]:
    opened = await SqliteDocumentStore.open(tmp_path / "documents.db")
    yield opened
    await opened.close()


class TestSqliteDocumentStore(DocumentStoreContract):
    pass


async def test_documents_are_there_after_the_file_is_opened_again(tmp_path: Path) -> None:
    first = await SqliteDocumentStore.open(tmp_path / "documents.db")
    await first.put(PEOPLE, {"id": "1", "city": "Oslo"})
    await first.close()
    second = await SqliteDocumentStore.open(tmp_path / "documents.db")
    assert await second.find(PEOPLE, {"city": "Oslo"}) == [{"id": "1", "city": "Oslo"}]
    await second.close()


async def test_a_write_that_returned_survives_without_closing(tmp_path: Path) -> None:
    writing = await SqliteDocumentStore.open(tmp_path / "documents.db")
    await writing.put(PEOPLE, {"id": "1"})
    other = await SqliteDocumentStore.open(tmp_path / "documents.db")
    assert await other.get(PEOPLE, "1") == {"id": "1"}
    await other.close()
    await writing.close()


async def test_indexes_follow_the_declaration(tmp_path: Path) -> None:
    path = tmp_path / "documents.db"
    before, after = (
        Collection("things", (Index(("a",), unique=True),)),
        Collection("things", (Index(("a",)), Index(("b",)))),
    )
    first = await SqliteDocumentStore.open(path)
    await first.put(before, {"id": "1", "a": 1})
    await first.close()
    second = await SqliteDocumentStore.open(path)
    await second.put(after, {"id": "2", "a": 1, "b": 2})
    assert [found["id"] for found in await second.find(after, {"b": 2})] == ["2"]
    await second.close()


def test_searches_use_the_declared_indexes() -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute(sqlite_query.table(PEOPLE))
    for sql in sqlite_query.indexes(PEOPLE).values():
        connection.execute(sql)
    for where in ({"city": "Oslo"}, {"city": "Oslo", "age": Between(1, 2)}, {"email": "x"}):
        sql, values = sqlite_query.find(PEOPLE, where, (), 10)
        plan = str(connection.execute(f"EXPLAIN QUERY PLAN {sql}", values).fetchall())
        assert "USING INDEX" in plan, plan
    connection.close()


async def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "documents.db").write_bytes(b"this is no database" * 1000)
    with pytest.raises(StoreUnavailable):
        await SqliteDocumentStore.open(tmp_path / "documents.db")


async def test_a_closed_store_is_unavailable(tmp_path: Path) -> None:
    store = await SqliteDocumentStore.open(tmp_path / "documents.db")
    await store.put(PEOPLE, {"id": "1"})
    await store.close()
    with pytest.raises(StoreUnavailable):
        await store.put(PEOPLE, {"id": "2"})
    with pytest.raises(StoreUnavailable):
        await store.get(PEOPLE, "1")


async def test_a_table_damaged_from_outside_is_unavailable_and_harms_no_other(tmp_path: Path) -> None:
    store = await SqliteDocumentStore.open(tmp_path / "documents.db")
    await store.put(PEOPLE, {"id": "1"})
    outside = sqlite3.connect(tmp_path / "documents.db")
    outside.execute("DROP TABLE c_people")
    outside.commit()
    outside.close()
    with pytest.raises(StoreUnavailable):
        await store.put(PEOPLE, {"id": "2"})
    with pytest.raises(StoreUnavailable):
        await store.get(PEOPLE, "2")
    await store.put(Collection("others"), {"id": "3"})
    await store.close()
