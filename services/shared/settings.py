"""What every process of its own is told by its environment: where Kafka, MongoDB and the blobs are, how it runs."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import SettingsConfigDict

from services.shared.environment import EnvironmentSettings

SERVERS = r"^[^\s,:/@]+:\d{1,5}(,[^\s,:/@]+:\d{1,5})*$"
MONGO_SCHEMES = ("mongodb://", "mongodb+srv://")


class ProcessSettings(EnvironmentSettings):
    """How each process runs."""

    model_config = SettingsConfigDict(env_prefix="SWITCHROOM_")

    # For how many seconds a start waits for Kafka, MongoDB and the blob store; then it gives up, with status 1.
    connect_within_s: float = Field(default=60, gt=0, le=3_600)
    # How long a process that was told to stop goes on as before while /readyz says 503 already, in seconds.
    leave_s: float = Field(default=3, ge=0, le=10)
    # What log lines are: JSON for machines, or plain text for people.
    log_format: Literal["json", "plain"] = "json"
    # The share of contacts that are traced, from 0 to 1, where there is a collector; the same in every process.
    trace_share: float = Field(default=1, ge=0, le=1)
    # The least level of log lines.
    log_level: Literal["debug", "info", "warning", "error"] = "info"


class TlsSettings(EnvironmentSettings):
    """How the services know each other: all three files, or none and no TLS between them."""

    model_config = SettingsConfigDict(env_prefix="SWITCHROOM_TLS_")

    # A file with this process's certificate, and those between it and the CA's. Files are read anew when they change.
    cert_file: Path | None = None
    # A file with the key of that certificate.
    key_file: Path | None = None
    ca_file: Path | None = Field(
        default=None,
        validate_default=True,
        description="A file with the CA's certificates, by which services check each other. All three files, or none",
    )

    @field_validator("cert_file", "key_file", "ca_file")
    @classmethod
    def _is_there(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError("there is no such file")
        return value

    @field_validator("ca_file")
    @classmethod
    def _all_or_none(cls, value: Path | None, earlier: ValidationInfo) -> Path | None:
        others = [earlier.data[name] for name in ("cert_file", "key_file") if name in earlier.data]
        if len({file is None for file in (value, *others)}) > 1:
            raise ValueError(
                "SWITCHROOM_TLS_CERT_FILE, SWITCHROOM_TLS_KEY_FILE and this belong together: set all or none"
            )
        return value


class TracingSettings(EnvironmentSettings):
    """OpenTelemetry's own variables, as far as they say whether there are traces at all; its library reads the rest."""

    model_config = SettingsConfigDict(env_prefix="OTEL_")

    # Where a collector takes OTLP over HTTP, such as http://collector:4318; empty: nothing is traced.
    exporter_otlp_endpoint: str = ""
    # The same for traces alone, with its path: http://collector:4318/v1/traces.
    exporter_otlp_traces_endpoint: str = ""
    # Trace nothing, whatever else is set.
    sdk_disabled: bool = False

    @property
    def traced(self) -> bool:
        """Whether there are traces."""
        return not self.sdk_disabled and bool(self.exporter_otlp_endpoint or self.exporter_otlp_traces_endpoint)


