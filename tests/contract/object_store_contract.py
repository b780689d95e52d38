"""What every ObjectStore keeps. A suite for an adapter subclasses this and gives an empty `store`."""

import asyncio

import pytest

from services.shared.object_store import ObjectStore

NO_NAMES = ["", "/", "a/", "/a", "a//b", ".", "..", "a/../b", "a/.b", "a b", "a\n", "é", "a" * 201, "a/" * 5 + "a"]


class ObjectStoreContract:
    @pytest.mark.parametrize("content", [b"", b"a", bytes(range(256)) * 5000])
    async def test_an_object_comes_back_under_its_name(self, store: ObjectStore, content: bytes) -> None:
        await store.put("of/one-tenant/0_0.json", content)
        assert await store.get("of/one-tenant/0_0.json") == content

    async def test_the_newest_content_of_a_name_counts(self, store: ObjectStore) -> None:
        for content in (b"a longer one", b"short"):
            await store.put("a", content)
        assert await store.get("a") == b"short"
        assert await store.get("b") is None

    async def test_names_below_a_folder_are_told_in_order_and_no_others(self, store: ObjectStore) -> None:
        for name in ("f/b", "f/a/1", "f/c", "fa/x", "g", "e/f/y"):
            await store.put(name, b"x")
        assert await store.names("f") == ["f/a/1", "f/b", "f/c"]
        assert await store.names("f/a") == ["f/a/1"]
        assert await store.names("nothing") == []

    async def test_a_folder_of_more_than_a_page_is_told_whole(self, store: ObjectStore) -> None:
        names = [f"many/{number:05}" for number in range(1_100)]
        for first in range(0, len(names), 100):
            await asyncio.gather(*(store.put(name, b"x") for name in names[first : first + 100]))
        assert await store.names("many") == names

    async def test_what_is_deleted_is_gone_and_deleting_again_changes_nothing(self, store: ObjectStore) -> None:
        for name in ("d/a", "d/b"):
            await store.put(name, b"x")
        for _ in range(2):
            await store.delete("d/a")
        assert await store.names("d") == ["d/b"]
        assert await store.get("d/a") is None

    async def test_one_name_put_by_many_at_once_has_one_of_their_contents(self, store: ObjectStore) -> None:
        contents = [bytes([number]) * 100_000 for number in range(8)]
        await asyncio.gather(*(store.put("contested", content) for content in contents))
        assert await store.get("contested") in contents
        assert await store.names("contested") == []

    @pytest.mark.parametrize("name", NO_NAMES)
    async def test_what_is_no_name_is_refused(self, store: ObjectStore, name: str) -> None:
        for refused in (store.put(name, b"x"), store.get(name), store.names(name), store.delete(name)):
            with pytest.raises(ValueError, match="no name of an object"):
                await refused
