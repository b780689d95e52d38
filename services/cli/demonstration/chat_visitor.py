"""A customer in a web chat: the browser's end of the socket, played by a program."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Origin

from services.cli.demonstration.persistence import AGAIN_S, AT_ONCE, Persistence
from services.cli.demonstration.story import Visit

JOINED, ENDED = "joined", "ended"
# After an outage the end of a chat may be heard before what the agent wrote before it.
AFTER_THE_END_S = 10.0
LOST = (OSError, WebSocketException)


class ChatVisitor:
    """What the customer sees. Cancelled waits lose nothing. A lost connection is opened anew, as the page does."""

    def __init__(self, ingest_url: str, visit: Visit, persistence: Persistence) -> None:
        self.contact_id = ""
        self._url = f"{ingest_url.replace('http', 'ws', 1)}/c/{visit.to}/socket"
        self._origin = Origin(ingest_url)
        self._hello = {
            "token": secrets.token_hex(16),
            "name": visit.name,
            "email": visit.caller,
            "topic": visit.topic,
            "language": visit.language,
        }
        self._persistence = persistence
        self._socket: ClientConnection | None = None
        self._stage = ""
        self._said = 0
        self._last_seen = 0
        # What was said and is not acknowledged yet, by the id of the message.
        self._unsent: dict[str, str] = {}

    async def open(self) -> None:
        """Come to the page, or back to it. Raises OSError, WebSocketException."""
        await self._persistence.keep_trying(self._connect)

    async def close(self) -> None:
        """Leave the page."""
        if self._socket is not None:
            await self._socket.close()

    async def say(self, text: str) -> None:
        """Write a message."""
        self._said += 1
        self._unsent[str(self._said)] = text
        await self._send(say={"id": str(self._said), "text": text})

    async def end(self) -> None:
        """Press the button that ends the chat."""
        await self._send(end={})

    async def joined(self) -> None:
        """Wait until an agent is there, or it has ended. Raises ConnectionError."""
        while self._stage not in (JOINED, ENDED):
            await self._hear()

    async def answer(self) -> str | None:
        """Wait for what the agent writes; None when the chat ended without it. Raises ConnectionError."""
        while True:
            try:
                async with asyncio.timeout(AFTER_THE_END_S if self._stage == ENDED else None):
                    message = (await self._hear()).get("message", {})
            except TimeoutError:
                return None
            if message.get("from") == "agent":
                await self._send(got={"number": message["number"]})
                text: str = message["text"]
                return text
            if self._stage == ENDED and not self._persistence.persists:
                return None

    async def ended(self) -> None:
        """Wait until the agent has finished. Raises ConnectionError."""
        while self._stage != ENDED:
            await self._hear()

    async def _connect(self) -> None:
        await self.close()
        self._socket = await connect(self._url, origin=self._origin)
        await self._socket.send(json.dumps({"hello": {**self._hello, "last_seen": self._last_seen}}))
        await self._send_unsent()

    async def _send_unsent(self) -> None:
        for message_id, text in self._unsent.items():
            await self._open_socket.send(json.dumps({"say": {"id": message_id, "text": text}}))

    @property
    def _open_socket(self) -> ClientConnection:
        if self._socket is None:
            raise ConnectionError("the page is not open")
        return self._socket

    async def _hear(self) -> dict[str, Any]:
        try:
            told: dict[str, Any] = json.loads(await self._open_socket.recv())
            await self._take(told)
        except LOST:
            if not self._persistence.persists:
                raise
            await self.open()
            return {}
        return told

    async def _take(self, told: dict[str, Any]) -> None:
        if "error" in told:
            await self._refused(told["error"])
        here = told.get("accepted", {}) or told.get("welcome", {})
        self.contact_id = here.get("contact_id", "") or self.contact_id
        self._unsent.pop(told.get("accepted", {}).get("id", ""), None)
        self._last_seen = max(self._last_seen, told.get("message", {}).get("number", 0))
        self._stage = (told.get("state", {}) or told.get("welcome", {})).get("state", self._stage)

    async def _refused(self, error: dict[str, Any]) -> None:
        if not (error.get("again") and self._persistence.persists):
            raise ConnectionError(error["what"])
        await asyncio.sleep(AGAIN_S)
        await self._send_unsent()

    async def _send(self, **frame: Any) -> None:
        try:
            await self._open_socket.send(json.dumps(frame))
        except LOST:
            if not self._persistence.persists:
                raise
            await self.open()
            if "say" not in frame:
                await self._send(**frame)


@asynccontextmanager
async def chatting(ingest_url: str, visit: Visit, persistence: Persistence = AT_ONCE) -> AsyncIterator[ChatVisitor]:
    """Open the page's socket and say what the visit is about. Raises OSError, WebSocketException."""
    visitor = ChatVisitor(ingest_url, visit, persistence)
    await visitor.open()
    try:
        await visitor.say(visit.message)
        yield visitor
    finally:
        await visitor.close()
