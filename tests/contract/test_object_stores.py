"""Objects in memory, in a folder and in S3, against the suite, and what only one of them can show."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.shared.file_object_store import FileObjectStore
from services.shared.object_store import ObjectStore, ObjectStoreUnavailable
from services.shared.s3_object_store import S3ObjectStore
from tests.contract.object_store_contract import ObjectStoreContract
from tests.fakes.memory_object_store import MemoryObjectStore
from tests.fakes.s3_server import S3Server, needs_s3


class TestMemoryObjectStore(ObjectStoreContract):
    @pytest.fixture
    def store(self) -> ObjectStore:
        return MemoryObjectStore()


class TestFileObjectStore(ObjectStoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> ObjectStore:
        return FileObjectStore(tmp_path / "objects")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    server = S3Server(tmp_path_factory.mktemp("s3"))
    server.start()
    server.make_bucket("objects")
    yield server
    server.end()


async def opened(server: S3Server, bucket: str = "objects", prefix: str = "") -> S3ObjectStore:
    return await S3ObjectStore.open(
        bucket,
        endpoint=server.endpoint,
        region=server.region,
        access_key=server.access_key,
        secret_key=server.secret_key,
        prefix=prefix,
    )


@needs_s3
class TestS3ObjectStore(ObjectStoreContract):
    @pytest.fixture
    async def store(self, server: S3Server, request: pytest.FixtureRequest) -> ObjectStore:
        return await opened(server, prefix=f"of/{abs(hash(request.node.name))}")


@needs_s3
async def test_systems_with_their_own_prefixes_share_a_bucket(server: S3Server) -> None:
    one, other = await opened(server, prefix="shared/one"), await opened(server, prefix="shared/other")
    await one.put("f/a", b"1")
    await other.put("f/b", b"2")
    assert await one.names("f") == ["f/a"]
    assert await (await opened(server, prefix="shared")).names("one") == ["one/f/a"]


@needs_s3
async def test_an_s3_server_that_is_away_or_has_no_such_bucket_is_unavailable(server: S3Server) -> None:
    store = await opened(server)
    with pytest.raises(ObjectStoreUnavailable, match="no such S3 bucket"):
        await opened(server, "missing")
    server.stop()
    for refused in (store.put("a", b"x"), store.get("a"), store.names("a"), store.delete("a")):
        with pytest.raises(ObjectStoreUnavailable, match="check the endpoint"):
            await refused
    server.start()
    await store.put("a", b"x")


async def test_a_folder_that_cannot_be_written_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "objects").write_bytes(b"a file where the folder should be")
    with pytest.raises(ObjectStoreUnavailable):
        await FileObjectStore(tmp_path / "objects").put("a", b"x")


async def test_what_is_still_being_written_is_not_listed(tmp_path: Path) -> None:
    store = FileObjectStore(tmp_path)
    await store.put("f/a", b"x")
    (tmp_path / "f" / ".half.part").write_bytes(b"h")
    assert await store.names("f") == ["f/a"]
