"""Customers who ask to be called, and then answer, don't, hang up or cancel; the rest is the world of telephones."""

import asyncio
from collections import Counter

from services.cli.carrier.exchange.manner import Habit, Manner
from services.ingest.addresses import Place
from services.ingest.callback.entry import CallBackEntry
from services.ingest.front_door import Unavailable
from services.ingest.voice.room import Stage
from services.router.core.events import ContactOutcome
from services.router.core.state import TenantState
from tests.fakes.virtual_time import in_virtual_time
from tests.simulation.telephone_house import CALL_BACK_LINE
from tests.simulation.telephone_world import CHAOS_S, NOBODY_ANSWERS, World, _require, made_to_customers, of_customers
from tests.unit.router.core.builders import TENANT

PLACE = Place(TENANT, "acme", "en", CALL_BACK_LINE, "Acme")
AGAIN_S = 1.0


class CallBackWorld(World):
    """Every customer asks once or twice; `asked` are the contacts of requests that were taken, by number."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.asked: dict[str, list[str]] = {}
        self.steadfast: set[str] = set()

    async def _caller(self, number: str) -> None:
        await asyncio.sleep(self.rng.uniform(0, CHAOS_S / 2))
        is_steadfast = self.rng.random() < 0.5
        if is_steadfast:
            self.steadfast.add(number)
        else:
            habit = self.rng.choice((Habit.ANSWERS, *NOBODY_ANSWERS))
            hangs_up_ms = self.rng.choice((0, 1, 3_000, 20_000))
            self.house.exchange.handset(number).manner = Manner(habit, self.rng.randrange(0, 20_000), hangs_up_ms)
        later_ms = self.rng.choice((0, 0, 5_000, 60_000))
        await self._ask(number, "first", later_ms)
        if self.rng.random() < 0.3:
            await asyncio.sleep(self.rng.uniform(0, 60))
            await self._ask(number, "second", 0)
        if not is_steadfast and self.rng.random() < 0.5:
            await asyncio.sleep(self.rng.uniform(0, 30))
            await self._cancel(number)

    async def _ask(self, number: str, which: str, later_ms: int) -> None:
        """Until it is promised; the same request each time."""
        entry = CallBackEntry(token=f"{which}-{number.removeprefix('+')}", number=number)
        due_ms = self.house.clock.wall_ms() + later_ms
        while True:
            try:
                if self.house.ingest is not None:
                    contact_id = await self.house.ingest.callback.receive(PLACE, entry, number, due_ms)
                    self.asked.setdefault(number, []).append(contact_id)
                    self.counts["asked"] += 1
                    return
            except Unavailable:
                self.counts["asked again"] += 1
            await asyncio.sleep(AGAIN_S)

    async def _cancel(self, number: str) -> None:
        contact_id, ingest = self.asked[number][0], self.house.ingest
        if ingest is None or ingest.callback.stage(PLACE, contact_id) in (Stage.ACCEPTED, Stage.OVER):
            return
        try:
            await ingest.callback.cancel(PLACE, contact_id)
            self.counts["cancelled"] += 1
        except Unavailable:
            return

    def _check_served(self, state: TenantState) -> None:
        """Each request is one contact, each contact one call at most, and who was there was called."""
        made = Counter(call.to for call in made_to_customers(self.house.exchange.network.calls.values()))
        self.counts["called"] += made.total()
        _require(
            len(of_customers(state)) == sum(map(len, self.asked.values())), "a request is lost, or several contacts"
        )
        for number, contact_ids in self.asked.items():
            contacts = [state.contacts[contact_id] for contact_id in contact_ids]
            self.counts.update(str(contact.outcome) for contact in contacts)
            own = [contact for contact in contacts if contact.outcome is not ContactOutcome.JOINED]
            _require(made[number] <= len(own), f"{number} was called {made[number]} times for {len(own)} requests")
            if self.is_reachable and number in self.steadfast:
                ended = {contact.outcome for contact in own}
                _require(ended == {ContactOutcome.COMPLETED}, f"{number} waited for a call and ended {ended}")


@in_virtual_time
async def run_callback_world(seed: int) -> CallBackWorld:
    """One world from beginning to end. Raises Violation."""
    world = CallBackWorld(seed)
    await world.run()
    return world
