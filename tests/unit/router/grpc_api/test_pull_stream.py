from contextlib import suppress
from typing import Any

import grpc

from services.router.core.events import AgentAttached, AgentDetached
from services.shared.tokens import Role
from switchroom.v1 import events_pb2, work_pb2
from tests.unit.router.grpc_api.scene import Scene, fill_up, until


async def end_of(call: Any) -> str:
    """Read to the end; how it ended."""
    with suppress(grpc.aio.AioRpcError):
        while await call.read() is not grpc.aio.EOF:
            pass
    return str((await call.code()).name)


async def test_the_desk_comes_at_once_and_whenever_it_changes(scene: Scene) -> None:
    call = scene.pull("ann")
    first = await call.read()
    assert (first.desk.agent, first.desk.attached, first.epoch) == ("ann", True, 1)
    available = work_pb2.SetPresenceRequest(command_id="c-1", presence=events_pb2.PRESENCE_AVAILABLE)
    placed = await scene.call("SetPresence", available)
    assert (await call.read()).desk.presence == events_pb2.PRESENCE_AVAILABLE
    await scene.arrive("c1")
    changed = await call.read()
    assert [item.contact_id for item in changed.desk.items] == ["c1"]
    assert changed.position.offset > placed.position.offset
    call.cancel()


async def test_a_client_that_goes_lets_the_agent_go_at_once(scene: Scene) -> None:
    call = scene.pull("ann")
    await call.read()
    call.cancel()
    await until(lambda: not scene.loop.listeners)
    await scene.loop.look("harbour", lambda state, _: state)
    assert await scene.events(AgentAttached) == [AgentAttached("ann")]
    assert await scene.events(AgentDetached) == [AgentDetached("ann")]


async def test_an_idle_stream_beats_and_ends_when_the_token_has_run_out_and_leaves_nothing_behind(scene: Scene) -> None:
    call = scene.pull("ann", lifetime_s=60)
    await call.read()
    assert not (await call.read()).HasField("desk")
    scene.clock.skew_ms = 61_000
    assert await end_of(call) == "UNAUTHENTICATED"
    # The caller hears of the end a moment before the server is done with it.
    await until(lambda: not scene.loop.listeners)
    assert scene.loop.attachments.of("harbour") == []


async def test_when_the_partition_is_lost_the_stream_ends_and_a_new_one_too_early_as_well(scene: Scene) -> None:
    call = scene.pull("ann")
    await call.read()
    await scene.depose()
    assert await end_of(call) == "UNAVAILABLE"
    assert await end_of(scene.pull("ann")) == "UNAVAILABLE"
    await until(lambda: not scene.loop.listeners)


async def test_stopping_ends_the_stream(scene: Scene) -> None:
    call = scene.pull("ann")
    await call.read()
    await scene.server.stop()
    assert await end_of(call) == "UNAVAILABLE"


async def test_more_than_the_router_takes_is_refused(scene: Scene) -> None:
    scene.log.readable.clear()
    await fill_up(scene)
    assert await end_of(scene.pull("ann")) == "RESOURCE_EXHAUSTED"
    scene.log.readable.set()


async def test_only_agents_pull(scene: Scene) -> None:
    assert await end_of(scene.pull("", role=Role.ADMIN)) == "PERMISSION_DENIED"


async def test_somebody_of_no_plan_has_an_empty_desk(scene: Scene) -> None:
    call = scene.pull("dan")
    desk = (await call.read()).desk
    assert (desk.agent, desk.attached, desk.presence) == ("dan", False, events_pb2.PRESENCE_OFFLINE)
    call.cancel()
