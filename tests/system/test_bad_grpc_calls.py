"""Bad gRPC calls, each wrong in a way of its own: refused with the right status and words, and nothing changes."""

import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import jwt
import pytest
import pytest_asyncio
from grpc import StatusCode

from services.cli.data_folder import DataFolder
from services.shared.clock import SystemClock
from services.shared.tokens import Role, TokenMaker, make_key_pair
from switchroom.v1 import contact_pb2, events_pb2, plans_pb2, plans_pb2_grpc, routing_pb2, routing_pb2_grpc, work_pb2
from switchroom.v1.work_pb2_grpc import WorkStub
from tests.fakes.manual_clock import ManualClock
from tests.system.plans import TWO_COMPANIES
from tests.system.running import Running, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOUR_S = 3600
DEADLINE_S = 10.0


@dataclass
class Scene:
    """Ana is offered one contact and works on another; ben is on duty; the tenant `other` has a contact too."""

    system: Running
    channel: grpc.aio.Channel
    offered: str
    active: str
    foreign: str
    tokens: dict[str, str]

    async def call(
        self, stub: Any, method: str, request: Any, who: str = "ana", deadline_s: float | None = DEADLINE_S
    ) -> Any:
        metadata = (("authorization", f"Bearer {self.tokens[who]}"),) if who else ()
        return await getattr(stub(self.channel), method)(request, timeout=deadline_s, metadata=metadata)

    async def desk(self) -> work_pb2.AgentDesk:
        stream = WorkStub(self.channel).PullWork(
            work_pb2.PullWorkRequest(), metadata=(("authorization", f"Bearer {self.tokens['ana']}"),)
        )
        async for message in stream:
            if message.HasField("desk"):
                stream.cancel()
                return message.desk
        raise AssertionError("no desk came")


def new() -> str:
    return secrets.token_hex(8)


