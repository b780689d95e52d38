"""Customers who call, agents who pick up or don't, a carrier that loses and reorders what it tells; and an auditor.

One seed makes all of it. In the end everything is calm, and whatever is stuck then is stuck for ever.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable
from random import Random
from typing import Any, TypeVar
from urllib.parse import urlsplit

from services.cli.carrier.exchange.call import Call, Direction
from services.cli.carrier.exchange.exchange import Behaviour, NotPossible
from services.cli.carrier.exchange.manner import Habit, Manner
from services.cli.carrier.exchange.misbehaviour import FAITHFUL, Misbehaviour
from services.cli.carrier.exchange.network import Pace
from services.cli.carrier.exchange.web import WebAnswer, WebRequest
from services.plan.compiled import Plan
from services.router.batch import always
from services.router.core.commands import (
    AcceptOffer,
    ActivatePlan,
    AttachAgent,
    Command,
    CompleteContact,
    Consult,
    DeclineOffer,
    EndConsultation,
    FinishConversation,
    HandOver,
    SetPresence,
    TransferContact,
)
from services.router.core.events import CallConnected, ContactHandedOver, ContactOutcome, OfferAccepted, Presence
from services.router.core.invariants import check
from services.router.core.records import Contact, ContactStatus
from services.router.core.state import TenantState
from services.router.log_codec import decode_decided
from services.router.partition_state import PartitionState
from services.shared.accepted import accepted
from tests.fakes.virtual_time import in_virtual_time, until
from tests.simulation.telephone_house import LINE, MENU_LINE, TELEPHONES, House, telephone_plan
from tests.unit.router.core.builders import TENANT

CALLERS = 4
CHAOS_S = 120.0
# Long enough for a lost callback to be noticed (a minute), for calls to be taken one after the other, and for wrap-up.
CALM_S = 900.0
NOBODY_ANSWERS = (Habit.BUSY, Habit.NO_ANSWER, Habit.REJECTS, Habit.UNKNOWN)
OFFER = re.compile(r"offer=([0-9a-zA-Z._-]+)")

T = TypeVar("T")


class Violation(AssertionError):
    """A call is stuck, an agent is left busy, a contact is lost, or somebody was put through who was not accepted."""


class World:
    """Made inside the virtual time loop."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)
        self.counts: Counter[str] = Counter()
        self.misbehaviour = self._misbehaviour(seed)
        # Seeds in which nothing is lost on the way to us must serve every customer who waits.
        self.is_reachable = not self.misbehaviour.webhooks_lost
        self.house = House(
            seed,
            Behaviour(self.misbehaviour, Pace(speech_ms_per_character=20), Manner(Habit.ANSWERS, after_ms=2_000)),
            self._heard,
        )
        self.patient: dict[str, str] = {}
        # Calls that were answered with more than to ask again.
        self.taken: set[str] = set()
        self.put_through: list[tuple[str, int]] = []
        self.calm = False

    async def run(self) -> None:
        await self.house.start()
        try:
            await self._live()
        finally:
            await self.house.stop()

    async def _live(self) -> None:
        await until(lambda: self.house.router.deciding)
        await self._command(ActivatePlan(self._plan()))
        agents = [asyncio.create_task(self._agent(name)) for name in TELEPHONES]
        callers = [asyncio.create_task(self._caller(f"+49155500000{number}")) for number in range(CALLERS)]
        await self._chaos()
        try:
            await asyncio.wait(callers)
            await self._calm()
            for task in (*callers, *agents):
                if task.done():
                    task.result()
            await self._audit()
        finally:
            for task in (*callers, *agents):
                task.cancel()
            await asyncio.gather(*callers, *agents, return_exceptions=True)

    def _misbehaviour(self, seed: int) -> Misbehaviour:
        chance = self.rng.choice
        return Misbehaviour(
            seed=seed,
            latency_ms=chance((0, 50, 1_500)),
            doubled=chance((0.0, 0.3, 0.6)),
            late=chance((0.0, 0.3, 0.6)),
            late_ms=chance((2_000, 40_000)),
            lost=chance((0.0, 0.3, 1.0)),
            webhooks_doubled=chance((0.0, 0.3)),
            webhooks_lost=chance((0.0, 0.0, 0.05)),
        )

    def _plan(self) -> Plan:
        return telephone_plan()

    # Trouble.

    async def _chaos(self) -> None:
        until_s = asyncio.get_running_loop().time() + CHAOS_S
        troubles = (self._restart, self._documents_away, self._carrier_away, self._log_away, self._telephones_change)
        while asyncio.get_running_loop().time() < until_s:
            await asyncio.sleep(self.rng.expovariate(0.1))
            await self.rng.choice(troubles)()

    async def _restart(self) -> None:
        """Ingest is killed between two requests of the carrier; what it asked meanwhile went nowhere."""
        if self.is_reachable and any(call.is_live for call in self.house.exchange.network.calls.values()):
            # At once: whoever waits is not asked for in between.
            self.counts["restarts"] += 1
            await self.house.kill_ingest()
            await self.house.begin_ingest()
            return
        await self.house.kill_ingest()
        await asyncio.sleep(self.rng.uniform(0, 3))
        await self.house.begin_ingest()

    async def _documents_away(self) -> None:
        self.counts["documents away"] += 1
        self.house.documents.is_away = True
        await asyncio.sleep(self.rng.uniform(0, 15))
        self.house.documents.is_away = False

    async def _carrier_away(self) -> None:
        self.counts["carrier away"] += 1
        self.house.carrier_is_away = True
        await asyncio.sleep(self.rng.uniform(0, 15))
        self.house.carrier_is_away = False

    async def _log_away(self) -> None:
        self.counts["log away"] += 1
        self.house.inbound.is_away = True
        await asyncio.sleep(self.rng.uniform(0, 5))
        self.house.inbound.is_away = False

    async def _telephones_change(self) -> None:
        for phone in TELEPHONES.values():
            habit = self.rng.choice((Habit.ANSWERS, Habit.ANSWERS, *NOBODY_ANSWERS))
            after_ms, hangs_up_ms = self.rng.randrange(100, 15_000), self.rng.choice((0, 0, 5_000, 20_000))
            self.house.exchange.handset(phone).manner = Manner(habit, after_ms, hangs_up_ms)
            self.counts[habit] += 1

    async def _calm(self) -> None:
        """Agents' telephones are answered, and the carrier loses nothing more; what was late before still comes."""
        self.calm = True
        for phone in TELEPHONES.values():
            self.house.exchange.handset(phone).manner = Manner(Habit.ANSWERS, 1_000)
        self.house.exchange.misbehave(FAITHFUL)
        until_s = asyncio.get_running_loop().time() + CALM_S
        while asyncio.get_running_loop().time() < until_s and await self._look(_is_busy):  # noqa: ASYNC110  # from outside
            await asyncio.sleep(5)
        await asyncio.sleep(90)

    # People.

    async def _caller(self, number: str) -> None:
        await asyncio.sleep(self.rng.uniform(0, CHAOS_S / 2))
        is_patient = self.rng.random() < 0.5
        call = self.house.exchange.place_call(number, self.rng.choice((LINE, MENU_LINE)))
        if call is None:
            raise Violation("the number is not in service")
        if is_patient:
            self.patient[call.sid] = number
        patience_s = 10_000.0 if is_patient else self.rng.choice((0.5, 5, 20, 60, 200))
        pressing = asyncio.create_task(self._press(number, call))
        await asyncio.sleep(min(patience_s, 250))
        if not is_patient and call.is_live:
            self.counts["hung up"] += 1
            self.house.exchange.hang_up(number)
        await asyncio.wait([pressing])

    async def _press(self, number: str, call: Call) -> None:
        for _ in range(4):
            await asyncio.sleep(self.rng.uniform(0.5, 12))
            if call.is_live and self.rng.random() < 0.8:
                try:
                    self.house.exchange.press(number, self.rng.choice(("1", "1", "2", "3", "*", "9", "#")))
                    self.counts["keys"] += 1
                except NotPossible:
                    return

    async def _agent(self, name: str) -> None:
        await self._command(AttachAgent(name))
        while True:
            await self._command(SetPresence(name, Presence.AVAILABLE))
            with self.house.router.watch((TENANT, name)) as touched:
                contact = await self._look(lambda state: _item_of(state, name))
                if contact is None:
                    await _or_after(touched.wait(), 20)
                    continue
            await self._work(name, contact)

    async def _work(self, name: str, contact: Contact) -> None:
        await asyncio.sleep(self.rng.uniform(0, 3))
        if contact.status is ContactStatus.OFFERED:
            accepts = self.calm or self.rng.random() < 0.85
            act = AcceptOffer if accepts else DeclineOffer
            await self._command(act(name, contact.id, contact.offer_id))
        elif contact.status is ContactStatus.WRAP_UP:
            await self._command(CompleteContact(name, contact.id, "solved"))
        else:
            await self._converse(name, contact)

    async def _converse(self, name: str, contact: Contact) -> None:
        """Wait for the connection, or don't; then go on as one likes. In the calm: wait for it, then finish."""
        if self.calm:
            await self._end_calmly(name, contact)
            return
        await asyncio.sleep(self.rng.choice((0.5, 5, 30, 45)))
        act = self.rng.choice(_acts(contact))
        self.counts[act] += 1
        if act == "finish":
            await self._command(FinishConversation(name, contact.id))
        elif act == "complete":
            await self._command(CompleteContact(name, contact.id, "solved"))
        elif act == "transfer":
            await self._command(TransferContact(name, contact.id, self.rng.choice(("sales", "billing"))))
        elif act == "hang up":
            self.house.exchange.hang_up(TELEPHONES[name])
        elif act != "wait":
            await self._consult(name, contact, act)

    async def _consult(self, name: str, contact: Contact, act: str) -> None:
        if act == "consult":
            colleague = self.rng.choice(("", "", *TELEPHONES))
            await self._command(Consult(name, contact.id, self.rng.choice(("sales", "billing")), colleague))
        else:
            await self._command((HandOver if act == "hand over" else EndConsultation)(name, contact.id))

    async def _end_calmly(self, name: str, contact: Contact) -> None:
        if contact.consultation:
            await self._command(EndConsultation(name, contact.id))
        if not self._speaks(name):
            await asyncio.sleep(2)
            return
        await asyncio.sleep(5)
        await self._command(FinishConversation(name, contact.id))

    def _speaks(self, name: str) -> bool:
        """Whether the agent has picked up their telephone, and somebody is there."""
        connection = self.house.exchange.handset(TELEPHONES[name]).connection
        return connection is not None and connection.answered.is_set()

    # The router.

    async def _command(self, command: Command) -> None:
        await self.house.router.ask(TENANT, "", always(command))

    async def _look(self, look: Callable[[TenantState], T]) -> T:
        seen, _ = await self.house.router.look(TENANT, lambda state, _at_ms: look(state))
        return seen

    # The audit.

    def _heard(self, request: WebRequest, answer: WebAnswer) -> None:
        kind = urlsplit(request.url).path.rpartition("/")[2]
        self.counts[f"{kind} {answer.status}"] += 1
        if answer.status >= 400 and answer.status != 503:
            raise Violation(f"{kind} was answered {answer.status}: {answer.body.decode()}")
        if kind == "voice" and answer.status == 200 and b"/voice</Redirect>" not in answer.body:
            self.taken.add(request.form["CallSid"])
        if b"<Conference" in answer.body:
            self.counts[f"{kind} to a conference"] += 1
        if b"<Dial" in answer.body:
            found = OFFER.search(answer.body.decode())
            if found is None:
                raise Violation("somebody is put through for no offer")
            self.put_through.append((found.group(1), self.house.clock.wall_ms()))

    async def _audit(self) -> None:
        folded, times = await self._fold()
        state = folded.tenant(TENANT)
        check(state)
        self._check_put_through(times)
        open_contacts = [contact.id for contact in state.contacts.values() if contact.status is not ContactStatus.ENDED]
        _require(not open_contacts, f"contacts are open for ever: {open_contacts}")
        busy = [agent.id for agent in state.agents.values() if agent.items]
        _require(not busy, f"agents are left busy: {busy}")
        stuck = [call.sid for call in self.house.exchange.network.calls.values() if call.is_live]
        _require(not stuck, f"calls are stuck: {stuck}")
        self._check_served(state)

    def _check_put_through(self, accepted_at_ms: dict[str, int]) -> None:
        """Nobody was told to be connected before an accept was in the log."""
        self.counts["put through"] += len(self.put_through)
        for offer_id, at_ms in self.put_through:
            early = offer_id not in accepted_at_ms or accepted_at_ms[offer_id] > at_ms
            _require(not early, f"offer {offer_id} was put through before it was accepted")

    def _check_served(self, state: TenantState) -> None:
        """Each call that came in is one contact; whoever waited for an agent got one."""
        calls = [call for call in self.house.exchange.network.calls.values() if call.direction is Direction.INBOUND]
        self.counts["calls"] += len(calls)
        ids = self.house.ingest.voice.around.reports.ids if self.house.ingest else None
        for call in calls:
            contact = state.contacts.get(ids.contact(TENANT, call.sid)) if ids else None
            _require(contact is not None or call.sid not in self.taken, f"the call {call.sid} is no contact")
            if contact is None:
                self.counts["gone before it was heard of"] += 1
                continue
            self.counts[str(contact.outcome)] += 1
            if self.is_reachable and call.sid in self.patient:
                _require(contact.outcome is ContactOutcome.COMPLETED, f"{call.sid} waited and ended {contact.outcome}")
        _require(len(of_customers(state)) <= len(calls), "a call is several contacts")

    async def _fold(self) -> tuple[PartitionState, dict[str, int]]:
        folded = PartitionState()
        times: dict[str, int] = {}
        end = await self.house.router_log.end(0)
        async for batch in accepted(self.house.router_log.read(0, 0)):
            decided = decode_decided(batch.decided)
            folded.apply(decided)
            for event in (event for command in decided.commands for event in command.events):
                if isinstance(event, OfferAccepted):
                    times.setdefault(event.offer_id, batch.appended_at_ms)
                self.counts["connected"] += isinstance(event, CallConnected)
                self.counts["handed over"] += isinstance(event, ContactHandedOver)
            if batch.offset >= end - 1:
                break
        return folded, times


