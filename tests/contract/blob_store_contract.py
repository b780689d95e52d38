"""What every BlobStore keeps. A suite for an adapter subclasses this and gives a `store` fixture."""

import asyncio
from hashlib import sha256

import pytest

from services.shared.blob_store import BlobStore


class BlobStoreContract:
    @pytest.mark.parametrize("content", [b"", b"a", bytes(range(256)) * 5000])
    async def test_a_blob_comes_back_under_its_hash(self, store: BlobStore, content: bytes) -> None:
        name = await store.put(content)
        assert name == sha256(content).hexdigest()
        assert await store.get(name) == content

    async def test_putting_again_changes_nothing(self, store: BlobStore) -> None:
        assert await store.put(b"same") == await store.put(b"same")
        assert await store.get(sha256(b"same").hexdigest()) == b"same"

    async def test_one_blob_put_by_many_at_once_is_whole(self, store: BlobStore) -> None:
        content = b"x" * 300_000
        names = await asyncio.gather(*(store.put(content) for _ in range(10)))
        assert set(names) == {sha256(content).hexdigest()}
        assert await store.get(names[0]) == content

    async def test_an_unknown_name_gives_nothing(self, store: BlobStore) -> None:
        assert await store.get("0" * 64) is None

    @pytest.mark.parametrize(
        "name", ["", "..", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "\n", "0" * 62 + "/x"]
    )
    async def test_what_is_no_name_gives_nothing(self, store: BlobStore, name: str) -> None:
        assert await store.get(name) is None
