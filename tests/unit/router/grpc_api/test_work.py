import asyncio
from typing import Any

import grpc
import pytest

from services.plan.compiled import SkillLevel as Needed
from services.router.core.commands import Consult, TransferContact
from services.router.core.events import AgentDetached
from services.router.grpc_api.desk_commands import REASON_LENGTH_MAX, command_of
from services.router.grpc_api.desk_messages import desk_message
from services.router.grpc_api.door import WORD_LENGTH_MAX
from services.router.grpc_api.server import GRACE_S
from switchroom.v1 import events_pb2, work_pb2
from switchroom.v1.contact_pb2 import SkillLevel
from tests.unit.router.grpc_api.scene import Scene, fill_up, until

AVAILABLE = events_pb2.PRESENCE_AVAILABLE


async def refused(call: Any) -> tuple[str, str]:
    with pytest.raises(grpc.aio.AioRpcError) as refusal:
        await call
    return refusal.value.code().name, refusal.value.details() or ""


def next_request(command_id: str = "n-1") -> work_pb2.NextRequest:
    return work_pb2.NextRequest(command_id=command_id)


def presence(command_id: str = "p-1", wanted: events_pb2.Presence.ValueType = AVAILABLE) -> work_pb2.SetPresenceRequest:
    return work_pb2.SetPresenceRequest(command_id=command_id, presence=wanted)


async def test_an_agent_works_by_unary_calls_from_offer_to_end(scene: Scene) -> None:
    await scene.call("SetPresence", presence())
    waiting = asyncio.create_task(scene.call("Next", next_request()))
    await until(lambda: scene.loop.attachments.of("harbour"))
    await scene.arrive("c1")
    item = (await waiting).item
    assert (item.contact_id, item.state) == ("c1", work_pb2.WORK_STATE_OFFERED)
    for method, request in (
        ("Accept", work_pb2.AcceptRequest(command_id="w-1", contact_id="c1", offer_id=item.offer_id)),
        ("Finish", work_pb2.FinishRequest(command_id="w-2", contact_id="c1")),
        ("Complete", work_pb2.CompleteRequest(command_id="w-3", contact_id="c1", disposition="solved")),
    ):
        placed = (await scene.call(method, request)).position
        assert (placed.partition, placed.offset) == (0, await scene.kept.end(0) - 1)


async def test_an_agent_declines_and_transfers(scene: Scene) -> None:
    await scene.call("SetPresence", presence())
    await scene.call("SetPresence", presence(), "bob")
    for agent in ("ann", "bob"):
        await scene.call("Next", next_request(), agent, deadline_s=0.6)
    await scene.arrive("c1")
    first, _ = await scene.loop.look("harbour", lambda state, _: state.contacts["c1"].agent)
    offer = (await scene.call("Next", next_request(), first)).item
    decline = work_pb2.DeclineRequest(command_id="w-1", contact_id="c1", offer_id=offer.offer_id)
    await scene.call("Decline", decline, first)
    second, _ = await scene.loop.look("harbour", lambda state, _: state.contacts["c1"].agent)
    assert {first, second} == {"ann", "bob"}
    offer = (await scene.call("Next", next_request(), second)).item
    accept = work_pb2.AcceptRequest(command_id="w-1", contact_id="c1", offer_id=offer.offer_id)
    await scene.call("Accept", accept, second)
    await scene.call("Transfer", work_pb2.TransferRequest(command_id="w-2", contact_id="c1", queue="billing"), second)
    queue, _ = await scene.loop.look("harbour", lambda state, _: state.contacts["c1"].queue)
    assert queue == "billing"


