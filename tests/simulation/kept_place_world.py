"""Callers who wait and choose to be called back, or don't, or hang up; the rest is the world of telephones."""

import asyncio
from dataclasses import replace

from services.cli.carrier.exchange.call import Call, Direction, Status
from services.cli.carrier.exchange.exchange import NotPossible
from services.plan.compiled import Channel, Diversion, Plan, Step
from services.router.core.events import ContactOutcome
from services.router.core.records import Contact
from services.router.core.state import TenantState
from tests.fakes.virtual_time import in_virtual_time
from tests.simulation.telephone_house import LINE, telephone_plan
from tests.simulation.telephone_world import CHAOS_S, World, _require, made_to_customers, of_customers
from tests.unit.router.core.builders import TENANT

OFFERED_AFTER_MS = 2_000
# Long after all have chosen, those who hold the line are sent away; who chose to be called back is not.
SENT_AWAY_AFTER_MS = 400_000
STEPS = (
    Step(after_ms=OFFERED_AFTER_MS, offer_callback=True),
    Step(after_ms=SENT_AWAY_AFTER_MS, divert=Diversion.MESSAGE, divert_to="Call again."),
)


class KeptPlaceWorld(World):
    """Every caller comes in on a line without a menu. `choosers` press the key until something comes of it."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.choosers: set[str] = set()
        self.leavers: set[str] = set()

    def _plan(self) -> Plan:
        plan = telephone_plan()
        return replace(plan, default_route=replace(plan.default_route, steps=STEPS))

    async def _agent(self, name: str) -> None:
        """They come late, so that callers wait."""
        await asyncio.sleep(self.rng.uniform(10, CHAOS_S))
        await super()._agent(name)

    async def _caller(self, number: str) -> None:
        number = f"{number}1"  # a mobile's, which may be called
        await asyncio.sleep(self.rng.uniform(0, CHAOS_S / 2))
        call = self.house.exchange.place_call(number, LINE)
        if call is None:
            return
        if self.rng.random() < 0.7:
            self.choosers.add(call.sid)
            await self._choose(number, call)
        if self.rng.random() < 0.4:
            self.leavers.add(call.sid)
            await asyncio.sleep(self.rng.uniform(0, 20))
        else:
            await asyncio.sleep(250)
        if call.is_live:
            self.counts["hung up"] += 1
            self.leavers.add(call.sid)
            self.house.exchange.hang_up(number)

    async def _choose(self, number: str, call: Call) -> None:
        """Now and then somebody hangs up with the key still in their ear."""
        is_hasty = self.rng.random() < 0.3
        for _ in range(12):
            await asyncio.sleep(self.rng.uniform(1, 6))
            if not call.is_live:
                return
            try:
                self.house.exchange.press(number, "1")
                self.counts["keys"] += 1
            except NotPossible:
                return
            if is_hasty and self.rng.random() < 0.3:
                self.leavers.add(call.sid)
                return

    def _check_served(self, state: TenantState) -> None:
        """Each place is one contact's, who chose it is called once, and nobody is promised what does not come."""
        calls = [call for call in self.house.exchange.network.calls.values() if call.direction is Direction.INBOUND]
        backs = [contact for contact in of_customers(state) if contact.channel is Channel.CALLBACK]
        ids = self.house.ingest.voice.around.reports.ids if self.house.ingest else None
        originals = {call.sid: state.contacts.get(ids.contact(TENANT, call.sid)) for call in calls if ids}
        for sid, original in originals.items():
            if original is not None:
                self.counts[str(original.outcome)] += 1
                self._check_outcome(sid, original, state)
        kept = [contact.keeps_place_of for contact in backs if contact.keeps_place_of]
        _require(len(kept) == len(set(kept)), "a place was given to two")
        called = made_to_customers(self.house.exchange.network.calls.values())
        _require(len(called) <= len(backs), f"{len(called)} calls were made for {len(backs)} call-backs")
        busy = [call.sid for call in called if call.status is Status.BUSY]
        _require(not busy or not self.is_reachable, f"{busy} came while the customer was still in the first call")
        self.counts["called back"] += len(called)
        self.counts["without a place"] += len(backs) - len(kept)

    def _check_outcome(self, sid: str, original: Contact, state: TenantState) -> None:
        chose = original.outcome is ContactOutcome.CALLBACK
        _require(not chose or sid in self.choosers, f"{sid} is called back and never asked")
        left = original.outcome is ContactOutcome.ABANDONED
        _require(not left or sid in self.leavers or not self.is_reachable, f"{sid} waited and counts as abandoned")
        if chose:
            back = state.contacts[original.joined_contact_id]
            self.counts["kept"] += 1
            _require(back.keeps_place_of == original.id, f"{back.id} has not the place of {original.id}")
            _require(back.arrived_at_ms == original.arrived_at_ms, f"{back.id} has another place")
            served = back.outcome is ContactOutcome.COMPLETED or not self.is_reachable
            _require(served, f"{back.id} was promised a call and ended {back.outcome}")


@in_virtual_time
async def run_kept_place_world(seed: int) -> KeptPlaceWorld:
    """One world from beginning to end. Raises Violation."""
    world = KeptPlaceWorld(seed)
    await world.run()
    return world
