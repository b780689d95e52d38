"""Documents as MongoDB holds them: native fields that people can query, and what BSON cannot hold in disguise.

A document goes through JSON first, so that it comes back as it does from every other store. Text that is not valid
Unicode and integers beyond 64 bits become binary values of subtypes of our own; characters that mean something in a
field's name (`.`, `$`) become `%` and four hex digits.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from bson.binary import Binary

from services.shared.document_store import Document

TEXT = 128
INTEGER = 129
INTEGER_MIN, INTEGER_MAX = -(2**63), 2**63 - 1
# The server takes a hundred levels, of which the document itself is one.
DEPTH_MAX = 90
UNSAFE = re.compile("[%.$\x00\ud800-\udfff]")
ESCAPED = re.compile("%([0-9A-F]{4})")
EMPTY_NAME = "%"


def stored(document: Document) -> dict[str, Any]:
    """The document as it is stored, its id as `_id`. Raises ValueError, and TypeError for what JSON does not know."""
    own_id = document.get("id")
    if not isinstance(own_id, str) or not own_id:
        raise ValueError("a document needs a string `id` that is not empty")
    return fields({**document, "id": own_id})


def fields(document: Mapping[str, Any]) -> dict[str, Any]:
    """Top-level fields as they are stored. Raises ValueError, and TypeError for what JSON does not know."""
    plain: Document = json.loads(json.dumps(dict(document), allow_nan=False))
    return {field(name): value_of(value) for name, value in plain.items()}


def document_of(found: Mapping[str, Any]) -> Document:
    """The inverse of `stored`."""
    return {"id" if name == "_id" else _name(name): _plain(value) for name, value in found.items()}


def field(name: str) -> str:
    """What a document's top-level field is called in MongoDB."""
    if name == "id":
        return "_id"
    return f"%{ord('_'):04X}id" if name == "_id" else _safe(name)


def value_of(value: Any, depth: int = DEPTH_MAX) -> Any:
    """A value of JSON's types as it is stored. Raises ValueError when it is nested too deeply."""
    if depth == 0:
        raise ValueError(f"a document can be nested {DEPTH_MAX} levels deep: flatten it")
    match value:
        case str():
            return _text(value)
        case bool():
            return value
        case int() if not INTEGER_MIN <= value <= INTEGER_MAX:
            return Binary(str(value).encode(), INTEGER)
        case dict():
            return {_safe(name): value_of(inner, depth - 1) for name, inner in value.items()}
        case list():
            return [value_of(inner, depth - 1) for inner in value]
    return value


def _text(text: str) -> str | Binary:
    try:
        text.encode()
    except UnicodeEncodeError:
        return Binary(text.encode("utf-8", "surrogatepass"), TEXT)
    return text


def _plain(value: Any) -> Any:
    match value:
        case Binary(subtype=subtype) if subtype == TEXT:
            return value.decode("utf-8", "surrogatepass")
        case Binary(subtype=subtype) if subtype == INTEGER:
            return int(value)
        case dict():
            return {_name(name): _plain(inner) for name, inner in value.items()}
        case list():
            return [_plain(inner) for inner in value]
        case int() if not isinstance(value, bool):
            return int(value)  # the driver has a type of its own for 64 bits
    return value


def _safe(name: str) -> str:
    return UNSAFE.sub(lambda found: f"%{ord(found[0]):04X}", name) or EMPTY_NAME


def _name(safe: str) -> str:
    return "" if safe == EMPTY_NAME else ESCAPED.sub(lambda found: chr(int(found[1], 16)), safe)