async def test_a_colleague_is_asked_and_is_handed_the_contact(scene: Scene) -> None:
    await scene.call("SetPresence", presence())
    await scene.call("Next", next_request(), deadline_s=0.6)
    await scene.arrive("c1")
    offer = (await scene.call("Next", next_request())).item
    accept = work_pb2.AcceptRequest(command_id="w-1", contact_id="c1", offer_id=offer.offer_id)
    await scene.call("Accept", accept)
    await scene.call("SetPresence", presence(), "bob")
    await scene.call("Next", next_request(), "bob", deadline_s=0.6)

    await scene.call("Consult", work_pb2.ConsultRequest(command_id="w-2", contact_id="c1", to_agent="bob"))
    asked = (await scene.call("Next", next_request("n-2"), "bob")).item
    assert (asked.about, asked.asked_by, asked.state) == ("c1", "ann", work_pb2.WORK_STATE_OFFERED)
    accept = work_pb2.AcceptRequest(command_id="w-1", contact_id=asked.contact_id, offer_id=asked.offer_id)
    await scene.call("Accept", accept, "bob")
    desk, _ = await scene.loop.look("harbour", lambda state, _: desk_message(state, "ann"))
    assert (desk.items[0].consultation.agent, desk.items[0].consultation.state) == ("bob", work_pb2.WORK_STATE_ACTIVE)

    await scene.call("HandOver", work_pb2.HandOverRequest(command_id="w-3", contact_id="c1"))
    desk, _ = await scene.loop.look("harbour", lambda state, _: desk_message(state, "bob"))
    assert [(each.contact_id, each.state) for each in desk.items] == [("c1", work_pb2.WORK_STATE_ACTIVE)]
    over = work_pb2.EndConsultationRequest(command_id="w-4", contact_id="c1")
    assert (await refused(scene.call("EndConsultation", over, "bob")))[0] == "FAILED_PRECONDITION"


def test_a_consultation_names_whom_as_a_transfer_does() -> None:
    asked = work_pb2.ConsultRequest(contact_id="c1", queue="law", skills=[SkillLevel(skill="german", level=3)])
    assert command_of("ann", asked) == Consult("ann", "c1", "law", "", (Needed("german", 3),))


def test_a_transfer_names_a_queue_an_agent_and_skills() -> None:
    asked = work_pb2.TransferRequest(contact_id="c1", to_agent="bob", skills=[SkillLevel(skill="german", level=3)])
    wanted = TransferContact("ann", "c1", "", "bob", (Needed("german", 3),))
    assert command_of("ann", asked) == wanted


async def test_next_says_that_nothing_came_before_the_deadline(scene: Scene) -> None:
    answer = await scene.call("Next", next_request(), deadline_s=0.7)
    assert not answer.HasField("item")
    assert answer.at_ms


async def test_next_hears_only_of_the_callers_own_desk(scene: Scene) -> None:
    waiting = asyncio.create_task(scene.call("Next", next_request(), "bob", deadline_s=1.0))
    await until(lambda: scene.loop.attachments.of("harbour"))
    await scene.call("SetPresence", presence())
    await scene.call("Next", next_request(), deadline_s=0.6)
    await scene.arrive("c1")
    assert not (await waiting).HasField("item")


async def test_the_agent_is_held_while_next_waits_and_leased_afterwards(scene: Scene) -> None:
    await scene.call("Next", next_request(), deadline_s=0.7)
    attachment = scene.loop.attachments._attached["harbour", "ann"]
    assert not attachment.holders
    assert attachment.lease is not None
    waiting = asyncio.create_task(scene.call("Next", next_request("n-2")))
    await until(lambda: attachment.holders)
    attachment.lease.cancel()
    scene.loop.attachments._lapse(("harbour", "ann"))
    assert not await scene.events(AgentDetached), "the call still waits"
    waiting.cancel()
    await until(lambda: not scene.loop.listeners)
    assert scene.loop.attachments.of("harbour") == ["ann"]


async def test_next_with_an_old_id_attaches_all_the_same(scene: Scene) -> None:
    await scene.call("Next", next_request(), deadline_s=0.6)
    scene.loop.attachments._lapse(("harbour", "ann"))
    await scene.call("Next", next_request(), deadline_s=0.6)
    attached, _ = await scene.loop.look("harbour", lambda state, _: state.agents["ann"].attached)
    assert attached


async def test_next_ends_when_the_router_stops(scene: Scene) -> None:
    waiting = asyncio.create_task(scene.call("Next", next_request()))
    await until(lambda: scene.loop.listeners)
    async with asyncio.timeout(GRACE_S - 0.5):
        await scene.server.stop()
    assert (await refused(waiting))[0] == "UNAVAILABLE"


async def test_next_ends_when_the_partition_is_lost(scene: Scene) -> None:
    waiting = asyncio.create_task(scene.call("Next", next_request()))
    await until(lambda: scene.loop.listeners)
    await scene.depose()
    code, words = await refused(waiting)
    assert (code, "retry with the same command_id" in words) == ("UNAVAILABLE", True)
    assert (await refused(scene.call("SetPresence", presence())))[0] == "UNAVAILABLE"


async def test_a_retried_command_gets_its_first_answer(scene: Scene) -> None:
    first = await scene.call("SetPresence", presence())
    await scene.call("SetPresence", presence("p-2", events_pb2.PRESENCE_AWAY))
    again = await scene.call("SetPresence", presence())
    assert again.position.offset >= first.position.offset
    now, _ = await scene.loop.look("harbour", lambda state, _: state.agents["ann"].presence)
    assert now == "away"


