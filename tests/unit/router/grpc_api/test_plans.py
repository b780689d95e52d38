import asyncio
from typing import Any

import grpc
import pytest

from services.plan.caller import caller_hash
from services.router.core.events import ContactAccepted, PlanActivated
from services.shared.tokens import Role
from switchroom.v1 import contact_pb2, plans_pb2, plans_pb2_grpc, routing_pb2
from tests.unit.plan.example import EXAMPLE
from tests.unit.router.grpc_api.scene import Scene

OURS = EXAMPLE.replace("tenant: shop", "tenant: harbour")
VERA = "vera@customer.example"


async def refused(call: Any) -> tuple[str, str]:
    with pytest.raises(grpc.aio.AioRpcError) as refusal:
        await call
    return refusal.value.code().name, refusal.value.details() or ""


async def activate(scene: Scene, text: str, command_id: str = "a-1") -> plans_pb2.ActivateResponse:
    request = plans_pb2.ActivateRequest(command_id=command_id, plan_file=text.encode())
    answer: plans_pb2.ActivateResponse = await scene.call("Activate", request, "admin")
    return answer


async def explain(scene: Scene, who: str = "supervisor", **facts: Any) -> plans_pb2.ExplainResponse:
    asked: dict[str, Any] = {"company": "acme", "channel": "CHANNEL_EMAIL", "direction": "DIRECTION_INBOUND"}
    request = plans_pb2.ExplainRequest(**(asked | facts))
    answer: plans_pb2.ExplainResponse = await scene.call("Explain", request, who)
    return answer


async def test_a_plan_is_put_in_force_with_its_lists_in_the_blob_store(scene: Scene) -> None:
    answer = await activate(scene, OURS)
    assert (answer.version, list(answer.defects)) == (2, [])
    activated = (await scene.events(PlanActivated))[-1].plan
    assert (activated.version, activated.tenant) == (2, "harbour")
    assert activated.private_blob in scene.blobs.blobs
    assert answer.position.offset == await scene.kept.end(0) - 1


async def test_activating_again_with_the_same_id_changes_nothing(scene: Scene) -> None:
    await activate(scene, OURS)
    assert (await activate(scene, OURS)).version == 2
    assert len(await scene.events(PlanActivated)) == 2


async def test_plans_that_are_activated_together_are_each_told_their_own_version(scene: Scene) -> None:
    answers = await asyncio.gather(*(activate(scene, OURS, f"a-{number}") for number in range(5)))
    assert sorted(answer.version for answer in answers) == [2, 3, 4, 5, 6]
    assert (await activate(scene, OURS, "a-0")).version == 6  # a retry: what is in force now


async def test_a_new_plan_has_its_own_lists_at_once(scene: Scene) -> None:
    await activate(scene, OURS, "a-1")
    assert (await explain(scene, caller=VERA)).entry_point == "vips"
    await activate(scene, OURS.replace(VERA, "kim@customer.example"), "a-2")
    assert (await explain(scene, caller=VERA)).entry_point != "vips"
    assert (await explain(scene, caller="Kim@Customer.example")).entry_point == "vips"


@pytest.mark.parametrize("method", ["Validate", "Activate"])
async def test_a_plan_with_defects_is_refused_with_all_of_them(scene: Scene, method: str) -> None:
    broken = OURS.replace("queue: support, skills", "queue: nowhere, skills").replace("Europe/Berlin", "Mars/Base")
    kind = plans_pb2.ValidateRequest if method == "Validate" else plans_pb2.ActivateRequest
    answer = await scene.call(method, kind(plan_file=broken.encode()), "admin")
    assert len(answer.defects) == 2
    assert all(defect.line and defect.where and defect.what and defect.what_to_do for defect in answer.defects)
    assert len(await scene.events(PlanActivated)) == 1


async def test_validating_a_good_plan_changes_nothing(scene: Scene) -> None:
    answer = await scene.call("Validate", plans_pb2.ValidateRequest(plan_file=OURS.encode()), "admin")
    assert list(answer.defects) == []
    assert len(await scene.events(PlanActivated)) == 1


