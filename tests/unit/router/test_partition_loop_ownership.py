"""The loop around one partition when others own it or might: what may leave, and when it beats; in virtual time."""

import asyncio

import pytest

from services.router.batch import REJECTED, always
from services.router.core.commands import DONE, AttachAgent
from services.router.core.events import (
    AgentAttached,
    ContactAccepted,
    OfferEnd,
    OfferReturned,
    OwnerChanged,
    Presence,
    PresenceChanged,
)
from services.router.decided import NOTHING_READ, DecidedCommand
from services.router.log_codec import encode_command, encode_decided
from services.router.log_link import APPEND_WITHIN_S
from services.router.partition_loop import NotOwner
from services.router.rhythm import BEAT_MS
from services.shared.fence import ZERO_DIGEST, Batch
from tests.fakes.faulty_event_log import Fault, script
from tests.fakes.virtual_time import START_WALL_MS, in_virtual_time, turns, until
from tests.unit.router.core.builders import OFFER_MS, TENANT, agent, arrive, plan
from tests.unit.router.shell import Recorder, Shell, deciding

MINUTE_S = 60
RELEASE_S = 3


# --- the 3 seconds ----------------------------------------------------------------------------------------------------


@in_virtual_time
async def test_what_was_read_back_late_leaves_only_with_the_next_batch() -> None:
    async with deciding() as shell:
        shell.log.readable.clear()
        asking = shell.asking(AttachAgent("ann"), "c-1")
        await asyncio.sleep(RELEASE_S + 0.1)
        end = await shell.kept.end(0)
        shell.log.readable.set()

        answered = await asking

        assert await shell.kept.end(0) == end + 1, "an empty batch was needed to let it leave"
        assert answered.position.offset == end - 1
        assert [command.id for command in await shell.commands()][-1] == "c-1"


@in_virtual_time
async def test_of_what_waits_to_leave_nothing_leaves_after_a_foreign_barrier() -> None:
    async with deciding() as shell:
        recorder = Recorder()
        shell.loop.listeners.add(recorder)
        shell.log.readable.clear()
        asking = shell.asking(AttachAgent("ann"), "c-1")
        looking = asyncio.create_task(shell.loop.look(TENANT, lambda state, _: state.plan))
        await asyncio.sleep(RELEASE_S + 0.1)
        await shell.depose()
        told = len(recorder.commits)
        shell.log.readable.set()

        for waiting in (asking, looking):
            with pytest.raises(NotOwner):
                await waiting
        assert (len(recorder.commits), recorder.deposals) == (told, 1)


@in_virtual_time
async def test_a_look_after_a_long_silence_first_makes_sure_that_it_still_owns() -> None:
    async with deciding() as shell:
        await asyncio.sleep(MINUTE_S)
        end = await shell.kept.end(0)
        await shell.loop.look(TENANT, lambda state, _: state.plan)
        await shell.loop.look(TENANT, lambda state, _: state.plan)
        assert await shell.kept.end(0) == end + 1, "the second look needs no batch of its own"


# --- another owner ----------------------------------------------------------------------------------------------------


@in_virtual_time
async def test_a_foreign_barrier_before_the_batch_makes_its_commands_unknown_and_undoes_them() -> None:
    async with deciding() as shell:
        recorder = Recorder()
        shell.loop.listeners.add(recorder)
        shell.log.next_fault = script(Fault.SLOW)
        asking = shell.asking(AttachAgent("ann"), "c-1")
        await asyncio.sleep(0.001)
        waiting = shell.asking(AttachAgent("bob"), "c-2")
        looking = asyncio.create_task(shell.loop.look(TENANT, lambda state, _: state.plan))
        await shell.depose()

        for unknown in (asking, waiting, looking):
            with pytest.raises(NotOwner):
                await unknown
        assert recorder.deposals == 1
        assert not shell.loop.deciding
        with pytest.raises(NotOwner):
            await shell.ask(AttachAgent("ann"))
        with pytest.raises(NotOwner):
            await shell.loop.look(TENANT, lambda state, _: state.plan)


