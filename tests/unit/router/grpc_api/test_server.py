import asyncio
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from services.router import app
from services.router.grpc_api.server import SERVICES, GrpcPart
from services.shared.fence import ZERO_DIGEST, Batch
from services.shared.log_codec import encode_record
from services.shared.serve import HttpPart, PortTaken, bind
from switchroom.v1 import events_pb2, work_pb2
from tests.fakes.faulty_event_log import Fault, script
from tests.unit.router.grpc_api.scene import Scene, until

SERVING, NOT_SERVING = health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING


async def health(scene: Scene, service: str = "") -> int:
    stub: Any = health_pb2_grpc.HealthStub(scene.channel)
    answer = await stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=5)
    return int(answer.status)


async def until_health(scene: Scene, wanted: int) -> None:
    async with asyncio.timeout(60):
        while await health(scene) != wanted:  # noqa: ASYNC110  # health is asked for, it does not tell
            await asyncio.sleep(0.02)


async def test_health_says_of_each_service_whether_this_router_can_do_its_part(scene: Scene) -> None:
    await until_health(scene, SERVING)
    assert [await health(scene, service) for service in SERVICES] == [SERVING] * 3
    await scene.kept.append(0, encode_record(Batch(1, b"X" * 16, 1, ZERO_DIGEST, 1, b"")))
    await until_health(scene, NOT_SERVING)


async def test_health_stays_as_it_is_when_another_router_takes_over(scene: Scene) -> None:
    await until_health(scene, SERVING)
    await scene.depose()
    assert await health(scene, SERVICES[0]) == SERVING


async def test_health_says_no_when_it_is_about_to_stop_while_calls_are_still_taken(scene: Scene) -> None:
    await until_health(scene, SERVING)
    scene.server.about_to_stop()
    await until_health(scene, NOT_SERVING)
    await scene.call("SetPresence", work_pb2.SetPresenceRequest(command_id="p", presence=events_pb2.PRESENCE_AVAILABLE))


async def test_programs_can_ask_which_services_there_are(scene: Scene) -> None:
    channel: Any = scene.channel
    stub: Any = reflection_pb2_grpc.ServerReflectionStub(channel)
    call = stub.ServerReflectionInfo(iter([reflection_pb2.ServerReflectionRequest(list_services="")]))
    answer = await call.read()
    names = {service.name for service in answer.list_services_response.service}
    assert {*SERVICES, "grpc.health.v1.Health"} <= names
    call.cancel()


async def test_a_request_that_is_too_large_is_refused(scene: Scene) -> None:
    huge = work_pb2.AcceptRequest(command_id="x", contact_id="x" * 200_000)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await scene.call("Accept", huge)
    assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_stopping_lets_a_command_that_is_being_decided_have_its_answer(scene: Scene) -> None:
    scene.log.next_fault = script(Fault.SILENT)
    scene.log.readable.clear()
    asking = asyncio.create_task(
        scene.call("SetPresence", work_pb2.SetPresenceRequest(command_id="p-1", presence=events_pb2.PRESENCE_AWAY))
    )
    await until(lambda: not scene.loop._owner.may_propose)
    stopping = asyncio.create_task(scene.server.stop())
    await asyncio.sleep(0.1)
    scene.log.readable.set()
    await stopping
    assert (await asking).position.offset


def at_port(scene: Scene, port: int, *, next_free: bool) -> GrpcPart:
    return GrpcPart(
        scene.settings.model_copy(update={"grpc_port": port, "next_free_port": next_free}),
        scene.server._partitions,
        scene.server._lists,
        scene.clock,
    )


async def test_a_taken_port_is_an_error_or_passed_over(scene: Scene) -> None:
    with bind("127.0.0.1", 0, next_free=False) as listening:
        port = listening.getsockname()[1]
        stuck = at_port(scene, port, next_free=False)
        with pytest.raises(PortTaken, match=str(port)):
            await stuck.start()
        await stuck.stop()
        moved = at_port(scene, port, next_free=True)
        await moved.start()
        assert moved.port > port
        await moved.stop()


async def test_stopping_what_was_never_started_is_no_harm(scene: Scene) -> None:
    await at_port(scene, 0, next_free=False).stop()


async def test_the_router_is_three_parts_and_its_http_says_whether_it_is_ready(scene: Scene) -> None:
    parts = await app.build(scene.settings, scene.connections)
    assert [type(part) for part in parts][1:] == [GrpcPart, HttpPart]
