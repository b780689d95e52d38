"""The floor of the whole path: a process that hands on what comes, and decides nothing.

It reads contacts, writes one record for all that a fetch brought, reads that record back, and only then sends it down a
gRPC stream: every hop that the router has. `python -m services.cli.bench.path.relay KAFKA INBOUND LOG PORT`.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from typing import Any

import grpc
import grpc.aio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.structs import TopicPartition

SERVICE, METHOD = "switchroom.bench.Relay", "Follow"
FETCH_MAX = 1_000
CLIENT = {"enable_auto_commit": False, "auto_offset_reset": "latest", "fetch_max_wait_ms": 500}


class Relay:
    """One partition of each topic, one stream."""

    def __init__(self, kafka: str, inbound: str, log: str) -> None:
        self._kafka = kafka
        self._inbound, self._log = TopicPartition(inbound, 0), TopicPartition(log, 0)
        self._certain: asyncio.Queue[bytes] = asyncio.Queue()

    async def run(self, server: grpc.aio.Server) -> None:
        """Hand on, until cancelled; the server is started when nothing is missed any more."""
        producer = AIOKafkaProducer(bootstrap_servers=self._kafka, acks="all", enable_idempotence=True)
        await producer.start()
        contacts, certain = await self._reader(self._inbound), await self._reader(self._log)
        await server.start()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._read_back(certain))
            tasks.create_task(self._hand_on(contacts, producer))

    async def follow(self, _request: bytes, _context: Any) -> AsyncIterator[bytes]:
        """The stream."""
        while True:
            yield await self._certain.get()

    async def _hand_on(self, contacts: AIOKafkaConsumer, producer: AIOKafkaProducer) -> None:
        while True:
            for records in (await contacts.getmany(timeout_ms=1_000, max_records=FETCH_MAX)).values():
                whole = b"".join(record.value for record in records)
                await producer.send_and_wait(self._log.topic, whole, partition=0)

    async def _read_back(self, certain: AIOKafkaConsumer) -> None:
        async for record in certain:
            self._certain.put_nowait(record.value)

    async def _reader(self, partition: TopicPartition) -> AIOKafkaConsumer:
        consumer = AIOKafkaConsumer(bootstrap_servers=self._kafka, **CLIENT)
        await consumer.start()
        consumer.assign([partition])
        await consumer.seek_to_end(partition)
        return consumer


async def main(kafka: str, inbound: str, log: str, port: str) -> None:
    """Until the process is ended."""
    relay = Relay(kafka, inbound, log)
    server = grpc.aio.server()
    handlers: dict[str, Any] = {METHOD: grpc.unary_stream_rpc_method_handler(relay.follow)}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
    server.add_insecure_port(f"127.0.0.1:{port}")
    await relay.run(server)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5]))
