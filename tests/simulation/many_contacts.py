"""`python -m tests.simulation.many_contacts`: a million contacts through the router's core, each accounted for.

Days of a busy contact centre, made from seeds, with rushes in which hundreds wait: agents decline, let offers run out,
go away, and hand on; customers give up; the router changes hands.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from heapq import heappop, heappush
from itertools import count
from math import pi, sin
from random import Random

from services.plan.compiled import (
    AgentProfile,
    CallerValue,
    Channel,
    ChannelRule,
    Company,
    Direction,
    EntryPoint,
    Match,
    Plan,
    Policy,
    Queue,
    Route,
    SkillLevel,
    Urgency,
)
from services.router.core.commands import (
    AcceptOffer,
    ActivatePlan,
    Arrive,
    AttachAgent,
    ChangeOwner,
    Command,
    CompleteContact,
    CustomerLeaves,
    DeclineOffer,
    SetPresence,
    TimePassed,
    TransferContact,
)
from services.router.core.decide import carry_out
from services.router.core.events import ContactOffered, ContactQueued, Event, OfferAccepted, Presence, PresenceChanged
from services.router.core.state import TenantState
from tests.simulation.contact_checks import ContactChecks
from tests.simulation.core_books import must

TENANT = "harbour"
T0 = 1_790_000_000_000
SECOND = 1000
QUEUES = tuple(f"queue{number}" for number in range(6))
POLICIES = tuple(policy for policy in Policy if policy is not Policy.WEIGHTED)
CLASSES = {"": 0, "list:known": 2, "list:vip": 5}
AGENTS = 60
# A point of priority counts for a minute: so the lowest is overtaken by whoever comes five minutes later at most.
PRIORITY_MS = 60 * SECOND
BOUND_MS = max(CLASSES.values()) * PRIORITY_MS
RUSH_MS = 2 * 3_600 * SECOND
BETWEEN_ARRIVALS_MS = 2_900
TAKEOVER_EACH_CONTACTS = 4_000
DAY = 20_000


@dataclass(frozen=True, slots=True)
class Counted:
    """What became of the contacts of one day or of several."""

    accepted: int = 0
    ended: int = 0
    offers: int = 0
    most_waiting: int = 0
    overtaken_ms: int = 0

    def __add__(self, other: "Counted") -> "Counted":
        return Counted(
            self.accepted + other.accepted,
            self.ended + other.ended,
            self.offers + other.offers,
            max(self.most_waiting, other.most_waiting),
            max(self.overtaken_ms, other.overtaken_ms),
        )


def plan() -> Plan:
    """Six queues, some of whose contacts ask for German, of three priorities; each agent serves two queues."""
    german = (SkillLevel("german", 5),)
    return Plan(
        tenant=TENANT,
        version=0,
        time_zone="UTC",
        companies=(Company("acme", "Acme"),),
        channels=(
            ChannelRule(Channel.VOICE, 1, alone=True, offer_ms=20 * SECOND, wrap_up_ms=0),
            ChannelRule(Channel.WEB_CHAT, 1, alone=False, offer_ms=20 * SECOND, wrap_up_ms=0),
            ChannelRule(Channel.EMAIL, 2, alone=False, offer_ms=60 * SECOND, wrap_up_ms=0),
        ),
        hours=(),
        queues=tuple(
            Queue(name, "acme", name, POLICIES[number % len(POLICIES)], groups=(name,))
            for number, name in enumerate(QUEUES)
        ),
        entry_points=tuple(
            EntryPoint(
                f"{name}{language}{caller_class}",
                Match(
                    dialed=(name,),
                    languages=(language,) if language else (),
                    caller_classes=(caller_class,) if caller_class else (),
                ),
                Route(name, german if language else (), priority),
            )
            for name in QUEUES
            for language in ("de", "")
            for caller_class, priority in reversed(CLASSES.items())
        ),
        default_route=Route(QUEUES[0]),
        agents=tuple(
            AgentProfile(
                f"agent{number:02}",
                skills=(SkillLevel("german", 3 + number % 7),),
                units=3,
                groups=(QUEUES[number % 6], QUEUES[(number + 1 + number % 2) % 6]),
                companies=("acme",),
            )
            for number in range(AGENTS)
        ),
        away_reasons=("lunch",),
        urgency=Urgency(priority_ms=PRIORITY_MS),
        caller_values=tuple(CallerValue(each, 0) for each in CLASSES if each),
    )


class ContactCentre:
    """One day. Customers and agents act by the clock; all that the core says is checked."""

    def __init__(self, seed: int, contacts: int) -> None:
        self._random = Random(seed)
        self._contacts = contacts
        self._state = TenantState(TENANT)
        self._checks = ContactChecks(plan())
        self._numbers = count()
        self._to_come: list[tuple[int, int, Callable[[], Command | None]]] = []
        self._at_ms = T0
        self._arrived = self._most_waiting = 0

    def run(self) -> Counted:
        """Until all have come and all have gone. Raises Complaint, InvariantBroken."""
        self._do(ActivatePlan(plan()))
        self._everybody_comes()
        self._in_ms(0, self._arrive)
        while self._to_come:
            self._at_ms, _, act = heappop(self._to_come)
            command = act()
            if command is not None:
                self._do(command)
        checks = self._checks
        must(not checks.open, f"{len(checks.open)} contacts are left, such as {next(iter(checks.open), '')}")
        must(checks.accepted == checks.ended == self._contacts, f"{checks.accepted} came and {checks.ended} went")
        return Counted(checks.accepted, checks.ended, checks.offers, self._most_waiting, checks.overtaken_ms)

    def _in_ms(self, ms: int, act: Callable[[], Command | None]) -> None:
        heappush(self._to_come, (self._at_ms + ms, next(self._numbers), act))

    def _do(self, command: Command) -> None:
        decision = carry_out(self._state, command, self._at_ms)
        for event in decision.events:
            self._checks.see(event, self._at_ms)
        for event in decision.events:
            self._react(event)
        self._most_waiting = max(self._most_waiting, len(self._state.waiting))
        if decision.unfinished:
            self._do(TimePassed(match_all=True))

    def _react(self, event: Event) -> None:
        """What agents and customers make of it."""
        dice = self._random.random()
        match event:
            case ContactOffered():
                if dice < 0.97:
                    kind = AcceptOffer if dice < 0.94 else DeclineOffer
                    answer = kind(event.agent, event.contact_id, event.offer_id)
                    self._in_ms(self._random.randint(500, 8_000), lambda: answer)
                self._in_ms(61 * SECOND, TimePassed)  # the offer runs out if nobody answers
            case OfferAccepted():
                self._in_ms(int(1000 * self._random.lognormvariate(4.9, 0.5)), partial(self._finish, event, dice))
            case ContactQueued() if dice < 0.2:
                patience_ms = int(self._random.expovariate(1 / 1_800_000))
                self._in_ms(patience_ms, partial(self._leave, event.contact_id))
            case PresenceChanged() if event.presence in (Presence.NOT_RESPONDING, Presence.OFFLINE):
                self._in_ms(20 * SECOND, lambda: AttachAgent(event.agent))
                self._in_ms(21 * SECOND, lambda: SetPresence(event.agent, Presence.AVAILABLE))

    def _finish(self, accepted: OfferAccepted, dice: float) -> Command | None:
        contact = self._state.contacts[accepted.contact_id]
        if contact.agent != accepted.agent or contact.offer_id != accepted.offer_id:
            return None  # it went back to its queue
        if dice < 0.03:
            return TransferContact(accepted.agent, contact.id, self._random.choice(QUEUES))
        return CompleteContact(accepted.agent, contact.id, "")

    def _leave(self, contact_id: str) -> Command | None:
        """Who is with an agent by then stays."""
        return CustomerLeaves(contact_id) if contact_id in self._state.waiting else None

    def _arrive(self) -> Command:
        self._arrived += 1
        if self._arrived < self._contacts:
            rush = 1 + 0.5 * sin(2 * pi * (self._at_ms - T0) / RUSH_MS)
            self._in_ms(int(self._random.expovariate(rush / BETWEEN_ARRIVALS_MS)), self._arrive)
        if self._arrived % TAKEOVER_EACH_CONTACTS == 0:
            self._in_ms(0, self._change_owner)
        if self._arrived % 50 == 0:
            self._break()
        channels = (Channel.VOICE, Channel.VOICE, Channel.WEB_CHAT, Channel.EMAIL)
        return Arrive(
            contact_id=f"c{self._arrived}",
            company="acme",
            channel=self._random.choice(channels),
            direction=Direction.INBOUND,
            dialed=self._random.choice(QUEUES),
            caller_classes=tuple(filter(None, (self._random.choice(tuple(CLASSES)),))),
            customer="",
            ivr_path=(),
            language=self._random.choice(("de", "en", "en")),
            attributes=(),
            arrived_at_ms=self._at_ms,
            previous_contact_id="",
            ready=True,
        )

    def _change_owner(self) -> Command:
        self._in_ms(2 * SECOND, self._everybody_comes)
        return ChangeOwner()

    def _everybody_comes(self) -> None:
        for name in sorted(self._state.agents):
            self._do(AttachAgent(name))
            self._do(SetPresence(name, Presence.AVAILABLE))

    def _break(self) -> None:
        """One of the agents goes away for ten minutes, if nothing is offered to them."""
        name = self._random.choice(sorted(self._state.agents))
        self._in_ms(0, lambda: SetPresence(name, Presence.AWAY, "lunch"))
        self._in_ms(600 * SECOND, lambda: SetPresence(name, Presence.AVAILABLE))


def day(seed: int, contacts: int = DAY) -> Counted:
    """One day of that many contacts. Raises Complaint, InvariantBroken."""
    return ContactCentre(seed, contacts).run()


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.many_contacts", description=__doc__)
    parser.add_argument("--contacts", type=int, default=1_000_000, help="how many in all")
    parser.add_argument("--first", type=int, default=0, help="the seed of the first day")
    asked = parser.parse_args(arguments)
    days, began_s, total = -(-asked.contacts // DAY), time.monotonic(), Counted()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for number, counted in enumerate(pool.map(day, range(asked.first, asked.first + days)), start=1):
            total += counted
            sys.stderr.write(f"{number} of {days} days\n")
    took_s = time.monotonic() - began_s
    sys.stdout.write(
        f"{total.accepted} contacts, {total.ended} ended, 0 lost, 0 on two desks, 0 beyond capacity; "
        f"{total.offers} offers, up to {total.most_waiting} waiting; the lowest priority was overtaken by at most "
        f"{total.overtaken_ms / 1000:.1f} s of the bound of {BOUND_MS / 1000:.0f} s ({took_s:.0f} s)\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
