"""The Routing service: contacts that programs bring by themselves."""

import grpc

from services.router.batch import always
from services.router.core.commands import Arrive, Cancel
from services.router.core.scan import position
from services.router.core.state import TenantState
from services.router.explanation_words import words
from services.router.grpc_api.calls import Calls
from services.router.grpc_api.door import BadRequest, Context, Door, check_id, refuse
from services.router.grpc_api.facts import arrival, check_facts
from services.router.log_codec import Unreadable
from services.router.partitions import Partitions
from services.router.retrace import NothingToExplain, TooManyAskers
from services.shared.event_log import LogUnavailable, RecordsGone
from services.shared.fence import FenceStopped
from services.shared.proto_mapping import fill
from services.shared.tokens import Identity, Role
from switchroom.v1 import routing_pb2, routing_pb2_grpc

NOT_FOUND = "no such contact"
UNKNOWN_COMPANY = "company is none of the plan in force: name one of its companies, or activate a plan that has it"


class RoutingService(routing_pb2_grpc.RoutingServicer):
    """Only contacts of the companies that the token names."""

    def __init__(self, calls: Calls, door: Door, partitions: Partitions) -> None:
        self._calls = calls
        self._door = door
        self._partitions = partitions

    async def Route(self, asked: routing_pb2.RouteRequest, context: Context) -> routing_pb2.RouteResponse:
        identity = await self._door.enter(context, Role.SUPERVISOR, Role.ADMIN)
        try:
            check_id("contact_id", asked.contact_id)
            check_facts(identity, asked)
            arrival(asked.contact_id, asked, "", (), 0)
        except BadRequest as bad:
            await refuse(context, grpc.StatusCode.INVALID_ARGUMENT, str(bad))

        known, _ = await self._calls.look(context, identity, lambda state, _: asked.company in state.companies)
        if not known:
            await refuse(context, grpc.StatusCode.INVALID_ARGUMENT, UNKNOWN_COMPANY)

        def arrive(state: TenantState, at_ms: int) -> Arrive:
            customer, classes = self._calls.loop_of(identity).caller_facts(state, asked.caller)
            return arrival(asked.contact_id, asked, customer, classes, at_ms)

        placed = await self._calls.command(context, identity, asked.command_id, arrive)
        return routing_pb2.RouteResponse(position=placed)

    async def Cancel(self, asked: routing_pb2.CancelRequest, context: Context) -> routing_pb2.CancelResponse:
        identity = await self._door.enter(context, Role.SUPERVISOR, Role.ADMIN)
        try:
            check_id("contact_id", asked.contact_id)
        except BadRequest as bad:
            await refuse(context, grpc.StatusCode.INVALID_ARGUMENT, str(bad))
        command = Cancel(asked.contact_id, identity.companies)
        placed = await self._calls.command(context, identity, asked.command_id, always(command))
        return routing_pb2.CancelResponse(position=placed)

    async def GetContact(
        self, asked: routing_pb2.GetContactRequest, context: Context
    ) -> routing_pb2.GetContactResponse:
        identity = await self._door.enter(context, Role.SUPERVISOR, Role.ADMIN, Role.ANALYST)
        seen, _ = await self._calls.look(
            context, identity, lambda state, _: _contact(state, identity, asked.contact_id)
        )
        if seen is None:
            await refuse(context, grpc.StatusCode.NOT_FOUND, NOT_FOUND)
        return seen

    async def ExplainContact(
        self, asked: routing_pb2.ExplainContactRequest, context: Context
    ) -> routing_pb2.ExplainContactResponse:
        identity = await self._door.enter(context, Role.SUPERVISOR, Role.ADMIN)
        try:
            check_id("contact_id", asked.contact_id)
            _check_offer(asked.offer)
        except BadRequest as bad:
            await refuse(context, grpc.StatusCode.INVALID_ARGUMENT, str(bad))
        try:
            told = await self._partitions.retrace(identity.tenant, asked.contact_id, asked.offer)
        except NothingToExplain as nothing:
            await refuse(context, grpc.StatusCode.NOT_FOUND, str(nothing))
        except TooManyAskers as busy:
            await refuse(context, grpc.StatusCode.RESOURCE_EXHAUSTED, str(busy))
        except LogUnavailable:
            await refuse(context, grpc.StatusCode.UNAVAILABLE, "router.log is away; retry")
        except (RecordsGone, FenceStopped, Unreadable) as error:
            detail = f"router.log can't be followed from its start: {error}"
            await refuse(context, grpc.StatusCode.FAILED_PRECONDITION, detail)
        if not identity.may_see(told.explanation.company):
            await refuse(context, grpc.StatusCode.NOT_FOUND, f"the log has no contact {asked.contact_id}")
        answer = routing_pb2.ExplainContactResponse(words=words(told))
        fill(answer.retraced, told)
        return answer


def _check_offer(offer: int) -> None:
    if offer < 0:
        raise BadRequest("offer is the number of one of its offers, from 1, or 0")


def _contact(state: TenantState, identity: Identity, contact_id: str) -> routing_pb2.GetContactResponse | None:
    contact = state.contacts.get(contact_id)
    if contact is None or not identity.may_see(contact.company):
        return None
    return routing_pb2.GetContactResponse(
        contact_id=contact.id,
        company=contact.company,
        state=contact.status,
        queue=contact.queue,
        agent=contact.agent,
        position=position(state, contact.id),
    )
