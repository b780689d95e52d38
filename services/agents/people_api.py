"""Logging in, and what administrators do: people, keys, login links."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request

from services.agents import models
from services.agents.access import Caller, GatedRoute
from services.agents.documents import KEYS, PEOPLE
from services.agents.errors import Refused, invalid, not_allowed, not_found, too_many
from services.agents.failed_logins import FailedLogins
from services.agents.keys import make_key, person_of_key
from services.agents.login_links import make_login_link
from services.agents.metrics import LOGINS
from services.agents.office import Office
from services.agents.people import Person, PersonRefused, add_person, person_in, person_of, set_phone
from services.shared.tokens import LIFETIME_S_MAX, Identity

PEOPLE_MAX = 1000
PersonId = Annotated[str, Path(pattern=models.ID_PATTERN)]
KeyId = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]


class PeopleApi:
    """An administrator limited to some companies manages the people who are limited to these, and no others."""

    def __init__(self, office: Office, failed_logins: FailedLogins) -> None:
        self._office = office
        self._failed = failed_logins

    def router(self) -> APIRouter:
        """The routes."""
        router = APIRouter(route_class=GatedRoute)
        router.add_api_route("/v1/login", self.login, methods=["POST"])
        router.add_api_route("/v1/me", self.me, methods=["GET"])
        router.add_api_route("/v1/people", self.people, methods=["GET"])
        router.add_api_route("/v1/people", self.add_person, methods=["POST"], status_code=201)
        router.add_api_route("/v1/people/{id}", self.change_person, methods=["PATCH"])
        router.add_api_route("/v1/keys", self.make_key, methods=["POST"], status_code=201)
        router.add_api_route("/v1/keys/{id}", self.end_key, methods=["DELETE"])
        router.add_api_route("/v1/login-links", self.make_login_link, methods=["POST"], status_code=201)
        return router

    async def login(self, request: Request, login: models.Login) -> dict[str, Any]:
        """Change a key for a token of 15 minutes."""
        address = request.client.host if request.client else ""
        if wait_ms := self._failed.must_wait_ms(address):
            raise too_many("Too many failed logins.", "They came from your address.", wait_ms // 1000 + 1)
        person = await person_of_key(self._office.documents, login.key)
        LOGINS.labels("key", "failed" if person is None else "done").inc()
        if person is None:
            self._failed.failed(address)
            raise Refused(401, "The login failed.", "The key is not valid.", "Ask your administrator for a key.")
        token = self._office.tokens.make(person.tenant, person.companies, person.role, person.agent, person.id)
        return {"token": token, "expires_at": self._office.clock.wall_ms() // 1000 + LIFETIME_S_MAX}

    async def me(self, caller: Caller) -> dict[str, Any]:
        """Who you are here."""
        person = await person_of(self._office.documents, caller.subject)
        words = await self._office.plan_words.words(caller)
        return {
            "name": person.name if person and person.tenant == caller.tenant else "",
            "tenant": caller.tenant,
            "companies": caller.companies,
            "role": caller.role,
            "agent": caller.agent,
            "phone": person.phone if person and person.tenant == caller.tenant else "",
            "expires_at": caller.expires_at_s,
            "plan": words,
        }

    async def people(self, caller: Caller) -> dict[str, Any]:
        """The people of your companies."""
        found = await self._office.documents.find(
            PEOPLE, {"tenant": caller.tenant}, sort=[("name", 1)], limit=PEOPLE_MAX
        )
        people = (person_in(document) for document in found)
        return {"people": [asdict(person) for person in people if _manages(caller, person.companies)]}

    async def add_person(self, caller: Caller, new: models.NewPerson) -> dict[str, Any]:
        """Add somebody."""
        if not _manages(caller, new.companies):
            raise not_allowed("You can only add people who are limited to your own companies.")
        try:
            person = await add_person(
                self._office.documents,
                tenant=caller.tenant,
                name=new.name,
                role=new.role,
                companies=new.companies,
                agent=new.agent or "",
                phone=new.phone,
            )
        except PersonRefused as error:
            raise invalid("The person can't be added.", str(error), "Change what is wrong and try again.") from None
        return asdict(person)

    async def change_person(self, caller: Caller, id: PersonId, change: models.PersonChange) -> dict[str, Any]:
        """Enter the telephone that calls are put through to; an empty one takes it away."""
        person = await self._managed(caller, id)
        return asdict(await set_phone(self._office.documents, person, change.phone))

    async def make_key(self, caller: Caller, new: models.NewKey) -> dict[str, Any]:
        """Make a key; it is shown this once."""
        return asdict(await make_key(self._office.documents, await self._managed(caller, new.person), new.label))

    async def end_key(self, caller: Caller, id: KeyId) -> dict[str, Any]:
        """End a key; tokens made from it end within 15 minutes."""
        key = await self._office.documents.get(KEYS, id)
        if key is None or key["tenant"] != caller.tenant:
            raise not_found("key")
        await self._managed(caller, key["person"])
        await self._office.documents.delete(KEYS, id)
        return {"id": id}

    async def make_login_link(self, request: Request, caller: Caller, new: models.NewLoginLink) -> dict[str, Any]:
        """Make a link that logs a person in once, within ten minutes."""
        person = await self._managed(caller, new.person)
        url = self._office.public_url or str(request.base_url)
        documents, clock = self._office.documents, self._office.clock
        return {"link": await make_login_link(documents, clock, person, url, on_duty=new.on_duty)}

    async def _managed(self, caller: Identity, id: str) -> Person:
        person = await person_of(self._office.documents, id)
        if person is None or person.tenant != caller.tenant or not _manages(caller, person.companies):
            raise not_found("person")
        return person


def _manages(caller: Identity, companies: tuple[str, ...]) -> bool:
    return not caller.companies or (bool(companies) and set(companies) <= set(caller.companies))
