"""A real Kafka broker that demands certificates and lets each service do what docs/operations.md says, and no more."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from confluent_kafka.admin import (  # type: ignore[attr-defined]  # its types export nothing
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)

from services.cli.authority import CA, CERT, KEY, Authority
from services.shared.kafka_servers import KafkaServers
from tests.fakes.papers import DAY, put_papers
from tests.house_rules import ROOT
from tests.integration.cluster_kafka import SCRIPT, STARTED_WITHIN_S, USUAL_HOME
from tests.integration.ports import block_of_ports

HOST = "127.0.0.1"
SERVICES = ("ingest", "router", "agents", "reporting")
TOPICS = ("contacts.inbound", "contacts.outbound", "router.log")
OPERATIONS = {"Read": AclOperation.READ, "Write": AclOperation.WRITE, "Delete": AclOperation.DELETE}
GROUP = "switchroom-routers"
PAGE = ROOT / "docs" / "operations.md"
# Who comes by the first listener is the administrator; services come by the third, as the name in their certificate.
SETTINGS = """
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller},SERVICES://127.0.0.1:{tls}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},SERVICES://127.0.0.1:{tls}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SERVICES:SSL
listener.name.services.ssl.client.auth=required
listener.name.services.ssl.keystore.type=PEM
listener.name.services.ssl.keystore.location={folder}/broker.pem
listener.name.services.ssl.truststore.type=PEM
listener.name.services.ssl.truststore.location={folder}/{ca}
listener.name.services.ssl.principal.mapping.rules=RULE:^CN=([a-z]+)[.]switchroom$/$1/,DEFAULT
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
"""


class TlsKafka:
    """`bootstrap` is for services, `administrators` for who gives rights. `folder`: certificates."""

    number = 1

    def __init__(self, folder: Path, authority: Authority) -> None:
        self.folder = folder
        self._ports = block_of_ports(3)
        self.administrators = f"{HOST}:{self._ports[0]}"
        self.bootstrap = f"{HOST}:{self._ports[2]}"
        self.addresses = (self.bootstrap,)
        for service in SERVICES:
            put_papers(folder / service, authority, service)
        broker = authority.certify(HOST, valid=DAY)
        (folder / "broker.pem").write_bytes(broker.key + broker.certificate)
        (folder / CA).write_bytes(authority.pair.certificate)

    def start(self) -> None:
        """Start it and give the rights."""
        home = self.folder / "kafka"
        if (USUAL_HOME / "jars.stamp").exists() and not home.exists():
            home.mkdir()
            (home / "jars").symlink_to(USUAL_HOME / "jars")
            shutil.copy(USUAL_HOME / "jars.stamp", home)
        port, controller, tls = self._ports
        settings = self.folder / "broker.properties"
        settings.write_text(SETTINGS.format(port=port, controller=controller, tls=tls, folder=self.folder, ca=CA))
        self._script("start", "--with", str(settings))
        self._give_rights()

    def kill(self) -> None:
        """SIGKILL."""
        self._script("kill", "1")

    def end(self) -> None:
        """End it; its data is gone."""
        self._script("stop")

    def servers(self, service: str) -> KafkaServers:
        """As a service reaches it."""
        papers = self.folder / service
        return KafkaServers(self.bootstrap, "SSL", ca_file=papers / CA, cert_file=papers / CERT, key_file=papers / KEY)

    def _give_rights(self) -> None:
        admin = AdminClient({"bootstrap.servers": self.administrators})
        rights = [_allowed(ResourceType.TOPIC, *right) for right in _on_the_page()]
        assert GROUP in PAGE.read_text().split("### Who may what")[1]
        rights.append(_allowed(ResourceType.GROUP, "router", GROUP, AclOperation.READ))
        for given in admin.create_acls(rights).values():
            given.result(timeout=30)

    def _script(self, *words: str) -> None:
        own = {"SWITCHROOM_KAFKA_HOME": str(self.folder / "kafka"), "SWITCHROOM_KAFKA_PORT": str(self._ports[0])}
        ended = subprocess.run(  # noqa: S603  # our own script
            [str(SCRIPT), *words],
            env=os.environ | own,
            capture_output=True,
            text=True,
            timeout=STARTED_WITHIN_S,
            check=False,
        )
        if ended.returncode:
            raise RuntimeError(f"scripts/kafka {' '.join(words)}: {ended.stderr[-2000:]}")


def _allowed(kind: ResourceType, service: str, name: str, operation: AclOperation) -> AclBinding:
    user = f"User:{service}"
    return AclBinding(kind, name, ResourcePatternType.LITERAL, user, "*", operation, AclPermissionType.ALLOW)


def rights(service: str) -> dict[str, set[str]]:
    """By topic, what the table on the page gives a service: Read, Write, Delete."""
    row = re.search(
        rf"^\| {service} \|((?:[^|\n]*\|){{3}})", PAGE.read_text().split("### Who may what")[1], re.MULTILINE
    )
    assert row, f"{PAGE.name} does not say what {service} may"
    cells = row[1].split("|")
    return {topic: set(re.findall(r"Read|Write|Delete", cell)) for topic, cell in zip(TOPICS, cells, strict=False)}


def _on_the_page() -> list[tuple[str, str, AclOperation]]:
    found = []
    for service in SERVICES:
        for topic, named in rights(service).items():
            found += [(service, topic, each) for each in (AclOperation.DESCRIBE, AclOperation.DESCRIBE_CONFIGS)]
            found += [(service, topic, OPERATIONS[each]) for each in sorted(named)]
    return found
