"""Why a contact waits or was offered, at the desk's port: who may ask, and what is passed on of the router's answer."""

import grpc
import httpx2
import pytest

from services.shared.tokens import Role
from switchroom.v1 import contact_pb2, plan_pb2, routing_pb2
from tests.unit.agents.bench import Bench

WHY = "/v1/floor/contacts/c1/why"


def waiting() -> routing_pb2.ExplainContactResponse:
    ana = routing_pb2.AgentStanding(agent="ana", because="is offline", would_need=[routing_pb2.CHANGE_DUTY])
    explanation = routing_pb2.Explanation(
        contact_id="c1",
        channel=contact_pb2.CHANNEL_WEB_CHAT,
        at_ms=1_795_336_421_137,
        policy=plan_pb2.POLICY_LONGEST_IDLE,
        agents=[ana],
    )
    retraced = routing_pb2.Retraced(moment=routing_pb2.MOMENT_NOW, explanation=explanation)
    return routing_pb2.ExplainContactResponse(
        retraced=retraced, words=["c1 waits.", "What would do: if ana came on duty."]
    )


def offered() -> routing_pb2.ExplainContactResponse:
    return routing_pb2.ExplainContactResponse(retraced=routing_pb2.Retraced(offer=2, offers=3, agent="ana"))


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.ADMIN])
async def test_overseers_get_the_explanation_as_json(bench: Bench, role: Role) -> None:
    bench.router.routing.explanations["acme", "c1", 0] = waiting()
    async with bench.program("", role) as client:
        answer = await client.get(WHY)
    told = answer.json()
    assert answer.status_code == 200
    assert (told["moment"], told["offer"], told["words"][0]) == ("now", 0, "c1 waits.")
    found = told["explanation"]
    assert (found["channel"], found["policy"], found["at_ms"]) == ("web_chat", "longest_idle", 1_795_336_421_137)
    assert (found["agents"][0]["because"], found["agents"][0]["would_need"]) == ("is offline", ["duty"])
    assert found["place"]["position"] == 0


async def test_an_offer_is_asked_for_by_its_number(bench: Bench) -> None:
    bench.router.routing.explanations["acme", "c1", 2] = offered()
    async with bench.program("", Role.ADMIN) as client:
        told = (await client.get(WHY, params={"offer": 2})).json()
        statuses = [(await client.get(WHY, params={"offer": wrong})).status_code for wrong in ("-1", "x", "9" * 30)]
    assert (told["offer"], told["offers"], told["agent"], told["moment"]) == (2, 3, "ana", "")
    assert statuses == [400, 400, 400]


@pytest.mark.parametrize("role", [Role.AGENT, Role.ANALYST])
async def test_others_may_not_ask(bench: Bench, role: Role) -> None:
    async with bench.program("ana", role) as client:
        assert (await client.get(WHY)).status_code == 403
    assert bench.router.routing.callers == []


async def test_the_router_is_asked_in_the_name_of_whoever_asks(bench: Bench) -> None:
    bench.router.routing.explanations["reef", "c1", 0] = waiting()
    async with bench.program("", Role.SUPERVISOR, ("north",), "reef") as client:
        assert (await client.get(WHY)).status_code == 200
    (caller,) = bench.router.routing.callers
    assert (caller.tenant, caller.companies, caller.role) == ("reef", ("north",), Role.SUPERVISOR)


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (grpc.StatusCode.NOT_FOUND, 404),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, 429),
        (grpc.StatusCode.UNAVAILABLE, 503),
        (grpc.StatusCode.DEADLINE_EXCEEDED, 503),
        (grpc.StatusCode.FAILED_PRECONDITION, 503),
    ],
)
async def test_what_the_router_refuses_is_said_as_http_says_it(
    bench: Bench, refusal: grpc.StatusCode, status: int
) -> None:
    bench.router.routing.refusal = refusal
    async with bench.program("", Role.ADMIN) as client:
        answer = await client.get(WHY)
    assert answer.status_code == status
    assert set(answer.json()["error"]) == {"what", "why", "what_to_do"}


async def test_nobody_asks_without_logging_in(bench: Bench) -> None:
    async with httpx2.AsyncClient(timeout=60, base_url=bench.url) as nobody:
        assert (await nobody.get(WHY)).status_code == 401
