"""A group's member as a process, to be killed: python -m tests.integration.group_member SERVERS GROUP NAME."""

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from services.shared.kafka_group import KafkaGroup
from services.shared.kafka_servers import KafkaServers

TOPIC = "contacts.inbound"


@dataclass
class Program:
    """A member that tells its name and is told everybody's."""

    name: str
    told: list[set[str] | None] = field(default_factory=list)

    def offer(self) -> bytes:
        return self.name.encode()

    def share(self, offers: Mapping[str, bytes]) -> dict[str, bytes]:
        return dict.fromkeys(offers, b" ".join(sorted(offers.values())))

    def given(self, share: bytes | None) -> None:
        self.told.append(None if share is None else set(share.decode().split()))


if __name__ == "__main__":
    servers, group, name = sys.argv[1:]
    asyncio.run(KafkaGroup(KafkaServers(servers), group, TOPIC).run(Program(name)))
