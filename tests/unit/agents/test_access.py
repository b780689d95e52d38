"""Who may call what: every route, every role; tokens, sessions, cookies and what is forged of them."""

import base64
import json
from pathlib import Path
from typing import Any

import httpx2
import jwt
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Mount

from services.agents.access import COOKIE, DESK_HEADER, PUBLIC, ROLES, GatedRoute
from services.agents.app import make_office
from services.agents.documents import PEOPLE
from services.agents.failed_logins import FAILURES_MAX
from services.agents.grpc_client import RouterChannel
from services.agents.http_api import make_app
from services.agents.keys import make_key
from services.agents.login_links import make_login_link
from services.shared.clock import SystemClock
from services.shared.tokens import Role, TokenMaker, make_key_pair
from tests.fakes.manual_clock import ManualClock
from tests.unit.agents.bench import PRIVATE, Bench, connections_in, settings
from tests.unit.agents.bench import PUBLIC as PUBLIC_KEY

NAVIGATION = {"Sec-Fetch-Mode": "navigate"}


async def the_app(tmp_path: Path) -> FastAPI:
    async with connections_in(tmp_path) as connections:
        channel = RouterChannel("127.0.0.1:1")
        office = make_office(settings(1), connections, channel, SystemClock())
        await channel.stop()
        return make_app(office, lambda: None)


def routes_of(app: FastAPI) -> list[Any]:
    found: list[Any] = []
    waiting = list(app.routes)
    while waiting:
        route = waiting.pop()
        inner = getattr(getattr(route, "original_router", None), "routes", None)
        if inner is None:
            found.append(route)
        else:
            waiting += inner
    return found


async def test_every_route_is_gated_and_has_an_entry_in_the_table(tmp_path: Path) -> None:
    routes = routes_of(await the_app(tmp_path))
    gated = [route for route in routes if isinstance(route, APIRoute)]
    others = [route for route in routes if not isinstance(route, APIRoute)]
    assert all(isinstance(route, GatedRoute) for route in gated)
    assert {f"{method} {route.path}" for route in gated for method in route.methods or ()} == set(ROLES)
    assert [type(route) for route in others] == [Mount]


def _path(route: str) -> tuple[str, str]:
    method, _, path = route.partition(" ")
    for name in ("contact_id", "customer", "secret"):
        path = path.replace(f"{{{name}}}", "unknown")
    path = path.replace("{blob}", "0" * 64).replace("{id}", "0" * 64)
    return method, f"{path}?wait_s=0" if path == "/v1/next" else path


async def _status(client: httpx2.AsyncClient, route: str) -> int:
    method, path = _path(route)
    async with client.stream(method, path, json={} if method == "POST" else None) as answer:
        return answer.status_code


async def test_each_role_passes_the_gate_of_its_own_routes_and_of_no_others(bench: Bench) -> None:
    wrong: list[tuple[str, str, int]] = []
    for role in Role:
        async with bench.program("ana", role) as client:
            for route, allowed in ROLES.items():
                if allowed is PUBLIC or route == "POST /logout":
                    continue
                status = await _status(client, route)
                if (status == 403) == (role in allowed):
                    wrong.append((role, route, status))
    assert wrong == []


async def test_without_any_identity_only_public_routes_answer(bench: Bench) -> None:
    async with httpx2.AsyncClient(timeout=60, base_url=bench.url) as nobody:
        statuses = {route: await _status(nobody, route) for route in ROLES}
    refused = {route for route, status in statuses.items() if status == 401}
    assert refused == {route for route, allowed in ROLES.items() if allowed is not PUBLIC}


