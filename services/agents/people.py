"""People: who works in a tenant, in which role, for which companies, and which agent of the plan they are."""

import secrets
from dataclasses import asdict, dataclass, replace

from services.agents.documents import PEOPLE
from services.shared.document_store import Document, DocumentStore
from services.shared.tokens import Identity, Role

DESK_TAKEN = "this agent is somebody else already: two people can't share one desk, choose another"
ID_TAKEN = "the id is taken: choose another, or leave it out"


class PersonRefused(ValueError):
    """The person can't be added as described; says why and what to do."""


@dataclass(frozen=True, slots=True)
class Person:
    """No companies: all of the tenant's. `agent` is the plan's id of the agent that they are, or empty.

    `phone`: where calls are put through to them, E.164 or sip:user@host; "" when they take none. Private.
    """

    id: str
    tenant: str
    name: str
    role: Role
    companies: tuple[str, ...] = ()
    agent: str = ""
    phone: str = ""

    def identity(self, expires_at_s: int) -> Identity:
        """Who they are to every service, until then."""
        return Identity(self.tenant, self.companies, self.role, self.agent, self.id, expires_at_s)


async def add_person(  # noqa: PLR0913  # each is a fact of the person
    documents: DocumentStore,
    *,
    tenant: str,
    name: str,
    role: Role,
    companies: tuple[str, ...] = (),
    agent: str = "",
    id: str = "",
    phone: str = "",
) -> Person:
    """Add a person; with an id, one who is there already stays as they are. Raises PersonRefused, StoreUnavailable."""
    if (role is Role.AGENT) != bool(agent):
        raise PersonRefused("a person of role agent, and no other, is an agent of the plan: give `agent` for that role")
    person = Person(id or secrets.token_hex(16), tenant, name, role, companies, agent, phone)
    if (there := await _in_the_way(documents, person)) is None:
        if await documents.insert(PEOPLE, asdict(person) | ({"desk": agent} if agent else {})):
            return person
        # Another process was quicker.
        there = await _in_the_way(documents, person)
    if there is not None and (there.id, there.tenant) == (person.id, tenant):
        return there
    raise PersonRefused(ID_TAKEN if there is not None and there.id == person.id else DESK_TAKEN)


async def _in_the_way(documents: DocumentStore, person: Person) -> Person | None:
    """Who has the id, or else the desk. Those of before the index of desks are found here alone."""
    there = await person_of(documents, person.id)
    if there is None and person.agent:
        there = await person_of_agent(documents, person.tenant, person.agent)
    return there


async def person_of(documents: DocumentStore, id: str) -> Person | None:
    """The person of that id, of whatever tenant. Raises StoreUnavailable."""
    document = await documents.get(PEOPLE, id)
    return None if document is None else person_in(document)


async def person_of_agent(documents: DocumentStore, tenant: str, agent: str) -> Person | None:
    """The person who is that agent of the plan. Raises StoreUnavailable."""
    found = await documents.find(PEOPLE, {"tenant": tenant, "agent": agent}, limit=1)
    return person_in(found[0]) if found else None


async def set_phone(documents: DocumentStore, person: Person, phone: str) -> Person:
    """Enter where calls are put through to somebody; "" for nowhere. Raises StoreUnavailable."""
    await documents.change(PEOPLE, person.id, {"phone": phone})
    return replace(person, phone=phone)


def person_in(document: Document) -> Person:
    """The person that a document tells of."""
    return Person(
        id=document["id"],
        tenant=document["tenant"],
        name=document["name"],
        role=Role(document["role"]),
        companies=tuple(document["companies"]),
        agent=document["agent"],
        # People who were added before there were telephones have none.
        phone=document.get("phone", ""),
    )
