"""The router's gRPC services, as the command line and simulated agents use them."""

import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import grpc

from services.shared.channels import open_channel
from services.shared.tls_files import TlsFiles
from switchroom.v1 import contact_pb2, events_pb2, plans_pb2, plans_pb2_grpc, work_pb2, work_pb2_grpc

DEADLINE_S = 10.0
BYTES_MAX = 2 * 1024 * 1024


class CallFailed(Exception):
    """The router refused a call, or could not be reached; says what it said."""


@dataclass(frozen=True, slots=True)
class Defect:
    """Something wrong with a plan file, or odd about it."""

    line: int
    where: str
    what: str
    what_to_do: str


@dataclass(frozen=True, slots=True)
class Activated:
    """What became of a plan file: its version, and what is odd about it; or version 0, and what is wrong with it."""

    version: int
    defects: tuple[Defect, ...]
    warnings: tuple[Defect, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """A work item, as far as a simulated agent looks. `state` is "offered", "active" or "wrap_up"."""

    contact_id: str
    state: str
    channel: str
    company: str
    queue: str
    language: str
    offer_id: str
    messages: int
    customer_left: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """An agent's desk."""

    presence: str
    items: tuple[Item, ...]


class RouterClient:
    """Use it as an async context manager. `token` is asked for anew at each call: tokens end after 15 minutes."""

    def __init__(self, address: str, token: Callable[[], str], tls: TlsFiles | None = None) -> None:
        self._channel = open_channel(address, tls, [("grpc.max_send_message_length", BYTES_MAX)])
        self._token = token
        self._work = work_pb2_grpc.WorkStub(self._channel)
        self._plans = plans_pb2_grpc.PlansStub(self._channel)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._channel.close()

    async def activate_plan(self, plan_file: bytes) -> Activated:
        """Put a plan in force, if nothing is wrong with it. Raises CallFailed."""
        asked = plans_pb2.ActivateRequest(command_id=new_id(), plan_file=plan_file)
        answer = await self._call(self._plans.Activate, asked)
        return Activated(answer.version, _defects(answer.defects), _defects(answer.warnings))

    async def set_presence(self, presence: str) -> None:
        """Raises CallFailed."""
        number = events_pb2.Presence.Value(f"PRESENCE_{presence.upper()}")
        await self._call(self._work.SetPresence, work_pb2.SetPresenceRequest(command_id=new_id(), presence=number))

    async def accept(self, item: Item, command_id: str = "") -> None:
        """Raises CallFailed."""
        command_id = command_id or new_id()
        asked = work_pb2.AcceptRequest(command_id=command_id, contact_id=item.contact_id, offer_id=item.offer_id)
        await self._call(self._work.Accept, asked)

    async def finish(self, item: Item) -> None:
        """Begin to wrap up. Raises CallFailed."""
        asked = work_pb2.FinishRequest(command_id=new_id(), contact_id=item.contact_id)
        await self._call(self._work.Finish, asked)

    async def complete(self, item: Item, disposition: str) -> None:
        """Raises CallFailed."""
        asked = work_pb2.CompleteRequest(command_id=new_id(), contact_id=item.contact_id, disposition=disposition)
        await self._call(self._work.Complete, asked)

    async def desks(self) -> AsyncIterator[Desk]:
        """The agent's desk, now and whenever it changes, until the token ends. Raises CallFailed."""
        try:
            async for message in self._work.PullWork(work_pb2.PullWorkRequest(), metadata=self._metadata()):
                if message.HasField("desk"):
                    yield _desk(message.desk)
        except grpc.aio.AioRpcError as error:
            raise CallFailed(error.details() or error.code().name) from None

    async def _call(self, method: Callable[..., Any], request: Any) -> Any:
        try:
            return await method(request, timeout=DEADLINE_S, metadata=self._metadata())
        except grpc.aio.AioRpcError as error:
            raise CallFailed(error.details() or error.code().name) from None

    def _metadata(self) -> tuple[tuple[str, str], ...]:
        return (("authorization", f"Bearer {self._token()}"),)


def new_id() -> str:
    """A command id."""
    return secrets.token_hex(16)


def _defects(messages: Any) -> tuple[Defect, ...]:
    return tuple(Defect(each.line, each.where, each.what, each.what_to_do) for each in messages)


def _desk(message: work_pb2.AgentDesk) -> Desk:
    presence = events_pb2.Presence.Name(message.presence).removeprefix("PRESENCE_").lower()
    return Desk(presence, tuple(_item(item) for item in message.items))


def _item(message: work_pb2.WorkItem) -> Item:
    state = work_pb2.WorkState.Name(message.state).removeprefix("WORK_STATE_").lower()
    channel = contact_pb2.Channel.Name(message.channel)
    return Item(
        contact_id=message.contact_id,
        state=state,
        channel=channel.removeprefix("CHANNEL_").lower(),
        company=message.company,
        queue=message.queue,
        language=message.language,
        offer_id=message.offer_id,
        messages=message.messages,
        customer_left=message.customer_left,
    )
