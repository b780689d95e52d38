"""Requests with defects: each is refused with words for who sent it, changes nothing, and echoes nothing back."""

import asyncio
from typing import Any

import httpx2
import pytest

from services.agents.http_api import BODY_BYTES_MAX
from services.shared.tokens import Role
from tests.unit.agents.bench import Bench

CANARY = "canary-4711"
JSON = {"Content-Type": "application/json"}


def reply(body: Any) -> dict[str, Any]:
    return {"url": "/v1/work/c1/reply", "json": body}


DEFECTS: dict[str, tuple[int, dict[str, Any]]] = {
    "no body": (400, {"url": "/v1/presence"}),
    "a body that is no JSON": (400, {"url": "/v1/presence", "content": CANARY, "headers": JSON}),
    "JSON that ends too early": (400, {"url": "/v1/presence", "content": '{"presence": "avail', "headers": JSON}),
    "a body of another type": (400, {"url": "/v1/presence", "content": "presence=available"}),
    "bytes that are no UTF-8": (400, {"url": "/v1/presence", "content": b'{"presence": "\xff\xfe"}', "headers": JSON}),
    "a list for an object": (400, {"url": "/v1/presence", "json": ["available"]}),
    "JSON nested too deeply": (400, {"url": "/v1/presence", "content": "[" * 200_000, "headers": JSON}),
    "a number of many digits": (400, {"url": "/v1/presence", "content": "9" * 9000, "headers": JSON}),
    "not a number": (400, {"url": "/v1/presence", "content": '{"presence": NaN}', "headers": JSON}),
    "a presence that nobody has": (400, {"url": "/v1/presence", "json": {"presence": CANARY}}),
    "a presence that only the router sets": (400, {"url": "/v1/presence", "json": {"presence": "not_responding"}}),
    "a field that nobody asked for": (400, {"url": "/v1/presence", "json": {"presence": "away", "tenant": "other"}}),
    "an operator for a value": (400, {"url": "/v1/presence", "json": {"presence": {"$ne": ""}}}),
    "a reason of two lines": (400, {"url": "/v1/presence", "json": {"presence": "away", "reason": "a\nb"}}),
    "a reason that is too long": (400, {"url": "/v1/presence", "json": {"presence": "away", "reason": "a" * 65}}),
    "a command id with a space": (400, {"url": "/v1/work/c1/accept", "json": {"command_id": "a b"}}),
    "a command id that is too long": (400, {"url": "/v1/work/c1/accept", "json": {"command_id": "a" * 65}}),
    "an empty command id": (400, {"url": "/v1/work/c1/accept", "json": {"command_id": ""}}),
    "a command id with a line break": (400, {"url": "/v1/work/c1/accept", "json": {"command_id": "a\n"}}),
    "a number for a command id": (400, {"url": "/v1/work/c1/accept", "json": {"command_id": 7}}),
    "two ids for one command": (
        400,
        {"url": "/v1/work/c1/accept", "json": {"command_id": "a"}, "headers": {"Idempotency-Key": "b"}},
    ),
    "an idempotency key with odd letters": (400, {"url": "/v1/work/c1/accept", "headers": {"Idempotency-Key": "a/b"}}),
    "an unknown contact": (404, {"url": "/v1/work/unknown/accept"}),
    "a contact id with a path in it": (404, {"url": "/v1/work/..%2F..%2Fetc/accept"}),
    "a contact id that is too long": (400, {"url": f"/v1/work/{'a' * 65}/accept"}),
    "a contact id of odd letters": (400, {"url": "/v1/work/%E2%80%AE/accept"}),
    "a contact id with a zero byte": (400, {"url": "/v1/work/a%00b/accept"}),
    "an unknown offer": (409, {"url": "/v1/work/c1/accept", "json": {"offer_id": "offer-of-yesterday"}}),
    "a reply without text": (400, reply({})),
    "a reply of nothing": (400, reply({"text": ""})),
    "a reply with a zero byte": (400, reply({"text": f"{CANARY}\x00"})),
    "a reply with an escape character": (400, reply({"text": "\x1b[2J"})),
    "a reply with half a character": (
        400,
        {"url": "/v1/work/c1/reply", "content": '{"text": "\\ud800"}', "headers": JSON},
    ),
    "a reply of 256 KiB and a byte": (400, reply({"text": "a" * (256 * 1024 + 1)})),
    "a reply of more bytes than letters": (400, reply({"text": "é" * (128 * 1024 + 1)})),
    "a reply to a contact of nobody": (404, {"url": "/v1/work/unknown/reply", "json": {"text": "hello"}}),
    "a reply before the accept": (409, reply({"text": "hello"})),
    "a wait of an hour": (400, {"url": "/v1/next", "params": {"wait_s": 3600}}),
    "a wait of minus one": (400, {"url": "/v1/next", "params": {"wait_s": -1}}),
    "a wait that is no number": (400, {"url": "/v1/next", "params": {"wait_s": "long"}}),
    "no disposition": (400, {"url": "/v1/work/c1/complete", "json": {}}),
    "an empty disposition": (400, {"url": "/v1/work/c1/complete", "json": {"disposition": ""}}),
    "no queue to transfer to": (400, {"url": "/v1/work/c1/transfer", "json": {}}),
    "a skill of level 11": (400, {"url": "/v1/work/c1/transfer", "json": {"skills": [{"skill": "s", "level": 11}]}}),
    "too many skills": (400, {"url": "/v1/work/c1/transfer", "json": {"skills": [{"skill": "s"}] * 21}}),
    "a path that is none": (404, {"url": "/v1/nothing"}),
    "a method that is none": (405, {"url": "/v1/desk"}),
}


