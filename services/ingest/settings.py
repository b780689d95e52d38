"""What ingest can be told by its environment: SWITCHROOM_INGEST_…."""

import re
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import SettingsConfigDict

from services.ingest.workers.frames import FRAME_BYTES_MAX
from services.plan.numbers import COUNTRIES
from services.shared.environment import ServiceSettings
from services.shared.key_settings import HexKey

Port = Annotated[int, Field(ge=0, le=65_535)]
Count = Annotated[int, Field(ge=1)]
Quota = Annotated[int, Field(ge=0, le=10_000_000)]
WEB_ADDRESS = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]+(/[A-Za-z0-9._~/-]*)?")
ACCOUNT_SID = re.compile(r"AC[0-9a-fA-F]{32}")


class IngestSettings(ServiceSettings):
    """Read once, at the start. Lists are JSON in the environment: '["https://shop.example"]'."""

    model_config = SettingsConfigDict(env_prefix="SWITCHROOM_INGEST_")

    ids_key: HexKey = Field(
        description="The key of all ids made here, hex. Another key makes other ids: redeliveries would become new "
        "contacts. `switchroom keys` makes one"
    )
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
    # The folder that fax servers and scanners put documents into (docs/channels.md); none where it is empty.
    documents_folder: Path | None = None
    # How long to wait between two looks into it.
    documents_sweep_ms: Count = 1000
    # How long a document must not have changed until it is taken; one whose slip says "complete" is taken at once.
    documents_settle_ms: Annotated[int, Field(ge=0)] = 3000
    # The largest document, in bytes of its file.
    documents_file_bytes: Annotated[int, Field(ge=1, le=FRAME_BYTES_MAX)] = 52_428_800
    # For how many days documents that were taken are kept in the folder's done/; 0 is for ever.
    documents_keep_days: Annotated[int, Field(ge=0, le=36_500)] = 7
    # Processes that make pictures of documents.
    documents_workers: Count = 1
    # Take the next free port where one is taken (one process for everything), or fail (a process each).
    next_free_port: bool = False
    # How customers and the carrier reach this service from outside; "" when only under its own address.
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
    # Countries whose customers may be called back, as '["DE", "AT"]'; empty: those of the company's own numbers.
    callback_countries: tuple[str, ...] = ()
    # How often one customer's number may be asked for in an hour, whoever asks.
    callback_number_per_hour: Count = 5
    # How often in a day.
    callback_number_per_day: Count = 10
    # How many records of a partition of contacts.inbound the router may have before it until new contacts are turned
    # away: first those of tenants that send more than others, and of all tenants there at twice as many.
    router_lag_records: Count = 10_000
    # How many contacts each tenant may begin in a minute, on all channels together, by each process; 0 is no quota.
    tenant_contacts_per_minute: Quota = 0
    # Tenants with another quota than that, as '{"acme": 6000, "globex": 0}'.
    tenant_quotas: dict[str, Quota] = Field(default={}, max_length=10_000)
    # The account at Twilio by which calls and short messages come and go; "" when there is none.
    twilio_account_sid: str = ""
    # Its auth token, which signs what Twilio sends and stands for us when we ask something.
    twilio_auth_token: SecretStr = Field(default=SecretStr(""), validate_default=True)
    # The token of before, whose signatures are still taken while the token is changed; "" otherwise.
    twilio_auth_token_before: SecretStr = SecretStr("")
    # Where Twilio's REST API is.
    twilio_base_url: str = Field(default="https://api.twilio.com", validate_default=True)
    # How long a caller who waits is left alone before the carrier asks again whether an agent is there, in seconds.
    voice_ask_s: Annotated[int, Field(ge=1, le=60)] = 3
    # How often such a caller is told their place and how long it will be, in seconds.
    voice_say_s: Annotated[int, Field(ge=1, le=600)] = 10
    # How long an agent's telephone rings before the call goes back to its queue, in seconds.
    voice_ring_s: Annotated[int, Field(ge=5, le=600)] = 20
    # After how long without a word of a call the carrier is asked whether it still is on.
    voice_unheard_ms: Count = 60_000

    @field_validator("documents_folder", mode="before")
    @classmethod
    def _may_be_none(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("public_url", "twilio_base_url")
    @classmethod
    def _is_a_url(cls, value: str, field: ValidationInfo) -> str:
        if not value and field.field_name == "public_url":
            return value
        if WEB_ADDRESS.fullmatch(value) is None or not _has_a_port(value):
            raise ValueError("is no web address: write it as https://contact.example, without a query")
        return value.rstrip("/")

    @field_validator("twilio_account_sid")
    @classmethod
    def _is_an_account(cls, value: str) -> str:
        if value and ACCOUNT_SID.fullmatch(value) is None:
            raise ValueError("is no account SID: AC and 32 hex digits, as the console shows it")
        return value

    @field_validator("callback_countries")
    @classmethod
    def _are_countries(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := sorted(set(value) - COUNTRIES):
            raise ValueError(f"{unknown[0]!r} is no country: write them as ISO 3166 does, in capitals: DE, GB, IN")
        return value

    @field_validator("twilio_auth_token")
    @classmethod
    def _comes_with_the_account(cls, value: SecretStr, earlier: ValidationInfo) -> SecretStr:
        if earlier.data.get("twilio_account_sid") and not value.get_secret_value():
            raise ValueError("there is an account at Twilio, but no twilio_auth_token: take it from the console")
        return value

    @field_validator("twilio_base_url")
    @classmethod
    def _can_call_back(cls, value: str, earlier: ValidationInfo) -> str:
        unreachable = earlier.data.get("public_url") == "" and not _on_this_machine(value)
        if earlier.data.get("twilio_account_sid") and unreachable:
            raise ValueError("there is an account at Twilio, but no public_url: Twilio has to reach this service")
        return value

    @property
    def health_at(self) -> tuple[str, int]:
        """Where pages are served."""
        return self.http_host, self.http_port

    @property
    def ids_key_bytes(self) -> bytes:
        """The key."""
        return bytes.fromhex(self.ids_key.get_secret_value())


def _has_a_port(url: str) -> bool:
    """Whether what stands after the host is a port, or nothing does."""
    try:
        return bool(urlsplit(url).hostname) and urlsplit(url).port != 0
    except ValueError:
        return False


def _on_this_machine(url: str) -> bool:
    return urlsplit(url).hostname in ("127.0.0.1", "::1", "localhost")