async def test_one_agents_command_ids_are_not_anothers(scene: Scene) -> None:
    await scene.call("SetPresence", presence())
    assert (await refused(scene.call("SetPresence", presence(), "nobody")))[0] == "NOT_FOUND"


async def test_more_than_the_router_takes_is_refused(scene: Scene) -> None:
    scene.log.readable.clear()
    await fill_up(scene)
    assert (await refused(scene.call("SetPresence", presence())))[0] == "RESOURCE_EXHAUSTED"
    scene.log.readable.set()


@pytest.mark.parametrize(
    ("method", "request_of", "code", "says"),
    [
        ("SetPresence", lambda: presence(""), "INVALID_ARGUMENT", "command_id"),
        ("SetPresence", lambda: presence(wanted=events_pb2.PRESENCE_NOT_RESPONDING), "INVALID_ARGUMENT", "presence"),
        (
            "SetPresence",
            lambda: work_pb2.SetPresenceRequest(command_id="p", reason="x" * (REASON_LENGTH_MAX + 1)),
            "INVALID_ARGUMENT",
            "reason",
        ),
        ("Next", lambda: next_request("two words"), "INVALID_ARGUMENT", "command_id"),
        ("Accept", lambda: work_pb2.AcceptRequest(command_id="w"), "INVALID_ARGUMENT", "contact_id"),
        (
            "Accept",
            lambda: work_pb2.AcceptRequest(command_id="w", contact_id="c", offer_id="x" * (WORD_LENGTH_MAX + 1)),
            "INVALID_ARGUMENT",
            "offer_id",
        ),
        (
            "Complete",
            lambda: work_pb2.CompleteRequest(command_id="w", contact_id="c", disposition="x" * 1_000),
            "INVALID_ARGUMENT",
            "disposition",
        ),
        (
            "Transfer",
            lambda: work_pb2.TransferRequest(command_id="w", contact_id="c", queue="x" * 1_000),
            "INVALID_ARGUMENT",
            "queue",
        ),
        (
            "Transfer",
            lambda: work_pb2.TransferRequest(command_id="w", contact_id="c", to_agent="x" * 1_000),
            "INVALID_ARGUMENT",
            "to_agent",
        ),
        (
            "Transfer",
            lambda: work_pb2.TransferRequest(command_id="w", contact_id="c", skills=[SkillLevel(skill="s", level=11)]),
            "INVALID_ARGUMENT",
            "level from 1 to 10",
        ),
        (
            "Transfer",
            lambda: work_pb2.TransferRequest(command_id="w", contact_id="c", skills=[SkillLevel(level=1)] * 21),
            "INVALID_ARGUMENT",
            "at most 20",
        ),
        ("Accept", lambda: work_pb2.AcceptRequest(command_id="w", contact_id="c"), "NOT_FOUND", "c"),
    ],
)
async def test_bad_words_are_refused_before_they_are_decided(
    scene: Scene, method: str, request_of: Any, code: str, says: str
) -> None:
    answered = await refused(scene.call(method, request_of()))
    assert (answered[0], says in answered[1]) == (code, True), answered


async def test_next_of_somebody_of_no_plan_is_refused(scene: Scene) -> None:
    assert (await refused(scene.call("Next", next_request(), "dan")))[0] == "NOT_FOUND"


async def test_the_door_lets_in_agents_with_a_token_and_a_deadline(scene: Scene) -> None:
    assert (await refused(scene.call("SetPresence", presence(), "admin")))[0] == "PERMISSION_DENIED"
    assert (await refused(scene.call("SetPresence", presence(), deadline_s=None)))[0] == "INVALID_ARGUMENT"
    assert (await refused(scene.call("SetPresence", presence(), deadline_s=100)))[0] == "INVALID_ARGUMENT"
    stranger: Any = scene.channel.unary_unary(
        "/switchroom.v1.Work/SetPresence",
        request_serializer=work_pb2.SetPresenceRequest.SerializeToString,
        response_deserializer=work_pb2.SetPresenceResponse.FromString,
    )
    for metadata in ((), (("authorization", "Bearer x"),), (("authorization", "Basic x"),), (("x-bin", b"x"),)):
        assert (await refused(stranger(presence(), timeout=5, metadata=metadata)))[0] == "UNAUTHENTICATED"