def of_customers(state: TenantState) -> list[Contact]:
    """All contacts but consultations, which no customer knows."""
    return [contact for contact in state.contacts.values() if not contact.about]


def made_to_customers(calls: Iterable[Call]) -> list[Call]:
    """The calls that we made, but those to colleagues who are asked."""
    own = set(TELEPHONES.values())
    return [call for call in calls if call.direction is Direction.OUTBOUND_API and call.to not in own]


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Violation(otherwise)


def _acts(contact: Contact) -> tuple[str, ...]:
    """What an agent may do about it: more is done about a consultation than not."""
    if contact.about:
        return ("finish", "hang up", "wait", "wait", "wait")
    if contact.consultation:
        return ("hand over", "hand over", "take back", "finish", "transfer", "hang up", "wait", "wait")
    return ("finish", "transfer", "complete", "hang up", "wait", "consult", "consult", "consult")


def _is_busy(state: TenantState) -> bool:
    return any(contact.status is not ContactStatus.ENDED for contact in state.contacts.values())


def _item_of(state: TenantState, name: str) -> Contact | None:
    known = state.agents.get(name)
    return state.contacts[known.items[0]] if known and known.items else None


async def _or_after(happening: Coroutine[Any, Any, Any], seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await happening
    except TimeoutError:
        return


@in_virtual_time
async def run_world(seed: int) -> World:
    """One world from beginning to end. Raises Violation."""
    world = World(seed)
    await world.run()
    return world
