"""Pages of searches, from a server that has its own order among equals."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.shared.document_store import Between, Collection, Document, Index
from services.shared.mongo_page import page
from services.shared.mongo_query import Query

THINGS = Collection("things", (Index(("kind", "size", "age")),))
SIZES = st.sampled_from([None, 0, 1, 2, True, "a"])
# As MongoDB orders values of different types.
RANKS: dict[type, int] = {type(None): 0, int: 1, str: 2, bool: 3}


class BackwardServer:
    """Sorts by nothing but what it is asked to; among equals the highest id comes first."""

    def __init__(self, documents: list[Document]) -> None:
        self.documents = documents
        self.asked: list[Query] = []

    async def fetch(self, asked: Query) -> list[Document]:
        self.asked.append(asked)
        found = [one for one in self.documents if all(_fits(one, *term) for term in asked.filter.items())]
        found.sort(key=lambda one: str(one["id"]), reverse=True)
        for name, way in reversed(asked.sort):
            found.sort(key=lambda one: _rank(one, name), reverse=way < 0)
        return found[: asked.limit]


def _fits(document: Document, name: str, condition: dict[str, Any]) -> bool:
    value = document.get(name)
    wanted = condition.get("$eq", value)
    return type(value) is type(wanted) and value == wanted


def _rank(document: Document, name: str) -> tuple[int, Any]:
    value = document["id"] if name == "_id" else document.get(name)
    return RANKS[type(value)], value or 0


def things(*sizes: object) -> list[Document]:
    return [{"id": f"{n:02}", "kind": "chair", "size": size} for n, size in enumerate(sizes)]


@given(st.lists(st.tuples(SIZES, SIZES), max_size=12), st.sampled_from([1, -1]), st.integers(1, 14))
async def test_every_page_is_the_beginning_of_the_whole_in_order(
    sizes: list[tuple[Any, Any]], way: int, limit: int
) -> None:
    kept = [{"id": f"{n:02}", "kind": "chair", "size": size, "age": age} for n, (size, age) in enumerate(sizes)]
    found = await page(BackwardServer(kept).fetch, THINGS, {"kind": "chair"}, [("size", way), ("age", way)], limit)
    whole = sorted(kept, key=lambda one: str(one["id"]))
    for name in ("age", "size"):
        whole.sort(key=lambda one: _rank(one, name), reverse=way < 0)
    assert found == whole[:limit]


async def test_a_page_that_does_not_end_among_equals_is_asked_for_once() -> None:
    server = BackwardServer(things(1, 1, 2, 2))
    found = await page(server.fetch, THINGS, {"kind": "chair"}, [("size", 1)], 2)
    assert [one["id"] for one in found] == ["00", "01"]
    assert [(one.sort, one.limit) for one in server.asked] == [([("size", 1)], 3)]


async def test_a_page_that_ends_among_equals_asks_for_them_by_id() -> None:
    server = BackwardServer(things(1, 2, 2, 2))
    found = await page(server.fetch, THINGS, {"kind": "chair", "size": Between(0)}, [("size", 1)], 2)
    assert [one["id"] for one in found] == ["00", "01"]
    second = server.asked[1]
    assert second.filter == {"kind": {"$eq": "chair"}, "size": {"$eq": 2}}
    assert (second.sort, second.limit, second.index) == ([("_id", 1)], 2, "i_things_kind_size_age")


async def test_a_document_that_changes_between_two_questions_is_there_once() -> None:
    server = BackwardServer(things(1, 2, 2, 2))

    async def fetch(asked: Query) -> list[Document]:
        found = [dict(one) for one in await server.fetch(asked)]
        server.documents[0]["size"] = 2
        return found

    found = await page(fetch, THINGS, {"kind": "chair"}, [("size", 1)], 3)
    assert [one["id"] for one in found] == ["00", "01", "02"]


@pytest.mark.parametrize("limit", [0, -1])
async def test_a_page_of_nothing_is_not_asked_for(limit: int) -> None:
    server = BackwardServer(things(1))
    assert await page(server.fetch, THINGS, {}, [("size", 1)], limit) == []
    assert server.asked == []