@in_virtual_time
async def test_a_deposed_router_follows_the_other_and_claims_again_later() -> None:
    async with deciding() as shell:
        shell.log.next_fault = script(Fault.HANGS)
        lost = shell.asking(AttachAgent("ann"), "c-1")
        await asyncio.sleep(0.001)
        await shell.depose()
        with pytest.raises(NotOwner):
            await lost
        other = DecidedCommand(TENANT, "o-1", START_WALL_MS + 1_000_000, DONE, (AgentAttached("bob"),))
        await shell.write_as_other(encode_decided(other.at_ms, NOTHING_READ, [encode_command(other)]))
        await until(lambda: shell.loop.deciding)

        assert (await shell.ask(AttachAgent("bob"), "o-1")).outcome == DONE, "what the other answered"
        await shell.do(AttachAgent("ann"), "c-1")
        ids = [command.id for command in await shell.commands()]
        assert (ids.count("o-1"), ids.count("c-1")) == (1, 1)
        at_ms = [decided.at_ms for decided in (await shell.read_all())[1]]
        assert at_ms == sorted(at_ms), "the log's time never goes back, whatever the other's clock said"


@in_virtual_time
async def test_a_watch_wakes_for_its_agent_and_for_the_loss_of_the_partition() -> None:
    async with deciding() as shell:
        with shell.loop.watch((TENANT, "ann")) as touched:
            await shell.do(AttachAgent("bob"))
            assert not touched.is_set()
            await shell.do(AttachAgent("ann"))
            assert touched.is_set()
            touched.clear()
            await shell.depose()
            await touched.wait()
        assert not shell.loop.listeners


@in_virtual_time
async def test_a_log_that_no_correct_router_wrote_stops_the_partition_and_says_why() -> None:
    async with deciding() as shell:
        asking = shell.asking(AttachAgent("ann"))
        await shell.write(Batch(1, b"X" * 16, 1, ZERO_DIGEST, 1, b""))
        await until(lambda: shell.loop.stopped)

        assert "another claim" in shell.loop.stopped
        with pytest.raises(NotOwner):
            await asking
        end = await shell.kept.end(0)
        await asyncio.sleep(10 * MINUTE_S)
        assert await shell.kept.end(0) == end, "a stopped router claims nothing"


@in_virtual_time
async def test_a_decision_of_a_kind_that_this_version_does_not_know_stops_the_partition() -> None:
    shell = Shell()
    await shell.depose()
    await shell.write_as_other(b"\xff")
    shell.task = asyncio.create_task(shell.loop.run())
    await until(lambda: shell.loop.stopped)
    assert "a commit can't be read" in shell.loop.stopped
    await asyncio.sleep(MINUTE_S)
    assert await shell.kept.end(0) == 2
    await shell.kill()


@in_virtual_time
async def test_a_takeover_detaches_everybody_before_any_timer_fires_and_blames_nobody() -> None:
    async with deciding(plan(agent("ann"))) as shell:
        await shell.on_duty("ann")
        await shell.do(arrive())
        await shell.kill()
        await asyncio.sleep(10 * MINUTE_S)
        before = len(await shell.events())
        await shell.begin()
        await asyncio.sleep(MINUTE_S)

        events = (await shell.events())[before:]
        assert isinstance(events[0], OwnerChanged)
        assert [event.because for event in events if isinstance(event, OfferReturned)] == [OfferEnd.LAPSED]
        presences = [event.presence for event in events if isinstance(event, PresenceChanged)]
        assert presences == [Presence.OFFLINE], "30 s after the takeover, because nobody came back"


# --- beats and idleness -----------------------------------------------------------------------------------------------


