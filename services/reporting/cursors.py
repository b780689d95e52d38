"""Cursors: where to go on in a list. Opaque, of one query only, and good for as long as the log is.

A cursor is the place of a row and a digest over that place and the query. It opens nothing: what may be seen is decided
anew for each request, so the digest is there to find mistakes and needs no key.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from hashlib import sha256

PLACE_BYTES = 8
DIGEST_BYTES = 8
CURSOR_CHARACTERS = 22


class BadCursor(ValueError):
    """It is no cursor, or one of another query."""

    def __init__(self) -> None:
        super().__init__(
            "the cursor does not belong to this query: send the cursor of a row with the same words as the query that "
            "it came from (limit and format may differ), or leave it out to begin anew"
        )


def cursor_of(place: int, query: str) -> str:
    """The cursor that goes on behind the row of that place."""
    content = place.to_bytes(PLACE_BYTES, "big")
    return urlsafe_b64encode(content + _digest(content, query)).rstrip(b"=").decode()


def place_in(cursor: str, query: str) -> int:
    """The place that a cursor stands for. Raises BadCursor."""
    content = _bytes_of(cursor)
    place = content[:PLACE_BYTES]
    if cursor_of(int.from_bytes(place, "big"), query) != cursor:
        raise BadCursor
    return int.from_bytes(place, "big")


def _bytes_of(cursor: str) -> bytes:
    if len(cursor) != CURSOR_CHARACTERS or not cursor.isascii():
        raise BadCursor
    try:
        return urlsafe_b64decode(cursor + "==")
    except Error:
        raise BadCursor from None


def _digest(place: bytes, query: str) -> bytes:
    return sha256(place + query.encode()).digest()[:DIGEST_BYTES]
