"""The live floor and, in a demonstration, the page on which a visitor is the customer."""

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from services.agents.access import OVERSEERS, Caller, GatedRoute
from services.agents.errors import not_found
from services.agents.office import Office
from services.agents.pages import page
from services.agents.people import person_of
from services.shared.tokens import Role

TRY = "/try"


class FloorPages:
    """What happens on the floor comes by the stream of FloorApi."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def router(self) -> APIRouter:
        """The routes."""
        router = APIRouter(route_class=GatedRoute)
        router.add_api_route("/", self.floor, methods=["GET"], include_in_schema=False)
        router.add_api_route(TRY, self.try_it, methods=["GET"], include_in_schema=False)
        return router

    async def floor(self, caller: Caller) -> Response:
        """For overseers, and in a demonstration for everybody; agents go to their desk."""
        if caller.role is Role.AGENT:
            return RedirectResponse("/desk", 303)
        person = await person_of(self._office.documents, caller.subject)
        return page(
            "floor.html",
            name=person.name if person else "",
            can_try=bool(self._office.try_frames),
            explains=caller.role in OVERSEERS,
        )

    async def try_it(self) -> Response:
        """The customer's end of every channel, in frames. It is only there in a demonstration."""
        if not self._office.try_frames:
            raise not_found("page")
        return page("try.html", frames=self._office.try_frames, explains=False)