@in_virtual_time
async def test_with_listeners_there_is_a_commit_every_two_seconds() -> None:
    async with deciding() as shell:
        recorder = Recorder()
        shell.loop.listeners.add(recorder)
        await asyncio.sleep(MINUTE_S)
        pauses = [later - sooner for sooner, later in zip(recorder.at_s, recorder.at_s[1:], strict=False)]
        assert 29 <= len(recorder.commits) <= 31
        assert max(pauses) < BEAT_MS / 1_000 + 0.1
        seqs = [commit.seq for commit in recorder.commits]
        assert seqs == sorted(set(seqs))


@in_virtual_time
async def test_without_listeners_an_idle_router_writes_nothing_and_sleeps() -> None:
    async with deciding() as shell:
        end, before = await shell.kept.end(0), turns()
        await asyncio.sleep(60 * MINUTE_S)
        assert await shell.kept.end(0) == end
        assert turns() - before < 50


@in_virtual_time
async def test_a_router_that_waits_for_its_claim_to_be_read_back_does_not_spin() -> None:
    async with deciding() as shell:
        shell.loop.listeners.add(Recorder())
        await shell.do(arrive())
        # The batch is there though its append failed; the claim that this asks for gets lost without a word.
        shell.log.next_fault = script(Fault.UNACKNOWLEDGED, Fault.HANGS)
        await shell.do(AttachAgent("ann"))
        before = turns()
        await asyncio.sleep(APPEND_WITHIN_S - 1)
        assert turns() - before < 50
        await shell.do(AttachAgent("bob"))


@in_virtual_time
async def test_timers_fire_by_themselves_when_they_are_due() -> None:
    async with deciding(plan(agent("ann"))) as shell:
        await shell.on_duty("ann")
        await shell.do(arrive())
        offered = (await shell.commands())[-1]
        await asyncio.sleep(OFFER_MS / 1_000 + 1)

        returned = next(command for command in await shell.commands() if _has(command, OfferReturned))
        assert 0 <= returned.at_ms - offered.at_ms - OFFER_MS <= 10


def _has(command: DecidedCommand, kind: type) -> bool:
    return any(isinstance(event, kind) for event in command.events)


@in_virtual_time
async def test_a_timer_that_the_core_fails_on_neither_spins_nor_stops_the_others() -> None:
    shell = Shell()
    await shell.depose()
    # No router writes this: a contact that waits to be queued, and no plan to queue it by.
    accepted = ContactAccepted(
        contact_id="c1",
        company="acme",
        channel=arrive().channel,
        direction=arrive().direction,
        dialed="",
        caller_classes=(),
        customer="",
        ivr_path=(),
        language="",
        attributes=(),
        arrived_at_ms=1,
        previous_contact_id="",
        queue_anyway_at_ms=START_WALL_MS + 5_000,
    )
    broken = DecidedCommand("broken", "o-1", START_WALL_MS, DONE, (accepted,))
    await shell.write_as_other(encode_decided(broken.at_ms, NOTHING_READ, [encode_command(broken)]))
    await shell.begin(plan())
    await asyncio.sleep(10)

    before = turns()
    await asyncio.sleep(30)
    assert turns() - before < 200
    assert (await shell.ask(AttachAgent("ann"))).outcome == DONE
    assert (await shell.loop.ask("broken", "b-1", always(AttachAgent("ann")))).outcome == REJECTED
    await shell.kill()


@in_virtual_time
async def test_what_is_taken_away_and_given_back_at_one_moment_is_claimed_again_when_it_is_lost() -> None:
    async with deciding() as shell:
        shell.loop.unassign()
        shell.loop.assign()
        await shell.depose()
        await until(lambda: not shell.loop.deciding)
        await until(lambda: shell.loop.deciding)


@in_virtual_time
async def test_what_is_taken_away_is_decided_on_until_another_owns_and_not_claimed_again() -> None:
    async with deciding() as shell:
        shell.loop.unassign()
        assert (await shell.asking(AttachAgent("ann"))).outcome == DONE
        await shell.depose()
        await asyncio.sleep(10 * MINUTE_S)
        assert not shell.loop.deciding
