"""The loop around one partition, against a log that fails in every way, in virtual time."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from services.router.batch import BATCH_BYTES_MAX, REJECTED, LookFailed, always
from services.router.core import limits
from services.router.core.commands import (
    DONE,
    AcceptOffer,
    ActivatePlan,
    Arrive,
    AttachAgent,
    Cancel,
    DetachAgent,
    Refusal,
    SetPresence,
)
from services.router.core.events import (
    AgentAttached,
    AgentDetached,
    ContactAccepted,
    ContactOffered,
    ContactQueued,
    OfferEnd,
    OfferReturned,
    OwnerChanged,
    PlanActivated,
    Presence,
    PresenceChanged,
)
from services.router.core.records import ContactStatus
from services.router.core.state import TenantState
from services.router.decided import NOTHING_READ, DecidedCommand
from services.router.effects import Answered, Commit
from services.router.intake import PER_BATCH_MAX, WAITING_MAX, Overloaded
from services.router.log_codec import encode_command, encode_decided
from services.router.log_link import APPEND_WITHIN_S
from services.router.partition_loop import BEAT_MS, NotOwner
from services.shared.event_log import LogRecord, RecordsGone, RecordTooLarge
from services.shared.fence import ZERO_DIGEST, Barrier, Batch
from services.shared.log_codec import decode_record
from services.shared.memory_event_log import MemoryEventLog
from tests.fakes.faulty_event_log import Fault, script
from tests.fakes.virtual_time import START_WALL_MS, VirtualClock, in_virtual_time, turns, until
from tests.unit.router.core.builders import OFFER_MS, TENANT, agent, arrive, plan
from tests.unit.router.shell import Recorder, Shell, deciding

MINUTE_S = 60
RELEASE_S = 3


def status_of(contact_id: str) -> Callable[[TenantState, int], ContactStatus]:
    return lambda state, _at_ms: state.contacts[contact_id].status


async def records(shell: Shell) -> list[Barrier | Batch]:
    end = await shell.kept.end(0)
    return [decode_record(record.record) async for record in first(shell.kept, end)]


async def first(log: MemoryEventLog, count: int) -> AsyncIterator[LogRecord]:
    async for record in log.read(0, 0):
        yield record
        if record.offset == count - 1:
            return


# --- answers ----------------------------------------------------------------------------------------------------------


@in_virtual_time
async def test_a_command_is_decided_logged_and_answered_with_its_place() -> None:
    async with deciding() as shell:
        answered = await shell.do(AttachAgent("ann"), "c-1")

        command = (await shell.commands())[-1]
        assert (command.id, command.outcome, command.events) == ("c-1", DONE, (AgentAttached("ann"),))
        assert answered.position.offset == await shell.kept.end(0) - 1


@in_virtual_time
async def test_no_answer_leaves_before_its_batch_was_read_back() -> None:
    async with deciding() as shell:
        shell.log.readable.clear()
        done, refused = shell.asking(AttachAgent("ann")), shell.asking(AttachAgent("nobody"), "c-2")
        look = asyncio.create_task(shell.loop.look(TENANT, lambda state, _: state.agents["ann"].attached))
        await asyncio.sleep(2)
        assert [task.done() for task in (done, refused, look)] == [False, False, False]

        shell.log.readable.set()

        assert (await done).outcome == DONE
        assert (await refused).outcome.refusal is Refusal.NOT_FOUND
        assert (await look)[0]


@in_virtual_time
async def test_what_was_decided_first_is_answered_first() -> None:
    async with deciding() as shell:
        told: list[str] = []

        def note(name: str) -> Callable[[Answered | None], None]:
            return lambda _: told.append(name)

        for name in ("a", "b", "c"):
            shell.loop.put(TENANT, name, always(AttachAgent("ann")), note(name))
        await until(lambda: len(told) == 3)

        assert told == ["a", "b", "c"]


@in_virtual_time
async def test_a_retried_command_gets_its_first_answer_and_writes_nothing() -> None:
    async with deciding() as shell:
        await shell.do(arrive())
        first_answer = await shell.ask(Cancel("c1"), "c-1")
        refused = await shell.ask(Cancel("c1"), "c-2")
        end = await shell.kept.end(0)

        again, refused_again = await shell.ask(Cancel("c1"), "c-1"), await shell.ask(Cancel("c1"), "c-2")

        assert (first_answer.outcome, again.outcome) == (DONE, DONE)
        assert refused_again.outcome == refused.outcome != DONE
        assert await shell.kept.end(0) == end


@in_virtual_time
async def test_more_retries_than_a_batch_takes_are_all_answered() -> None:
    async with deciding() as shell:
        await shell.do(AttachAgent("ann"), "c-1")
        retries = [shell.asking(AttachAgent("ann"), "c-1") for _ in range(2 * PER_BATCH_MAX + 1)]
        async with asyncio.timeout(1):
            answers = await asyncio.gather(*retries)
        assert {answered.outcome for answered in answers} == {DONE}


@in_virtual_time
async def test_a_retry_after_a_restart_gets_its_first_answer() -> None:
    async with deciding() as shell:
        await shell.do(arrive())
        await shell.do(Cancel("c1"), "c-1")
        await shell.kill()
        await shell.begin()

        assert (await shell.ask(Cancel("c1"), "c-1")).outcome == DONE
        assert [command.id for command in await shell.commands()].count("c-1") == 1


@in_virtual_time
async def test_more_than_is_taken_is_refused_and_the_rest_is_answered() -> None:
    async with deciding() as shell:
        await shell.do(AttachAgent("ann"), "c-1")
        asked = [shell.asking(AttachAgent("ann"), "c-1") for _ in range(WAITING_MAX)]
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await shell.loop.look(TENANT, lambda state, _: state.plan)
        with pytest.raises(Overloaded):
            await shell.ask(AttachAgent("ann"), "c-1")
        assert {answered.outcome for answered in await asyncio.gather(*asked)} == {DONE}


@in_virtual_time
async def test_a_caller_who_does_not_wait_any_more_harms_nobody() -> None:
    async with deciding() as shell:
        asking = shell.asking(AttachAgent("ann"), "c-1")
        looking = asyncio.create_task(shell.loop.look(TENANT, lambda state, _: state.plan))
        await asyncio.sleep(0)
        asking.cancel()
        looking.cancel()
        assert (await shell.do(SetPresence("ann", Presence.AVAILABLE))).outcome == DONE
        assert AgentAttached("ann") in await shell.events()


# --- a log that fails -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault is not Fault.TOO_LARGE])
def test_whatever_becomes_of_an_append_the_command_is_decided_once_and_answered(fault: Fault) -> None:
    @in_virtual_time
    async def scene() -> None:
        async with deciding() as shell:
            shell.log.next_fault = script(fault)
            answered = await shell.do(AttachAgent("ann"), "c-1")
            await shell.log.landed()
            await shell.do(SetPresence("ann", Presence.AVAILABLE), "c-2")

            ids = [command.id for command in await shell.commands()]
            assert (answered.outcome, ids.count("c-1"), ids.count("c-2")) == (DONE, 1, 1)
            assert await shell.events(AgentAttached) == [AgentAttached("ann")]

    scene()


@pytest.mark.parametrize("fault", [Fault.REFUSED, Fault.UNACKNOWLEDGED, Fault.LATE, Fault.HANGS, Fault.SILENT])
def test_a_claim_whose_append_fails_is_made_all_the_same(fault: Fault) -> None:
    @in_virtual_time
    async def scene() -> None:
        shell = Shell()
        shell.log.next_fault = script(fault, fault)
        await shell.begin(plan())
        await shell.do(AttachAgent("ann"))
        await shell.kill()

    scene()


@in_virtual_time
async def test_after_a_failed_append_the_same_bytes_go_out_under_a_new_claim() -> None:
    async with deciding() as shell:
        shell.log.next_fault = script(Fault.REFUSED)
        tried = len(shell.log.asked)
        await shell.do(AttachAgent("ann"))

        lost, barrier, again = [decode_record(record) for _, record in shell.log.asked[tried : tried + 3]]
        assert isinstance(barrier, Barrier)
        assert isinstance(lost, Batch)
        assert isinstance(again, Batch)
        assert (again.decided, again.seq) == (lost.decided, 1)


@in_virtual_time
async def test_a_slow_answer_of_the_log_holds_no_reading_up() -> None:
    async with deciding() as shell:
        shell.log.next_fault = script(Fault.SILENT)
        async with asyncio.timeout(1):
            await shell.do(AttachAgent("ann"))


@in_virtual_time
async def test_while_the_log_is_away_nothing_is_answered_and_afterwards_all() -> None:
    async with deciding() as shell:
        shell.log.is_away = True
        asking = shell.asking(AttachAgent("ann"), "c-1")
        await asyncio.sleep(5 * MINUTE_S)
        assert not asking.done()
        shell.log.is_away = False
        assert (await asking).outcome == DONE


@in_virtual_time
async def test_a_log_that_is_away_at_the_start_is_waited_for() -> None:
    shell = Shell()
    shell.log.is_away = True
    shell.task = asyncio.create_task(shell.loop.run())
    await asyncio.sleep(MINUTE_S)
    assert not shell.loop.deciding
    shell.log.is_away = False
    await until(lambda: shell.loop.deciding)
    await shell.kill()


@in_virtual_time
async def test_a_log_that_takes_less_than_it_said_ends_the_router_loudly() -> None:
    async with deciding() as shell:
        shell.log.next_fault = script(Fault.TOO_LARGE)
        asking = shell.asking(AttachAgent("ann"))
        assert shell.task is not None
        with pytest.raises(ExceptionGroup) as failed:
            await shell.task
        assert failed.group_contains(RecordTooLarge)
        with pytest.raises(NotOwner):
            await asking


@in_virtual_time
async def test_records_of_the_log_that_are_gone_end_the_router_loudly() -> None:
    shell = await Shell().begin(plan())
    await shell.kill()
    await shell.kept.delete_before(0, 1)
    with pytest.raises(ExceptionGroup) as failed:
        await shell._new_loop().run()
    assert failed.group_contains(RecordsGone)


@in_virtual_time
async def test_inbound_records_that_are_gone_end_the_router_loudly() -> None:
    shell = Shell()
    await shell.arrive("c1")
    await shell.arrive("c2")
    await shell.inbound.delete_before(0, 1)
    with pytest.raises(ExceptionGroup) as failed:
        await shell._new_loop().run()
    assert failed.group_contains(RecordsGone)


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


# --- deciding ---------------------------------------------------------------------------------------------------------


@in_virtual_time
async def test_what_was_left_unmatched_for_want_of_room_is_matched_next() -> None:
    many = limits.EVENTS_MAX + 50
    async with deciding(plan(agent("ann", units=many))) as shell:
        await shell.do(AttachAgent("ann"))
        await asyncio.gather(*(shell.asking(arrive(f"c{number}")) for number in range(many)))
        asked = await shell.do(SetPresence("ann", Presence.AVAILABLE))
        await asyncio.sleep(1)

        assert len(await shell.events(ContactOffered)) == many
        assert asked.position.offset < await shell.kept.end(0) - 1


@in_virtual_time
async def test_a_look_that_fails_is_told_so_and_nobody_else_notices() -> None:
    async with deciding() as shell:
        failing = asyncio.create_task(shell.loop.look(TENANT, lambda state, _: state.contacts["nobody"]))
        asking = shell.asking(AttachAgent("ann"))
        with pytest.raises(LookFailed):
            await failing
        assert (await asking).outcome == DONE


@in_virtual_time
async def test_a_command_that_the_core_fails_on_is_rejected_and_logged() -> None:
    def build(_state: TenantState, _at_ms: int) -> Arrive:
        raise ZeroDivisionError

    async with deciding() as shell:
        answered = await shell.loop.ask(TENANT, "c-1", build)
        assert answered.outcome == REJECTED
        assert [(each.id, each.outcome) for each in await shell.commands()][-1] == ("c-1", REJECTED)


@in_virtual_time
async def test_many_commands_become_batches_that_the_log_takes() -> None:
    async with deciding() as shell:
        long = "x" * 30_000
        asked = [shell.asking(arrive(f"c{number}", dialed=long), f"c-{number}") for number in range(60)]
        await asyncio.gather(*asked)
        sizes = [len(record.decided) for record in await records(shell) if isinstance(record, Batch)]
        assert BATCH_BYTES_MAX / 2 < max(sizes) <= BATCH_BYTES_MAX
        assert len(await shell.events(ContactAccepted)) == 60


@in_virtual_time
async def test_whoever_listens_for_an_agent_whom_a_new_plan_brings_is_attached() -> None:
    async with deciding(plan(agent("ann"))) as shell:
        shell.loop.attachments.hold((TENANT, "bob"), "stream")
        shell.loop.attachments.hold(("another", "bob"), "stream")
        assert (await shell.ask(AttachAgent("bob"))).outcome.refusal is Refusal.NOT_FOUND
        await shell.do(ActivatePlan(plan(agent("ann"), agent("bob"))))
        await asyncio.sleep(1)
        assert await shell.events(AgentAttached) == [AgentAttached("bob")]


@in_virtual_time
async def test_an_agent_whose_last_listener_goes_is_detached_after_what_it_had_asked_for() -> None:
    async with deciding() as shell:
        attaching = shell.asking(AttachAgent("ann"))
        await asyncio.sleep(0)
        shell.loop.attachments.hold((TENANT, "ann"), "stream")
        shell.loop.attachments.release((TENANT, "ann"), "stream")
        await attaching
        await asyncio.sleep(1)
        assert [type(event) for event in await shell.events()][-2:] == [AgentAttached, AgentDetached]


@in_virtual_time
async def test_of_what_is_certain_nothing_is_kept_to_be_undone() -> None:
    async with deciding() as shell:
        for number in range(10):
            await shell.do(arrive(f"c{number}"))
            await shell.ask(Cancel("nothing"), f"c-{number % 3}")
        journal = shell.loop._speculation.state.tenants[TENANT]._journal
        assert (journal.marks, journal.entries) == ({}, [])


@in_virtual_time
async def test_a_listener_that_fails_is_let_go_and_nobody_else_notices() -> None:
    class Failing(Recorder):
        def committed(self, commit: Commit) -> None:
            super().committed(commit)
            raise ZeroDivisionError

    async with deciding() as shell:
        failing, other = Failing(), Recorder()
        shell.loop.listeners.update({failing, other})
        for name in ("ann", "bob"):
            await shell.do(AttachAgent(name))
        assert (len(failing.commits), failing.deposals) == (1, 1)
        assert (len(other.commits), other.deposals) == (2, 0)


# --- what comes in ----------------------------------------------------------------------------------------------------


@in_virtual_time
async def test_contacts_come_in_once_and_in_order_however_often_they_are_delivered() -> None:
    async with deciding() as shell:
        for contact_id in ("c1", "c2", "c1", "c3", "c2"):
            await shell.arrive(contact_id)
        await asyncio.sleep(1)
        assert [event.contact_id for event in await shell.events(ContactAccepted)] == ["c1", "c2", "c3"]
        assert await shell.loop.look(TENANT, status_of("c3")) is not None
        outcomes = {each.outcome for each in await shell.commands() if each.contact_id}
        assert outcomes == {None}, "nobody waits for the answer to an arrival"


@in_virtual_time
async def test_an_unreadable_arrival_is_passed_over() -> None:
    async with deciding() as shell:
        await shell.inbound.append(0, b"\xff")
        await shell.arrive("c1")
        await asyncio.sleep(1)
        assert len(await shell.events(ContactAccepted)) == 1
        assert (await shell.read_all())[1][-1].inbound_offset == 1


@in_virtual_time
async def test_a_new_life_reads_on_behind_the_last_arrival_that_counted() -> None:
    async with deciding() as shell:
        await shell.arrive("c1")
        await asyncio.sleep(1)
        await shell.kill()
        await shell.arrive("c2")
        await shell.inbound.delete_before(0, 1)
        await shell.begin()
        await asyncio.sleep(1)
        assert [event.contact_id for event in await shell.events(ContactAccepted)] == ["c1", "c2"]


@in_virtual_time
async def test_an_arrival_that_was_undone_is_read_again() -> None:
    async with deciding() as shell:
        shell.log.next_fault = script(Fault.HANGS)
        await shell.arrive("c1")
        await asyncio.sleep(0.001)
        await shell.depose()
        await until(lambda: not shell.loop.deciding)
        await until(lambda: shell.loop.deciding)
        await asyncio.sleep(1)
        assert len(await shell.events(ContactAccepted)) == 1


@in_virtual_time
async def test_nothing_is_decided_at_a_time_before_its_arrival() -> None:
    ahead = MemoryEventLog(clock=VirtualClock(skew_ms=5_000))
    async with deciding(inbound=ahead) as shell:
        await shell.arrive("c1")
        await asyncio.sleep(1)
        commands = [command for command in await shell.commands() if command.contact_id]
        assert [command.at_ms >= command.events[0].arrived_at_ms for command in commands] == [True]  # type: ignore[union-attr]


@in_virtual_time
async def test_callers_become_hashes_and_classes() -> None:
    async with deciding() as shell:
        await shell.arrive("c1", caller="+49 30 1234567")
        await asyncio.sleep(1)
        accepted = (await shell.events(ContactAccepted))[0]
        expected, _ = await shell.loop.look(TENANT, lambda state, _: shell.loop.caller_facts(state, "+49301234567"))
        assert (accepted.customer, accepted.caller_classes) == expected
        assert len(accepted.customer) == 32


# --- beginning and ending ---------------------------------------------------------------------------------------------


@in_virtual_time
async def test_a_router_does_not_decide_before_it_has_the_caller_lists_of_every_plan() -> None:
    async with deciding() as shell:
        name = await shell.blobs.put(b'{"list:vip": []}')
        await shell.kill()
        await shell.depose()
        activated = DecidedCommand(TENANT, "o-1", START_WALL_MS, DONE, (PlanActivated(plan(private_blob=name)),))
        await shell.write_as_other(encode_decided(START_WALL_MS, NOTHING_READ, [encode_command(activated)]))
        shell.blobs.is_away = True
        beginning = asyncio.create_task(shell.begin())
        await asyncio.sleep(MINUTE_S)
        assert not shell.loop.deciding
        shell.blobs.is_away = False
        await beginning
        assert (await shell.ask(AttachAgent("ann"))).outcome == DONE


@in_virtual_time
async def test_draining_answers_what_was_asked_and_takes_nothing_new() -> None:
    async with deciding() as shell:
        shell.log.next_fault = script(Fault.SLOW)
        asked = [shell.asking(AttachAgent("ann"), f"c-{number}") for number in range(3)]
        await asyncio.sleep(0)
        draining = asyncio.create_task(shell.loop.drain())
        await asyncio.sleep(0)
        with pytest.raises(NotOwner):
            await shell.ask(AttachAgent("bob"))
        await shell.arrive("c1")
        await draining
        assert [task.done() and task.result().outcome for task in asked] == [DONE] * 3
        assert not await shell.events(ContactAccepted)


@in_virtual_time
async def test_draining_waits_for_what_has_not_left() -> None:
    async with deciding() as shell:
        shell.log.readable.clear()
        asking = shell.asking(AttachAgent("ann"))
        await asyncio.sleep(RELEASE_S + 0.1)
        draining = asyncio.create_task(shell.loop.drain())
        await asyncio.sleep(1)
        assert not draining.done()
        shell.log.readable.set()
        await draining
        assert asking.done()


@in_virtual_time
async def test_draining_waits_for_what_waits_to_be_decided_behind_a_claim() -> None:
    async with deciding() as shell:
        shell.log.next_fault = script(Fault.UNACKNOWLEDGED, Fault.HANGS)
        await shell.do(AttachAgent("ann"))
        asking = shell.asking(AttachAgent("bob"))
        await asyncio.sleep(0)
        draining = asyncio.create_task(shell.loop.drain())
        await asyncio.sleep(1)
        assert not draining.done()
        await draining
        assert asking.done()


@in_virtual_time
async def test_draining_ends_when_the_partition_is_lost() -> None:
    async with deciding() as shell:
        shell.log.next_fault = script(Fault.HANGS)
        asking = shell.asking(AttachAgent("ann"))
        await asyncio.sleep(0.001)
        draining = asyncio.create_task(shell.loop.drain())
        await shell.depose()
        await draining
        with pytest.raises(NotOwner):
            await asking


@in_virtual_time
async def test_a_loop_that_decides_nothing_is_drained_at_once() -> None:
    shell = Shell()
    await shell.loop.drain()
    shell.task = asyncio.create_task(shell.loop.run())
    await until(lambda: shell.loop.deciding)
    await shell.arrive("c1")
    await asyncio.sleep(1)
    assert not await shell.events(ContactQueued), "what drains takes nothing in"
    await shell.kill()


@in_virtual_time
async def test_accepting_and_asking_again_after_a_kill_in_between_is_answered_the_same() -> None:
    async with deciding(plan(agent("ann"))) as shell:
        await shell.on_duty("ann")
        await shell.do(arrive())
        offer_id, _ = await shell.loop.look(TENANT, lambda state, _: state.contacts["c1"].offer_id)
        shell.log.next_fault = script(Fault.SILENT)
        shell.log.readable.clear()
        lost = shell.asking(AcceptOffer("ann", "c1", offer_id), "c-1")
        await asyncio.sleep(0.01)
        await shell.kill()
        with pytest.raises(NotOwner):
            await lost
        shell.log.readable.set()
        await shell.begin()

        assert (await shell.ask(AcceptOffer("ann", "c1", offer_id), "c-1")).outcome == DONE
        assert (await shell.ask(DetachAgent("ann"))).outcome == DONE
        assert (await shell.loop.look(TENANT, status_of("c1")))[0] is ContactStatus.ACTIVE
