from typing import Any

import httpx2
import pytest

from services.agents.login_links import make_login_link
from services.shared.tokens import Role
from tests.unit.agents.bench import Bench

NAVIGATION = {"Sec-Fetch-Mode": "navigate"}


async def opened(bench: Bench, on_duty: bool, **headers: str) -> httpx2.Response:
    documents, person = bench.connections.documents, await bench.person()
    link = await make_login_link(documents, bench.clock, person, bench.url, on_duty=on_duty)
    async with httpx2.AsyncClient(timeout=60, headers=NAVIGATION | headers) as client:
        return await client.get(link)


@pytest.mark.parametrize(("on_duty", "where"), [(True, "/desk#on-duty"), (False, "/desk")])
async def test_a_link_tells_the_desk_whether_its_person_goes_on_duty(bench: Bench, on_duty: bool, where: str) -> None:
    assert (await opened(bench, on_duty)).headers["Location"] == where


async def test_so_does_the_page_for_those_who_come_from_another_site(bench: Bench) -> None:
    page = await opened(bench, on_duty=True, **{"Sec-Fetch-Site": "cross-site"})

    assert 'url=/desk#on-duty"' in page.text
    assert 'href="/desk#on-duty"' in page.text


@pytest.mark.parametrize(
    ("body", "status", "where"),
    [({}, 201, "/desk"), ({"on_duty": True}, 201, "/desk#on-duty"), ({"on_duty": "perhaps"}, 400, "")],
)
async def test_an_administrator_says_whether_a_link_is_for_duty(
    bench: Bench, body: dict[str, Any], status: int, where: str
) -> None:
    person = await bench.person()
    async with bench.program("", Role.ADMIN) as admin:
        made = await admin.post("/v1/login-links", json={"person": person.id} | body)
    assert made.status_code == status
    if status == 201:
        async with httpx2.AsyncClient(timeout=60) as client:
            assert (await client.post(made.json()["link"])).headers["Location"] == where