def _encoded(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _forged() -> dict[str, str]:
    clock = SystemClock()
    stranger, _ = make_key_pair()
    late = ManualClock(clock.wall_ms() - 3_600_000)
    early = ManualClock(clock.wall_ms() + 3_600_000)
    who: Any = ("acme", (), Role.ADMIN, "", "root")
    good = TokenMaker(PRIVATE, clock).make(*who)
    head, body, signature = good.split(".")
    claims = jwt.decode(good, options={"verify_signature": False})
    return {
        "of a stranger's key": TokenMaker(stranger, clock).make(*who),
        "expired": TokenMaker(PRIVATE, late).make(*who),
        "not valid yet": TokenMaker(PRIVATE, early).make(*who),
        "without a signature": f"{head}.{body}.",
        "of algorithm none": f"{_encoded({'alg': 'none', 'typ': 'JWT'})}.{body}.",
        "HS256 by the public key": jwt.api_jws.PyJWS().encode(
            json.dumps(claims).encode(), base64.b64encode(PUBLIC_KEY).decode(), algorithm="HS256"
        ),
        "with another body": f"{head}.{_encoded(claims | {'tenant': 'other'})}.{signature}",
        "for another audience": jwt.encode(claims | {"aud": "else"}, PRIVATE.decode(), algorithm="EdDSA"),
        "of another issuer": jwt.encode(claims | {"iss": "else"}, PRIVATE.decode(), algorithm="EdDSA"),
        "of a year": jwt.encode(claims | {"exp": claims["iat"] + 31_536_000}, PRIVATE.decode(), algorithm="EdDSA"),
        "without a role": jwt.encode({k: v for k, v in claims.items() if k != "role"}, PRIVATE.decode(), "EdDSA"),
        "of an unknown role": jwt.encode(claims | {"role": "owner"}, PRIVATE.decode(), algorithm="EdDSA"),
        "of a megabyte": "a" * 60_000,
        "of nothing": "x",
        "with too many parts": good + ".x",
    }


@pytest.mark.parametrize("kind", sorted(_forged()))
async def test_a_forged_token_is_refused(bench: Bench, kind: str) -> None:
    headers = {"Authorization": f"Bearer {_forged()[kind]}"}
    async with httpx2.AsyncClient(timeout=60, base_url=bench.url, headers=headers) as client:
        answer = await client.get("/v1/people")
    assert answer.status_code == 401


async def test_a_token_in_another_scheme_is_refused(bench: Bench) -> None:
    token = await bench.token(await bench.person())
    async with httpx2.AsyncClient(
        timeout=60, base_url=bench.url, headers={"Authorization": f"Basic {token}"}
    ) as client:
        assert (await client.get("/v1/me")).status_code == 401


async def test_logins_that_fail_are_answered_alike(bench: Bench) -> None:
    person = await bench.person()
    made = await make_key(bench.connections.documents, person, "test")
    async with httpx2.AsyncClient(timeout=60, base_url=bench.url) as client:
        answers = [
            await client.post("/v1/login", json={"key": key})
            for key in (made.key[:-1], "swr_unknown", "nonsense", made.id)
        ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1


async def test_after_many_failed_logins_an_address_has_to_wait(bench: Bench) -> None:
    async with httpx2.AsyncClient(timeout=60, base_url=bench.url) as client:
        statuses = [(await client.post("/v1/login", json={"key": f"swr_{n}"})).status_code for n in range(200)]
        waiting = await client.post("/v1/login", json={"key": "swr_x"})
    assert statuses == [401] * FAILURES_MAX + [429] * (200 - FAILURES_MAX)
    assert int(waiting.headers["Retry-After"]) > 0


async def test_a_key_that_was_ended_logs_in_no_more(bench: Bench) -> None:
    person = await bench.person()
    made = await make_key(bench.connections.documents, person, "test")
    async with bench.program("", Role.ADMIN) as admin:
        assert (await admin.delete(f"/v1/keys/{made.id}")).status_code == 200
        assert (await admin.post("/v1/login", json={"key": made.key})).status_code == 401


async def test_a_login_link_works_once(bench: Bench) -> None:
    link = await make_login_link(bench.connections.documents, bench.clock, await bench.person(), bench.url)
    async with (
        httpx2.AsyncClient(timeout=60, headers=NAVIGATION) as first,
        httpx2.AsyncClient(timeout=60, headers=NAVIGATION) as second,
    ):
        opened = await first.get(link)
        assert (opened.status_code, opened.headers["Location"]) == (303, "/desk")
        assert (await first.get(f"{bench.url}/desk")).status_code == 200
        assert (await second.get(link)).status_code == 410
        assert (await second.get(f"{bench.url}/desk")).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Mode": "cors"},
        NAVIGATION | {"Sec-Purpose": "prefetch;prerender"},
        NAVIGATION | {"Purpose": "prefetch"},
    ],
)
async def test_looking_at_a_login_link_does_not_use_it_up(bench: Bench, headers: dict[str, str]) -> None:
    link = await make_login_link(bench.connections.documents, bench.clock, await bench.person(), bench.url)
    async with httpx2.AsyncClient(timeout=60) as client:
        looked = await client.get(link, headers=headers)
        assert (looked.status_code, "set-cookie" in looked.headers) == (200, False)
        assert (await client.post(link)).status_code == 303


async def test_a_login_link_opened_from_another_site_goes_on_from_a_page_of_ours(bench: Bench) -> None:
    link = await make_login_link(bench.connections.documents, bench.clock, await bench.person(), bench.url)
    async with httpx2.AsyncClient(timeout=60, headers=NAVIGATION | {"Sec-Fetch-Site": "cross-site"}) as client:
        opened = await client.get(link)
    assert (opened.status_code, "set-cookie" in opened.headers) == (200, True)
    assert 'http-equiv="refresh"' in opened.text


async def test_a_login_link_expires(bench: Bench) -> None:
    person = await bench.person()
    link = await make_login_link(bench.connections.documents, bench.clock, person, bench.url, lifetime_ms=0)
    async with httpx2.AsyncClient(timeout=60, headers=NAVIGATION) as client:
        assert (await client.get(link)).status_code == 410


async def test_the_cookie_can_be_read_by_no_script_and_sent_by_no_other_site(bench: Bench) -> None:
    link = await make_login_link(bench.connections.documents, bench.clock, await bench.person(), bench.url)
    async with httpx2.AsyncClient(timeout=60) as client:
        cookie = (await client.post(link)).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


