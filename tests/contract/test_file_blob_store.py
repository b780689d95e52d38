import asyncio
from hashlib import sha256
from pathlib import Path

import pytest

from services.shared.blob_store import BlobStore, BlobUnavailable
from services.shared.file_blob_store import FileBlobStore
from tests.contract.blob_store_contract import BlobStoreContract


@pytest.fixture
def store(tmp_path: Path) -> BlobStore:
    return FileBlobStore(tmp_path / "blobs")


class TestFileBlobStore(BlobStoreContract):
    pass


async def test_a_damaged_blob_is_not_returned_and_is_written_anew(tmp_path: Path) -> None:
    store = FileBlobStore(tmp_path)
    name = await store.put(b"content")
    path = tmp_path / name[:2] / name[2:4] / name
    path.write_bytes(b"damaged")
    assert await store.get(name) is None
    await store.put(b"content")
    assert await store.get(name) == b"content"


def test_nothing_but_the_blob_is_left_behind(tmp_path: Path) -> None:
    name = asyncio.run(FileBlobStore(tmp_path).put(b"content"))
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [name]


async def test_a_folder_that_cannot_be_written_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "blobs").write_bytes(b"a file where the folder should be")
    store = FileBlobStore(tmp_path / "blobs")
    with pytest.raises(BlobUnavailable):
        await store.put(b"content")
    with pytest.raises(BlobUnavailable):
        await store.get(sha256(b"content").hexdigest())
