"""Routing.ExplainContact: why a contact waits or was offered, to those who may know."""

from typing import Any

import grpc
import pytest

from services.router.core.mends import Change
from services.router.core.step_standing import StepState
from services.router.retrace import Moment
from services.shared.tokens import Role
from switchroom.v1 import events_pb2, plan_pb2, routing_pb2, routing_pb2_grpc, work_pb2
from tests.unit.router.grpc_api.scene import Scene


def asking(contact_id: str = "c1", offer: int = 0) -> routing_pb2.ExplainContactRequest:
    return routing_pb2.ExplainContactRequest(contact_id=contact_id, offer=offer)


async def refusal(call: Any) -> tuple[str, str]:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await call
    return refused.value.code().name, refused.value.details() or ""


@pytest.mark.parametrize("role", ["supervisor", "admin"])
async def test_a_waiting_contact_is_explained_whole(scene: Scene, role: str) -> None:
    await scene.arrive(language="de")
    told = await scene.call("ExplainContact", asking(), role)
    found = told.retraced.explanation
    assert told.retraced.moment == routing_pb2.MOMENT_NOW
    assert (found.contact_id, found.queue, found.entry_point) == ("c1", "sales", "german")
    assert found.policy == plan_pb2.POLICY_LONGEST_IDLE
    assert [each.agent for each in found.agents] == ["ann", "bob", "cyd"]
    assert list(found.agents[0].would_need) == [routing_pb2.CHANGE_DUTY, routing_pb2.CHANGE_SKILLS]
    assert found.mends[0].agent_count == 3
    assert told.words[0].startswith("c1 (web_chat, for acme) waits in sales since ")


async def test_an_offer_is_explained_with_who_else_there_was(scene: Scene) -> None:
    await scene.arrive()
    desk = scene.desk()
    await desk.attach("bob")
    available = work_pb2.SetPresenceRequest(presence=events_pb2.PRESENCE_AVAILABLE)
    await desk.ask("bob", set_presence=available)
    await desk.until_desk("bob", lambda seen: seen.items)
    told = await scene.call("ExplainContact", asking(), "admin")
    assert (told.retraced.agent, told.retraced.offer, told.retraced.offers) == ("bob", 1, 1)
    assert told.retraced.reason.endswith("bob was the only one")
    assert [(each.agent, each.place) for each in told.retraced.explanation.agents] == [
        ("bob", 1),
        ("ann", 0),
        ("cyd", 0),
    ]


async def test_agents_and_analysts_are_not_told(scene: Scene) -> None:
    await scene.arrive()
    for who in ("ann", "analyst"):
        assert (await refusal(scene.call("ExplainContact", asking(), who)))[0] == "PERMISSION_DENIED"


@pytest.mark.parametrize(
    ("request_", "code", "said"),
    [
        (asking("c9"), "NOT_FOUND", "the log has no contact c9"),
        (asking(offer=2), "NOT_FOUND", "c1 was offered 0 times, not 2"),
        (asking(offer=-1), "INVALID_ARGUMENT", "offer is the number"),
        (asking("no such id"), "INVALID_ARGUMENT", "contact_id must be"),
    ],
)
async def test_what_can_not_be_explained_is_refused_with_the_reason(
    scene: Scene, request_: routing_pb2.ExplainContactRequest, code: str, said: str
) -> None:
    await scene.arrive()
    refused = await refusal(scene.call("ExplainContact", request_, "admin"))
    assert refused[0] == code
    assert said in refused[1]


async def test_a_contact_of_another_company_is_none(scene: Scene) -> None:
    await scene.arrive()
    stub = routing_pb2_grpc.RoutingStub(scene.channel)
    metadata = scene.metadata(role=Role.SUPERVISOR, companies=("globex",))
    refused = await refusal(stub.ExplainContact(asking(), timeout=10, metadata=metadata))
    assert refused == ("NOT_FOUND", "the log has no contact c1")


async def test_a_log_whose_beginning_is_gone_is_said_to_be(scene: Scene) -> None:
    await scene.arrive()
    await scene.kept.delete_before(0, 1)
    code, said = await refusal(scene.call("ExplainContact", asking(), "admin"))
    assert code == "FAILED_PRECONDITION"
    assert "from its start" in said


async def test_a_log_that_is_away_is_said_to_be(scene: Scene) -> None:
    await scene.arrive()
    scene.log.is_away = True
    assert (await refusal(scene.call("ExplainContact", asking(), "admin")))[0] == "UNAVAILABLE"


@pytest.mark.parametrize(
    ("ours", "theirs", "prefix"),
    [
        (Moment, routing_pb2.Moment, "MOMENT_"),
        (Change, routing_pb2.Change, "CHANGE_"),
        (StepState, routing_pb2.StepState, "STEP_STATE_"),
    ],
)
def test_the_protos_have_each_of_the_words(ours: Any, theirs: Any, prefix: str) -> None:
    names = [value.name for value in theirs.DESCRIPTOR.values]
    assert names == [f"{prefix}UNSPECIFIED", *(prefix + each.upper() for each in ours)]


async def test_a_colleague_who_was_asked_by_name_is_told_to_programs_too(scene: Scene) -> None:
    desk = scene.desk()
    available = work_pb2.SetPresenceRequest(presence=events_pb2.PRESENCE_AVAILABLE)
    for agent in ("ann", "bob"):
        await desk.attach(agent)
    await desk.ask("ann", set_presence=available)
    await scene.arrive()
    (item,) = (await desk.until_desk("ann", lambda seen: seen.items)).items
    await desk.ask("ann", accept=work_pb2.AcceptRequest(contact_id="c1", offer_id=item.offer_id))
    await desk.ask("bob", set_presence=available)
    await desk.ask("ann", consult=work_pb2.ConsultRequest(contact_id="c1", to_agent="bob"))
    told = await scene.call("ExplainContact", asking(), "admin")
    (onward,) = told.retraced.onward
    assert (onward.agent, onward.to_agent, list(onward.offered_to)) == ("ann", "bob", ["bob"])
    assert any("ann asked bob about it by name, so nobody else was asked" in each for each in told.words)
    asked = await scene.call("ExplainContact", asking(onward.consultation_id), "admin")
    assert (asked.retraced.explanation.about, asked.retraced.explanation.asked_by) == ("c1", "ann")
