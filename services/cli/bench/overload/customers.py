"""Customers who fill in forms: so many in a second, each when their time has come, whatever became of those before.

What a customer waits is counted from the moment at which the form was to be sent, so that a slow answer hides none.
"""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import monotonic

from services.cli.bench.overload.contact_centre import CLIENT_HEADER

CONNECTIONS = 64
ANSWER_WITHIN_S = 60
TAKEN = 202
REFUSED = (429, 503)
# No answer came, or the connection broke.
NO_ANSWER = 0
HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one form: when it was to be sent (monotonic), how long until the answer (s), and its status."""

    due_s: float
    took_s: float
    status: int
    contact_id: str = ""
    says_when: bool = False


@dataclass(slots=True)
class Crowd:
    """The customers of one tenant; `send_for` may be called again and again."""

    where: tuple[str, int]
    tenant: str
    chance: random.Random
    connections: int = CONNECTIONS
    _serial: int = 0
    _due: asyncio.Queue[float | None] = field(default_factory=asyncio.Queue)

    async def send_for(self, duration_s: float, per_s: float) -> list[Answer]:
        """Send so many forms a second, for so long; the answers, once all have come."""
        answers: list[Answer] = []
        async with asyncio.TaskGroup() as group:
            for _ in range(self.connections):
                group.create_task(self._serve(self._due.get, answers.append))
            await self._keep_time(duration_s, per_s)
        return answers

    async def send_at_most(self, duration_s: float, at_once: int) -> list[Answer]:
        """Have so many customers send one form after the other, for so long: as much as is taken."""
        answers: list[Answer] = []
        until_s = monotonic() + duration_s

        async def next_due() -> float | None:
            now_s = monotonic()
            return now_s if now_s < until_s else None

        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(self._serve(next_due, answers.append))
        return answers

    async def _keep_time(self, duration_s: float, per_s: float) -> None:
        began_s = monotonic()
        for number in range(round(duration_s * per_s)):
            due_s = began_s + number / per_s
            if (early_s := due_s - monotonic()) > 0:
                await asyncio.sleep(early_s)
            self._due.put_nowait(due_s)
        for _ in range(self.connections):
            self._due.put_nowait(None)

    async def _serve(self, next_due: Callable[[], Awaitable[float | None]], tell: Callable[[Answer], None]) -> None:
        connection: _Connection | None = None
        while (due_s := await next_due()) is not None:
            connection = connection or _Connection()
            status, says_when, contact_id = NO_ANSWER, False, ""
            try:
                async with asyncio.timeout(ANSWER_WITHIN_S):
                    status, says_when, contact_id = await connection.ask(self.where, self._request())
            except (OSError, EOFError, TimeoutError, ValueError):
                connection.close()
                connection = None
            tell(Answer(due_s, monotonic() - due_s, status, contact_id, says_when))
        if connection is not None:
            connection.close()

    def _request(self) -> bytes:
        self._serial += 1
        token = f"{self.tenant}-{self.chance.getrandbits(64):016x}-{self._serial}"
        # A number, not an address: nobody writes them a mail.
        body = json.dumps({"token": token, "message": "It stopped.", "email_or_phone": "+4930123456"})
        client = ".".join(str(self.chance.randrange(1, 255)) for _ in range(4))
        head = (
            f"POST /v1/forms/{self.tenant} HTTP/1.1\r\nhost: {self.where[0]}\r\n{CLIENT_HEADER}: {client}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        return (head + body).encode()


class _Connection:
    """One that is kept open, of as few words as the bench can do with: it shares the machine with what is measured."""

    def __init__(self) -> None:
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, where: tuple[str, int], request: bytes) -> tuple[int, bool, str]:
        """Status, whether it says when to come again, and the contact's id. Raises OSError, EOFError, ValueError."""
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(*where)
        self._writer.write(request)
        head = (await self._reader.readuntil(HEAD_END)).lower()
        status = int(head.split(b" ", 2)[1])
        body = await self._reader.readexactly(_length_in(head))
        if b"\r\nconnection: close" in head:
            self.close()
        return status, b"\r\nretry-after:" in head, json.loads(body)["contact_id"] if status == TAKEN else ""

    def close(self) -> None:
        """Hang up."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None


def _length_in(head: bytes) -> int:
    return int(head.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0])
