"""A customer in a web chat: the browser's end of the socket, played by a program."""

import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

from services.cli.data_folder import Addresses
from services.cli.demonstration.story import Visit

JOINED, ENDED = "joined", "ended"


class ChatVisitor:
    """What the customer sees. Cancelled waits lose nothing."""

    def __init__(self, socket: ClientConnection) -> None:
        self.contact_id = ""
        self._socket = socket
        self._stage = ""
        self._said = 0

    async def say(self, text: str) -> None:
        """Write a message."""
        self._said += 1
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
            message = (await self._hear()).get("message", {})
            if message.get("from") == "agent":
                await self._send(got={"number": message["number"]})
                text: str = message["text"]
                return text
            if self._stage == ENDED:
                return None

    async def ended(self) -> None:
        """Wait until the agent has finished. Raises ConnectionError."""
        while self._stage != ENDED:
            await self._hear()

    async def _hear(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(await self._socket.recv())
        if "error" in told:
            raise ConnectionError(told["error"]["what"])
        self.contact_id = told.get("accepted", {}).get("contact_id", "") or self.contact_id
        self._stage = told.get("state", {}).get("state", self._stage)
        return told

    async def _send(self, **frame: Any) -> None:
        await self._socket.send(json.dumps(frame))


@asynccontextmanager
async def chatting(addresses: Addresses, visit: Visit) -> AsyncIterator[ChatVisitor]:
    """Open the page's socket and say what the visit is about. Raises OSError, WebSocketException."""
    url = f"ws://{addresses.host}:{addresses.ingest}/c/{visit.to}/socket"
    hello = {
        "token": secrets.token_hex(16),
        "name": visit.name,
        "email": visit.caller,
        "topic": visit.topic,
        "language": visit.language,
    }
    async with connect(url, origin=Origin(addresses.url(addresses.ingest))) as socket:
        await socket.send(json.dumps({"hello": hello}))
        visitor = ChatVisitor(socket)
        await visitor.say(visit.message)
        yield visitor