@pytest.mark.parametrize("method", ["Validate", "Activate"])
async def test_what_is_odd_about_a_good_plan_is_said_and_keeps_nothing_back(scene: Scene, method: str) -> None:
    validate = plans_pb2.ValidateRequest(plan_file=OURS.encode())
    answer = await (activate(scene, OURS) if method == "Activate" else scene.call(method, validate, "admin"))
    assert list(answer.defects) == []
    assert [(each.where, each.what) for each in answer.warnings] == [("skills[1]", 'nobody has skill "german"')]
    assert all(each.line and each.what_to_do for each in answer.warnings)
    assert len(await scene.events(PlanActivated)) == (2 if method == "Activate" else 1)


async def test_a_plan_of_another_tenant_is_refused(scene: Scene) -> None:
    answer = await activate(scene, EXAMPLE)
    assert [(defect.where, "harbour" in defect.what_to_do) for defect in answer.defects] == [("tenant", True)]


async def test_without_the_blob_store_no_plan_is_put_in_force(scene: Scene) -> None:
    scene.blobs.is_away = True
    assert (await refused(activate(scene, OURS)))[0] == "UNAVAILABLE"
    assert len(await scene.events(PlanActivated)) == 1


async def test_only_admins_activate_and_only_supervisors_and_admins_ask_why(scene: Scene) -> None:
    request = plans_pb2.ActivateRequest(command_id="a-1", plan_file=OURS.encode())
    assert (await refused(scene.call("Activate", request, "supervisor")))[0] == "PERMISSION_DENIED"
    assert (await refused(explain(scene, "analyst")))[0] == "PERMISSION_DENIED"


async def test_explaining_says_where_a_contact_would_go_and_why_not_to_whom(scene: Scene) -> None:
    await activate(scene, OURS)
    told = await explain(scene, caller=VERA)
    assert (told.entry_point, told.queue, told.priority, told.plan_version) == ("vips", "support", 9, 2)
    assert [(level.skill, level.level) for level in told.skills] == [("billing", 5)]
    assert {verdict.agent: verdict.eligible for verdict in told.agents} == {"ana": False, "bo": False}
    assert all(verdict.because for verdict in told.agents)


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"company": ""}, "company"),
        ({"channel": 0}, "channel"),
        ({"channel": 99}, "channel"),
        ({"direction": 0}, "direction"),
        ({"dialed": "x" * 257}, "256"),
        ({"ivr_path": ["1"] * 33}, "32"),
        ({"attributes": [contact_pb2.Attribute(name="x" * 257)]}, "256"),
    ],
)
async def test_bad_facts_are_refused(scene: Scene, facts: dict[str, Any], says: str) -> None:
    code, words = await refused(explain(scene, **facts))
    assert (code, says in words) == ("INVALID_ARGUMENT", True)


async def test_without_a_plan_there_is_nothing_to_explain(scene: Scene) -> None:
    metadata = scene.metadata(role=Role.ADMIN, tenant="lagoon")
    request = plans_pb2.ExplainRequest(
        company="acme", channel=contact_pb2.CHANNEL_EMAIL, direction=contact_pb2.DIRECTION_INBOUND
    )
    call = plans_pb2_grpc.PlansStub(scene.channel).Explain(request, metadata=metadata, timeout=5)
    assert (await refused(call))[0] == "FAILED_PRECONDITION"


async def test_a_routed_contact_carries_the_hash_of_its_caller_and_never_the_caller(scene: Scene) -> None:
    await activate(scene, OURS)
    route = routing_pb2.RouteRequest(
        command_id="r-1",
        contact_id="c1",
        company="acme",
        channel=contact_pb2.CHANNEL_EMAIL,
        direction=contact_pb2.DIRECTION_INBOUND,
        caller=VERA,
    )
    await scene.call("Route", route, "admin")
    accepted = (await scene.events(ContactAccepted))[0]
    assert accepted.customer == caller_hash(bytes.fromhex("ab" * 32), "harbour", VERA)
    assert accepted.caller_classes == ("list:vip",)
    end = await scene.kept.end(0)
    records = [record.record async for record in _first(scene, end)]
    assert not [record for record in records if VERA.encode() in record]


async def _first(scene: Scene, count: int) -> Any:
    async for record in scene.kept.read(0, 0):
        yield record
        if record.offset == count - 1:
            return
