import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest

from services.router.core.events import AgentAttached, AgentDetached
from services.router.grpc_api.feed import DESKS_PER_MESSAGE_MAX, OWED_MAX
from services.router.grpc_api.server import GRACE_S
from services.shared.tokens import Role
from switchroom.v1 import events_pb2, work_pb2
from tests.fakes.faulty_event_log import Fault, script
from tests.unit.router.core.builders import agent, plan
from tests.unit.router.grpc_api.scene import ANN_BOB_CYD, Scene, fill_up, until

AVAILABLE = work_pb2.SetPresenceRequest(presence=events_pb2.PRESENCE_AVAILABLE)
AWAY = work_pb2.SetPresenceRequest(presence=events_pb2.PRESENCE_AWAY)
INVALID = events_pb2.REFUSAL_INVALID
DONE = events_pb2.REFUSAL_UNSPECIFIED


def refusal(answer: work_pb2.Answer) -> int:
    return answer.outcome.refusal


async def test_attaching_brings_the_desk_together_with_the_answer(scene: Scene) -> None:
    desk = scene.desk()
    command_id = await desk.send(attach=work_pb2.Attach(token=scene.token("ann")))
    message = await desk.message()
    assert [(answer.command_id, answer.agent, answer.tenant) for answer in message.answers] == [
        (command_id, "ann", "harbour")
    ]
    assert [(each.agent, each.attached) for each in message.desks] == [("ann", True)]
    assert (message.epoch, message.offset) == (1, await scene.kept.end(0) - 1)


async def test_an_agent_works_from_offer_to_end(scene: Scene) -> None:
    desk = scene.desk()
    await desk.attach("ann")
    await desk.ask("ann", set_presence=AVAILABLE)
    await scene.arrive("c1")
    offer = (await desk.until_desk("ann", lambda found: found.items)).items[0]
    assert (offer.contact_id, offer.state, bool(offer.reason)) == ("c1", work_pb2.WORK_STATE_OFFERED, True)
    await desk.ask("ann", accept=work_pb2.AcceptRequest(contact_id="c1", offer_id=offer.offer_id))
    await desk.ask("ann", finish=work_pb2.FinishRequest(contact_id="c1"))
    assert desk.desks["ann"].items[0].state == work_pb2.WORK_STATE_WRAP_UP
    await desk.ask("ann", complete=work_pb2.CompleteRequest(contact_id="c1", disposition="solved"))
    assert not desk.desks["ann"].items


async def test_one_stream_serves_many_agents_and_only_they_hear_of_their_desks(scene: Scene) -> None:
    desk = scene.desk()
    for name in ("ann", "bob"):
        await desk.attach(name)
    other = scene.desk()
    await other.attach("cyd")
    await desk.ask("bob", set_presence=AWAY)
    await other.ask("cyd", set_presence=AWAY)
    assert {name: each.presence for name, each in desk.desks.items()} == {
        "ann": events_pb2.PRESENCE_OFFLINE,
        "bob": events_pb2.PRESENCE_AWAY,
    }
    assert set(other.desks) == {"cyd"}


@pytest.mark.parametrize(
    ("request_of", "says"),
    [
        (lambda scene: {"command_id": "two words", "set_presence": AWAY}, "command_id"),
        (lambda scene: {}, "no command"),
        (lambda scene: {"attach": work_pb2.Attach(token="x")}, "not one of ours"),
        (lambda scene: {"attach": work_pb2.Attach(token=scene.token(role=Role.ADMIN))}, "names no agent"),
        (lambda scene: {"attach": work_pb2.Attach(token=scene.token("ann", tenant="lagoon"))}, "one tenant"),
        (lambda scene: {"agent": "bob", "set_presence": AWAY}, "attach this agent"),
        (lambda scene: {"agent": "ann", "accept": work_pb2.AcceptRequest(contact_id="?")}, "contact_id"),
        (lambda scene: {"agent": "ann", "set_presence": work_pb2.SetPresenceRequest()}, "presence"),
    ],
)
async def test_a_bad_request_is_refused_and_the_stream_goes_on(scene: Scene, request_of: Any, says: str) -> None:
    desk = scene.desk()
    await desk.attach("ann")
    answer = await desk.answer(await desk.send(**request_of(scene)))
    assert refusal(answer) == INVALID
    assert says in answer.outcome.detail
    assert refusal(await desk.ask("ann", set_presence=AWAY)) == DONE


