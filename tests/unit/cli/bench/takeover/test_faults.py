"""What is done to routers, and when: by a seed, and as often as was asked for; in virtual time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from services.cli.bench.takeover.committed import ContactKey
from services.cli.bench.takeover.faults import SETTLED_WITHIN_S, ZOMBIE_S, Faults
from services.cli.bench.takeover.pauses import FaultKind
from services.cli.bench.takeover.routers import RouterProcess
from services.cli.bench.takeover.seen import Seen, SeenOffer
from services.cli.bench.takeover.sizes import Effort
from tests.fakes.virtual_time import VirtualClock, in_virtual_time

EFFORT = Effort(kills=6, zombies=2, restarts=1, contacts=0)


class PaperRouter(RouterProcess):
    """A router without a process: it keeps what was done to it, and when (seconds)."""

    def __init__(self, name: str, status: int = 0) -> None:
        super().__init__(name, Path(), {}, (1, 2))
        self.acts: list[tuple[str, float]] = []
        self.alive = True
        self._status = status

    @property
    def runs(self) -> bool:
        return self.alive

    async def start(self) -> None:
        self._act("start", alive=True)

    async def until_up(self) -> None:
        self._act("up", alive=True)

    async def kill(self) -> None:
        self._act("kill", alive=False)

    def pause(self) -> None:
        self._act("pause", alive=True)

    def resume(self) -> None:
        self._act("resume", alive=True)

    async def terminate(self) -> int:
        self._act("terminate", alive=False)
        return self._status

    def _act(self, act: str, *, alive: bool) -> None:
        self.acts.append((act, asyncio.get_running_loop().time()))
        self.alive = alive


@asynccontextmanager
async def offers(every_s: float) -> AsyncIterator[Seen]:
    """Offers that agents see all the while."""
    seen, clock = Seen(), VirtualClock()

    async def come() -> None:
        number = 0
        while True:
            number += 1
            offer = SeenOffer(ContactKey("acme", f"c{number}"), "ann", f"o{number}", 0, 1, number)
            seen.offer(offer, clock.wall_ms())
            await asyncio.sleep(every_s)

    coming = asyncio.create_task(come())
    try:
        yield seen
    finally:
        coming.cancel()


async def carried_out(*routers: PaperRouter, effort: Effort = EFFORT, every_s: float = 0.5) -> Faults:
    async with offers(every_s) as seen:
        faults = Faults(routers, seen, effort, lambda _: None, VirtualClock())
        await faults.run(lambda: None)
    return faults


@in_virtual_time
async def test_each_fault_is_done_as_often_as_was_asked_for_and_every_router_runs_again() -> None:
    routers = [PaperRouter(f"router-{number}") for number in (1, 2, 3)]
    faults = await carried_out(*routers)
    assert [faults.times(kind) for kind in FaultKind] == [6, 2, 3]
    assert faults.restarts == 1
    assert all(router.runs for router in routers)
    acts = [act for router in routers for act, _ in router.acts]
    assert acts.count("kill") == 6
    assert acts.count("start") == 9
    assert not faults.oddities


@in_virtual_time
async def test_one_seed_gives_one_run_and_another_seed_another() -> None:
    one, same, other = [await carried_out(PaperRouter("r"), effort=Effort(6, 2, 1, 0, seed=seed)) for seed in (1, 1, 2)]
    assert times(one) == pytest.approx(times(same), abs=5)
    assert [fault.kind for fault in one.done] == [fault.kind for fault in same.done]
    assert times(one) != pytest.approx(times(other), abs=5)


def times(faults: Faults) -> list[int]:
    """From the first fault on, ms."""
    return [fault.at_ms - faults.done[0].at_ms for fault in faults.done]


@in_virtual_time
async def test_a_zombie_sleeps_longer_than_the_time_after_which_it_is_taken_for_gone() -> None:
    router = PaperRouter("r")
    await carried_out(router, effort=Effort(0, 3, 0, 0))
    at = {act: [at_s for each, at_s in router.acts if each == act] for act in ("pause", "resume")}
    slept = [woke - slept for slept, woke in zip(at["pause"], at["resume"], strict=True)]
    assert len(slept) == 3
    assert all(ZOMBIE_S[0] <= each <= ZOMBIE_S[1] for each in slept)
    assert ZOMBIE_S[0] > 6


@in_virtual_time
async def test_what_routers_do_by_themselves_is_told() -> None:
    ended = PaperRouter("ended", status=1)
    ended.alive = False
    faults = await carried_out(ended, effort=Effort(0, 0, 1, 0))
    assert [oddity.split(":")[0] for oddity in faults.oddities] == [
        "ended ended by itself",
        "ended was told to end, and ended with status 1",
    ]


@in_virtual_time
async def test_a_partition_that_stays_without_offers_is_told_of_and_not_waited_for_for_ever() -> None:
    faults = await carried_out(PaperRouter("r"), effort=Effort(0, 0, 1, 0), every_s=1_000)
    assert faults.oddities == [f"no offers in partitions [0] for {SETTLED_WITHIN_S:.0f} s"]
