"""Settings of the agents service, from the environment (SWITCHROOM_AGENTS_…)."""

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.plan.compiled import Channel

PEM_BEGINS = "-----BEGIN"


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


class AgentsSettings(BaseSettings):
    """Keys are PEM, or the path of a file that holds it. Secrets have no defaults."""

    model_config = SettingsConfigDict(env_prefix="SWITCHROOM_AGENTS_", frozen=True)

    # Where it listens; other machines reach it only when this is not a loopback address.
    host: str = "127.0.0.1"
    # The port of the desk and of the HTTP interface; 0 takes any.
    port: int = Field(default=8080, ge=0, le=65535)
    # Take the next free port when it is taken.
    next_free_port: bool = False
    # Host and port of the router's gRPC.
    router_address: str = "127.0.0.1:8082"
    # Where reporting listens, for the live floor.
    reporting_url: str = Field(default="http://127.0.0.1:8083", pattern=r"^https?://[^/\s]+/?$")
    # The tenant whose floor everybody may watch without logging in; only for demonstrations. Empty: nobody's.
    open_floor_tenant: str = ""
    # What a visitor of a demonstration can be the customer with, at /try: id, name, says, url, channels of each.
    try_frames: tuple[TryFrame, ...] = ()
    # Signs tokens; no other service has it.
    private_key: SecretStr
    # Checks tokens.
    public_key: str
    # Signs session cookies.
    session_secret: SecretStr = Field(min_length=32)
    # How long a person stays logged in.
    session_hours: int = Field(default=12, ge=1, le=24 * 7)
    # How often an open desk is told that it is still connected; its page gives up after 12 s of silence.
    beat_s: float = Field(default=4, gt=0, le=5)
    # How people reach the desk, such as https://desk.example.com; empty: however they call it.
    public_url: str = Field(default="", pattern=r"^(https?://[^/\s]+/?)?$")

    def private_pem(self) -> bytes:
        """The private key. Raises OSError when its file can't be read."""
        return _pem(self.private_key.get_secret_value())

    def public_pem(self) -> bytes:
        """The public key. Raises OSError when its file can't be read."""
        return _pem(self.public_key)


def _pem(value: str) -> bytes:
    return value.encode() if value.startswith(PEM_BEGINS) else Path(value).read_bytes()
