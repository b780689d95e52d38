from typing import Any

import grpc
import pytest

from services.router.core.events import ContactAccepted
from services.shared.tokens import Role
from switchroom.v1 import contact_pb2, events_pb2, routing_pb2, routing_pb2_grpc, work_pb2
from tests.unit.router.grpc_api.scene import Scene


async def refused(call: Any) -> tuple[str, str]:
    with pytest.raises(grpc.aio.AioRpcError) as refusal:
        await call
    return refusal.value.code().name, refusal.value.details() or ""


def route(**fields: Any) -> routing_pb2.RouteRequest:
    facts: dict[str, Any] = {
        "command_id": "r-1",
        "contact_id": "c1",
        "company": "acme",
        "channel": contact_pb2.CHANNEL_WEB_FORM,
        "direction": contact_pb2.DIRECTION_INBOUND,
    }
    return routing_pb2.RouteRequest(**(facts | fields))


def get(contact_id: str = "c1") -> routing_pb2.GetContactRequest:
    return routing_pb2.GetContactRequest(contact_id=contact_id)


def cancel(**fields: Any) -> routing_pb2.CancelRequest:
    return routing_pb2.CancelRequest(**({"command_id": "r-2", "contact_id": "c1"} | fields))


async def test_a_program_brings_contacts_and_sees_where_they_stand(scene: Scene) -> None:
    await scene.call("Route", route(language="DE"), "admin")
    await scene.call("Route", route(command_id="r-2", contact_id="c2"), "supervisor")
    found = [await scene.call("GetContact", get(contact_id), "analyst") for contact_id in ("c1", "c2")]
    assert [(each.state, each.queue, each.position, each.company) for each in found] == [
        ("queued", "sales", 1, "acme"),
        ("queued", "sales", 2, "acme"),
    ]
    assert (await scene.events(ContactAccepted))[0].language == "de"


async def test_a_contact_that_an_agent_has_says_who(scene: Scene) -> None:
    presence = work_pb2.SetPresenceRequest(command_id="p-1", presence=events_pb2.PRESENCE_AVAILABLE)
    await scene.call("SetPresence", presence)
    await scene.call("Next", work_pb2.NextRequest(command_id="n-1"), deadline_s=0.6)
    await scene.call("Route", route(), "admin")
    found = await scene.call("GetContact", get(), "admin")
    assert (found.state, found.agent, found.position) == ("offered", "ann", 0)


async def test_routing_again_with_the_same_id_brings_one_contact(scene: Scene) -> None:
    first, again = [await scene.call("Route", route(), "admin") for _ in range(2)]
    assert again.position.offset >= first.position.offset
    assert len(await scene.events(ContactAccepted)) == 1


async def test_a_contact_is_cancelled(scene: Scene) -> None:
    await scene.call("Route", route(), "admin")
    await scene.call("Cancel", cancel(), "admin")
    assert (await scene.call("GetContact", get(), "admin")).state == "ended"


async def test_whoever_is_limited_to_some_companies_does_nothing_with_others(scene: Scene) -> None:
    await scene.call("Route", route(contact_id="theirs", company="globex"), "admin")
    stub = routing_pb2_grpc.RoutingStub(scene.channel)
    metadata = scene.metadata(role=Role.SUPERVISOR, companies=("acme",))
    calls: list[tuple[Any, str]] = [
        (stub.Route(route(command_id="x-1", company="globex"), metadata=metadata, timeout=5), "INVALID_ARGUMENT"),
        (stub.Cancel(cancel(command_id="x-2", contact_id="theirs"), metadata=metadata, timeout=5), "NOT_FOUND"),
        (stub.GetContact(get("theirs"), metadata=metadata, timeout=5), "NOT_FOUND"),
    ]
    for call, code in calls:
        assert (await refused(call))[0] == code


@pytest.mark.parametrize(
    ("method", "request_of", "says"),
    [
        ("Route", lambda: route(contact_id=""), "contact_id"),
        ("Route", lambda: route(command_id=""), "command_id"),
        ("Route", lambda: route(channel=99), "channel"),
        ("Route", lambda: route(caller="9" * 257), "256"),
        ("Cancel", lambda: cancel(contact_id="x" * 10_000), "contact_id"),
    ],
)
async def test_bad_words_are_refused_and_not_logged(scene: Scene, method: str, request_of: Any, says: str) -> None:
    end = await scene.kept.end(0)
    code, words = await refused(scene.call(method, request_of(), "admin"))
    assert (code, says in words) == ("INVALID_ARGUMENT", True)
    assert await scene.kept.end(0) == end


async def test_nobody_is_told_of_a_contact_that_is_not_there(scene: Scene) -> None:
    assert (await refused(scene.call("GetContact", get("nothing"), "admin")))[0] == "NOT_FOUND"
    assert (await refused(scene.call("Route", route(), "analyst")))[0] == "PERMISSION_DENIED"


async def test_looks_are_refused_while_the_partition_is_another_routers_or_too_much_waits(scene: Scene) -> None:
    await scene.depose()
    assert (await refused(scene.call("GetContact", get(), "admin")))[0] == "UNAVAILABLE"
