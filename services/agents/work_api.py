"""Work items over HTTP, for programs and for the desk's own page."""

import secrets
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query
from fastapi.responses import JSONResponse

from services.agents import models
from services.agents.access import Caller, GatedRoute
from services.agents.bells import desk_topic
from services.agents.desk import (
    Accept,
    Act,
    Complete,
    Consult,
    Decline,
    EndConsultation,
    Finish,
    HandOver,
    Outcome,
    Presence,
    Refusal,
    SetPresence,
    Transfer,
    WorkItem,
    WorkState,
)
from services.agents.desk_link import Answered, Seat
from services.agents.desk_view import OPENED, desk_view, item_of, item_view, open_offer
from services.agents.errors import Refused, invalid, not_found, not_now
from services.agents.message_documents import shown
from services.agents.office import Office
from services.plan.compiled import SkillLevel
from services.shared.document_store import Document
from services.shared.tokens import Identity

ContactId = Annotated[str, Path(pattern=models.ID_PATTERN)]
IdempotencyKey = Annotated[str | None, Header(pattern=models.ID_PATTERN)]
WaitS = Annotated[int, Query(ge=0, le=60)]
STATUS = {
    Refusal.NOT_FOUND: (404, "It does not exist, or is not yours."),
    Refusal.NOT_NOW: (409, "Its state does not allow it."),
    Refusal.INVALID: (400, "The router does not take these words."),
    Refusal.TOO_MANY: (429, "A limit of your contact centre is reached."),
    Refusal.REJECTED: (500, "The router failed at it, and changed nothing."),
}


