"""The people of the demonstration: an administrator, the simulated agents, and the guest whose seat is left free."""

from dataclasses import dataclass

from services.agents.keys import make_key
from services.agents.people import add_person
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
    if (kept := folder.read("demonstration.json")) is not None:
        return Keys(kept)
    documents = await SqliteDocumentStore.open(folder.path / "documents.sqlite")
    try:
        keys = {ADMIN: await _key(documents, ADMIN, Role.ADMIN, (), "")}
        for agent, companies in AGENTS.items():
            keys[agent] = await _key(documents, agent, Role.AGENT, companies, agent)
    finally:
        await documents.close()
    folder.write("demonstration.json", dict(keys))
    return Keys(keys)


def person_id(name: str) -> str:
    """The id of a person of the demonstration."""
    return f"{TENANT}-{name}"


async def _key(documents: DocumentStore, name: str, role: Role, companies: tuple[str, ...], agent: str) -> str:
    person = await add_person(
        documents,
        tenant=TENANT,
        name=name.capitalize(),
        role=role,
        companies=companies,
        agent=agent,
        id=person_id(name),
    )
    return (await make_key(documents, person, "demonstration")).key
