"""What reporting is told from outside: environment variables that begin with SWITCHROOM_REPORTING_."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.shared.environment import ServiceSettings
from services.shared.key_settings import PublicKeyPem


class ReportingSettings(ServiceSettings):
    """Read once, at the start; what is wrong stops it there."""

    model_config = SettingsConfigDict(env_prefix="SWITCHROOM_REPORTING_", extra="forbid")

    host: str = Field("127.0.0.1", description="Address to listen on")
    port: int = Field(8083, ge=0, le=65535, description="Port to listen on; 0 takes any free one")
    internal_port: int = Field(
        8086,
        ge=0,
        le=65535,
        description="Port for the agents service alone, open where SWITCHROOM_TLS_… is set; 0: any",
    )
    next_free_port: bool = Field(False, description="Take the next free port when that one is taken")
    token_public_key: PublicKeyPem = Field(
        description="The public key that checks tokens: PEM, its one base64 line, or the path of its file"
    )
    timelines_max: int = Field(
        10_000, ge=1, le=1_000_000, description="Contacts of each tenant whose timeline is kept in memory"
    )
    short_abandon_ms: int = Field(
        5_000,
        ge=0,
        le=60_000,
        description="Who leaves sooner than this after being queued has not waited: short-abandoned (ms)",
    )
    wait_ms: int = Field(
        5_000, ge=0, le=60_000, description="How long a read waits for the figures to reach its `at_least` (ms)"
    )

    @property
    def health_at(self) -> tuple[str, int]:
        """Where everything of reporting is asked."""
        return self.host, self.port