class WorkApi:
    """An agent's own desk."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def router(self) -> APIRouter:
        """The routes."""
        router = APIRouter(route_class=GatedRoute)
        router.add_api_route("/v1/desk", self.desk, methods=["GET"])
        router.add_api_route("/v1/presence", self.set_presence, methods=["POST"])
        router.add_api_route("/v1/next", self.next, methods=["POST"])
        acts = (self.accept, self.decline, self.reply, self.note, self.transfer, self.finish, self.complete)
        for act in (*acts, self.consult, self.hand_over, self.end_consultation):
            router.add_api_route(f"/v1/work/{{contact_id}}/{act.__name__}", act, methods=["POST"])
        return router

    async def desk(self, caller: Caller) -> dict[str, Any]:
        """All that is on the desk."""
        link = self._office.links.of(caller.tenant)
        return desk_view(caller, link, link.seat(caller), self._office.clock.wall_ms())

    async def next(self, caller: Caller, wait_s: WaitS = 20) -> dict[str, Any]:
        """The open offer; waits for one, and says null when none came."""
        link = self._office.links.of(caller.tenant)
        seat = link.seat(caller)
        link.hold(seat)
        try:
            return {"item": item_view(await self._wait_for_offer(caller, seat, wait_s * 1000))}
        finally:
            link.release(seat)

    async def _wait_for_offer(self, caller: Identity, seat: Seat, wait_ms: int) -> WorkItem | None:
        clock, bells = self._office.clock, self._office.bells
        listener = bells.listener(desk_topic(caller.tenant, caller.agent))
        left_ms, until_ms = wait_ms, clock.monotonic_ms() + wait_ms
        try:
            while (offer := open_offer(caller, seat)) is None and left_ms > 0 and not bells.stopped:
                await listener.wait(left_ms / 1000)
                left_ms = until_ms - clock.monotonic_ms()
        finally:
            listener.close()
        return offer

    async def set_presence(
        self, caller: Caller, act: models.PresenceAct, idempotency_key: IdempotencyKey = None
    ) -> dict[str, Any]:
        """Say whether you take work."""
        command = SetPresence(Presence(act.presence), act.reason)
        return await self._command(caller, _command_id(act, idempotency_key), command)

    async def accept(
        self,
        caller: Caller,
        contact_id: ContactId,
        act: models.OfferAct | None = None,
        idempotency_key: IdempotencyKey = None,
    ) -> dict[str, Any]:
        """Take the offer."""
        command = Accept(contact_id, self._offer_id(caller, contact_id, act))
        return await self._command(caller, _command_id(act, idempotency_key), command, contact_id)

    async def decline(
        self,
        caller: Caller,
        contact_id: ContactId,
        act: models.OfferAct | None = None,
        idempotency_key: IdempotencyKey = None,
    ) -> dict[str, Any]:
        """Leave the offer to somebody else."""
        command = Decline(contact_id, self._offer_id(caller, contact_id, act))
        return await self._command(caller, _command_id(act, idempotency_key), command, contact_id)

    async def finish(
        self,
        caller: Caller,
        contact_id: ContactId,
        act: models.Act | None = None,
        idempotency_key: IdempotencyKey = None,
    ) -> dict[str, Any]:
        """End the conversation; wrap-up begins."""
        return await self._command(caller, _command_id(act, idempotency_key), Finish(contact_id), contact_id)

    async def complete(
        self, caller: Caller, contact_id: ContactId, act: models.CompleteAct, idempotency_key: IdempotencyKey = None
    ) -> dict[str, Any]:
        """End the contact with a disposition."""
        command = Complete(contact_id, act.disposition)
        return await self._command(caller, _command_id(act, idempotency_key), command, contact_id)

    async def transfer(
        self, caller: Caller, contact_id: ContactId, act: models.TransferAct, idempotency_key: IdempotencyKey = None
    ) -> dict[str, Any]:
        """Hand it to a queue of the same company, to an agent, or to whoever has certain skills."""
        command = Transfer(contact_id, act.queue, act.to_agent, _skills(act))
        return await self._command(caller, _command_id(act, idempotency_key), command, contact_id)

    async def consult(
        self, caller: Caller, contact_id: ContactId, act: models.TransferAct, idempotency_key: IdempotencyKey = None
    ) -> dict[str, Any]:
        """Ask a colleague about it, and keep it: the first half of a warm transfer.

        A customer who is on the telephone is put on hold when somebody has accepted.
        """
        command = Consult(contact_id, act.queue, act.to_agent, _skills(act))
        return await self._command(caller, _command_id(act, idempotency_key), command, contact_id)

    async def hand_over(
        self,
        caller: Caller,
        contact_id: ContactId,
        act: models.Act | None = None,
        idempotency_key: IdempotencyKey = None,
    ) -> dict[str, Any]:
        """Give it to the colleague who has accepted the consultation: the second half of a warm transfer."""
        return await self._command(caller, _command_id(act, idempotency_key), HandOver(contact_id), contact_id)

    async def end_consultation(
        self,
        caller: Caller,
        contact_id: ContactId,
        act: models.Act | None = None,
        idempotency_key: IdempotencyKey = None,
    ) -> dict[str, Any]:
        """Ask nobody any more, and go on alone."""
        return await self._command(caller, _command_id(act, idempotency_key), EndConsultation(contact_id), contact_id)

    async def reply(
        self, caller: Caller, contact_id: ContactId, act: models.TextAct, idempotency_key: IdempotencyKey = None
    ) -> JSONResponse:
        """Answer the customer on the contact's own channel; 202 means that the answer is safe and on its way."""
        command_id = _command_id(act, idempotency_key)
        outbox = self._office.outbox
        document = await outbox.written(caller, contact_id, command_id, act.text)
        if document is None:
            item = self._item(caller, contact_id, frozenset({WorkState.ACTIVE}))
            document = await outbox.reply(caller, item, command_id, act.text)
        elif document["state"] == "writing":
            document = await outbox.append(document)
        return JSONResponse(_written(command_id, document), 202)

    async def note(
        self, caller: Caller, contact_id: ContactId, act: models.TextAct, idempotency_key: IdempotencyKey = None
    ) -> dict[str, Any]:
        """Keep a note with the contact."""
        command_id = _command_id(act, idempotency_key)
        outbox = self._office.outbox
        document = await outbox.written(caller, contact_id, command_id, act.text)
        if document is None:
            item = self._item(caller, contact_id, OPENED)
            document = await outbox.note(caller, item, command_id, act.text)
        return _written(command_id, document)

    def _offer_id(self, caller: Identity, contact_id: str, act: models.OfferAct | None) -> str:
        """The offer meant. Without one the router decides: it may know the command's first answer."""
        if act is not None and act.offer_id:
            return act.offer_id
        item = item_of(caller, self._office.links.of(caller.tenant).seat(caller), contact_id)
        return item.offer_id if item else ""

    def _item(self, caller: Identity, contact_id: str, states: frozenset[WorkState]) -> WorkItem:
        item = item_of(caller, self._office.links.of(caller.tenant).seat(caller), contact_id)
        if item is None:
            raise not_found("contact on your desk")
        if item.state not in states:
            raise not_now(
                "This can't be done now.",
                f"The contact is in state {item.state.value}.",
                "Accept it first; after wrap-up has begun nothing more can be sent.",
            )
        return item

    async def _command(self, caller: Identity, command_id: str, command: Act, contact_id: str = "") -> dict[str, Any]:
        link = self._office.links.of(caller.tenant)
        answered = await link.command(caller, command_id, command)
        _raise_if_refused(answered.outcome)
        item = item_of(caller, link.seat(caller), contact_id)
        return {"command_id": command_id, "position": _position(answered), "item": item_view(item)}


def _command_id(act: models.Act | None, idempotency_key: str | None) -> str:
    given = act.command_id if act else None
    if given and idempotency_key and given != idempotency_key:
        raise invalid("The command has two ids.", "command_id and Idempotency-Key differ.", "Send one of them.")
    return given or idempotency_key or secrets.token_hex(16)


def _skills(act: models.TransferAct) -> tuple[SkillLevel, ...]:
    return tuple(SkillLevel(needed.skill, needed.level) for needed in act.skills)


def _position(answered: Answered) -> dict[str, int]:
    return {"partition": answered.partition, "offset": answered.offset}


def _raise_if_refused(outcome: Outcome) -> None:
    if outcome.refusal is not None:
        status, why = STATUS[outcome.refusal]
        headers = {"Retry-After": "1"} if status == 429 else None
        raise Refused(status, outcome.detail or why, why, outcome.what_to_do or "Look at your desk again.", headers)


def _written(command_id: str, document: Document) -> dict[str, Any]:
    return {"command_id": command_id, "message": shown(document)}
