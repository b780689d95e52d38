"""A visitor whose connection is lost comes back as the page does: with what was not acknowledged."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from services.cli.demonstration.chat_visitor import chatting
from services.cli.demonstration.persistence import Persistence
from services.cli.demonstration.story import Visit

PATIENT = Persistence(outage_s=60)
VISIT = Visit("web_chat", "acme-chat", "sam@customer.example", "Sam Lane", "Which belt fits?")
ACCEPTED = {"accepted": {"id": "1", "number": 1, "contact_id": "c1"}}
ANSWER = {"message": {"number": 2, "id": "m", "from": "agent", "agent": "ana", "text": "The red one", "at_ms": 1}}
NEW, ENDED = ({"welcome": {"contact_id": "", "last": 0, "state": state, "agent": ""}} for state in ("new", "ended"))


class ScriptedChat:
    """Each connection gets, after the visitor's `count` frames, its frames; all but the last are closed then."""

    def __init__(self, *script: tuple[int, Sequence[dict[str, Any]]]) -> None:
        self.heard: list[list[dict[str, Any]]] = []
        self._script = script

    async def __call__(self, socket: ServerConnection) -> None:
        count, frames = self._script[len(self.heard)]
        heard: list[dict[str, Any]] = []
        self.heard.append(heard)
        heard.extend([json.loads(await socket.recv()) for _ in range(count)])
        for frame in frames:
            await socket.send(json.dumps(frame))
        if len(self.heard) == len(self._script):
            await self._listen(socket, heard)

    async def _listen(self, socket: ServerConnection, heard: list[dict[str, Any]]) -> None:
        with suppress(ConnectionClosed):
            while True:
                heard.append(json.loads(await socket.recv()))


@asynccontextmanager
async def served(chat: ScriptedChat) -> AsyncIterator[str]:
    async with serve(chat, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"


async def test_what_was_not_acknowledged_is_said_again_on_the_next_connection() -> None:
    chat = ScriptedChat((2, [NEW]), (2, [NEW, ACCEPTED, ANSWER]))

    async with served(chat) as url, chatting(url, VISIT, PATIENT) as visitor:
        assert await visitor.answer() == "The red one"

    assert visitor.contact_id == "c1"
    first, second = chat.heard
    assert first[0]["hello"]["token"] == second[0]["hello"]["token"]
    assert first[1] == second[1] == {"say": {"id": "1", "text": VISIT.message}}


async def test_what_was_acknowledged_is_not_said_again_and_what_was_missed_is_asked_for() -> None:
    chat = ScriptedChat((2, [NEW, ACCEPTED, {"message": {"number": 1, "from": "customer"}}]), (1, [ANSWER]))

    async with served(chat) as url, chatting(url, VISIT, PATIENT) as visitor:
        assert await visitor.answer() == "The red one"

    assert chat.heard[1][0]["hello"]["last_seen"] == 1
    assert not [frame for frame in chat.heard[1] if "say" in frame]


async def test_an_answer_that_comes_after_the_end_was_heard_of_is_heard() -> None:
    chat = ScriptedChat((2, [NEW, ACCEPTED]), (1, [ENDED, ANSWER]))

    async with served(chat) as url, chatting(url, VISIT, PATIENT) as visitor:
        assert await visitor.answer() == "The red one"


async def test_what_can_be_taken_later_is_said_again() -> None:
    refused = {"error": {"what": "The message was not taken.", "id": "1", "again": True}}
    chat = ScriptedChat((2, [NEW, refused]), (2, [NEW, ACCEPTED, ANSWER]))

    async with served(chat) as url, chatting(url, VISIT, PATIENT) as visitor:
        assert await visitor.answer() == "The red one"


async def test_where_no_outage_is_to_be_expected_a_lost_connection_is_the_end() -> None:
    chat = ScriptedChat((2, [NEW]), (2, []))

    async with served(chat) as url, chatting(url, VISIT) as visitor:
        with pytest.raises(ConnectionClosed):
            await visitor.answer()
    assert len(chat.heard) == 1
