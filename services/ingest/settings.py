"""What ingest can be told by its environment: SWITCHROOM_INGEST_…."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

Port = Annotated[int, Field(ge=0, le=65_535)]
Count = Annotated[int, Field(ge=1)]
KEY_BYTES_MIN = 16


class IngestSettings(BaseSettings):
    """Read once, at the start. Lists are JSON in the environment: '["https://shop.example"]'."""

    model_config = SettingsConfigDict(env_prefix="SWITCHROOM_INGEST_", frozen=True)

    # The key of all ids made here, hex. Another key makes other ids: redeliveries would become new contacts.
    ids_key: SecretStr
    http_host: str = "127.0.0.1"
    http_port: Port = 8081
    smtp_host: str = "127.0.0.1"
    smtp_port: Port = 8025
    # Where mail to customers is handed over.
    relay_host: str = "127.0.0.1"
    relay_port: Port = 25
    relay_username: str = ""
    relay_password: SecretStr = SecretStr("")
    relay_security: Literal["none", "starttls", "tls"] = "none"
    # Processes that parse mails.
    mail_workers: Count = 1
    # Take the next free port where one is taken (one process for everything), or fail (a process each).
    next_free_port: bool = False
    # How customers reach this service from outside, without a slash at the end; "" when only under its own address.
    public_url: str = ""
    # Web sites whose pages may embed ours and talk to them.
    allowed_origins: tuple[str, ...] = ()
    # The header in which a trusted proxy tells the client's address as its last entry; "" when there is no proxy.
    client_address_header: str = ""
    contacts_per_minute: Count = 120
    calls_per_minute: Count = 600
    chat_messages_per_minute: Count = 60
    chat_sockets: Count = 2_000
    form_bytes: Count = 262_144
    chat_gone_ms: Count = 60_000
    chat_idle_ms: Count = 3_600_000

    @field_validator("ids_key")
    @classmethod
    def _is_a_key(cls, value: SecretStr) -> SecretStr:
        try:
            key = bytes.fromhex(value.get_secret_value())
        except ValueError:
            raise ValueError("is not hex: make one with `openssl rand -hex 32`") from None
        if len(key) < KEY_BYTES_MIN:
            raise ValueError("is shorter than 16 bytes: make one with `openssl rand -hex 32`")
        return value

    @property
    def ids_key_bytes(self) -> bytes:
        """The key."""
        return bytes.fromhex(self.ids_key.get_secret_value())
