"""Contacts of the path's bench: appended at their rate, each seen once, and missed when it does not come."""

import asyncio
from typing import Any

import pytest

from services.cli.bench.path.contacts import Contacts, ContactsMissing, Seen, at_rate, endings
from services.ingest.envelopes import Arrived, Left
from services.ingest.log_codec import decode


class Loop:
    """Hands what is appended to whoever reads."""

    def __init__(self, seen: Seen) -> None:
        self.records: list[bytes] = []
        self._seen = seen

    def append(self, record: bytes) -> "asyncio.Future[Any]":
        self.records.append(record)
        self._seen.note(record)
        done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done


async def test_each_contact_is_an_arrival_of_its_own_and_is_seen() -> None:
    seen, ids = Seen(), Contacts().some(50)
    loop = Loop(seen)

    await at_rate(loop, seen, ids, 0)

    arrived = [decode(record) for record in loop.records]
    assert [each.contact_id for each in arrived] == ids
    assert all(isinstance(each.what, Arrived) for each in arrived)
    assert len({each.event_id for each in arrived}) == len(seen.taken_ns()) == 50
    assert seen.rate() > 0


async def test_at_a_rate_they_take_the_time_that_it_says() -> None:
    seen = Seen()
    await at_rate(Loop(seen), seen, Contacts().some(21), 200)
    assert max(seen.appended_ns.values()) - min(seen.appended_ns.values()) >= 90_000_000


async def test_what_is_read_again_counts_from_its_first_reading() -> None:
    seen, ids = Seen(), Contacts().some(1)
    await at_rate(Loop(seen), seen, ids, 0)
    before = seen.taken_ns()
    seen.note(ids[0].encode())
    seen.note(b"path-999999999")
    assert seen.taken_ns() == before


async def test_what_does_not_come_is_said() -> None:
    seen = Seen(appended_ns=dict.fromkeys([b"path-000000001", b"path-000000002", b"path-000000003"], 0))
    seen.note(b"path-000000002")
    with pytest.raises(ContactsMissing, match="2 of 3"):
        await seen.until_all(0.01)


def test_contacts_are_new_each_time_and_each_can_be_ended() -> None:
    them = Contacts()
    first, second = them.some(3), them.some(3)
    assert set(first).isdisjoint(second)
    ended = [decode(record) for record in endings(first)]
    assert [each.contact_id for each in ended] == first
    assert all(isinstance(each.what, Left) for each in ended)
