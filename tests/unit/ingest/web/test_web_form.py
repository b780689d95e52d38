import re
from pathlib import Path
from typing import Any

import httpx2
import pytest

from services.ingest.envelopes import Arrived, Content, Failed, Outgoing
from services.ingest.log_codec import encode_outgoing
from services.plan.compiled import Attribute, Channel
from tests.fakes.numbers import WRITTEN
from tests.unit.ingest.web.house import House, opened
from tests.unit.ingest.web.router_log import HOSTILE

GOOD: dict[str, Any] = {
    "token": "program-token-0001",
    "name": " Ada Lovelace ",
    "email_or_phone": "ada@Engines.EXAMPLE",
    "topic": "refund",
    "message": "The engine\r\nstopped.",
    "language": "en-GB",
}


async def arrived(house: House) -> list[Arrived]:
    kept = [envelope.what for envelope in await house.envelopes()]
    assert all(isinstance(what, Arrived) for what in kept)
    return [what for what in kept if isinstance(what, Arrived)]


async def test_a_form_of_a_program_becomes_a_contact(house: House, client: httpx2.AsyncClient) -> None:
    answer = await client.post("/v1/forms/acme-contact", json=GOOD)
    assert answer.status_code == 202
    (envelope,) = await house.envelopes()
    assert answer.json() == {"contact_id": envelope.contact_id}
    assert (envelope.tenant, envelope.company) == ("demo", "acme")
    assert envelope.what == Arrived(
        channel=Channel.WEB_FORM,
        dialed="acme-contact",
        caller="ada@engines.example",
        language="en-gb",
        attributes=(Attribute("topic", "refund"),),
        ready=True,
        message=Content(text="The engine\nstopped.", reply_to="ada@engines.example"),
        caller_name="Ada Lovelace",
    )


async def test_a_browser_walks_from_the_page_to_the_thanks(house: House, client: httpx2.AsyncClient) -> None:
    page = await client.get("/f/acme-contact")
    token = re.search(r'name="token" value="([0-9a-f]{32})"', page.text)
    assert token
    fields = {"token": token[1], "language": "", "name": "", "email_or_phone": "0049 (30) 123-456", "website": ""}
    answer = await client.post("/f/acme-contact", data={**fields, "topic": "menu/billing/invoice", "message": "Hi"})
    assert answer.status_code == 200
    assert "Thank you" in answer.text
    (envelope,) = await house.envelopes()
    assert envelope.contact_id in answer.text
    assert isinstance(envelope.what, Arrived)
    assert envelope.what.caller == "+4930123456"
    assert envelope.what.ivr_path == ("billing", "invoice")
    assert envelope.what.attributes == ()


@pytest.mark.parametrize(("written", "number"), WRITTEN.values(), ids=WRITTEN)
async def test_a_number_in_any_script_becomes_e164(
    written: str, number: str, house: House, client: httpx2.AsyncClient
) -> None:
    assert (await client.post("/v1/forms/acme-contact", json={**GOOD, "email_or_phone": written})).status_code == 202
    assert [what.caller for what in await arrived(house)] == [number]


async def test_the_page_offers_what_the_plan_can_tell_apart(client: httpx2.AsyncClient, house: House) -> None:
    page = (await client.get("/f/acme-contact")).text
    assert re.findall(r'<option value="([^"]*)"', page) == ["", "refund", "lost-parcel", "menu/billing/invoice"]
    assert "Lost parcel" in page
    assert "Billing: invoice" in page
    assert "refund" not in (await client.get("/f/x")).text


async def test_each_page_that_is_opened_has_a_token_of_its_own_and_is_not_cached(client: httpx2.AsyncClient) -> None:
    pages = [await client.get("/f/acme-contact") for _ in range(2)]
    tokens = {re.findall(r'name="token" value="(\w+)"', page.text)[0] for page in pages}
    assert len(tokens) == 2
    assert pages[0].headers["cache-control"] == "no-store"


async def test_the_same_token_is_the_same_contact(house: House, client: httpx2.AsyncClient) -> None:
    answers = [await client.post("/v1/forms/acme-contact", json=GOOD) for _ in range(3)]
    other = await client.post("/v1/forms/acme-contact", json={**GOOD, "token": "program-token-0002"})
    elsewhere = await client.post("/v1/forms/acme-kontakt", json=GOOD)
    ids = [answer.json()["contact_id"] for answer in answers]
    assert len(set(ids)) == 1
    assert len({ids[0], other.json()["contact_id"], elsewhere.json()["contact_id"]}) == 3
    assert len({envelope.event_id for envelope in (await house.envelopes())[:3]}) == 1


async def test_the_page_is_found_in_any_case_and_makes_the_same_contact(client: httpx2.AsyncClient) -> None:
    answers = [await client.post(f"/v1/forms/{page}", json=GOOD) for page in ("acme-contact", "ACME-Contact")]
    assert answers[0].json() == answers[1].json()


async def test_a_page_has_a_language_and_a_link_or_a_program_may_say_another(
    house: House, client: httpx2.AsyncClient
) -> None:
    without = {name: value for name, value in GOOD.items() if name != "language"}
    await client.post("/v1/forms/acme-kontakt", json=without)
    await client.post("/v1/forms/acme-kontakt", json=GOOD)
    await client.post("/v1/forms/acme-contact", json=without)
    assert [what.language for what in await arrived(house)] == ["de", "en-gb", ""]
    assert 'name="language" value="pt-br"' in (await client.get("/f/acme-contact?lang=pt-BR")).text
    assert 'name="language" value=""' in (await client.get("/f/acme-contact?lang=%3Cb%3E")).text


