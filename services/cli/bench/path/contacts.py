"""Contacts that are appended at a rate, and when each was seen at the other end."""

import asyncio
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from services.cli.bench.timing import now_ns
from services.ingest.envelopes import Arrived, Content, Envelope, Left, LeftReason, What
from services.ingest.log_codec import encode
from services.plan.compiled import Channel

TENANT, COMPANY, PAGE = "bench", "bench", "bench-form"
ID = re.compile(rb"path-\d{9}")
WAIT_S = 60.0


class Appends(Protocol):
    """Where contacts come in."""

    def append(self, record: bytes) -> "asyncio.Future[Any]":
        """Begin to append; done when it is durable."""
        ...


class ContactsMissing(Exception):
    """What was appended was not offered; says how many."""


@dataclass(slots=True)
class Seen:
    """When each contact was begun to be appended, and when it was first read; ns."""

    appended_ns: dict[bytes, int] = field(default_factory=dict)
    read_ns: dict[bytes, int] = field(default_factory=dict)
    _all: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self, message: bytes) -> None:
        """Whatever the stream brings: contacts are found in it by their ids."""
        now = now_ns()
        for contact_id in ID.findall(message):
            if contact_id in self.appended_ns:
                self.read_ns.setdefault(contact_id, now)
        if len(self.read_ns) == len(self.appended_ns):
            self._all.set()

    async def until_all(self, wait_s: float = WAIT_S) -> None:
        """Wait until everything was read that was appended. Raises ContactsMissing when nothing comes for so long."""
        while len(self.read_ns) < len(self.appended_ns):
            self._all.clear()
            try:
                async with asyncio.timeout(wait_s):
                    await self._all.wait()
            except TimeoutError:
                missing = len(self.appended_ns) - len(self.read_ns)
                raise ContactsMissing(f"{missing} of {len(self.appended_ns)} contacts were not read in time") from None

    def taken_ns(self) -> list[int]:
        """From the append to the reading, of each."""
        return [self.read_ns[contact_id] - appended for contact_id, appended in self.appended_ns.items()]

    def rate(self) -> float:
        """Contacts a second, from the first append to the last reading."""
        return len(self.read_ns) * 1e9 / (max(self.read_ns.values()) - min(self.appended_ns.values()))


class Contacts:
    """Numbered for the whole bench, so that none comes twice."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def some(self, count: int) -> list[str]:
        """The ids of new ones."""
        return [f"path-{number:09}" for number in itertools.islice(self._numbers, count)]


def arrivals(ids: Sequence[str]) -> Iterator[tuple[bytes, bytes]]:
    """Each one's id and its record: somebody has filled in a form."""
    arrived = Arrived(Channel.WEB_FORM, dialed=PAGE, message=Content(text="Where is my parcel? " * 10))
    return ((each.encode(), _record(each, "arrived", arrived)) for each in ids)


def endings(ids: Sequence[str]) -> Iterator[bytes]:
    """They take it back, which frees whoever was offered it."""
    return (_record(each, "left", Left(LeftReason.CUSTOMER)) for each in ids)


async def at_rate(log: Appends, seen: Seen, ids: Sequence[str], per_s: int) -> None:
    """Append so many a second, whatever becomes of them, and wait until all were read. 0: as fast as it goes."""
    records = list(arrivals(ids))
    began, appends = now_ns(), []
    for place, (contact_id, record) in enumerate(records):
        if per_s:
            await asyncio.sleep((began + place * 1_000_000_000 // per_s - now_ns()) / 1e9)
        elif place % 100 == 0:
            await asyncio.sleep(0)
        seen.appended_ns[contact_id] = now_ns()
        appends.append(log.append(record))
    await asyncio.gather(*appends)
    await seen.until_all()


def _record(contact_id: str, event: str, what: What) -> bytes:
    return encode(Envelope(f"{event}-{contact_id}", TENANT, COMPANY, contact_id, 0, what))
