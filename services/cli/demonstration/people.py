"""The people of the demonstration: an administrator, the simulated agents, and the guest whose seat is left free."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from services.agents.keys import make_key
from services.agents.people import add_person, person_of, set_phone
from services.cli.data_folder import DataFolder
from services.shared.document_store import DocumentStore
from services.shared.sqlite_document_store import SqliteDocumentStore
from services.shared.tokens import Role

TENANT = "demo"
ADMIN = "admin"
GUEST = "guest"
# Whom the plan of the demonstration has as agents, and for which companies.
AGENTS = {
    "ana": ("acme", "globex"),
    "ben": ("acme", "globex"),
    "chen": ("acme", "globex"),
    "dora": ("acme",),
    "emil": ("acme",),
    "fatima": ("globex",),
    "goran": ("globex",),
    "hana": ("acme",),
    "isha": ("acme",),
    "jomar": ("acme",),
    "kian": ("acme",),
    GUEST: ("acme",),
}


@dataclass(frozen=True, slots=True)
class Keys:
    """API keys by person: ADMIN and the agents."""

    by_person: dict[str, str]

    def simulated(self) -> dict[str, str]:
        """Those of the agents that nobody else plays."""
        return {name: key for name, key in self.by_person.items() if name not in {ADMIN, GUEST}}


async def keys_of(folder: DataFolder) -> Keys:
    """The keys, made at the first start and kept in the folder, readable by its owner only."""
    kept = folder.read("demonstration.json") or {}
    if kept.keys() >= {ADMIN, *AGENTS}:
        return Keys(kept)
    documents = await SqliteDocumentStore.open(folder.path / "documents.sqlite")
    try:
        keys = await make_keys(documents, kept)
    finally:
        await documents.close()
    folder.write("demonstration.json", dict(keys.by_person))
    return keys


async def make_keys(documents: DocumentStore, kept: Mapping[str, str] = MappingProxyType({})) -> Keys:
    """The people, added where they are not there yet, with keys: those that were kept, and new ones.

    Raises PersonRefused, StoreUnavailable.
    """
    keys = {ADMIN: kept.get(ADMIN) or await _key(documents, ADMIN, Role.ADMIN, (), "")}
    for agent, companies in AGENTS.items():
        keys[agent] = kept.get(agent) or await _key(documents, agent, Role.AGENT, companies, agent)
        await _give_telephone(documents, agent)
    return Keys(keys)


def telephone_of(agent: str) -> str:
    """Where calls are put through to the agent: a telephone at the simulated carrier."""
    return f"sip:{agent}@desk.example" if agent else ""


def person_id(name: str) -> str:
    """The id of a person of the demonstration."""
    return f"{TENANT}-{name}"


async def _give_telephone(documents: DocumentStore, agent: str) -> None:
    """To whoever was added before there were any."""
    person = await person_of(documents, person_id(agent))
    if person is not None and not person.phone:
        await set_phone(documents, person, telephone_of(agent))


async def _key(documents: DocumentStore, name: str, role: Role, companies: tuple[str, ...], agent: str) -> str:
    person = await add_person(
        documents,
        tenant=TENANT,
        name=name.capitalize(),
        role=role,
        companies=companies,
        agent=agent,
        id=person_id(name),
        phone=telephone_of(agent),
    )
    return (await make_key(documents, person, "demonstration")).key
