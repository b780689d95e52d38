"""Answers of many rows: how they end when they can't be finished, and that each gives its place back."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from services.reporting.rows_response import Slots, TooManyAtOnce, begun
from services.shared.document_store import StoreUnavailable
from services.shared.event_log import LogUnavailable

SCOPE: dict[str, Any] = {"type": "http", "asgi": {"spec_version": "2.3"}}


class Pieces:
    """Gives so many pieces, then ends, fails or waits for ever; remembers whether it was closed."""

    def __init__(self, count: int, then: Exception | None = None, *, forever: bool = False) -> None:
        self.count = count
        self.then = then
        self.forever = forever
        self.closed = False

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        try:
            for number in range(self.count):
                yield str(number).encode()
            if self.forever:
                await asyncio.Event().wait()
            if self.then is not None:
                raise self.then
        finally:
            self.closed = True


class Client:
    """Hears an answer; goes away when it has heard enough."""

    def __init__(self, goes: asyncio.Event | None = None) -> None:
        self.heard: list[dict[str, Any]] = []
        self._goes = goes or asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        await self._goes.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.heard.append(message)

    @property
    def whole(self) -> bool:
        """Whether the answer had a proper end."""
        return self.heard[-1] == {"type": "http.response.body", "body": b"", "more_body": False}

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.heard)


async def test_an_answer_is_what_there_is_with_a_proper_end() -> None:
    slots, pieces, client = Slots(1), Pieces(3), Client()
    await (await begun(pieces.pieces(), "text/csv", slots))(SCOPE, client.receive, client.send)
    assert (client.body, client.whole, pieces.closed) == (b"012", True, True)
    slots.take()


@pytest.mark.parametrize("error", [LogUnavailable("away"), StoreUnavailable("away")])
async def test_one_that_breaks_off_has_no_proper_end(error: Exception) -> None:
    slots, pieces, client = Slots(1), Pieces(3, error), Client()
    await (await begun(pieces.pieces(), "text/csv", slots))(SCOPE, client.receive, client.send)
    assert (client.body, client.whole, pieces.closed) == (b"012", False, True)
    slots.take()


async def test_what_fails_before_the_first_piece_is_told_to_whoever_asked() -> None:
    slots = Slots(1)
    with pytest.raises(LogUnavailable):
        await begun(Pieces(0, LogUnavailable("away")).pieces(), "text/csv", slots)
    slots.take()


async def test_one_that_takes_too_long_is_broken_off() -> None:
    slots, pieces, client = Slots(1), Pieces(2, forever=True), Client()
    await (await begun(pieces.pieces(), "text/csv", slots, 0.05))(SCOPE, client.receive, client.send)
    assert (client.body, client.whole, pieces.closed) == (b"01", False, True)
    slots.take()


async def test_a_reader_who_goes_away_gives_the_place_back() -> None:
    slots, pieces, goes = Slots(1), Pieces(2, forever=True), asyncio.Event()
    client = Client(goes)
    answer = await begun(pieces.pieces(), "text/csv", slots)
    answering = asyncio.create_task(answer(SCOPE, client.receive, client.send))
    goes.set()
    await answering
    assert (client.whole, pieces.closed) == (False, True)
    slots.take()


async def test_no_more_than_so_many_at_once() -> None:
    slots, last = Slots(2), Pieces(1)
    for _ in range(2):
        await begun(Pieces(1).pieces(), "text/csv", slots)
    with pytest.raises(TooManyAtOnce):
        await begun(last.pieces(), "text/csv", slots)
