"""A stream's feed on a real partition loop, in virtual time."""

import asyncio

from services.router.core.commands import AttachAgent, SetPresence
from services.router.core.events import Presence
from services.router.grpc_api.feed import OWED_MAX, Feed
from services.shared.tokens import Identity, Role
from switchroom.v1 import events_pb2, work_pb2
from tests.fakes.virtual_time import in_virtual_time
from tests.unit.router.core.builders import TENANT
from tests.unit.router.shell import deciding


def identity(agent: str, expires_at_s: int = 1_000) -> Identity:
    return Identity(TENANT, (), Role.AGENT, agent, agent, expires_at_s)


@in_virtual_time
async def test_a_desk_that_changes_twice_before_it_could_be_sent_is_sent_once_as_it_is_then() -> None:
    async with deciding() as shell:
        feed = Feed()
        feed.hold(identity("ann"), shell.loop)
        for presence in (Presence.AVAILABLE, Presence.AWAY):
            await shell.do(SetPresence("ann", presence))
            await shell.do(SetPresence("bob", presence))
        message = await feed.next()
        assert message is not None
        assert [(desk.agent, desk.presence) for desk in message.desks] == [("ann", events_pb2.PRESENCE_AWAY)]
        assert message.offset == await shell.kept.end(0) - 1
        feed.close()


@in_virtual_time
async def test_what_was_not_taken_in_time_does_not_leave_before_the_next_commit() -> None:
    async with deciding() as shell:
        feed = Feed()
        feed.hold(identity("ann"), shell.loop)
        await shell.do(AttachAgent("ann"))
        shell.log.readable.clear()
        await asyncio.sleep(4)
        assert await feed.next() is None
        shell.log.readable.set()
        message = await feed.next()
        assert message is not None
        assert [desk.agent for desk in message.desks] == ["ann"]
        feed.close()


@in_virtual_time
async def test_what_was_not_taken_does_not_leave_after_a_foreign_barrier() -> None:
    async with deciding() as shell:
        feed = Feed()
        feed.hold(identity("ann"), shell.loop)
        await shell.do(AttachAgent("ann"))
        await shell.depose()
        await asyncio.sleep(0.1)
        assert feed.lost_owner
        assert await feed.next() is None
        feed.close()


@in_virtual_time
async def test_closing_leaves_nothing_behind_also_when_everybody_was_let_go_before() -> None:
    async with deciding() as shell:
        for let_go in (True, False):
            feed = Feed()
            feed.hold(identity("ann"), shell.loop)
            if let_go:
                feed.release((TENANT, "ann"))
            feed.close()
            assert not shell.loop.listeners
            assert shell.loop.attachments.of(TENANT) == []


@in_virtual_time
async def test_who_did_not_renew_is_let_go_at_the_last_second() -> None:
    async with deciding() as shell:
        feed = Feed()
        feed.hold(identity("ann", 500), shell.loop)
        feed.hold(identity("bob", 500), shell.loop)
        feed.hold(identity("bob", 900), shell.loop)
        feed.release_expired(499)
        assert len(feed.held) == 2
        feed.release_expired(500)
        assert list(feed.held) == [(TENANT, "bob")]
        feed.release((TENANT, "nobody"))
        feed.close()


@in_virtual_time
async def test_no_more_is_read_than_may_be_owed() -> None:
    feed = Feed()
    for _ in range(OWED_MAX):
        await feed.owe()
    waiting = asyncio.create_task(feed.owe())
    await asyncio.sleep(1)
    assert not waiting.done()
    assert not feed.owes_nothing
    feed.answer(work_pb2.Answer(command_id="a"))
    message = await feed.next()
    assert message is not None
    assert (len(message.answers), message.epoch) == (1, 0)
    await waiting


@in_virtual_time
async def test_the_writer_is_woken_to_look_though_there_is_nothing_to_send() -> None:
    feed = Feed()
    assert feed.owes_nothing
    feed.look()
    assert await feed.next() is None