class ConnectionSettings(EnvironmentSettings):
    """The same for all four services of one system."""

    model_config = SettingsConfigDict(env_prefix="SWITCHROOM_")

    kafka_servers: str = Field(
        pattern=SERVERS, description="Kafka's bootstrap servers, as host:port or host:port,host:port"
    )
    # What the names of the topics begin with, where several systems share a cluster.
    kafka_topic_prefix: str = Field(default="", pattern=r"^[A-Za-z0-9._-]{0,100}$")
    # Partitions of each topic. Fixed for ever once the topics are there: a tenant belongs to one.
    kafka_partitions: int = Field(default=12, ge=1, le=1_000)
    # Brokers that keep each record. 1 suits one broker only: give 3 wherever contacts must outlive a machine.
    kafka_replication: int = Field(default=1, ge=1, le=10)
    # Of these, how many must have a record before it counts as kept. 2 of 3 outlives any one broker.
    kafka_min_insync: int = Field(default=1, ge=1, le=10)
    # How the connection to Kafka is protected: Kafka's own words.
    kafka_security: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    # A file with the certificates that brokers' ones are checked by; empty: the system's.
    kafka_ca_file: Path | None = None
    # A file with this client's certificate, where brokers ask for one.
    kafka_cert_file: Path | None = None
    # A file with the key of that certificate.
    kafka_key_file: Path | None = None
    # How to log in, with SASL.
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    # The name to log in with.
    kafka_username: str = ""
    # The password for it.
    kafka_password: SecretStr = Field(default=SecretStr(""), validate_default=True)
    mongo_url: SecretStr = Field(description="Where MongoDB is, with name and password: mongodb://… ; a secret")
    # The name of the database.
    mongo_database: str = Field(default="switchroom", pattern=r"^[A-Za-z0-9_-]{1,38}$")
    # The bucket of blobs: mails, documents and caller lists. It must exist.
    s3_bucket: str = Field(default="", max_length=63)
    # Where the S3 server is; empty: Amazon's, of the region.
    s3_endpoint: str = Field(default="", pattern=r"^(https?://[^\s/@]+/?)?$")
    # The region.
    s3_region: str = ""
    # The access key; empty: as the machine's role or the AWS_… variables say.
    s3_access_key: str = ""
    # The secret of that key.
    s3_secret_key: SecretStr = Field(default=SecretStr(""), validate_default=True)
    # What the names of blobs begin with, where several systems share a bucket.
    s3_prefix: str = Field(default="", pattern=r"^[A-Za-z0-9._/-]{0,200}$")
    # A folder for blobs instead of a bucket. Every process must see the same one: for one machine only.
    blobs_folder: Path | None = Field(default=None, validate_default=True)

    @field_validator("mongo_url")
    @classmethod
    def _is_a_mongo_url(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith(MONGO_SCHEMES):
            raise ValueError("it begins with mongodb:// or mongodb+srv://")
        return value

    @field_validator("kafka_min_insync")
    @classmethod
    def _can_be_in_sync(cls, value: int, earlier: ValidationInfo) -> int:
        if value > earlier.data.get("kafka_replication", value):
            raise ValueError("it is more than SWITCHROOM_KAFKA_REPLICATION: no record would ever count as kept")
        return value

    @field_validator("kafka_ca_file", "kafka_cert_file", "kafka_key_file")
    @classmethod
    def _can_be_read(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError("there is no such file")
        return value

    @field_validator("kafka_password")
    @classmethod
    def _can_log_in(cls, value: SecretStr, earlier: ValidationInfo) -> SecretStr:
        with_sasl = str(earlier.data.get("kafka_security", "")).startswith("SASL")
        if with_sasl and not (value.get_secret_value() and earlier.data.get("kafka_username")):
            raise ValueError("SASL needs both SWITCHROOM_KAFKA_USERNAME and this")
        return value

    @field_validator("s3_secret_key")
    @classmethod
    def _comes_with_its_key(cls, value: SecretStr, earlier: ValidationInfo) -> SecretStr:
        if bool(value.get_secret_value()) != bool(earlier.data.get("s3_access_key")):
            raise ValueError("SWITCHROOM_S3_ACCESS_KEY and this belong together: set both or none")
        return value

    @field_validator("blobs_folder")
    @classmethod
    def _one_place_for_blobs(cls, value: Path | None, earlier: ValidationInfo) -> Path | None:
        bucket = earlier.data.get("s3_bucket")
        if value is None and bucket == "":
            raise ValueError("blobs have no place: set this, or SWITCHROOM_S3_BUCKET")
        if value is not None and bucket:
            raise ValueError("blobs have two places: set this or SWITCHROOM_S3_BUCKET, not both")
        return value
