"""What happens to the routers, one thing after the other, by a seed."""

import asyncio
import random
from collections.abc import Callable, Sequence

from services.cli.bench.takeover.pauses import Fault, FaultKind
from services.cli.bench.takeover.routers import RouterProcess
from services.cli.bench.takeover.seen import Seen
from services.cli.bench.takeover.sizes import Effort
from services.shared.clock import Clock

# Longer than the 6 s after which a router that is not heard of is taken for gone.
ZOMBIE_S = (7.0, 10.0)
MOMENT_S = 3.0
DOWN_S = 1.5
SETTLED_WITHIN_S = 40.0
LOOK_AGAIN_S = 0.1
# One kill in so many is followed by the next fault at once, while the takeover is still going on.
AGAIN_IN = 8


class Faults:
    """`done` has what was done, and when; `oddities` what routers did that nobody told them to."""

    def __init__(
        self, routers: Sequence[RouterProcess], seen: Seen, effort: Effort, tell: Callable[[str], None], clock: Clock
    ) -> None:
        self.done: list[Fault] = []
        self.oddities: list[str] = []
        self.restarts = 0
        self._routers = routers
        self._seen = seen
        self._effort = effort
        self._tell = tell
        self._chance = random.Random(effort.seed)  # noqa: S311  # from a seed, so that a run can be had again
        self._clock = clock

    async def run(self, check: Callable[[], None]) -> None:
        """All of them; `check` is called between them and may raise. Raises RouterFailed."""
        kinds = self._order()
        for place, kind in enumerate(kinds, start=1):
            check()
            self._tell(f"{place}/{len(kinds)} {kind}")
            await self._make_sure_all_run()
            await asyncio.sleep(self._chance.uniform(0, MOMENT_S))
            await self._carry_out(kind)

    def times(self, kind: FaultKind) -> int:
        """How often it was done."""
        return sum(fault.kind is kind for fault in self.done)

    def _order(self) -> list[FaultKind]:
        effort = self._effort
        numbers = {
            FaultKind.CRASH: effort.kills,
            FaultKind.ZOMBIE: effort.zombies,
            FaultKind.GRACEFUL: effort.restarts,
        }
        kinds = [kind for kind, number in numbers.items() for _ in range(number)]
        self._chance.shuffle(kinds)
        return kinds

    async def _carry_out(self, kind: FaultKind) -> None:
        match kind:
            case FaultKind.CRASH:
                await self._crash(self._chance.choice(self._routers))
            case FaultKind.ZOMBIE:
                await self._freeze(self._chance.choice(self._routers))
            case FaultKind.GRACEFUL:
                for router in self._routers:
                    await self._restart(router)
                self.restarts += 1

    async def _crash(self, router: RouterProcess) -> None:
        at_ms = self._note(FaultKind.CRASH, router)
        await router.kill()
        await asyncio.sleep(self._chance.uniform(0, DOWN_S))
        await router.start()
        if self._chance.randrange(AGAIN_IN):
            await router.until_up()
            await self._until_settled(at_ms)

    async def _freeze(self, router: RouterProcess) -> None:
        self._note(FaultKind.ZOMBIE, router)
        router.pause()
        await asyncio.sleep(self._chance.uniform(*ZOMBIE_S))
        router.resume()
        await self._until_settled(self._clock.wall_ms())

    async def _restart(self, router: RouterProcess) -> None:
        at_ms = self._note(FaultKind.GRACEFUL, router)
        if status := await router.terminate():
            self.oddities.append(f"{router.name} was told to end, and ended with status {status}")
        await router.start()
        await router.until_up()
        await self._until_settled(at_ms)

    def _note(self, kind: FaultKind, router: RouterProcess) -> int:
        at_ms = self._clock.wall_ms()
        self.done.append(Fault(kind, router.address, at_ms))
        return at_ms

    async def _make_sure_all_run(self) -> None:
        """As an orchestrator does."""
        for router in self._routers:
            if not router.runs:
                self.oddities.append(f"{router.name} ended by itself:\n{router.last_words()}")
                await router.start()

    async def _until_settled(self, since_ms: int) -> None:
        """Wait until there were offers again in every partition, or for as long as that may take."""
        try:
            async with asyncio.timeout(SETTLED_WITHIN_S):
                while any(times[-1] <= since_ms for times in self._seen.at_ms.values()):  # noqa: ASYNC110  # offers are many
                    await asyncio.sleep(LOOK_AGAIN_S)
        except TimeoutError:
            quiet = [partition for partition, times in sorted(self._seen.at_ms.items()) if times[-1] <= since_ms]
            self.oddities.append(f"no offers in partitions {quiet} for {SETTLED_WITHIN_S:.0f} s")