def make_tokens(folder: Path) -> dict[str, str]:
    """Tokens that the agents service would never make."""
    private, _ = make_key_pair()
    stranger = TokenMaker(private, SystemClock()).make("demo", (), Role.AGENT, "ana", "stranger")
    own = DataFolder(folder).secrets().token_private_key.encode()
    past = ManualClock(wall_ms=SystemClock().wall_ms() - HOUR_S * 1000)
    claims = jwt.decode(stranger, options={"verify_signature": False})
    return {
        "garbage": "x.y.z",
        "stranger": stranger,
        "expired": TokenMaker(own, past).make("demo", (), Role.AGENT, "ana", "late"),
        "unsigned": jwt.encode(claims, "", algorithm="none"),
        "huge": "x" * 8_000,
    }


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def scene(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    folder = tmp_path_factory.mktemp("bad_calls") / "data"
    async with running(folder) as system:
        await system.activate(TWO_COMPANIES)
        await system.activate(
            TWO_COMPANIES.replace("tenant: demo", "tenant: other").replace(".example", ".test"), "other"
        )
        tokens = make_tokens(folder) | {
            "ana": await system.token(Role.AGENT, agent="ana"),
            "ben": await system.token(Role.AGENT, agent="ben"),
            "admin": await system.token(Role.ADMIN),
            "analyst": await system.token(Role.ANALYST),
            "supervisor": await system.token(Role.SUPERVISOR),
            "acme supervisor": await system.token(Role.SUPERVISOR, companies=("acme",)),
            "other admin": await system.token(Role.ADMIN, tenant="other"),
        }
        async with system.channel() as channel:
            made = Scene(system, channel, "offered", "active", "foreign", tokens)
            await set_the_scene(made)
            yield made


async def set_the_scene(scene: Scene) -> None:
    available = work_pb2.SetPresenceRequest(command_id=new(), presence=events_pb2.PRESENCE_AVAILABLE)
    await scene.call(WorkStub, "SetPresence", available)
    await scene.call(WorkStub, "Next", work_pb2.NextRequest(command_id=new()), deadline_s=0.6)
    for contact_id in (scene.active, scene.offered):
        await scene.call(routing_pb2_grpc.RoutingStub, "Route", route(contact_id=contact_id), "admin")
        item = (await scene.call(WorkStub, "Next", work_pb2.NextRequest(command_id=new()))).item
        if contact_id == scene.active:
            accept = work_pb2.AcceptRequest(command_id=new(), contact_id=contact_id, offer_id=item.offer_id)
            await scene.call(WorkStub, "Accept", accept)
    await scene.call(routing_pb2_grpc.RoutingStub, "Route", route(contact_id=scene.foreign), "other admin")
    await scene.call(routing_pb2_grpc.RoutingStub, "Route", route(contact_id="globex", company="globex"), "admin")


def route(**fields: Any) -> routing_pb2.RouteRequest:
    facts: dict[str, Any] = {
        "command_id": new(),
        "contact_id": new(),
        "company": "acme",
        "channel": contact_pb2.CHANNEL_WEB_FORM,
        "direction": contact_pb2.DIRECTION_INBOUND,
    }
    return routing_pb2.RouteRequest(**(facts | fields))


def accept(**fields: Any) -> work_pb2.AcceptRequest:
    return work_pb2.AcceptRequest(**({"command_id": new(), "contact_id": "offered", "offer_id": "offered.1"} | fields))


def complete(**fields: Any) -> work_pb2.CompleteRequest:
    return work_pb2.CompleteRequest(**({"command_id": new(), "contact_id": "active", "disposition": "solved"} | fields))


def transfer(**fields: Any) -> work_pb2.TransferRequest:
    return work_pb2.TransferRequest(**({"command_id": new(), "contact_id": "active", "queue": "acme-billing"} | fields))


def presence(number: int, reason: str = "") -> work_pb2.SetPresenceRequest:
    request = work_pb2.SetPresenceRequest(command_id=new(), reason=reason)
    request.presence = number  # type: ignore[assignment]  # on purpose also what is no presence
    return request


@dataclass(frozen=True)
class Bad:
    """A bad call: `make` makes the request, `code` is what comes back, `says` is in its words."""

    stub: Any
    method: str
    make: Callable[[], Any]
    code: StatusCode
    says: str
    who: str = "ana"
    deadline_s: float | None = DEADLINE_S


ROUTING, PLANS = routing_pb2_grpc.RoutingStub, plans_pb2_grpc.PlansStub
INVALID, MISSING, NOT_NOW = StatusCode.INVALID_ARGUMENT, StatusCode.NOT_FOUND, StatusCode.FAILED_PRECONDITION
DENIED, UNKNOWN = StatusCode.PERMISSION_DENIED, StatusCode.UNAUTHENTICATED

BAD_CALLS = {
    "no token": Bad(WorkStub, "Accept", accept, UNKNOWN, "Bearer", who=""),
    "a token that is none": Bad(WorkStub, "Accept", accept, UNKNOWN, "", who="garbage"),
    "a token signed by a stranger": Bad(WorkStub, "Accept", accept, UNKNOWN, "", who="stranger"),
    "a token that has run out": Bad(WorkStub, "Accept", accept, UNKNOWN, "", who="expired"),
    "a token that nobody signed": Bad(WorkStub, "Accept", accept, UNKNOWN, "", who="unsigned"),
    "a token of 8000 characters": Bad(WorkStub, "Accept", accept, UNKNOWN, "", who="huge"),
    "no deadline": Bad(WorkStub, "Accept", accept, INVALID, "deadline", deadline_s=None),
    "a deadline in an hour": Bad(WorkStub, "Accept", accept, INVALID, "deadline", deadline_s=HOUR_S),
    "no command id": Bad(WorkStub, "Accept", lambda: accept(command_id=""), INVALID, "command_id"),
    "a command id of 65": Bad(WorkStub, "Accept", lambda: accept(command_id="x" * 65), INVALID, "command_id"),
    "a command id of two lines": Bad(WorkStub, "Accept", lambda: accept(command_id="a\nb"), INVALID, "command_id"),
    "a command id with a slash": Bad(WorkStub, "Accept", lambda: accept(command_id="ben/1"), INVALID, "command_id"),
    "no contact id": Bad(WorkStub, "Accept", lambda: accept(contact_id=""), INVALID, "contact_id"),
    "a contact id of two lines": Bad(WorkStub, "Accept", lambda: accept(contact_id="a\nb"), INVALID, "contact_id"),
    "a contact id of 129": Bad(WorkStub, "Accept", lambda: accept(contact_id="x" * 129), INVALID, "contact_id"),
    "a contact that nobody knows": Bad(WorkStub, "Accept", lambda: accept(contact_id="nobody"), MISSING, ""),
    "a contact of another tenant": Bad(WorkStub, "Accept", lambda: accept(contact_id="foreign"), MISSING, ""),
    "an offer to another agent": Bad(WorkStub, "Accept", accept, MISSING, "", who="ben"),
    "an offer that is over": Bad(WorkStub, "Accept", lambda: accept(offer_id="offered.0"), NOT_NOW, ""),
    "no offer id": Bad(WorkStub, "Accept", lambda: accept(offer_id=""), NOT_NOW, ""),
    "accepting what is accepted": Bad(
        WorkStub, "Accept", lambda: accept(contact_id="active", offer_id="active.1"), NOT_NOW, ""
    ),
    "declining what is accepted": Bad(
        WorkStub,
        "Decline",
        lambda: work_pb2.DeclineRequest(command_id=new(), contact_id="active", offer_id="active.1"),
        NOT_NOW,
        "",
    ),
    "completing an offer": Bad(WorkStub, "Complete", lambda: complete(contact_id="offered"), NOT_NOW, ""),
    "finishing an offer": Bad(
        WorkStub, "Finish", lambda: work_pb2.FinishRequest(command_id=new(), contact_id="offered"), NOT_NOW, ""
    ),
    "transferring an offer": Bad(WorkStub, "Transfer", lambda: transfer(contact_id="offered"), NOT_NOW, ""),
    "completing another agent's": Bad(WorkStub, "Complete", complete, MISSING, "", who="ben"),
    "no disposition": Bad(WorkStub, "Complete", lambda: complete(disposition=""), INVALID, "disposition"),
    "an unknown disposition": Bad(WorkStub, "Complete", lambda: complete(disposition="x"), INVALID, "disposition"),
    "another company's disposition": Bad(
        WorkStub, "Complete", lambda: complete(disposition="booked"), INVALID, "disposition"
    ),
    "transfer to an unknown queue": Bad(WorkStub, "Transfer", lambda: transfer(queue="x"), MISSING, "queue"),
    "transfer to another company": Bad(WorkStub, "Transfer", lambda: transfer(queue="globex-travel"), MISSING, "queue"),
    "no presence": Bad(WorkStub, "SetPresence", lambda: presence(0), INVALID, "presence"),
    "presence: not responding": Bad(WorkStub, "SetPresence", lambda: presence(4), INVALID, "presence"),
    "presence 99": Bad(WorkStub, "SetPresence", lambda: presence(99), INVALID, "presence"),
    "away for no known reason": Bad(WorkStub, "SetPresence", lambda: presence(3, "fishing"), INVALID, "reason"),
    "a reason of 65": Bad(WorkStub, "SetPresence", lambda: presence(3, "x" * 65), INVALID, "reason"),
    "a supervisor at work": Bad(WorkStub, "Accept", accept, DENIED, "agents", who="supervisor"),
    "an agent activating a plan": Bad(PLANS, "Activate", plans_pb2.ActivateRequest, DENIED, "admin"),
    "a supervisor checking a plan": Bad(
        PLANS, "Validate", plans_pb2.ValidateRequest, DENIED, "admin", who="supervisor"
    ),
    "an agent routing": Bad(ROUTING, "Route", route, DENIED, "supervisor"),
    "an analyst cancelling": Bad(ROUTING, "Cancel", routing_pb2.CancelRequest, DENIED, "supervisor", who="analyst"),
    "an agent asking for a contact": Bad(ROUTING, "GetContact", routing_pb2.GetContactRequest, DENIED, "supervisor"),
    "routing for another company": Bad(
        ROUTING, "Route", lambda: route(company="globex"), INVALID, "company", who="acme supervisor"
    ),
    "cancelling another company's": Bad(
        ROUTING,
        "Cancel",
        lambda: routing_pb2.CancelRequest(command_id=new(), contact_id="globex"),
        MISSING,
        "",
        who="acme supervisor",
    ),
    "asking for another company's": Bad(
        ROUTING,
        "GetContact",
        lambda: routing_pb2.GetContactRequest(contact_id="globex"),
        MISSING,
        "",
        who="acme supervisor",
    ),
    "asking for another tenant's": Bad(
        ROUTING, "GetContact", lambda: routing_pb2.GetContactRequest(contact_id="foreign"), MISSING, "", who="admin"
    ),
    "cancelling what an agent has": Bad(
        ROUTING,
        "Cancel",
        lambda: routing_pb2.CancelRequest(command_id=new(), contact_id="active"),
        NOT_NOW,
        "",
        who="admin",
    ),
    "routing for a company that is not in the plan": Bad(
        ROUTING, "Route", lambda: route(company="initech"), INVALID, "company", who="admin"
    ),
    "routing by no channel": Bad(ROUTING, "Route", lambda: route(channel=0), INVALID, "channel", who="admin"),
    "routing in no direction": Bad(ROUTING, "Route", lambda: route(direction=0), INVALID, "direction", who="admin"),
    "a caller of 257": Bad(ROUTING, "Route", lambda: route(caller="9" * 257), INVALID, "256", who="admin"),
    "an IVR path of 33": Bad(ROUTING, "Route", lambda: route(ivr_path=["a"] * 33), INVALID, "32", who="admin"),
    "twenty-one MiB": Bad(
        PLANS,
        "Validate",
        lambda: plans_pb2.ValidateRequest(plan_file=b"x" * 21 * 1024 * 1024),
        StatusCode.RESOURCE_EXHAUSTED,
        "",
        who="admin",
    ),
}


@pytest.mark.parametrize("defect", BAD_CALLS)
async def test_a_bad_call_is_refused_with_a_reason_and_changes_nothing(scene: Scene, defect: str) -> None:
    bad = BAD_CALLS[defect]
    before = await scene.desk()

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await scene.call(bad.stub, bad.method, bad.make(), bad.who, bad.deadline_s)

    assert refused.value.code() is bad.code, refused.value.details()
    assert bad.says in (refused.value.details() or "")
    assert "Traceback" not in (refused.value.details() or "")
    after = await scene.desk()
    assert [(item.contact_id, item.state) for item in after.items] == [(i.contact_id, i.state) for i in before.items]
    assert after.presence == before.presence


async def test_bytes_that_are_no_request_and_calls_that_do_not_exist_are_refused(scene: Scene) -> None:
    metadata = (("authorization", f"Bearer {scene.tokens['ana']}"),)
    for path, code in (
        ("/switchroom.v1.Work/Accept", {StatusCode.UNKNOWN, StatusCode.INTERNAL}),
        ("/switchroom.v1.Work/Fire", {StatusCode.UNIMPLEMENTED}),
        ("/switchroom.v1.Pay/Raise", {StatusCode.UNIMPLEMENTED}),
    ):
        call: Any = scene.channel.unary_unary(path)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await call(b"\xff\xff\xff\xff", timeout=DEADLINE_S, metadata=metadata)
        assert refused.value.code() in code


async def test_a_plan_for_another_tenant_is_refused_and_the_running_plan_stays(scene: Scene) -> None:
    request = plans_pb2.ActivateRequest(command_id=new(), plan_file=TWO_COMPANIES.encode())

    answer = await scene.call(PLANS, "Activate", request, "other admin")

    assert [(defect.where, answer.version) for defect in answer.defects] == [("tenant", 0)]
