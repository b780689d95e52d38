"""Why a contact waits, or why an agent got it, over HTTP: the router's explanation, passed on."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from services.agents import models
from services.agents.access import Caller, GatedRoute
from services.agents.errors import Refused, not_found, too_many, unavailable
from services.agents.grpc_client import RouterRefused
from services.agents.office import Office

ContactId = Annotated[str, Path(pattern=models.ID_PATTERN)]
OfferNumber = Annotated[int, Query(ge=0, le=1_000_000)]
TOKEN_S = 60


class ExplainApi:
    """Asks in the name of whoever asks, with a token of their own, so that the router decides what they may know."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def router(self) -> APIRouter:
        """The routes."""
        router = APIRouter(route_class=GatedRoute)
        router.add_api_route("/v1/floor/contacts/{contact_id}/why", self.why, methods=["GET"])
        return router

    async def why(self, caller: Caller, contact_id: ContactId, offer: OfferNumber = 0) -> dict[str, Any]:
        """A waiting contact as it waits; else its newest offer, or the one with that number; with words for people."""
        who = (caller.tenant, caller.companies, caller.role, caller.agent, caller.subject)
        token = self._office.tokens.make(*who, TOKEN_S)
        try:
            return await self._office.router.explain(token, contact_id, offer)
        except RouterRefused as refused:
            raise _refusal(refused) from None


def _refusal(refused: RouterRefused) -> Refused:
    what = "The contact can't be explained now."
    match refused.status:
        case "NOT_FOUND":
            return not_found("contact, or no such offer of it")
        case "RESOURCE_EXHAUSTED":
            return too_many(what, "Others are being explained.")
        case "DEADLINE_EXCEEDED":
            wait = "Ask `switchroom explain`, which takes its time."
            return unavailable(what, "The log is too long to be read meanwhile.", wait)
        case _:
            return unavailable(what, "The router can't be reached, or can't read its log.")
