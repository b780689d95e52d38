"""Where calls are put through to people: what may be entered, by whom, and who sees it."""

import httpx2
import pytest

from services.agents.documents import PEOPLE
from services.agents.people import person_of
from services.agents.telephones import telephone
from services.shared.tokens import Role
from tests.unit.agents.bench import Bench

NUMBER = "+493012345678"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("", ""),
        ("   ", ""),
        ("+49 30 12345678", NUMBER),
        ("+49 (30) 123-456.78", NUMBER),
        ("+۴۹ ۳۰ ۱۲۳۴۵۶۷۸", NUMBER),
        ("+४९३०१२३४५६७८", NUMBER),
        ("sip:ana@phones.example", "sip:ana@phones.example"),
        ("SIP:Ana@Phones.Example:5060", "sip:Ana@phones.example:5060"),
        ("sips:ana@phones.example", "sips:ana@phones.example"),
        (" sip:1001@10.0.0.7 ", "sip:1001@10.0.0.7"),
    ],
)
def test_a_telephone_is_kept_in_one_spelling(written: str, kept: str) -> None:
    assert telephone(written) == kept


@pytest.mark.parametrize(
    "written",
    [
        "030 12345678",
        "12345678",
        "+",
        "+49",
        "ana",
        "ana@phones.example",
        "+49 30 12345678 or 9",
        "sip:",
        "sip:ana",
        "sip:@phones.example",
        "sip:ana@",
        "sip:ana@phones example",
        "sip:ana:secret@phones.example",
        "sip:ana@phones.example;transport=udp",
        "sip:ana@phones.example?subject=x",
        "sip:ana@phones.example:123456",
        "sip:ana@-phones.example",
        "sip:a<b>@phones.example",
        "sip:" + "a" * 65 + "@phones.example",
        "tel:+493012345678",
        "https://phones.example",
    ],
)
def test_what_is_no_telephone_is_refused_with_words(written: str) -> None:
    with pytest.raises(ValueError, match="write it as"):
        telephone(written)


async def change(client: httpx2.AsyncClient, person: str, phone: str) -> httpx2.Response:
    return await client.patch(f"/v1/people/{person}", json={"phone": phone})


async def test_an_administrator_enters_a_telephone_and_the_agent_sees_their_own(bench: Bench) -> None:
    ana = await bench.person("ana")
    async with bench.program(role=Role.ADMIN) as admin:
        changed = await change(admin, ana.id, "+49 30 12345678")
        assert (changed.status_code, changed.json()["phone"]) == (200, NUMBER)
        people = (await admin.get("/v1/people")).json()["people"]
        assert {person["agent"]: person["phone"] for person in people}["ana"] == NUMBER
    async with bench.program("ana") as client:
        assert (await client.get("/v1/me")).json()["phone"] == NUMBER
    async with bench.program(role=Role.ADMIN) as admin:
        assert (await change(admin, ana.id, "")).json()["phone"] == ""


async def test_somebody_can_be_added_with_a_telephone(bench: Bench) -> None:
    async with bench.program(role=Role.ADMIN) as admin:
        new = {"name": "Bea", "role": "agent", "agent": "bea", "phone": "sip:bea@phones.example"}
        added = await admin.post("/v1/people", json=new)
        assert (added.status_code, added.json()["phone"]) == (201, "sip:bea@phones.example")
        refused = await admin.post("/v1/people", json=new | {"agent": "eve", "phone": "extension 7"})
        assert refused.status_code == 400
        assert "write it as" in refused.text


async def test_people_from_before_there_were_telephones_have_none(bench: Bench) -> None:
    old = {"id": "old", "tenant": "acme", "name": "Old", "role": "agent", "companies": [], "agent": "old"}
    await bench.connections.documents.put(PEOPLE, old)
    person = await person_of(bench.connections.documents, "old")
    assert person is not None
    assert person.phone == ""
    async with bench.program(role=Role.ADMIN) as admin:
        people = (await admin.get("/v1/people")).json()["people"]
        assert {person["id"]: person["phone"] for person in people}["old"] == ""


async def test_only_administrators_of_their_companies_change_telephones(bench: Bench) -> None:
    ana = await bench.person("ana", companies=("north",))
    other = await bench.person("olga", tenant="other")
    async with bench.program("ana", companies=("north",)) as client:
        assert (await change(client, ana.id, NUMBER)).status_code == 403
    async with bench.program(role=Role.SUPERVISOR) as client:
        assert (await change(client, ana.id, NUMBER)).status_code == 403
    async with bench.program(role=Role.ADMIN, companies=("south",)) as client:
        assert (await change(client, ana.id, NUMBER)).status_code == 404
    async with bench.program(role=Role.ADMIN) as client:
        assert (await change(client, other.id, NUMBER)).status_code == 404
        assert (await change(client, "nobody", NUMBER)).status_code == 404
        assert (await change(client, "a b", NUMBER)).status_code == 400
        assert (await client.patch(f"/v1/people/{ana.id}", json={"phone": NUMBER, "role": "admin"})).status_code == 400
        assert (await client.patch(f"/v1/people/{ana.id}", json={})).status_code == 400
        assert (await change(client, ana.id, "+" + "4" * 500)).status_code == 400
