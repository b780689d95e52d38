"""Settings of the agents service, from the environment (SWITCHROOM_AGENTS_…)."""

from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic_settings import SettingsConfigDict

from services.plan.compiled import Channel
from services.shared.environment import ServiceSettings
from services.shared.key_settings import PrivateKeyPem, PublicKeyPem


class TryFrame(BaseModel):
    """A page of another service, shown in a frame: its name, what one does there, and the channels that it uses."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z_]{1,20}$")
    name: str = Field(min_length=1, max_length=30)
    says: str = Field(default="", max_length=200)
    url: str = Field(pattern=r"^https?://[A-Za-z0-9.:\[\]-]+(/[^\s;,\"']*)?$")

    channels: tuple[Channel, ...] = ()

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"


IPV4 = r"(\d{1,3}\.){3}\d{1,3}:\d{1,5}"
ROUTERS = rf"^([^\s,:/@]+:\d{{1,5}}|\[[0-9a-fA-F:]+\]:\d{{1,5}}|{IPV4}(,{IPV4})+)$"


class AgentsSettings(ServiceSettings):
    """Secrets have no defaults."""

    model_config = SettingsConfigDict(env_prefix="SWITCHROOM_AGENTS_")

    # Where it listens; other machines reach it only when this is not a loopback address.
    host: str = "127.0.0.1"
    # The port of the desk and of the HTTP interface; 0 takes any.
    port: int = Field(default=8080, ge=0, le=65535)
    # Take the next free port when it is taken.
    next_free_port: bool = False
    # Host and port of the router's gRPC; several, with commas between, as IPv4 addresses: any router takes any call.
    router_address: str = Field(default="127.0.0.1:8082", pattern=ROUTERS)
    # Where reporting listens, for the live floor.
    reporting_url: str = Field(default="http://127.0.0.1:8083", pattern=r"^https?://[^/\s]+/?$")
    # The tenant whose floor everybody may watch without logging in; only for demonstrations. Empty: nobody's.
    open_floor_tenant: str = ""
    # What a visitor of a demonstration can be the customer with, at /try: id, name, says, url, channels of each.
    try_frames: tuple[TryFrame, ...] = ()
    private_key: PrivateKeyPem = Field(
        description="The private key that signs tokens, secret; no other service has it: PEM, its one base64 line, or "
        "the path of its file. `switchroom keys` makes one"
    )
    public_key: PublicKeyPem = Field(description="The public key of it, in the same forms; it checks tokens")
    session_secret: SecretStr = Field(
        min_length=32, description="Signs session cookies; secret. `switchroom keys` makes one"
    )
    # How long a person stays logged in.
    session_hours: int = Field(default=12, ge=1, le=24 * 7)
    # How often an open desk is told that it is still connected; its page gives up after 12 s of silence.
    beat_s: float = Field(default=4, gt=0, le=5)
    # How people reach the desk, such as https://desk.example.com; empty: however they call it.
    public_url: str = Field(default="", pattern=r"^(https?://[^/\s]+/?)?$")

    @property
    def health_at(self) -> tuple[str, int]:
        """The desk's."""
        return self.host, self.port
