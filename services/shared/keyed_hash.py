"""Ids and pseudonyms by a keyed hash: the same parts give the same one, and nobody without the key can work it out."""

import hmac
from hashlib import sha256

ID_BYTES = 16


def keyed_hash(key: bytes, *parts: str | bytes) -> str:
    """HMAC-SHA256 of the parts, each prefixed with its length so that no two lists run together; 32 hex digits."""
    digest = hmac.new(key, digestmod=sha256)
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        digest.update(len(content).to_bytes(8, "big"))
        digest.update(content)
    return digest.digest()[:ID_BYTES].hex()
