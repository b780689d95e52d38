"""The port to a document store: JSON-like documents by id in declared collections, found by declared indexes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Index:
    """Fields that are searched or sorted by together, in order; unique: no two documents share all of them.

    They hold text, numbers, truth values or nothing. What has nothing in one of them is unique in any number.
    """

    fields: tuple[str, ...]
    unique: bool = False


@dataclass(frozen=True, slots=True)
class Collection:
    """A named set of documents. Each document has a string `id`. Only declared fields can be searched by."""

    name: str
    indexes: tuple[Index, ...] = ()


@dataclass(frozen=True, slots=True)
class Between:
    """At least `low`, less than `high`; None leaves that side open."""

    low: Any = None
    high: Any = None


@dataclass(frozen=True, slots=True)
class OneOf:
    """Equal to one of these."""

    values: tuple[Any, ...]


class StoreUnavailable(Exception):
    """The store can't be reached or did not answer in time; a write may or may not have happened."""


class DocumentStore(Protocol):
    """Writes are durable when they return. Documents handed in and out are copies."""

    async def insert(self, collection: Collection, document: Document) -> bool:
        """Store a new document; False, and nothing changed, when its id (or a unique index) is taken already."""
        ...

    async def put(self, collection: Collection, document: Document) -> None:
        """Store a document, replacing the one of the same id."""
        ...

    async def change(
        self, collection: Collection, id: str, changes: Mapping[str, Any], *, when: Mapping[str, Any] | None = None
    ) -> bool:
        """Set top-level fields of a document; False when there is none or, with `when`, its fields differ from it."""
        ...

    async def get(self, collection: Collection, id: str) -> Document | None:
        """The document of that id."""
        ...

    async def find(
        self,
        collection: Collection,
        where: Mapping[str, Any],
        *,
        sort: Sequence[tuple[str, int]] = (),
        limit: int = 100,
    ) -> list[Document]:
        """Documents whose fields equal (or are Between, OneOf) the values; sort is (field, 1 or -1), then by id."""
        ...

    async def delete(self, collection: Collection, id: str) -> bool:
        """Delete a document; False when there was none."""
        ...
