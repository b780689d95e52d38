"""What the simulated carrier can be told by its environment: SWITCHROOM_CARRIER_…."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic_settings import SettingsConfigDict

from services.shared.environment import ServiceSettings

Url = Annotated[str, Field(pattern=r"^(https?://[^\s#]+)?$", max_length=2_000)]
Origin = Annotated[str, Field(pattern=r"^https?://[^/\s]+$")]
Method = Literal["GET", "POST"]
Probability = Annotated[float, Field(ge=0, le=1)]
Milliseconds = Annotated[int, Field(ge=0, le=3_600_000)]
ACCOUNT = r"^AC[0-9a-f]{32}$"


class NumberSettings(BaseModel):
    """What the application wants to be asked when somebody calls or writes to one of its numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    voice_url: Url = ""
    voice_method: Method = "POST"
    voice_fallback_url: Url = ""
    status_callback: Url = ""
    sms_url: Url = ""
    sms_method: Method = "POST"
    sms_fallback_url: Url = ""


class Suggestion(BaseModel):
    """A number, or an address of mail, that the pages offer to choose."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: str
    address: str


class CarrierSettings(ServiceSettings):
    """Read once, at the start. Lists and objects are JSON in the environment."""

    model_config = SettingsConfigDict(env_prefix="SWITCHROOM_CARRIER_")

    account_sid: str = Field(
        pattern=ACCOUNT, description="The application's account at the carrier: AC and 32 hexadecimal digits"
    )
    auth_token: SecretStr = Field(
        min_length=16, description="The account's token: REST requests carry it, webhooks are signed with it"
    )
    # Where it listens; other machines reach it only when this is not a loopback address.
    host: str = "127.0.0.1"
    # The port of REST API, telephones and pages; 0 takes any.
    port: int = Field(default=8085, ge=0, le=65_535)
    # Take the next free port when it is taken.
    next_free_port: bool = False
    # What each of the application's numbers has, by number: voice_url, voice_fallback_url, status_callback, sms_url ….
    numbers: dict[str, NumberSettings] = Field(default_factory=dict)
    # What every other number has; without it they are not the application's.
    every_number: NumberSettings | None = None
    # The key with which programs use the telephones; empty: no program does.
    control_key: SecretStr = SecretStr("")
    # Let whoever opens the pages use every telephone and mailbox: for a demonstration on this machine.
    open_pages: bool = False
    # The names, besides those of this machine, by which browsers may call it.
    host_names: tuple[str, ...] = ()
    # Web sites that may show the pages in frames.
    framed_by: tuple[Origin, ...] = ()
    # Numbers that the page of the phone offers to dial.
    dial_suggestions: tuple[Suggestion, ...] = ()
    # Numbers that it offers to write to.
    text_suggestions: tuple[Suggestion, ...] = ()
    # Mailboxes that the page of the mailbox offers to write to.
    mail_suggestions: tuple[Suggestion, ...] = ()
    # Where the page of the mailbox sends mail to.
    smtp_host: str = "127.0.0.1"
    # Its port; 0: it is told later, by what starts both.
    smtp_port: int = Field(default=0, ge=0, le=65_535)
    # After how many ms a telephone answers of which nobody has said what it does.
    answers_after_ms: Milliseconds = 0
    # How long speaking takes, for each character.
    speech_ms_per_character: int = Field(default=60, ge=0, le=1_000)
    # How long a short message takes for each of its two hops.
    transit_ms: Milliseconds = 200
    # Answer STOP, START and HELP as the carrier does by default, and block who has opted out.
    handles_stop: bool = True
    # Where the chance of all trouble below begins.
    seed: int = 0
    # The longest time that a request takes on its way.
    latency_ms: Milliseconds = 0
    # How probable it is that a callback comes twice.
    doubled: Probability = 0.0
    # How probable it is that a callback is late, and others overtake it.
    late: Probability = 0.0
    # How late at most.
    late_ms: Milliseconds = 0
    # How probable it is that a callback never comes.
    lost: Probability = 0.0

    @property
    def health_at(self) -> tuple[str, int]:
        """Where its REST API is."""
        return self.host, self.port