async def test_a_bad_request_is_refused_before_anybody_is_attached(scene: Scene) -> None:
    desk = scene.desk()
    message_id = await desk.send("ann", set_presence=AWAY)
    message = await desk.message()
    assert [answer.command_id for answer in message.answers] == [message_id]
    assert message.epoch == 0


async def test_an_agent_of_no_plan_is_told_so_and_attached_as_soon_as_one_has_them(scene: Scene) -> None:
    desk = scene.desk()
    assert refusal(await desk.attach("dan")) == events_pb2.REFUSAL_NOT_FOUND
    await scene.activate(plan(*ANN_BOB_CYD, agent("dan")))
    assert await desk.until_desk("dan", lambda found: found.attached)


async def test_a_retried_command_gets_its_first_answer_on_another_stream_too(scene: Scene) -> None:
    first = scene.desk()
    await first.attach("ann")
    bad = work_pb2.AcceptRequest(contact_id="nothing", offer_id="1")
    refused = await first.ask("ann", "same-id", accept=bad)
    first.call.cancel()
    second = scene.desk()
    await second.attach("ann")
    assert (await second.ask("ann", "same-id", accept=bad)).outcome == refused.outcome
    assert [command.id for command in (await scene.read_all())[1]].count("ann/same-id") == 1


async def test_attaching_again_with_the_same_id_attaches_again(scene: Scene) -> None:
    for _ in range(2):
        desk = scene.desk()
        await desk.answer(await desk.send("", "same-id", attach=work_pb2.Attach(token=scene.token("ann"))))
        assert desk.desks["ann"].attached
        desk.call.cancel()
        await until(lambda: not scene.loop.listeners)
    await scene.loop.look("harbour", lambda state, _: state)
    assert len(await scene.events(AgentAttached)) == 2


async def test_a_client_that_says_no_more_gets_its_answers_and_then_the_end(scene: Scene) -> None:
    desk = scene.desk()
    await desk.attach("ann")
    scene.log.next_fault = script(Fault.REFUSED)
    command_ids = [await desk.send("ann", set_presence=presence) for presence in (AWAY, AVAILABLE, AWAY)]
    await desk.call.done_writing()
    assert await desk.end() is grpc.StatusCode.OK
    answered = [answer.command_id for message in desk.messages for answer in message.answers]
    assert answered[-3:] == command_ids
    await until(lambda: not scene.loop.listeners)


async def test_a_client_that_goes_lets_its_agents_go_at_once(scene: Scene) -> None:
    desk = scene.desk()
    for name in ("ann", "bob"):
        await desk.attach(name)
    desk.call.cancel()
    await until(lambda: not scene.loop.listeners)
    assert scene.loop.attachments.of("harbour") == []
    await scene.loop.look("harbour", lambda state, _: state)
    assert {event.agent for event in await scene.events(AgentDetached)} == {"ann", "bob"}


async def test_an_agent_held_by_another_stream_stays_attached(scene: Scene) -> None:
    first, second = scene.desk(), scene.desk()
    for desk in (first, second):
        await desk.attach("ann")
    first.call.cancel()
    await until(lambda: len(scene.loop.listeners) == 1)
    assert refusal(await second.ask("ann", set_presence=AWAY)) == DONE
    assert not await scene.events(AgentDetached)


async def test_who_detaches_is_let_go_and_the_stream_still_beats_and_leaves_nothing_behind(scene: Scene) -> None:
    desk = scene.desk()
    await desk.attach("ann")
    assert refusal(await desk.ask("ann", detach=work_pb2.Detach())) == DONE
    assert refusal(await desk.ask("ann", set_presence=AWAY)) == INVALID
    while not (beat := await desk.message()).beat:
        pass
    assert (beat.seq, beat.offset) == (desk.messages[-2].seq + 1, await scene.kept.end(0) - 1)
    assert await scene.events(AgentDetached) == [AgentDetached("ann")]
    desk.call.cancel()
    await until(lambda: not scene.loop.listeners)


async def test_who_does_not_renew_is_let_go_when_the_token_runs_out(scene: Scene) -> None:
    desk = scene.desk()
    await desk.attach("ann", lifetime_s=60)
    await desk.attach("bob", lifetime_s=60)
    await desk.attach("bob", lifetime_s=600)
    scene.clock.skew_ms = 61_000
    assert refusal(await desk.ask("ann", set_presence=AWAY)) == INVALID
    assert refusal(await desk.ask("bob", set_presence=AWAY)) == DONE
    await scene.loop.look("harbour", lambda state, _: state)
    assert await scene.events(AgentDetached) == [AgentDetached("ann")]


