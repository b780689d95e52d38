"""The gRPC side of the link to the router: one Work.Desk stream, as plain values up and down; and explanations."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
import grpc.aio

from services.agents.desk import (
    Accept,
    AgentDesk,
    Answer,
    Attach,
    Complete,
    Consult,
    Decline,
    DeskRequest,
    DeskUpdate,
    Detach,
    EndConsultation,
    Finish,
    HandOver,
    SetPresence,
    Transfer,
)
from services.agents.desk_link import LinkLost
from services.shared.channels import open_channel
from services.shared.proto_mapping import UnknownValue, fill, read
from services.shared.tls_files import TlsFiles
from switchroom.v1 import routing_pb2, routing_pb2_grpc, work_pb2, work_pb2_grpc

MESSAGE_BYTES_MAX = 4 * 1024 * 1024
CHANNEL_OPTIONS = (
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.min_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 2_000),
    ("grpc.max_receive_message_length", MESSAGE_BYTES_MAX),
)
FIELDS = {
    Attach: "attach",
    Detach: "detach",
    SetPresence: "set_presence",
    Accept: "accept",
    Decline: "decline",
    Finish: "finish",
    Complete: "complete",
    Transfer: "transfer",
    Consult: "consult",
    HandOver: "hand_over",
    EndConsultation: "end_consultation",
}


# The router reads the whole log for an explanation.
EXPLAIN_WITHIN_S = 30.0


class RouterRefused(Exception):
    """The router did not do it: the name of its gRPC status, and its words."""

    def __init__(self, status: str, words: str) -> None:
        super().__init__(words)
        self.status = status


class RouterChannel:
    """The way to the router; streams of all tenants share it."""

    def __init__(self, address: str, tls: TlsFiles | None = None) -> None:
        self._channel = open_channel(address, tls, CHANNEL_OPTIONS)

    def connect(self) -> "GrpcDeskStream":
        """Open a Desk stream; whether the router is there shows when it is read."""
        return GrpcDeskStream(work_pb2_grpc.WorkStub(self._channel))

    async def explain(self, token: str, contact_id: str, offer: int) -> dict[str, Any]:
        """Why a contact waits or was offered, field for field as in routing.proto. Raises RouterRefused."""
        asked = routing_pb2.ExplainContactRequest(contact_id=contact_id, offer=offer)
        stub: routing_pb2_grpc.RoutingAsyncStub = routing_pb2_grpc.RoutingStub(self._channel)
        metadata = (("authorization", f"Bearer {token}"),)
        try:
            answer = await stub.ExplainContact(asked, timeout=EXPLAIN_WITHIN_S, metadata=metadata)
        except grpc.aio.AioRpcError as error:
            raise RouterRefused(error.code().name, error.details() or "") from None
        return plain(answer.retraced) | {"words": list(answer.words)}

    async def start(self) -> None:
        """Nothing: the channel connects when it is used."""

    async def stop(self) -> None:
        await self._channel.close()


class GrpcDeskStream:
    """One Desk stream. Writes are queued, so that one task alone writes."""

    def __init__(self, stub: "work_pb2_grpc.WorkAsyncStub") -> None:
        self._outgoing: asyncio.Queue[work_pb2.DeskRequest | None] = asyncio.Queue()
        self._call = stub.Desk(self._requests())

    async def _requests(self) -> AsyncIterator[work_pb2.DeskRequest]:
        while (request := await self._outgoing.get()) is not None:
            yield request

    def send(self, request: DeskRequest) -> None:
        """Queue a command; it is lost when the stream ends before it is written."""
        self._outgoing.put_nowait(request_message(request))

    async def updates(self) -> AsyncIterator[DeskUpdate]:
        """What the router says, until it stops. Raises LinkLost."""
        try:
            async for message in self._call:
                yield desk_update(message)
        except grpc.aio.AioRpcError as error:
            raise LinkLost(error.code().name) from None
        except UnknownValue as error:
            raise LinkLost(str(error)) from None
        except asyncio.CancelledError:
            # Reading a call that `cancel` ended raises this too; the reader itself was not meant then.
            if (task := asyncio.current_task()) is None or task.cancelling():
                raise
            raise LinkLost("SILENT") from None

    def cancel(self) -> None:
        """End it; also to be called when the router ended it, or the task that writes would wait for ever."""
        self._outgoing.put_nowait(None)
        self._call.cancel()


def request_message(request: DeskRequest) -> work_pb2.DeskRequest:
    """The message of a command. Its id stands in the envelope and, for readers of the inner message, there too."""
    message = work_pb2.DeskRequest(command_id=request.command_id, agent=request.agent)
    inner = getattr(message, FIELDS[type(request.command)])
    inner.SetInParent()
    fill(inner, request.command)
    if "command_id" in inner.DESCRIPTOR.fields_by_name:
        inner.command_id = request.command_id
    return message


def desk_update(message: work_pb2.DeskResponse) -> DeskUpdate:
    """Raises UnknownValue when the router speaks of what this version does not know."""
    return DeskUpdate(
        partition=message.partition,
        epoch=message.epoch,
        at_ms=message.at_ms,
        offset=message.offset,
        answers=tuple(read(Answer, answer) for answer in message.answers),
        desks=tuple(read(AgentDesk, desk) for desk in message.desks),
        beat=message.beat,
    )


def plain(message: Any) -> dict[str, Any]:
    """A message as JSON has it: by its field names, numbers as numbers, enums as their words ("" for none)."""
    return {field.name: _plain(field, getattr(message, field.name)) for field in message.DESCRIPTOR.fields}


def _plain(field: Any, value: Any) -> Any:
    if field.is_repeated:
        return [_plain_one(field, each) for each in value]
    return _plain_one(field, value)


def _plain_one(field: Any, value: Any) -> Any:
    if field.message_type is not None:
        return plain(value)
    if field.enum_type is None:
        return value
    prefix = field.enum_type.values_by_number[0].name.removesuffix("UNSPECIFIED")
    name = field.enum_type.values_by_number[value].name if value in field.enum_type.values_by_number else prefix
    return name.removeprefix(prefix).lower() if value else ""
