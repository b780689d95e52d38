"""The loop around one partition, against a log that fails in every way, in virtual time."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from services.router.batch import BATCH_BYTES_MAX, REJECTED, LookFailed, always
from services.router.core import limits
from services.router.core.commands import DONE, ActivatePlan, Arrive, AttachAgent, Cancel, Refusal, SetPresence
from services.router.core.events import AgentAttached, AgentDetached, ContactAccepted, ContactOffered, Presence
from services.router.core.records import ContactStatus
from services.router.core.state import TenantState
from services.router.decided import DecidedCommand
from services.router.effects import Answered, Commit
from services.router.intake import PER_BATCH_MAX, WAITING_MAX, Overloaded
from services.shared.event_log import LogRecord
from services.shared.fence import Barrier, Batch
from services.shared.log_codec import decode_record
from services.shared.memory_event_log import MemoryEventLog
from tests.fakes.faulty_event_log import Fault, script
from tests.fakes.virtual_time import VirtualClock, in_virtual_time, until
from tests.unit.router.core.builders import TENANT, agent, arrive, plan
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


def _has(command: DecidedCommand, kind: type) -> bool:
    return any(isinstance(event, kind) for event in command.events)


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
