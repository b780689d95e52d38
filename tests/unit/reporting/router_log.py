"""Writes facts into a router.log as a router that owns the partition would."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from services.reporting.facts import Happened
from services.shared.event_log import EventLog
from services.shared.fence import ZERO_DIGEST, Barrier, Batch, next_digest
from services.shared.log_codec import encode_record
from services.shared.proto_mapping import fill
from switchroom.v1 import log_pb2

CLAIM = b"c" * 16


def decided(happened: Iterable[Happened]) -> bytes:
    message = log_pb2.Decided(inbound_offset=-1)
    for (tenant, at_ms), facts in groupby(happened, key=lambda each: (each.tenant, each.at_ms)):
        command = message.commands.add(tenant=tenant, at_ms=at_ms)
        message.at_ms = at_ms
        for each in facts:
            _add(command.events.add(), each.fact)
    return message.SerializeToString()


def _add(event: Any, fact: Any) -> None:
    name = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in type(fact).__name__).lstrip("_")
    getattr(event, name).SetInParent()
    fill(getattr(event, name), fact)


class RouterLog:
    """One partition's writer."""

    def __init__(self, log: EventLog, partition: int = 0) -> None:
        self._log = log
        self._partition = partition
        self._seq = 0
        self._digest = ZERO_DIGEST

    async def claim(self) -> None:
        await self._log.append(self._partition, encode_record(Barrier(1, CLAIM, "127.0.0.1:8082", 1)))

    async def commit(self, happened: Iterable[Happened]) -> int:
        """Returns the offset of the commit."""
        return await self.commit_bytes(decided(happened))

    async def commit_bytes(self, content: bytes) -> int:
        self._seq += 1
        batch = Batch(1, CLAIM, self._seq, self._digest, 1, content)
        self._digest = next_digest(self._digest, 1, content)
        await self._log.append(self._partition, encode_record(batch))
        return await self._log.end(self._partition) - 1

    async def write_again(self, content: bytes) -> None:
        """A batch that was in the log before: no reader counts it."""
        await self._log.append(self._partition, encode_record(Batch(1, CLAIM, 1, ZERO_DIGEST, 1, content)))
