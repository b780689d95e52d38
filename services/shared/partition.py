"""Which partition a tenant's records are in."""

from hashlib import sha256


def partition_of(tenant: str, partitions: int) -> int:
    """SHA-256 of the tenant, its first 8 bytes big-endian, modulo the count; the same everywhere and for ever."""
    return int.from_bytes(sha256(tenant.encode()).digest()[:8], "big") % partitions
