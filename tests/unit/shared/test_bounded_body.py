import asyncio
from collections.abc import AsyncIterator
from contextlib import closing

import pytest
from fastapi import FastAPI, Request

from services.shared.bounded_body import BoundedBody
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
