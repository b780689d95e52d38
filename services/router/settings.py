"""What the router is told at its start; environment variables begin with SWITCHROOM_ROUTER_."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.router.snapshots.due import SnapshotRules
from services.shared.environment import ServiceSettings
from services.shared.key_settings import HexKey, PublicKeyPem

MS_PER_HOUR = 3_600_000


class RouterSettings(ServiceSettings):
    """No secret has a default."""

    model_config = SettingsConfigDict(env_prefix="SWITCHROOM_ROUTER_")

    grpc_host: str = Field("127.0.0.1", description="Where gRPC listens")
    grpc_port: int = Field(8082, ge=0, le=65535, description="Port of gRPC")
    http_host: str = Field("127.0.0.1", description="Where health and metrics listen")
    http_port: int = Field(8084, ge=0, le=65535, description="Port of health and metrics")
    next_free_port: bool = Field(False, description="Take the next free port instead of failing when one is taken")
    owner_address: str = Field(
        "", description="host:port under which other routers reach this one; gRPC's own if empty"
    )
    standbys: int = Field(
        2, ge=0, le=10, description="How many routers follow each partition beside its owner, to be there at once"
    )
    token_public_key: PublicKeyPem = Field(
        description="The public key that checks tokens: PEM, its one base64 line, or the path of its file"
    )
    customers_key: HexKey = Field(
        description="Hex key of the hash that stands for a customer; secret. `switchroom keys` makes one"
    )
    message_bytes_max: int = Field(2 * 1024 * 1024, ge=64 * 1024, description="Largest gRPC message taken, bytes")
    streams_max: int = Field(4096, ge=1, description="Most calls at once on one connection")
    tells_state_hash: bool = Field(
        False, description="Answer /state-hash on the port of health: what each partition adds up to; for checks alone"
    )

    snapshot_commits: int = Field(
        10_000, ge=1, le=10_000_000, description="A snapshot of a partition is made after so many commits"
    )
    snapshot_minutes: int = Field(
        15, ge=1, le=10_080, description="A snapshot is made after so many minutes, if there was a commit"
    )
    snapshots_kept: int = Field(3, ge=2, le=100, description="So many snapshots of each partition are kept")
    log_kept_h: int = Field(
        168,
        ge=0,
        le=876_000,
        description="Records of router.log older than so many hours are archived and then deleted there; 0: never",
    )

    @property
    def snapshot_rules(self) -> SnapshotRules:
        """When snapshots are made and what is let go."""
        kept_ms = self.log_kept_h * MS_PER_HOUR
        return SnapshotRules(self.snapshot_commits, self.snapshot_minutes, self.snapshots_kept, kept_ms)

    @property
    def health_at(self) -> tuple[str, int]:
        """The port for health and metrics."""
        return self.http_host, self.http_port
