"""Two routers on one log: the first decides, and programs call the second."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest

from services.router.core.events import AgentDetached
from services.router.grpc_api.forwarding import HANDED_ON
from services.shared.tokens import Role
from switchroom.v1 import events_pb2, routing_pb2, routing_pb2_grpc, work_pb2, work_pb2_grpc
from tests.fakes.faulty_event_log import Fault, script
from tests.fakes.memory_group import MemoryGroups
from tests.integration.ports import block_of_ports
from tests.unit.router.core.builders import plan
from tests.unit.router.grpc_api.scene import ANN_BOB_CYD, DEADLINE_S, Scene, Shared, until

AVAILABLE = work_pb2.SetPresenceRequest(command_id="p-1", presence=events_pb2.PRESENCE_AVAILABLE)


class Pair:
    """`decides` owns the partition; `asked` is the router that programs know."""

    def __init__(self) -> None:
        shared, groups = Shared(), MemoryGroups()
        self.groups = [groups.group(), groups.group()]
        ports = block_of_ports(2)
        self.decides, self.asked = (Scene(shared, group, port) for group, port in zip(self.groups, ports, strict=True))

    async def start(self) -> None:
        await self.decides.start()
        await self.decides.activate(plan(*ANN_BOB_CYD))
        await self.asked.begin()

    async def take_over(self) -> None:
        """The router that programs know becomes the one that decides."""
        self.groups[0].lapse()
        await until(lambda: self.asked.loop.deciding)

    async def stop(self) -> None:
        await self.asked.stop()
        await self.decides.stop()


@pytest.fixture
async def pair() -> AsyncIterator[Pair]:
    both = Pair()
    await both.start()
    try:
        yield both
    finally:
        await both.stop()


async def refused(call: Any) -> grpc.aio.AioRpcError:
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await call
    return error.value


async def test_a_call_is_answered_by_the_router_that_decides(pair: Pair) -> None:
    answer = await pair.asked.call("SetPresence", AVAILABLE)
    assert answer.position.offset == await pair.decides.kept.end(0) - 1
    assert not pair.asked.loop.deciding


async def test_a_repeat_at_either_gets_the_same_answer(pair: Pair) -> None:
    unknown = work_pb2.AcceptRequest(command_id="a-1", contact_id="none", offer_id="x")
    first = await refused(pair.asked.call("Accept", unknown))
    again = await refused(pair.decides.call("Accept", unknown))
    assert (first.code(), first.details()) == (again.code(), again.details())
    assert first.code() is grpc.StatusCode.NOT_FOUND


async def test_what_the_router_that_decides_refuses_is_refused_with_its_words(pair: Pair) -> None:
    error = await refused(pair.asked.call("SetPresence", work_pb2.SetPresenceRequest(command_id="p-2")))
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "presence must be" in (error.details() or "")


async def test_without_a_token_nobody_is_handed_on(pair: Pair) -> None:
    stub = work_pb2_grpc.WorkStub(pair.asked.channel)
    assert (await refused(stub.SetPresence(AVAILABLE, timeout=5))).code() is grpc.StatusCode.UNAUTHENTICATED


async def test_the_deadline_goes_along(pair: Pair) -> None:
    without = await refused(pair.asked.call("SetPresence", AVAILABLE, deadline_s=None))
    assert "set a deadline" in (without.details() or "")
    pair.decides.log.next_fault = script(Fault.HANGS)
    late = await refused(pair.asked.call("SetPresence", AVAILABLE, deadline_s=0.5))
    assert late.code() is grpc.StatusCode.DEADLINE_EXCEEDED


async def test_nothing_is_handed_on_twice(pair: Pair) -> None:
    metadata = (*pair.asked.metadata("ann"), (HANDED_ON, "1"))
    stub = work_pb2_grpc.WorkStub(pair.asked.channel)
    error = await refused(stub.SetPresence(AVAILABLE, timeout=DEADLINE_S, metadata=metadata))
    assert error.code() is grpc.StatusCode.UNAVAILABLE


async def test_while_the_router_that_decides_is_gone_the_answer_is_to_try_again(pair: Pair) -> None:
    listening = pair.decides.server._server
    assert listening is not None
    await listening.stop(0)
    error = await refused(pair.asked.call("SetPresence", AVAILABLE))
    assert error.code() is grpc.StatusCode.UNAVAILABLE
    assert "retry with the same command_id" in (error.details() or "")
    assert "127.0.0.1" not in (error.details() or "")


async def test_a_desk_at_another_router_is_worked_at_as_ever(pair: Pair) -> None:
    desk = pair.asked.desk()
    await desk.attach("ann")
    await desk.ask("ann", set_presence=AVAILABLE)
    await pair.decides.arrive("c1")
    offer = (await desk.until_desk("ann", lambda found: found.items)).items[0]
    await desk.ask("ann", accept=work_pb2.AcceptRequest(contact_id="c1", offer_id=offer.offer_id))
    assert desk.desks["ann"].items[0].state == work_pb2.WORK_STATE_ACTIVE
    desk.call.cancel()
    await until(lambda: not pair.decides.loop.listeners)
    await pair.decides.loop.look("harbour", lambda state, _: state)
    assert await pair.decides.events(AgentDetached) == [AgentDetached("ann")]


async def test_a_desk_is_told_to_come_again_when_its_partition_moves_and_then_works_on(pair: Pair) -> None:
    desk = pair.asked.desk()
    await desk.attach("ann")
    await desk.ask("ann", set_presence=AVAILABLE)
    await pair.decides.arrive("c1")
    offer = (await desk.until_desk("ann", lambda found: found.items)).items[0]
    await pair.take_over()
    assert await desk.end() is grpc.StatusCode.UNAVAILABLE
    again = pair.asked.desk()
    await again.attach("ann")
    accept = work_pb2.AcceptRequest(contact_id="c1", offer_id=offer.offer_id)
    assert not (await again.ask("ann", accept=accept)).outcome.refusal
    again.call.cancel()


async def test_an_agent_who_pulls_at_another_router_sees_the_desk(pair: Pair) -> None:
    call = pair.asked.pull("ann")
    first = await call.read()
    assert (first.desk.agent, first.desk.attached) == ("ann", True)
    call.cancel()
    await until(lambda: not pair.decides.loop.listeners)


async def test_a_desk_whose_first_word_is_no_token_is_refused_here(pair: Pair) -> None:
    desk = pair.asked.desk()
    command_id = await desk.send("ann", set_presence=AVAILABLE)
    assert (await desk.answer(command_id)).outcome.refusal == events_pb2.REFUSAL_INVALID
    desk.call.cancel()


async def test_a_desk_that_says_nothing_and_goes_leaves_nothing_behind(pair: Pair) -> None:
    desk = pair.asked.desk()
    await desk.call.done_writing()
    assert await desk.end() is grpc.StatusCode.OK


async def test_a_router_that_stops_ends_what_it_has_handed_on(pair: Pair) -> None:
    desk = pair.asked.desk()
    await desk.attach("ann")
    async with asyncio.timeout(2.5):  # less than the grace that calls have which wait for nothing
        stopping = asyncio.create_task(pair.asked.parts[1].stop())
        assert await desk.end() is grpc.StatusCode.UNAVAILABLE
    await stopping


async def test_supervisors_calls_go_along_too(pair: Pair) -> None:
    await pair.decides.arrive("c1")
    stub = routing_pb2_grpc.RoutingStub(pair.asked.channel)
    metadata = pair.asked.metadata(role=Role.SUPERVISOR)
    found = await stub.GetContact(routing_pb2.GetContactRequest(contact_id="c1"), timeout=DEADLINE_S, metadata=metadata)
    assert found.contact_id == "c1"
