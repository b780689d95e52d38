"""How Kafka is reached: addresses, TLS, SASL, and what every one of our clients is made with."""

import random
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.shared.tls_files import LiveContext, TlsFiles

CLIENT_ID = "switchroom"
RETRY_BACKOFF_MS = 100
# Brokers that came and went are known of after this at the latest.
METADATA_MAX_AGE_MS = 60_000


@dataclass(frozen=True, slots=True)
class KafkaServers:
    """`bootstrap` is "host:port,host:port". What is empty is not used.

    `security`: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL. `ca_file`: what brokers' certificates are checked by, the
    machine's authorities if there is none; `cert_file`, `key_file`: who we are, where brokers ask for that.
    `sasl_mechanism`: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512.
    """

    bootstrap: str
    security: str = "PLAINTEXT"
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    sasl_mechanism: str = "SCRAM-SHA-512"
    username: str = ""
    password: str = field(default="", repr=False)

    def client_options(self, request_timeout_ms: int) -> dict[str, Any]:
        """What aiokafka's clients are made with; the addresses in another order each time, so that no dead one leads.

        Raises OSError (ssl.SSLError is one) where a file of TLS can't be used.
        """
        addresses = [address.strip() for address in self.bootstrap.split(",") if address.strip()]
        return {
            "bootstrap_servers": random.sample(addresses, len(addresses)),
            "client_id": CLIENT_ID,
            "request_timeout_ms": request_timeout_ms,
            "retry_backoff_ms": RETRY_BACKOFF_MS,
            "metadata_max_age_ms": METADATA_MAX_AGE_MS,
            "security_protocol": self.security,
            "ssl_context": self._ssl_context() if self.security.endswith("SSL") else None,
            **(self._sasl() if self.security.startswith("SASL") else {}),
        }

    def _sasl(self) -> dict[str, str]:
        return {
            "sasl_mechanism": self.sasl_mechanism,
            "sasl_plain_username": self.username,
            "sasl_plain_password": self.password,
        }

    def _ssl_context(self) -> ssl.SSLContext:
        # Connections are made anew all the time, and go by the files as they are then.
        return LiveContext(TlsFiles(self.cert_file, self.key_file, self.ca_file))