async def test_when_the_partition_is_lost_the_stream_ends_and_the_same_works_again_later(scene: Scene) -> None:
    desk = scene.desk()
    await desk.attach("ann")
    await scene.depose()
    assert await desk.end() is grpc.StatusCode.UNAVAILABLE
    early = scene.desk()
    await early.send(attach=work_pb2.Attach(token=scene.token("ann")))
    assert await early.end() is grpc.StatusCode.UNAVAILABLE
    await until(lambda: scene.loop.deciding)
    again = scene.desk()
    assert refusal(await again.attach("ann")) == DONE
    assert again.messages[-1].epoch > desk.messages[-1].epoch


async def test_a_command_whose_outcome_is_not_known_is_not_answered_before_the_stream_ends(scene: Scene) -> None:
    desk = scene.desk()
    await desk.attach("ann")
    scene.log.next_fault = script(Fault.HANGS)
    command_id = await desk.send("ann", set_presence=AWAY)
    await until(lambda: scene.log.asked[-1:] and not scene.loop._owner.may_propose)
    await scene.depose()
    assert await desk.end() is grpc.StatusCode.UNAVAILABLE
    assert command_id not in [answer.command_id for message in desk.messages for answer in message.answers]


async def test_stopping_ends_every_stream_whether_anybody_is_attached_or_not(scene: Scene) -> None:
    desks = [scene.desk(), scene.desk()]
    await desks[0].attach("ann")
    await desks[1].send("ann", set_presence=AWAY)
    await desks[1].message()
    async with asyncio.timeout(GRACE_S - 0.5):
        await scene.server.stop()
    assert [await desk.end() for desk in desks] == [grpc.StatusCode.UNAVAILABLE] * 2


async def test_more_than_the_router_takes_is_refused_on_the_stream(scene: Scene) -> None:
    desk = scene.desk()
    await desk.attach("ann")
    scene.log.readable.clear()
    await fill_up(scene)
    command_id = await desk.send("ann", set_presence=AWAY)
    await asyncio.sleep(0.1)
    scene.log.readable.set()
    assert refusal(await desk.answer(command_id)) == events_pb2.REFUSAL_TOO_MANY


async def test_a_client_that_reads_no_answers_is_not_read_any_further(scene: Scene) -> None:
    desk = scene.desk()
    await desk.attach("ann")
    scene.log.readable.clear()
    sent = 10 * OWED_MAX
    sending = asyncio.create_task(send_many(desk, sent))
    await until(lambda: len(scene.loop._intake._requests) >= OWED_MAX - 1)
    await asyncio.sleep(0.2)
    assert len(scene.loop._intake._requests) <= OWED_MAX
    scene.log.readable.set()
    await sending
    await desk.call.done_writing()
    assert await desk.end() is grpc.StatusCode.OK
    assert sum(len(message.answers) for message in desk.messages) == sent + 1


async def send_many(desk: Any, count: int) -> None:
    for number in range(count):
        await desk.send("ann", f"n-{number}", set_presence=AWAY)


async def test_very_many_desks_come_in_messages_that_a_client_can_take(scene: Scene) -> None:
    names = [f"agent-{number}" for number in range(DESKS_PER_MESSAGE_MAX + 10)]
    await scene.activate(plan(*(agent(name) for name in names)))
    desk = scene.desk()
    for name in names:
        await desk.send(attach=work_pb2.Attach(token=scene.token(name)))
    await desk.until_desk(names[-1], lambda found: found.attached)
    before = len(desk.messages)
    await scene.activate(plan(*(agent(name, units=7) for name in names)))
    while len({name for name, each in desk.desks.items() if each.units == 7}) < len(names):
        await desk.message()
    sizes = [len(message.desks) for message in desk.messages[before:] if message.desks]
    assert sizes == [DESKS_PER_MESSAGE_MAX, 10]


@pytest.fixture(autouse=True)
async def nothing_is_left(scene: Scene) -> AsyncIterator[None]:
    """Whatever a test did: when its channel is closed, nobody is held and nobody listens."""
    yield
    await scene.channel.close()
    await until(lambda: not scene.loop.listeners)
    assert scene.loop.attachments.of("harbour") == []
