"""What collections and fields may be called, and by which fields a collection can be searched."""

import re

from services.shared.document_store import Collection

NAME = re.compile(r"[a-z][a-z0-9_]{0,47}\Z")


def checked(name: str) -> str:
    """The name. Raises ValueError when it is none."""
    if NAME.match(name) is None:
        raise ValueError(f"{name!r} is no name of a collection or field: use a-z, 0-9 and _, at most 48 characters")
    return name


def searchable(collection: Collection, name: str) -> str:
    """The field's name. Raises ValueError when no index declares it."""
    if name != "id" and not any(name in index.fields for index in collection.indexes):
        raise ValueError(f"no index of {collection.name} declares {name}: declare one, or search by another field")
    return checked(name)
