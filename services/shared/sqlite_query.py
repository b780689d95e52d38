"""The SQL of the SQLite document store: names are checked, values become parameters."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.shared.document_names import checked, searchable
from services.shared.document_store import Between, Collection, OneOf

INDEXES_OF = "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL"


def table(collection: Collection) -> str:
    """Creates the collection's table."""
    return f"CREATE TABLE IF NOT EXISTS {_table(collection)} (id TEXT PRIMARY KEY NOT NULL, document TEXT NOT NULL)"


def indexes(collection: Collection) -> dict[str, str]:
    """What creates each declared index, by its name."""
    return {
        name: f'CREATE {"UNIQUE " if unique else ""}INDEX "{name}" ON {_table(collection)} ({", ".join(fields)})'
        for name, fields, unique in (
            (
                "_".join(("u" if index.unique else "i", collection.name, *map(checked, index.fields))),
                [_field(field) for field in index.fields],
                index.unique,
            )
            for index in collection.indexes
        )
    }


def insert(collection: Collection) -> str:
    """Parameters: id, document."""
    return f"INSERT INTO {_table(collection)} (id, document) VALUES (?, ?)"  # noqa: S608  # the name is checked


def put(collection: Collection) -> str:
    """Parameters: id, document."""
    return f"{insert(collection)} ON CONFLICT (id) DO UPDATE SET document = excluded.document"


def get(collection: Collection) -> str:
    """Parameter: id."""
    return f"SELECT document FROM {_table(collection)} WHERE id = ?"  # noqa: S608  # the name is checked


def delete(collection: Collection) -> str:
    """Parameter: id."""
    return f"DELETE FROM {_table(collection)} WHERE id = ?"  # noqa: S608  # the name is checked


def find(
    collection: Collection, where: Mapping[str, Any], sort: Sequence[tuple[str, int]], limit: int
) -> tuple[str, list[Any]]:
    """A query with its parameters. Raises ValueError for a field that no index declares."""
    conditions, values = ["TRUE"], []
    for name, wanted in where.items():
        condition, bound = _condition(_declared(collection, name), wanted)
        conditions.append(condition)
        values += bound
    order = [f"{_declared(collection, name)} {'ASC' if way > 0 else 'DESC'}" for name, way in sort]
    sql = (
        f"SELECT document FROM {_table(collection)} "  # noqa: S608  # the names are checked
        f"WHERE {' AND '.join(conditions)} ORDER BY {', '.join([*order, 'id'])} LIMIT ?"
    )
    return sql, [*values, max(0, limit)]


def _condition(field: str, wanted: Any) -> tuple[str, list[Any]]:
    match wanted:
        case None:
            return f"{field} IS NULL", []
        case OneOf(values=values):
            return f"{field} IN ({', '.join('?' * len(values))})", list(values)
        case Between(low=low, high=high):
            bounds = [(f"{field} >= ?", low), (f"{field} < ?", high)]
            given = [(text, bound) for text, bound in bounds if bound is not None]
            return " AND ".join([f"{field} IS NOT NULL", *(text for text, _ in given)]), [bound for _, bound in given]
        case str() | int() | float():
            return f"{field} = ?", [wanted]
        case _:
            raise ValueError(f"documents cannot be searched by a {type(wanted).__name__}")


def _declared(collection: Collection, name: str) -> str:
    return "id" if searchable(collection, name) == "id" else _field(name)


def _table(collection: Collection) -> str:
    return f'"c_{checked(collection.name)}"'


def _field(name: str) -> str:
    return f"json_extract(document, '$.{checked(name)}')"
