"""A tenant whose quota is used up: its new contacts are asked to come again, what is open goes on, and so do others."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from services.plan.compiled import Address, Channel, Company
from tests.fakes.manual_clock import ManualClock
from tests.unit.ingest.web.house import House, opened
from tests.unit.ingest.web.router_log import plan

AT_ONCE, PER_MINUTE = 2, 2
GLOBEX = Company("globex", "Globex", (Address(Channel.WEB_FORM, "globex-contact"),))
ACME, OTHER = "/v1/forms/acme-contact", "/v1/forms/globex-contact"


def entry(number: int) -> dict[str, Any]:
    return {"token": f"program-token-{number:04}", "message": "Hello", "email_or_phone": "ada@engines.example"}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def house(tmp_path: Path, clock: ManualClock) -> AsyncIterator[House]:
    quotas = {"tenant_contacts_per_minute": PER_MINUTE, "tenant_quotas": {"generous": 0}}
    async with opened(tmp_path, clock, **quotas) as house:
        yield house


async def use_up(client: httpx2.AsyncClient) -> None:
    for number in range(AT_ONCE):
        assert (await client.post(ACME, json=entry(number))).status_code == 202


async def test_programs_are_told_how_long_to_wait_and_are_let_in_then(
    house: House, client: httpx2.AsyncClient, clock: ManualClock
) -> None:
    await use_up(client)
    refused = await client.post(ACME, json=entry(9))
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "30"
    assert set(refused.json()) == {"what", "why", "what_to_do"}
    assert len(await house.envelopes()) == AT_ONCE
    clock.pass_ms(30_000)
    assert (await client.post(ACME, json=entry(9))).status_code == 202


async def test_people_keep_what_they_wrote(house: House, client: httpx2.AsyncClient) -> None:
    await use_up(client)
    page = await client.post("/f/acme-contact", data=entry(9) | {"message": "My long message"})
    assert page.status_code == 429
    assert page.headers["retry-after"] == "30"
    assert "My long message" in page.text
    assert len(await house.envelopes()) == AT_ONCE


@pytest.mark.parametrize("tenant", ["modest", "generous"])
async def test_other_tenants_are_let_in(house: House, client: httpx2.AsyncClient, tenant: str) -> None:
    await house.router.commit(plan(tenant, GLOBEX), tenant=tenant)
    await use_up(client)
    assert (await client.post(ACME, json=entry(9))).status_code == 429
    taken = [await answered(client, number) for number in range(AT_ONCE + 1)]
    assert taken == [202, 202, 202 if tenant == "generous" else 429]


async def answered(client: httpx2.AsyncClient, number: int) -> int:
    """The answer of the other tenant's page, once it is known."""
    while (answer := await client.post(OTHER, json=entry(number))).status_code == 404:
        pass
    return answer.status_code


async def test_what_was_wrong_or_could_not_be_kept_does_not_count(house: House, client: httpx2.AsyncClient) -> None:
    for _ in range(AT_ONCE + 1):
        assert (await client.post(ACME, json=entry(1) | {"message": ""})).status_code == 400
    house.inbound.away = True
    for _ in range(AT_ONCE + 1):
        assert (await client.post(ACME, json=entry(1))).status_code == 503
        assert (await client.post("/f/acme-contact", data=entry(1))).status_code == 503
    house.inbound.away = False
    await use_up(client)


async def test_a_chat_that_is_open_goes_on_and_a_new_one_is_asked_to_wait(
    house: House, client: httpx2.AsyncClient, clock: ManualClock
) -> None:
    async with house.visitor() as early:
        await early.hello("0" * 32)
        await early.say("Hello", "a")
        assert (await client.post(ACME, json=entry(1))).status_code == 202
        async with house.visitor() as late:
            await late.hello("1" * 32)
            await late.send({"say": {"id": "b", "text": "Hello"}})
            refused = await late.next("error")
            assert (refused["id"], refused["again"]) == ("b", True)
            for number in range(2 * AT_ONCE):
                await early.say("Is anybody there?", f"c{number}")
            clock.pass_ms(30_000)
            await late.say("Hello", "b")
    assert len({envelope.contact_id for envelope in await house.envelopes()}) == 3


async def test_who_was_turned_away_is_counted_by_channel_and_reason(house: House, client: httpx2.AsyncClient) -> None:
    def count(page: str) -> float:
        name = r'switchroom_ingest_turned_away_total\{because="quota",channel="web_form"\} (\S+)'
        found = re.search(name, page)
        return float(found[1]) if found else 0

    before = count((await client.get("/metrics")).text)
    await use_up(client)
    await client.post(ACME, json=entry(9))
    assert count((await client.get("/metrics")).text) == before + 1
    assert house.port
