"""How long a Desk stream goes on without anybody attached; in virtual time, so without a server."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest

from services.router.core.commands import AttachAgent
from services.router.grpc_api.desk_stream import ATTACH_WITHIN_S, DeskStream
from services.router.grpc_api.open_calls import OpenCalls
from services.router.partition_loop import PartitionLoop
from services.shared.tokens import Identity, Role
from switchroom.v1 import work_pb2
from tests.fakes.virtual_time import in_virtual_time
from tests.unit.router.core.builders import TENANT
from tests.unit.router.shell import Shell, deciding


class Ended(Exception):
    """What `abort` does to a call."""


class OneCall:
    def __init__(self) -> None:
        self.written: list[Any] = []

    async def write(self, message: Any) -> None:
        self.written.append(message)

    async def abort(self, code: grpc.StatusCode, details: str) -> None:
        raise Ended(code, details)


class OneLoop:
    """Calls and door of a router with one loop that knows ann by the token "ann"."""

    def __init__(self, shell: Shell) -> None:
        self.open = OpenCalls()
        self._shell = shell

    def loop_of(self, _identity: Identity) -> PartitionLoop:
        return self._shell.loop

    def check(self, token: str) -> Identity:
        return Identity(TENANT, (), Role.AGENT, token, token, 10_000)

    def now_s(self) -> int:
        return 0

    async def refuse_if_over(self, _context: Any, *, lost_owner: bool) -> None:
        assert not lost_owner


async def silence(*first: work_pb2.DeskRequest) -> AsyncIterator[work_pb2.DeskRequest]:
    for request in first:
        yield request
    await asyncio.Event().wait()


@in_virtual_time
async def test_nobody_keeps_a_stream_without_a_token() -> None:
    async with deciding() as shell:
        house: Any = OneLoop(shell)
        context: Any = OneCall()
        began_s = asyncio.get_running_loop().time()
        with pytest.raises(Ended) as ended:
            await DeskStream(house, house, context).serve(silence(work_pb2.DeskRequest(command_id="x")))
        assert ended.value.args[0] is grpc.StatusCode.UNAUTHENTICATED
        assert asyncio.get_running_loop().time() - began_s == pytest.approx(ATTACH_WITHIN_S)
        assert len(context.written) == 1


@in_virtual_time
async def test_with_an_agent_attached_a_stream_goes_on() -> None:
    async with deciding() as shell:
        house: Any = OneLoop(shell)
        context: Any = OneCall()
        attach = work_pb2.DeskRequest(command_id="x", attach=work_pb2.Attach(token="ann"))
        serving = asyncio.create_task(DeskStream(house, house, context).serve(silence(attach)))
        await asyncio.sleep(10 * ATTACH_WITHIN_S)
        assert not serving.done()
        serving.cancel()
        await asyncio.wait([serving])
        assert not shell.loop.listeners
        assert (await shell.ask(AttachAgent("ann"))).outcome.refusal is None
