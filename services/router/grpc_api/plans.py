"""The Plans service: check a plan, put one in force, ask what it would do."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

import grpc

from services.plan.defects import Defect
from services.plan.load import CompiledPlan, PlanRefused, load_plan
from services.router.caller_lists import CallerLists
from services.router.core.commands import ActivatePlan
from services.router.core.scan import Explained, explain
from services.router.core.state import TenantState
from services.router.grpc_api.calls import Calls
from services.router.grpc_api.door import BadRequest, Context, Door, refuse
from services.router.grpc_api.facts import arrival, check_facts
from services.shared.blob_store import BlobUnavailable
from services.shared.clock import Clock
from services.shared.proto_mapping import fill
from services.shared.tokens import Identity, Role
from switchroom.v1 import plans_pb2, plans_pb2_grpc

LISTS_AWAY = "the blob store, which keeps the plan's caller lists, is away; nothing was changed; retry"
EXPLAINED_CONTACT = "what-if"


class PlansService(plans_pb2_grpc.PlansServicer):
    """A plan's tenant must be the token's."""

    def __init__(self, calls: Calls, door: Door, lists: CallerLists, clock: Clock) -> None:
        self._calls = calls
        self._door = door
        self._lists = lists
        self._clock = clock

    async def Validate(self, asked: plans_pb2.ValidateRequest, context: Context) -> plans_pb2.ValidateResponse:
        identity = await self._door.enter(context, Role.ADMIN)
        try:
            compiled = await self._load(identity, asked.plan_file)
        except PlanRefused as refused:
            return plans_pb2.ValidateResponse(defects=_messages(refused.defects))
        return plans_pb2.ValidateResponse(warnings=_messages(compiled.warnings))

    async def Activate(self, asked: plans_pb2.ActivateRequest, context: Context) -> plans_pb2.ActivateResponse:
        identity = await self._door.enter(context, Role.ADMIN)
        try:
            compiled = await self._load(identity, asked.plan_file)
            await self._lists.store(compiled)
        except PlanRefused as refused:
            return plans_pb2.ActivateResponse(defects=_messages(refused.defects))
        except BlobUnavailable:
            await refuse(context, grpc.StatusCode.UNAVAILABLE, LISTS_AWAY)
        activating = _Activating(compiled, self._lists)
        placed = await self._calls.command(context, identity, asked.command_id, activating)
        # A retry builds nothing: what is known then is the version in force.
        in_force, _ = await self._calls.look(context, identity, lambda state, _: _version(state))
        version, warnings = activating.version or in_force, _messages(compiled.warnings)
        return plans_pb2.ActivateResponse(version=version, position=placed, warnings=warnings)

    async def Explain(self, asked: plans_pb2.ExplainRequest, context: Context) -> plans_pb2.ExplainResponse:
        identity = await self._door.enter(context, Role.SUPERVISOR, Role.ADMIN)
        try:
            check_facts(identity, asked)
            arrival(EXPLAINED_CONTACT, asked, "", (), 0)
        except BadRequest as bad:
            await refuse(context, grpc.StatusCode.INVALID_ARGUMENT, str(bad))
        answer, _ = await self._calls.look(
            context, identity, lambda state, at_ms: self._explain(identity, asked, state, at_ms)
        )
        if answer is None:
            await refuse(context, grpc.StatusCode.FAILED_PRECONDITION, "no plan is in force yet: activate one")
        return answer

    def _explain(
        self, identity: Identity, asked: plans_pb2.ExplainRequest, state: TenantState, at_ms: int
    ) -> plans_pb2.ExplainResponse | None:
        customer, classes = self._calls.loop_of(identity).caller_facts(state, asked.caller)
        told = explain(state, arrival(EXPLAINED_CONTACT, asked, customer, classes, at_ms), at_ms)
        if told is None:
            return None
        return _explained(told)

    async def _load(self, identity: Identity, raw: bytes) -> CompiledPlan:
        # In a thread: reading YAML takes its time, and the partition must go on meanwhile.
        compiled = await asyncio.to_thread(load_plan, raw, self._clock.wall_ms(), self._lists.customers_key)
        if compiled.plan.tenant != identity.tenant:
            raise PlanRefused([_foreign(identity)])
        return compiled


@dataclass(slots=True)
class _Activating:
    """Builds the command; `version` is then that of its plan, also where another was put in force right behind it."""

    compiled: CompiledPlan
    lists: CallerLists
    version: int = 0

    def __call__(self, state: TenantState, _at_ms: int) -> ActivatePlan:
        self.lists.expect(state.plan, self.compiled)
        self.version = _version(state) + 1
        return ActivatePlan(self.compiled.plan)


def _foreign(identity: Identity) -> Defect:
    return Defect(0, "tenant", "the plan is for another tenant than your token", f"write tenant: {identity.tenant}")


def _version(state: TenantState) -> int:
    return state.plan.version if state.plan is not None else 0


def _explained(told: Explained) -> plans_pb2.ExplainResponse:
    answer = plans_pb2.ExplainResponse(
        entry_point=told.entry_point,
        queue=told.route.queue,
        priority=told.route.priority,
        plan_version=told.plan_version,
        agents=(
            plans_pb2.AgentVerdict(agent=each.agent, eligible=not each.because, because=each.because)
            for each in told.verdicts
        ),
    )
    for level in told.route.skills:
        fill(answer.skills.add(), level)
    return answer


def _messages(defects: Iterable[Defect]) -> list[plans_pb2.Defect]:
    messages = []
    for defect in defects:
        messages.append(plans_pb2.Defect())
        fill(messages[-1], defect)
    return messages
