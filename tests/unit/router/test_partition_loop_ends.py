"""How the loop around one partition begins and ends, in virtual time."""

import asyncio

import pytest

from services.router.core.commands import DONE, AcceptOffer, AttachAgent, DetachAgent
from services.router.core.events import ContactAccepted, ContactQueued, PlanActivated
from services.router.core.records import ContactStatus
from services.router.decided import NOTHING_READ, DecidedCommand
from services.router.log_codec import encode_command, encode_decided
from services.router.partition_loop import NotOwner
from tests.fakes.faulty_event_log import Fault, script
from tests.fakes.virtual_time import START_WALL_MS, in_virtual_time, until
from tests.unit.router.core.builders import TENANT, agent, arrive, plan
from tests.unit.router.shell import Shell, deciding, status_of

MINUTE_S = 60
RELEASE_S = 3


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
