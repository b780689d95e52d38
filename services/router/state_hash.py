"""What a partition's state adds up to: the same on every router that has read the same of the log."""

from hashlib import sha256

from services.router.core.snapshot import state_hash
from services.router.core.state import TenantState
from services.router.partition_state import PartitionState


def partition_hash(state: PartitionState) -> str:
    """SHA-256 over all tenants and how far inbound was read, in hex. Tenants that nothing is known of don't count."""
    digest = sha256(f"{state.inbound_offset}\n".encode())
    for name, tenant in sorted(state.tenants.items()):
        if (found := state_hash(tenant)) != state_hash(TenantState(name)):
            digest.update(f"{name} {found}\n".encode())
    return digest.hexdigest()
