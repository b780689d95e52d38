"""Each search of the services goes by an index of MongoDB: by our reckoning, and by what the server says it does."""

import ast
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from services.agents import documents as agents
from services.ingest import sends
from services.ingest.chat import transcript
from services.ingest.voice import calls, legs
from services.reporting import table_documents as reporting
from services.shared.document_store import Between, Collection, OneOf
from services.shared.mongo_document_store import MongoDocumentStore
from services.shared.mongo_indexes import serving
from services.shared.mongo_query import query
from tests.fakes.mongo_server import MongoServer, needs_mongo
from tests.house_rules import ROOT

NEWEST, OLDEST = -1, 1


@dataclass(frozen=True, slots=True)
class Search:
    """One that a service makes; `few`: it finds few, so that the server may put them in order itself."""

    module: str
    collection: Collection
    where: dict[str, Any]
    sort: tuple[tuple[str, int], ...] = ()
    few: bool = False

    def __str__(self) -> str:
        return f"{self.module} {self.collection.name} {' '.join(self.where)}"


# How often each module searches. A new search needs a line in SEARCHES, and its number here.
MADE = {
    "agents/conversations.py": 3,
    "agents/floor_api.py": 1,
    "agents/login_links.py": 1,
    "agents/people.py": 1,
    "agents/people_api.py": 1,
    "agents/sessions.py": 1,
    "ingest/chat/transcript.py": 3,
    "ingest/sends.py": 2,
    "ingest/voice/calls.py": 3,
    "ingest/voice/legs.py": 3,
    "reporting/tables.py": 2,
}
DATABASE = "searches"
ROWS = {"tenant": "t", "place": Between(0), "opened_at_ms": Between(0, 9)}
SMS_SENDS = sends.sends_of("sms")
SEARCHES = [
    Search(
        "agents/conversations.py", agents.CONTACTS, {"tenant": "t", "joined_contact_id": "c"}, (("arrived_at_ms", -1),)
    ),
    Search("agents/conversations.py", agents.CONTACTS, {"tenant": "t", "customer": "c"}, (("arrived_at_ms", -1),)),
    Search(
        "agents/conversations.py", agents.MESSAGES, {"tenant": "t", "contact_id": OneOf(("c", "d"))}, (("at_ms", -1),)
    ),
    Search(
        "agents/conversations.py",
        agents.MESSAGES,
        {"tenant": "t", "successor_contact_id": OneOf(("c",))},
        (("at_ms", -1),),
    ),
    Search("agents/floor_api.py", agents.PEOPLE, {"tenant": "t"}, few=True),
    Search("agents/login_links.py", agents.LOGIN_LINKS, {"person": "p", "expires_at_ms": Between(high=1)}, few=True),
    Search("agents/people.py", agents.PEOPLE, {"tenant": "t", "agent": "a"}),
    Search("agents/people_api.py", agents.PEOPLE, {"tenant": "t"}, (("name", OLDEST),)),
    Search("agents/sessions.py", agents.SESSIONS, {"person": "p", "expires_at_ms": Between(high=1)}, few=True),
    Search("ingest/chat/transcript.py", transcript.CHAT_MESSAGES, {"chat": "c"}, (("number", NEWEST),)),
    Search(
        "ingest/chat/transcript.py",
        transcript.CHAT_MESSAGES,
        {"chat": "c", "number": Between(1)},
        (("number", OLDEST),),
    ),
    Search("ingest/chat/transcript.py", transcript.CHAT_MESSAGES, {"chat": "c", "author": "a", "delivered": False}),
    Search("ingest/sends.py", SMS_SENDS, {"open": True, "due_at_ms": Between(high=1)}, (("due_at_ms", OLDEST),)),
    Search("ingest/sends.py", SMS_SENDS, {"reference": "r"}),
    Search("ingest/voice/calls.py", calls.CALLS, {"call_id": "c"}),
    Search(
        "ingest/voice/calls.py", calls.CALLS, {"open": True, "due_at_ms": Between(high=1)}, (("due_at_ms", OLDEST),)
    ),
    Search("ingest/voice/calls.py", calls.CALLS, {"open": True}, (("due_at_ms", OLDEST),)),
    Search("ingest/voice/legs.py", legs.LEGS, {"contact_id": "c"}),
    Search("ingest/voice/legs.py", legs.LEGS, {"open": True, "due_at_ms": Between(high=1)}, (("due_at_ms", OLDEST),)),
    Search("ingest/voice/legs.py", legs.LEGS, {"open": True}, (("due_at_ms", OLDEST),)),
    Search("reporting/tables.py", reporting.CONTACTS, ROWS, (("place", NEWEST),)),
    Search("reporting/tables.py", reporting.CONTACTS, ROWS | {"company": OneOf(("a", "b"))}, (("place", OLDEST),)),
    Search("reporting/tables.py", reporting.CONTACTS, ROWS | {"queue": "q", "outcome": None}, (("place", NEWEST),)),
    Search(
        "reporting/tables.py", reporting.INTERVALS, {"tenant": "t", "from_ms": Between(0, 9)}, (("from_ms", OLDEST),)
    ),
]


def searches_in(source: Path) -> int:
    """How many calls of `find` on a document store it has."""
    stores = ("documents", "_documents", "_store")
    calls = [node.func for node in ast.walk(ast.parse(source.read_text())) if isinstance(node, ast.Call)]
    named = [call.value for call in calls if isinstance(call, ast.Attribute) and call.attr == "find"]
    return sum(ast.unparse(value).rpartition(".")[2] in stores for value in named)


def test_every_search_of_the_services_is_in_the_list() -> None:
    services = ROOT / "services"
    found = Counter({str(path.relative_to(services)): searches_in(path) for path in services.rglob("*.py")})
    found = Counter({module: count for module, count in found.items() if count and not module.startswith("shared/")})
    assert found == MADE
    assert {search.module for search in SEARCHES} == set(found)


@pytest.mark.parametrize("search", SEARCHES, ids=str)
def test_a_search_begins_where_an_index_begins_and_comes_in_its_order(search: Search) -> None:
    found = serving(search.collection, search.where, search.sort)
    assert found is not None
    assert found.equal > 0
    assert found.in_order or search.few


@needs_mongo
async def test_the_server_reads_no_more_than_the_search_is_about(tmp_path: Path) -> None:
    server = MongoServer(tmp_path)
    server.start()
    try:
        await _fill(server.url)
        for search in SEARCHES:
            told = server.command("explain", _command(search), database=DATABASE)
            assert "COLLSCAN" not in str(told["queryPlanner"]), search
            assert told["executionStats"]["totalKeysExamined"] <= 1, search
            assert told["executionStats"]["totalDocsExamined"] <= 1, search
    finally:
        server.kill()


async def _fill(url: str) -> None:
    """Documents of others in every collection, with the indexes that the adapter makes."""
    store = await MongoDocumentStore.open(url, DATABASE)
    try:
        for collection in {search.collection.name: search.collection for search in SEARCHES}.values():
            others = {name: "of others" for index in collection.indexes for name in index.fields}
            unique = [index.fields[-1] for index in collection.indexes if index.unique]
            for n in range(20):
                await store.put(collection, {"id": str(n), **others, **dict.fromkeys(unique, n)})
    finally:
        await store.close()


def _command(search: Search) -> dict[str, Any]:
    asked = query(search.collection, search.where, search.sort, 10)
    sort = dict(asked.sort)
    return {"find": search.collection.name, "filter": asked.filter, "sort": sort, "hint": asked.index, "limit": 10}
