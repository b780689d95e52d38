"""A server that gives every HTTP request the same answer, and keeps what it was asked."""

import asyncio


class ScriptedHttp:
    def __init__(self, status: int, body: bytes, *, length: int | None = None) -> None:
        self.asked: list[bytes] = []
        self._answer = b"HTTP/1.1 %d Scripted\r\ncontent-length: %d\r\n" % (
            status,
            len(body) if length is None else length,
        )
        self._answer += b'last-modified: Sun, 22 Nov 2026 12:00:00 GMT\r\netag: "x"\r\nconnection: close\r\n\r\n' + body
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(self._answer)
        await writer.drain()
        writer.close()
