import asyncio
from collections.abc import AsyncIterator
from contextlib import closing

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse

from services.shared.bounded_body import DRAIN_S, DRAINED_LIMITS_MAX, QUIET_S, BoundedBody
from services.shared.serve import HttpPart

LIMIT = 1000


@pytest.fixture
async def port() -> AsyncIterator[int]:
    app = FastAPI()
    app.add_middleware(BoundedBody, limit_bytes=LIMIT)

    @app.post("/raw")
    async def raw(request: Request) -> int:
        return len(await request.body())

    @app.post("/json")
    async def as_json(body: dict[str, str]) -> int:
        return len(body)

    part = HttpPart(app, "127.0.0.1", 0, next_free=False)
    await part.start()
    yield part.port
    await part.stop()


async def answer_to(port: int, head: str, body: bytes) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with closing(writer):
        writer.write(f"POST {head}\r\nHost: x\r\n".encode() + body)
        return int((await reader.readline()).split()[1])


def chunked(*sizes: int) -> bytes:
    chunks = b"".join(b"%x\r\n%b\r\n" % (size, b"1" * size) for size in sizes)
    return b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"


@pytest.mark.parametrize("path", ["/raw", "/json"])
async def test_a_body_above_the_limit_is_refused_by_its_length_before_it_is_sent(port: int, path: str) -> None:
    assert await answer_to(port, f"{path} HTTP/1.1", b"Content-Length: 1001\r\n\r\n") == 413


@pytest.mark.parametrize("path", ["/raw", "/json"])
async def test_a_chunked_body_is_refused_where_it_passes_the_limit(port: int, path: str) -> None:
    assert await answer_to(port, f"{path} HTTP/1.1\r\nContent-Type: application/json", chunked(600, 600)) == 413


async def test_a_body_of_the_limit_passes(port: int) -> None:
    body = b"1" * LIMIT
    assert await answer_to(port, "/raw HTTP/1.1", b"Content-Length: 1000\r\n\r\n" + body) == 200
    assert await answer_to(port, "/raw HTTP/1.1", chunked(500, 500)) == 200


async def everything_said_to(port: int, head: bytes, body_bytes: int) -> bytes:
    """What a client hears that sends all of its body before it listens, and then reads to the end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with closing(writer):
        writer.write(b"POST /raw HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n\r\n")
        for _ in range(body_bytes // LIMIT):
            writer.write(b"1" * LIMIT)
            await writer.drain()
            await asyncio.sleep(0.01)
        return await reader.read()


async def test_a_client_that_is_still_sending_hears_the_whole_refusal(port: int) -> None:
    size = DRAINED_LIMITS_MAX * LIMIT
    heard = await everything_said_to(port, b"Content-Length: %d" % size, size)
    assert heard.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in heard
    assert heard.endswith(b'{"detail":"the body is larger than 1000 bytes: send less"}')


async def test_a_client_that_never_stops_sending_is_cut_off(port: int) -> None:
    with pytest.raises(ConnectionError):
        await everything_said_to(port, b"Content-Length: 1000000000", 1000 * LIMIT)


async def test_a_client_that_stops_sending_is_not_waited_for(port: int) -> None:
    async with asyncio.timeout(DRAIN_S - QUIET_S):
        assert b"413" in await everything_said_to(port, b"Content-Length: 5000", 2 * LIMIT)


async def test_a_client_that_asks_first_is_not_told_to_go_on(port: int) -> None:
    heard = await everything_said_to(port, b"Content-Length: 5000\r\nExpect: 100-continue", 0)
    assert heard.startswith(b"HTTP/1.1 413 ")
    assert b" 100 " not in heard


async def test_a_service_says_it_in_its_own_form() -> None:
    app = FastAPI()
    app.add_middleware(
        BoundedBody, limit_bytes=LIMIT, refusal=lambda scope, limit: HTMLResponse(f"{scope['path']}: {limit}", 413)
    )
    part = HttpPart(app, "127.0.0.1", 0, next_free=False)
    await part.start()
    try:
        heard = await everything_said_to(part.port, b"Content-Length: 2000", 2000)
    finally:
        await part.stop()
    assert b"text/html" in heard
    assert heard.endswith(b"/raw: 1000")