@pytest.mark.parametrize("defect", sorted(DEFECTS))
async def test_a_request_with_a_defect_is_refused_and_changes_nothing(bench: Bench, defect: str) -> None:
    status, request = DEFECTS[defect]
    async with bench.program() as ana:
        bench.router.offer("ana", "c1")
        await ana.post("/v1/next")
        before = bench.router.desk("ana").SerializeToString()
        answer = await ana.post(**request)
    assert answer.status_code == status, answer.text
    assert CANARY not in answer.text
    assert all(answer.json()["error"][part] for part in ("what", "why", "what_to_do"))
    assert bench.router.desk("ana").SerializeToString() == before
    assert await bench.sent() == []


PEOPLE_DEFECTS: dict[str, dict[str, Any]] = {
    "an unknown role": {"name": "Eve", "role": "owner"},
    "an agent's role without an agent": {"name": "Eve", "role": "agent"},
    "an agent without the agent's role": {"name": "Eve", "role": "admin", "agent": "eve"},
    "no name": {"role": "admin"},
    "a name of spaces": {"name": "   ", "role": "admin"},
    "a name of two lines": {"name": "Eve\nAdmin", "role": "admin"},
    "a name that turns the line round": {"name": "Eve\u202e", "role": "admin"},
    "a name that is too long": {"name": "e" * 201, "role": "admin"},
    "companies that are no list": {"name": "Eve", "role": "admin", "companies": "north"},
    "too many companies": {"name": "Eve", "role": "admin", "companies": ["c"] * 101},
    "a tenant of one's own choice": {"name": "Eve", "role": "admin", "tenant": "other"},
}


@pytest.mark.parametrize("defect", sorted(PEOPLE_DEFECTS))
async def test_a_person_with_a_defect_is_not_added(bench: Bench, defect: str) -> None:
    async with bench.program("", Role.ADMIN) as admin:
        answer = await admin.post("/v1/people", json=PEOPLE_DEFECTS[defect])
        assert answer.status_code == 400
        assert len((await admin.get("/v1/people")).json()["people"]) == 1


@pytest.mark.parametrize("key", ["", "x" * 201, 7, None, {"$gt": ""}])
async def test_a_login_with_a_defect_is_refused(bench: Bench, key: Any) -> None:
    async with httpx2.AsyncClient(timeout=60, base_url=bench.url) as client:
        assert (await client.post("/v1/login", json={"key": key})).status_code == 400


@pytest.mark.parametrize("path", ["/static/../settings.py", "/static/%2e%2e/settings.py", "/static/..%2fapp.py"])
async def test_nothing_but_static_files_is_served(bench: Bench, path: str) -> None:
    async with httpx2.AsyncClient(timeout=60, base_url=bench.url) as client:
        assert (await client.get(path)).status_code == 404


async def test_a_reply_of_256_kib_is_taken(bench: Bench) -> None:
    async with bench.program() as ana:
        await bench.accepted_mail(ana, "ana", "c1")
        answer = await ana.post("/v1/work/c1/reply", json={"text": "é" * (128 * 1024)})
    assert answer.status_code == 202


async def test_a_body_that_is_announced_as_enormous_is_refused_unread(bench: Bench) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", bench.port)
    length = 10 * BODY_BYTES_MAX
    head = (
        f"POST /v1/login HTTP/1.1\r\nHost: desk\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    )
    writer.write(head.encode())
    status = await reader.readline()
    writer.close()
    assert b" 413 " in status
