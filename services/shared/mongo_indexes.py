"""The indexes of collections in MongoDB: how declared ones are made, and which of them serves a search.

An index ends in `_id`, so that what is equal in all its fields comes in the order of the ids. Of a unique index there
are two: one that forbids, which leaves out documents where a field is absent, and an ordinary one to search by.
"""

from collections.abc import Collection as Container
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.shared.document_names import checked
from services.shared.document_store import Between, Collection, Index, StoreUnavailable

BY_ID = "_id_"
PRESENT = {"$type": ["string", "number", "bool", "binData"]}
# What a server says of an index beside what was asked for.
NOT_ASKED_FOR = frozenset({"v", "ns", "background"})


class IndexesWrong(StoreUnavailable):
    """The collection has an index that is not as declared: somebody has to drop it."""


def declared(collection: Collection) -> dict[str, dict[str, Any]]:
    """What each index is made with, by its name. Raises ValueError for what is no name."""
    checked(collection.name)
    searched = {_name("i", collection, index): _ordinary(index) for index in collection.indexes}
    unique = {_name("u", collection, index): _unique(index) for index in collection.indexes if index.unique}
    return searched | unique


def missing(collection: Collection, present: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Those that have to be made. Raises IndexesWrong when one that is present contradicts the declaration."""
    wanted = declared(collection)
    found = {str(index["name"]): _as_made(index) for index in present}
    for name, index in found.items():
        left_over = name.startswith(f"u_{collection.name}_") and name not in wanted
        if left_over or (name in wanted and index != wanted[name]):
            raise IndexesWrong(
                f"the index {name} of the collection {collection.name} is not as this version declares it; drop it "
                f"(db.{collection.name}.dropIndex('{name}')): it is made anew at the next use, if it is needed"
            )
    return {name: index for name, index in wanted.items() if name not in found}


@dataclass(frozen=True, slots=True)
class Serving:
    """An index that serves a search: of how many fields it is told the values, and whether it brings the order."""

    name: str
    equal: int
    in_order: bool
    ranged: bool
    filtered: int


def serving(collection: Collection, where: Mapping[str, Any], sort: Sequence[tuple[str, int]]) -> Serving | None:
    """The index by which to search; None when there is no better way than to look at every document."""
    if "id" in where or not (where or sort):
        return Serving(BY_ID, equal=len(where), in_order=not sort, ranged=False, filtered=0)
    found = [_serving(_name("i", collection, index), index.fields, where, sort) for index in collection.indexes]
    useful = [one for one in found if one.equal or one.ranged or (one.in_order and sort)]
    return max(useful, key=lambda one: (one.equal, one.in_order, one.ranged, one.filtered, one.name), default=None)


def _serving(name: str, fields: tuple[str, ...], where: Mapping[str, Any], sort: Sequence[tuple[str, int]]) -> Serving:
    equal = _leading(fields, {one for one, wanted in where.items() if not isinstance(wanted, Between)})
    rest = (*fields[equal:], "id")
    order = tuple(one for one, _ in sort) or ("id",)
    one_way = len({way > 0 for _, way in sort}) <= 1
    return Serving(
        name=name,
        equal=equal,
        in_order=one_way and rest[: len(order)] == order,
        ranged=rest[0] in where,
        filtered=sum(one in where for one in fields),
    )


def _leading(fields: tuple[str, ...], among: Container[str]) -> int:
    return next((count for count, name in enumerate(fields) if name not in among), len(fields))


def _ordinary(index: Index) -> dict[str, Any]:
    key = [("_id" if name == "id" else checked(name), 1) for name in index.fields]
    return {"key": key if "id" in index.fields else [*key, ("_id", 1)]}


def _unique(index: Index) -> dict[str, Any]:
    key = [(checked(name), 1) for name in index.fields]
    return {"key": key, "unique": True, "partialFilterExpression": {name: PRESENT for name, _ in key}}


def _as_made(index: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in index.items() if name not in NOT_ASKED_FOR | {"name"}}
    return kept | {"key": [(name, way) for name, way in index["key"].items()]}


def _name(kind: str, collection: Collection, index: Index) -> str:
    return "_".join((kind, collection.name, *index.fields))
