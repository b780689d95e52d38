"""Filters of the MongoDB document store: names are checked, values never become operators."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.shared.document_names import searchable
from services.shared.document_store import Between, Collection, OneOf
from services.shared.mongo_indexes import serving
from services.shared.mongo_values import field, fields, value_of

Sort = Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Query:
    """A search as MongoDB is told it; `index`: the one to use, None where the server may look at every document."""

    filter: dict[str, Any]
    sort: list[tuple[str, int]]
    index: str | None
    limit: int


def query(collection: Collection, where: Mapping[str, Any], sort: Sort, limit: int) -> Query:
    """The search; without `sort` in the order of the ids. Raises ValueError for a field that no index declares."""
    conditions = {field(searchable(collection, name)): _condition(wanted) for name, wanted in where.items()}
    order = [(field(searchable(collection, name)), 1 if way > 0 else -1) for name, way in sort]
    served_by = serving(collection, where, sort)
    return Query(conditions, order or [("_id", 1)], served_by.name if served_by else None, limit)


def by_id(id: str) -> dict[str, Any]:
    """The document of that id."""
    return {"_id": {"$eq": value_of(id)}}


def by_id_when(id: str, when: Mapping[str, Any]) -> dict[str, Any]:
    """The document of that id if its fields are exactly these values; None is also what is absent."""
    # Compared as expressions: a filter's {field: value} would also match a list that has the value in it.
    exactly = [
        {"$eq": [{"$ifNull": [f"${name}", None]}, {"$literal": value}]} for name, value in fields(dict(when)).items()
    ]
    return by_id(id) | ({"$expr": {"$and": exactly}} if exactly else {})


def _condition(wanted: Any) -> dict[str, Any]:
    match wanted:
        case None:
            return {"$eq": None}
        case OneOf(values=values):
            return {"$in": [_scalar(value) for value in values if value is not None]}
        case Between(low=low, high=high):
            bounds = {"$gte": low, "$lt": high}
            given = {name: _scalar(bound) for name, bound in bounds.items() if bound is not None}
            return given or {"$ne": None}
        case _:
            return {"$eq": _scalar(wanted)}


def _scalar(value: Any) -> Any:
    if not isinstance(value, str | int | float):
        raise ValueError(f"documents cannot be searched by a {type(value).__name__}")  # noqa: TRY004  # as the port says
    return value_of(value)