async def test_logging_out_ends_the_session_for_whoever_has_the_cookie(bench: Bench) -> None:
    async with bench.browser(await bench.person()) as browser:
        kept = dict(browser.cookies)
        assert (await browser.post("/logout")).status_code == 204
    async with httpx2.AsyncClient(timeout=60, base_url=bench.url, cookies=kept) as thief:
        assert (await thief.get("/v1/me")).status_code == 401


@pytest.mark.parametrize("cookie", ["", "x", "a.b", "." * 5000, "é.é", "token." + "0" * 64])
async def test_a_forged_cookie_is_refused(bench: Bench, cookie: str) -> None:
    headers = {b"Cookie": f"{COOKIE}={cookie}".encode()}
    async with httpx2.AsyncClient(timeout=60, base_url=bench.url, headers=headers) as client:
        assert (await client.get("/v1/me")).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [{}, {DESK_HEADER: "1", "Origin": "https://evil.example"}, {DESK_HEADER: "1", "Origin": "null"}],
)
async def test_a_write_by_cookie_must_come_from_our_page(bench: Bench, headers: dict[str, str]) -> None:
    async with bench.browser(await bench.person()) as browser:
        del browser.headers[DESK_HEADER]
        answer = await browser.post("/v1/presence", json={"presence": "available"}, headers=headers)
    assert answer.status_code == 403
    assert bench.router.asked("set_presence") == []


async def test_a_write_by_cookie_from_our_page_is_done(bench: Bench) -> None:
    async with bench.browser(await bench.person()) as browser:
        answer = await browser.post("/v1/presence", json={"presence": "available"}, headers={"Origin": bench.url})
    assert answer.status_code == 200


async def test_a_person_who_changes_role_loses_the_old_one_at_once(bench: Bench) -> None:
    person = await bench.person()
    async with bench.browser(person) as browser:
        await bench.connections.documents.change(PEOPLE, person.id, {"role": "analyst", "agent": ""})
        assert (await browser.get("/v1/desk")).status_code == 403


async def test_an_administrator_of_one_company_makes_nobody_mightier_than_that(bench: Bench) -> None:
    everybody = await bench.person("ana")
    stranger = await bench.person("ana", tenant="other")
    async with bench.program("", Role.ADMIN, ("north",)) as admin:
        answers = [
            await admin.post("/v1/people", json={"name": "Eve", "role": "admin"}),
            await admin.post("/v1/people", json={"name": "Eve", "role": "admin", "companies": ["north", "south"]}),
            await admin.post("/v1/keys", json={"person": everybody.id, "label": "x"}),
            await admin.post("/v1/login-links", json={"person": everybody.id}),
            await admin.post("/v1/keys", json={"person": stranger.id, "label": "x"}),
        ]
        listed = (await admin.get("/v1/people")).json()["people"]
    assert [answer.status_code for answer in answers] == [403, 403, 404, 404, 404]
    assert {person["role"] for person in listed} == {"admin"}


async def test_an_administrator_adds_a_person_who_then_logs_in_by_key_and_by_link(bench: Bench) -> None:
    async with bench.program("", Role.ADMIN) as admin:
        new = {"name": "Eve", "role": "agent", "agent": "eve", "companies": ["north"]}
        person = (await admin.post("/v1/people", json=new)).json()
        key = (await admin.post("/v1/keys", json={"person": person["id"], "label": "her program"})).json()["key"]
        link = (await admin.post("/v1/login-links", json={"person": person["id"]})).json()["link"]
        twice = await admin.post("/v1/people", json=new)
    async with httpx2.AsyncClient(timeout=60, base_url=bench.url) as client:
        token = (await client.post("/v1/login", json={"key": key})).json()["token"]
        me = (await client.get("/v1/me", headers={"Authorization": f"Bearer {token}"})).json()
        assert (me["name"], me["agent"], me["companies"]) == ("Eve", "eve", ["north"])
        assert (await client.post(link)).status_code == 303
    assert twice.status_code == 400


def _bytes_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("documents*") if path.is_file())


async def test_keys_and_secrets_are_kept_as_hashes(bench: Bench, tmp_path: Path) -> None:
    person = await bench.person()
    made = await make_key(bench.connections.documents, person, "test")
    link = await make_login_link(bench.connections.documents, bench.clock, person, bench.url)
    kept = _bytes_in(tmp_path)
    assert made.id.encode() in kept
    assert made.key.encode() not in kept
    assert link.rpartition("/")[2].encode() not in kept


async def test_every_answer_has_safe_headers(bench: Bench) -> None:
    async with httpx2.AsyncClient(timeout=60, base_url=bench.url) as client:
        for path in ("/desk", "/static/desk.js", "/v1/me", "/nowhere"):
            headers = (await client.get(path)).headers
            assert "default-src 'none'" in headers["Content-Security-Policy"]
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Referrer-Policy"] == "no-referrer"
