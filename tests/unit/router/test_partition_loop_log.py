"""The loop around one partition while its log fails in every way, in virtual time."""

import asyncio

import pytest

from services.router.core.commands import DONE, AttachAgent, SetPresence
from services.router.core.events import AgentAttached, Presence
from services.router.partition_loop import NotOwner
from services.shared.event_log import RecordsGone, RecordTooLarge
from services.shared.fence import Barrier, Batch
from services.shared.log_codec import decode_record
from tests.fakes.faulty_event_log import Fault, script
from tests.fakes.virtual_time import in_virtual_time, until
from tests.unit.router.core.builders import plan
from tests.unit.router.shell import Shell, deciding

MINUTE_S = 60


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
