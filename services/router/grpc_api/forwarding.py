"""Calls that reach a router which does not decide for their tenant are handed on to the one that does.

A client may so call any router. A call is handed on once at most: who gets it and does not decide either (any more)
says UNAVAILABLE, and the client tries again.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, NoReturn

import grpc

from services.router.grpc_api.calls import UNKNOWN
from services.router.grpc_api.desk_stream import ATTACH_FIRST, ATTACH_WITHIN_S
from services.router.grpc_api.door import DEADLINE_S_MAX, Context, Door, bearer, refuse
from services.router.grpc_api.open_calls import STOPPING, OpenCalls
from services.router.metrics import FORWARDED
from services.shared.tokens import TokenRefused
from switchroom.v1 import work_pb2

OURS = "/switchroom.v1."
DESK = "/switchroom.v1.Work/Desk"
# Says that another router handed it on.
HANDED_ON = "switchroom-handed-on"

Metadata = Sequence[tuple[str, str | bytes]]


class Peers:
    """The channels to other routers."""

    def __init__(self, open_channel: Callable[[str], grpc.aio.Channel]) -> None:
        self._open_channel = open_channel
        self._channels: dict[str, grpc.aio.Channel] = {}

    def to(self, address: str) -> grpc.aio.Channel:
        """The channel to that router; it connects when it is used."""
        if address not in self._channels:
            self._channels[address] = self._open_channel(address)
        return self._channels[address]

    async def close(self) -> None:
        """Close all."""
        channels, self._channels = list(self._channels.values()), {}
        await asyncio.gather(*(channel.close() for channel in channels))


class Forwarding(grpc.aio.ServerInterceptor):
    """`where(tenant)` is the address of the router to ask, "" for this one."""

    def __init__(self, where: Callable[[str], str], door: Door, peers: Peers, open_calls: OpenCalls) -> None:
        self._where = where
        self._door = door
        self._peers = peers
        self._open = open_calls

    async def intercept_service(
        self, continuation: Callable[[Any], Awaitable[Any]], details: grpc.HandlerCallDetails
    ) -> Any:
        """The handler of a call: this router's own, or one that hands it on."""
        handler, metadata = await continuation(details), details.invocation_metadata or ()
        if handler is None or not details.method.startswith(OURS) or any(key == HANDED_ON for key, _ in metadata):
            return handler
        if details.method == DESK:
            return self._desk(handler)
        address = self._address(_token(metadata))
        if not address:
            return handler
        FORWARDED.inc()
        if handler.response_streaming:
            return grpc.unary_stream_rpc_method_handler(self._stream(details.method, address))
        return grpc.unary_unary_rpc_method_handler(self._call(details.method, address))

    def _address(self, token: str) -> str:
        """Where to hand on what comes with that token. One that is refused is refused here."""
        try:
            return self._where(self._door.check(token).tenant)
        except TokenRefused:
            return ""

    def _call(self, method: str, address: str) -> Callable[[bytes, Context], Awaitable[bytes]]:
        async def call(request: bytes, context: Context) -> bytes:
            handed_on: Any = self._peers.to(address).unary_unary(method)
            try:
                answer: bytes = await handed_on(request, timeout=_left_s(context), metadata=_metadata(context))
            except grpc.aio.AioRpcError as error:
                await _refuse_as(context, error)
            return answer

        return call

    def _stream(self, method: str, address: str) -> Callable[[bytes, Context], Awaitable[None]]:
        async def stream(request: bytes, context: Context) -> None:
            handed_on: Any = self._peers.to(address).unary_stream(method)
            await self._pass_on(handed_on(request, metadata=_metadata(context)), context)

        return stream

    def _desk(self, handler: Any) -> Any:
        """A stream of which only its first message tells the tenant."""

        async def desk(requests: AsyncIterator[work_pb2.DeskRequest], context: Context) -> None:
            first = await _first(requests, context)
            address = self._address(first.attach.token) if first is not None else ""
            if not address:
                await handler.stream_stream(_again(first, requests), context)
                return
            FORWARDED.inc()
            handed_on = self._peers.to(address).stream_stream(
                DESK, work_pb2.DeskRequest.SerializeToString, work_pb2.DeskResponse.FromString
            )
            await self._pass_on(handed_on(_again(first, requests), metadata=_metadata(context)), context)

        return grpc.stream_stream_rpc_method_handler(desk, handler.request_deserializer, handler.response_serializer)

    async def _pass_on(self, call: Any, context: Context) -> None:
        """Whatever the other router says, until one of the three ends it."""
        try:
            with self._open.waits(call.cancel):
                async for message in call:
                    await context.write(message)
        except grpc.aio.AioRpcError as error:
            await _refuse_as(context, error)
        except asyncio.CancelledError:
            if not self._open.closed:
                raise
            await refuse(context, grpc.StatusCode.UNAVAILABLE, STOPPING)
        finally:
            call.cancel()


async def _first(requests: AsyncIterator[work_pb2.DeskRequest], context: Context) -> work_pb2.DeskRequest | None:
    try:
        async with asyncio.timeout(ATTACH_WITHIN_S):
            return await anext(requests, None)
    except TimeoutError:
        await refuse(context, grpc.StatusCode.UNAUTHENTICATED, ATTACH_FIRST)


async def _again(
    first: work_pb2.DeskRequest | None, requests: AsyncIterator[work_pb2.DeskRequest]
) -> AsyncIterator[work_pb2.DeskRequest]:
    if first is not None:
        yield first
    async for request in requests:
        yield request


async def _refuse_as(context: Context, error: grpc.aio.AioRpcError) -> NoReturn:
    """As the other router did. That it can't be reached is nothing that a caller can do more about."""
    unreachable = error.code() is grpc.StatusCode.UNAVAILABLE
    await refuse(context, error.code(), UNKNOWN if unreachable else error.details() or "")


def _metadata(context: Context) -> Metadata:
    return [
        (HANDED_ON, "1"),
        *((key, value) for key, value in context.invocation_metadata() or () if key == "authorization"),
    ]


def _token(metadata: Metadata) -> str:
    try:
        return bearer(metadata)
    except TokenRefused:
        return ""


def _left_s(context: Context) -> float | None:
    """What is left of the caller's deadline; of none, or one that is refused anyway, nothing is said."""
    left_s = context.time_remaining()
    return None if left_s is None or left_s > DEADLINE_S_MAX + 1 else left_s