async def test_a_form_is_not_answered_for_before_it_is_in_the_log(house: House, client: httpx2.AsyncClient) -> None:
    house.inbound.away = True
    answer = await client.post("/v1/forms/acme-contact", json=GOOD)
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert set(answer.json()) == {"what", "why", "what_to_do"}
    fields = {**GOOD, "message": "keep <me>"}
    page = await client.post("/f/acme-contact", data=fields)
    assert page.status_code == 503
    assert int(page.headers["retry-after"]) > 0
    assert "keep &lt;me&gt;" in page.text
    assert GOOD["token"] in page.text
    house.inbound.away = False
    assert (await client.post("/v1/forms/acme-contact", json=GOOD)).status_code == 202


async def test_a_lost_answer_of_the_log_is_made_good_by_the_same_token(
    house: House, client: httpx2.AsyncClient
) -> None:
    house.inbound.loses_answers = True
    assert (await client.post("/v1/forms/acme-contact", json=GOOD)).status_code == 503
    house.inbound.loses_answers = False
    answer = await client.post("/v1/forms/acme-contact", json=GOOD)
    first, second = await house.envelopes()
    assert (first.event_id, first.contact_id) == (second.event_id, answer.json()["contact_id"])


async def test_what_visitors_and_plans_say_is_escaped(house: House, client: httpx2.AsyncClient) -> None:
    fields = {**GOOD, "name": HOSTILE, "email_or_phone": HOSTILE, "message": f"</textarea>{HOSTILE}", "topic": '"><b>'}
    for page in (await client.post("/f/x", data=fields), await client.get("/f/x"), await client.get("/c/x")):
        assert "<script>" not in page.text
        assert "&lt;script&gt;" in page.text
        assert '"><b>' not in page.text
    thanks = await client.post("/f/x", data={**GOOD, "topic": ""})
    assert thanks.status_code == 200
    assert "<script>" not in thanks.text


async def test_what_was_typed_stays_when_it_has_to_be_corrected(client: httpx2.AsyncClient) -> None:
    page = await client.post("/f/acme-contact", data={**GOOD, "email_or_phone": "nobody", "topic": "refund"})
    assert page.status_code == 400
    assert 'id="email_or_phone-wrong"' in page.text
    assert 'aria-invalid="true" aria-describedby="email_or_phone-wrong"' in page.text
    assert 'value="refund" selected' in page.text
    assert "The engine" in page.text
    assert GOOD["token"] in page.text


async def test_pages_forbid_what_they_do_not_need(client: httpx2.AsyncClient) -> None:
    for path in ("/f/acme-contact", "/c/acme-chat", "/f/unknown", "/static/chat.js", "/healthz"):
        headers = (await client.get(path)).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["content-security-policy"].endswith("frame-ancestors 'self' https://shop.example")
        assert headers["x-content-type-options"] == "nosniff"


async def test_pages_have_no_script_or_style_inside(client: httpx2.AsyncClient) -> None:
    for path in ("/f/acme-contact", "/c/acme-chat"):
        page = (await client.get(path)).text
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\son[a-z]+=|\sstyle=", page)


async def test_an_agent_is_told_that_a_form_takes_no_answer(house: House) -> None:
    outgoing = Outgoing("o1", "demo", "acme", "c1", Channel.WEB_FORM, "ana", "", "", Content(text="Hi"), 1)
    await house.outbound.append(0, encode_outgoing(outgoing))
    (envelope,) = await house.envelopes_when(1)
    assert isinstance(envelope.what, Failed)
    assert envelope.what.outbound_id == "o1"
    assert "mail address" in envelope.what.why


async def test_contacts_of_one_client_are_limited(tmp_path: Path) -> None:
    async with opened(tmp_path, contacts_per_minute=3) as house, httpx2.AsyncClient(timeout=60) as client:
        url = house.url("/v1/forms/acme-contact")
        answers = [await client.post(url, json=GOOD) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [202, 202, 202, 429]
        assert int(answers[-1].headers["retry-after"]) > 0
        page = await client.post(house.url("/f/acme-contact"), data=GOOD)
        assert page.status_code == 429


async def test_behind_a_proxy_each_client_has_a_limit_of_its_own(tmp_path: Path) -> None:
    proxied = opened(tmp_path, contacts_per_minute=1, client_address_header="x-forwarded-for")
    async with proxied as house, httpx2.AsyncClient(timeout=60) as client:
        url = house.url("/v1/forms/acme-contact")
        came_from = ["198.51.100.1", "198.51.100.2", "6.6.6.6, 198.51.100.1", "2001:db8::1", "2001:db8::2"]
        answers = [await client.post(url, json=GOOD, headers={"x-forwarded-for": client_}) for client_ in came_from]
        assert [answer.status_code for answer in answers] == [202, 202, 429, 202, 429]


async def test_contacts_are_counted_by_channel(house: House, client: httpx2.AsyncClient) -> None:
    def count(page: str) -> float:
        found = re.search(r'switchroom_ingest_contacts_total\{channel="web_form"\} (\S+)', page)
        return float(found[1]) if found else 0

    before = count((await client.get("/metrics")).text)
    await client.post("/v1/forms/acme-contact", json=GOOD)
    assert count((await client.get("/metrics")).text) == before + 1
