"""Only a demonstration opens the floor: `switchroom up` shows it to nobody who is not logged in."""

from pathlib import Path

import httpx2

from services.cli.demonstration.stage import stage
from tests.system.plans import TWO_COMPANIES
from tests.system.running import running

PATHS = ("/", "/v1/floor/words", "/try")


async def statuses(url: str) -> list[int]:
    async with httpx2.AsyncClient(timeout=60, base_url=url) as nobody:
        return [(await nobody.get(path)).status_code for path in PATHS]


async def test_without_a_stage_the_floor_is_closed_and_no_page_may_be_framed(tmp_path: Path) -> None:
    async with running(tmp_path / "data") as system:
        await system.activate(TWO_COMPANIES)
        assert await statuses(system.agents("")) == [401, 401, 404]
        policy = (await system.http.get(system.ingest("/c/acme-chat"))).headers["content-security-policy"]

    assert policy.endswith("frame-ancestors 'self'")


async def test_on_a_stage_the_floor_is_open_and_tells_of_a_contact_through_every_service(tmp_path: Path) -> None:
    async with running(tmp_path / "data", stage()) as system:
        await system.activate(TWO_COMPANIES)
        contact_id = await system.form("acme-contact", "ivy@customer.example")
        assert await statuses(system.agents("")) == [200, 200, 200]
        page = (await system.http.get(system.agents("/try"))).text
        policy = (await system.http.get(system.ingest("/c/acme-chat"))).headers["content-security-policy"]
        await system.contact(contact_id, lambda contact: contact["queue"] == "acme-support")
        story = (await system.http.get(system.agents(f"/v1/floor/contacts/{contact_id}"))).json()

    assert f"{system.ingest('/c/acme-chat')}" in page
    assert policy.endswith("frame-ancestors 'self' http://127.0.0.1:* http://localhost:*")
    assert [entry["what"] for entry in story["entries"]] == ["arrived", "queued"]
    assert "ivy" not in str(story)


async def test_a_page_that_may_frame_ours_may_not_talk_to_them(tmp_path: Path) -> None:
    async with running(tmp_path / "data", stage()) as system:
        await system.activate(TWO_COMPANIES)
        answer = await system.http.post(
            system.ingest("/v1/forms/acme-contact"),
            json={"token": "0123456789abcdef", "message": "Hello", "email_or_phone": "ivy@customer.example"},
            headers={"Origin": "http://127.0.0.1:9999"},
        )

    assert answer.status_code == 403
