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
    # Where pages, forms and chats are served; other machines reach them only when this is not a loopback address.
    http_host: str = "127.0.0.1"
    # The port of pages, forms and chats; 0 takes any.
    http_port: Port = 8081
    # Where customers' mail is taken; other machines reach it only when this is not a loopback address.
    smtp_host: str = "127.0.0.1"
    # The port of SMTP; 0 takes any.
    smtp_port: Port = 8025
    # The mail server that mail to customers is handed to.
    relay_host: str = "127.0.0.1"
    # Its port.
    relay_port: Port = 25
    # How to log in there; empty: without logging in.
    relay_username: str = ""
    # The password for it.
    relay_password: SecretStr = SecretStr("")
    # How that connection is encrypted: not at all, after STARTTLS, or from its first byte (tls).
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
    # How many contacts one client (an IPv4 address, an IPv6 network of 64 bits) may begin in a minute.
    contacts_per_minute: Count = 120
    # How many forms and sockets one client may open in a minute, whatever becomes of them.
    calls_per_minute: Count = 600
    # How many messages a visitor may write in one chat in a minute.
    chat_messages_per_minute: Count = 60
    # How many chats may be open at a time.
    chat_sockets: Count = 2_000
    # The largest form, in bytes of its request body.
    form_bytes: Count = 262_144
    # How long a visitor's connection may be lost before the visitor counts as gone.
    chat_gone_ms: Count = 60_000
    # How long nobody may say anything in a chat before it is over.
    chat_idle_ms: Count = 3_600_000
    # How many records of contacts.inbound the router may have before it until new contacts are turned away.
    router_lag_records: Count = 10_000

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
