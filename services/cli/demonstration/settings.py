"""What the demonstration is told of a system of processes: SWITCHROOM_DEMO_…."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.shared.environment import EnvironmentSettings

URL = r"^https?://[^/\s]+$"
ADDRESS = r"^[^\s:/]+:\d{1,5}$"


class DemonstrationSettings(EnvironmentSettings):
    """Where the demonstration reaches the services, for `switchroom demo --system`."""

    model_config = SettingsConfigDict(env_prefix="SWITCHROOM_DEMO_")

    # Where the agents service is.
    agents_url: str = Field(default="http://127.0.0.1:8080", pattern=URL)
    # Where pages, forms and chats are; the public_url of ingest, if it has one.
    ingest_url: str = Field(default="http://127.0.0.1:8081", pattern=URL)
    # Where ingest takes mail, as host:port.
    smtp_address: str = Field(default="127.0.0.1:8025", pattern=ADDRESS)
    # Where reporting is.
    reporting_url: str = Field(default="http://127.0.0.1:8083", pattern=URL)
    # Where the router answers about its health.
    router_url: str = Field(default="http://127.0.0.1:8084", pattern=URL)
    # Where the router's gRPC is, as host:port.
    router_address: str = Field(default="127.0.0.1:8082", pattern=ADDRESS)
    # Where the simulated carrier is; empty: there is none, and calls, SMS and call-backs are left out.
    carrier_url: str = Field(default="", pattern=rf"{URL}|^$")
    # Where the demonstration itself takes the mail that ingest sends to customers; its port is ingest's relay_port.
    mailbox_host: str = "127.0.0.1"
    # For how many seconds a part of the system may be away without the demonstration giving up.
    outage_s: float = Field(default=120, ge=0, le=3_600)
    # Within how many seconds all contacts have to have ended.
    within_s: float = Field(default=600, gt=0, le=3_600)
