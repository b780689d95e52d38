"""A page of a search in the order that was asked for, and among equals in that of the ids.

MongoDB is asked to sort by what an index has in order, and not by the id as well: it would read and sort all that the
filter lets through. What sorts alike is put in order here; only a page that ends among equals needs a second question.
"""

from collections.abc import Awaitable, Callable, Mapping
from itertools import groupby
from typing import Any, TypeAlias

from services.shared.document_store import Collection, Document
from services.shared.mongo_query import Query, Sort, query

Fetch: TypeAlias = Callable[[Query], Awaitable[list[Document]]]


async def page(
    fetch: Fetch, collection: Collection, where: Mapping[str, Any], sort: Sort, limit: int
) -> list[Document]:
    """The first documents, `limit` at most. Raises what `fetch` does, and ValueError for undeclared fields."""
    # One more, where there is a sort: it tells whether equals go on beyond the limit.
    asked = query(collection, where, sort, limit + 1 if sort else limit)
    if limit <= 0:
        return []
    found = await fetch(asked)
    if not sort:
        return found
    if len(found) > limit and _order(found[limit - 1], sort) == _order(found[limit], sort):
        found = await _with_the_lowest_ids(fetch, collection, where, sort, found[:limit])
    return _equals_by_id(found[:limit], sort)


async def _with_the_lowest_ids(
    fetch: Fetch, collection: Collection, where: Mapping[str, Any], sort: Sort, found: list[Document]
) -> list[Document]:
    """The last of the found are some of many equals: those of them with the lowest ids instead."""
    last = found[-1]
    before = [document for document in found if _order(document, sort) != _order(last, sort)]
    alike = {**where, **{name: last.get(name) for name, _ in sort}}
    equals = await fetch(query(collection, alike, (), len(found)))
    # A document that changed between the two questions is not to be there twice.
    seen = {document["id"] for document in before}
    return [*before, *(document for document in equals if document["id"] not in seen)]


def _equals_by_id(found: list[Document], sort: Sort) -> list[Document]:
    groups = groupby(found, key=lambda document: _order(document, sort))
    return [document for _, group in groups for document in sorted(group, key=lambda one: str(one["id"]))]


def _order(document: Document, sort: Sort) -> list[tuple[bool, Any]]:
    # True and 1 are equal in Python, and not in MongoDB.
    return [(isinstance(document.get(name), bool), document.get(name)) for name, _ in sort]
