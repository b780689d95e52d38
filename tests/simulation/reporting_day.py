"""A contact centre's whole day from a seed, decided by the router's real core: every channel, every outcome.

Customers arrive, wait as long as their patience lasts, write and hang up; agents work shifts, do not pick up, transfer,
wrap up, go for lunch and lose their connection; plans change and routers take over. What comes of it is router.log.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from random import Random

from services.plan.compiled import (
    AgentProfile,
    Channel,
    ChannelRule,
    Company,
    Direction,
    Disposition,
    EntryPoint,
    Hours,
    Interval,
    Match,
    Plan,
    Policy,
    Queue,
    Route,
)
from services.router.core.apply import apply
from services.router.core.commands import (
    AcceptOffer,
    ActivatePlan,
    Arrive,
    AttachAgent,
    Cancel,
    ChangeOwner,
    Command,
    CompleteContact,
    ConnectCall,
    CustomerLeaves,
    CustomerWrites,
    DeclineOffer,
    DetachAgent,
    FinishConversation,
    Refine,
    ReturnCall,
    SetPresence,
    SettleReply,
    TimePassed,
    TransferContact,
)
from services.router.core.decide import decide
from services.router.core.events import (
    CallConnected,
    ContactOffered,
    ContactQueued,
    Event,
    OfferAccepted,
    OwnerChanged,
    Presence,
    PresenceChanged,
    WrapUpStarted,
)
from services.router.core.records import ContactStatus
from services.router.core.state import TenantState
from services.router.core.timers import next_timer_ms
from tests.simulation.day_steps import STEPS

TENANT = "harbour"
HOUR_MS, DAY_MS = 3_600_000, 24 * 3_600_000
# Not on the edge of an interval: a day begins when it likes.
T0 = 1_790_000_123_456
CALLS = (Channel.VOICE, Channel.CALLBACK)
CHATS = (Channel.WEB_CHAT, Channel.SMS)
DIGITAL = (Channel.EMAIL, Channel.FAX, Channel.LETTER, Channel.WEB_FORM)
CHANNELS = {
    Channel.VOICE: 30,
    Channel.WEB_CHAT: 16,
    Channel.SMS: 10,
    Channel.EMAIL: 16,
    Channel.CALLBACK: 8,
    Channel.WEB_FORM: 8,
    Channel.FAX: 6,
    Channel.LETTER: 6,
}
QUEUES = {
    "acme-calls": "acme",
    "acme-chats": "acme",
    "acme-mail": "acme",
    "globex-all": "globex",
    "globex-mail": "globex",
}
WAITING = (ContactStatus.QUEUED, ContactStatus.OFFERED)
MakeCommand = Callable[[TenantState], Command | None]


@dataclass(frozen=True, slots=True)
class Step:
    """What one command brought about."""

    at_ms: int
    events: tuple[Event, ...]


class Day:
    """Plays the day; `steps` is what was decided, in order."""

    def __init__(self, seed: int, contacts: int, agents: int = 30) -> None:
        self.random = Random(seed)
        self.state = TenantState(TENANT)
        self.steps: list[Step] = []
        self._due: list[tuple[int, int, MakeCommand]] = []
        self._made = 0
        self._agents = tuple(f"agent{number:02}" for number in range(agents))
        self._begin(contacts)

    def play(self) -> list[Step]:
        """The whole day."""
        while self._due:
            at_ms, _, make = heappop(self._due)
            if at_ms > T0 + DAY_MS:
                break
            self._let_time_pass(at_ms)
            command = make(self.state)
            if command is not None:
                self._carry_out(command, at_ms)
        # Two days later all that ended is forgotten, and nothing else has happened.
        self._let_time_pass(T0 + 3 * DAY_MS)
        return self.steps

    def _begin(self, contacts: int) -> None:
        self._later(T0, lambda _: ActivatePlan(self._plan(0)))
        self._later(T0 + 98 * HOUR_MS // 10 + 777, lambda _: ActivatePlan(self._plan(1)))
        self._later(T0 + 15 * HOUR_MS + 1, lambda _: ActivatePlan(self._plan(2)))
        for hour in (6, 17):
            self._later(T0 + hour * HOUR_MS + 4_321, lambda _: ChangeOwner())
        for number, agent in enumerate(self._agents):
            self._shift(agent, T0 + 1_000 + number % 3 * 8 * HOUR_MS + self._ms(0, 600))
        for _ in range(contacts):
            self._arrival(T0 + 2_000 + self.random.randrange(DAY_MS - HOUR_MS // 2))

    # Time and commands

    def _later(self, at_ms: int, make: MakeCommand) -> None:
        self._made += 1
        heappush(self._due, (at_ms, self._made, make))

    def _ms(self, from_s: float, until_s: float) -> int:
        return self.random.randint(int(from_s * 1_000), int(until_s * 1_000))

    def _chance(self, of: float) -> bool:
        return self.random.random() < of

    def _let_time_pass(self, until_ms: int) -> None:
        while (due_ms := next_timer_ms(self.state)) is not None and due_ms <= until_ms:
            self._carry_out(TimePassed(), due_ms)

    def _carry_out(self, command: Command, at_ms: int) -> None:
        # A timer may have been due when it was armed; the log's time never goes back.
        at_ms = max(at_ms, self.steps[-1].at_ms if self.steps else 0)
        decision = decide(self.state, command, at_ms)
        for event in decision.events:
            apply(self.state, event, at_ms)
        self.steps.append(Step(at_ms, decision.events))
        for event in decision.events:
            self._react(event, at_ms)
        if decision.unfinished:
            self._carry_out(TimePassed(match_all=True), at_ms)

    def _react(self, event: Event, at_ms: int) -> None:
        match event:
            case ContactOffered():
                self._answer_offer(event, at_ms)
            case ContactQueued():
                self._wait(event.contact_id, at_ms)
            case OfferAccepted():
                self._work(event, at_ms)
            case CallConnected():
                self._talk(event, at_ms)
            case WrapUpStarted():
                self._write_up(event, at_ms)
            case PresenceChanged(agent, Presence.NOT_RESPONDING | Presence.OFFLINE):
                self._come_back(agent, at_ms)
            case OwnerChanged():
                self._attach_again(at_ms)

    # Customers

    def _arrival(self, at_ms: int) -> None:
        channel = self.random.choices(list(CHANNELS), list(CHANNELS.values()))[0]
        contact_id = f"c{self._made}"
        ready = not (channel in (Channel.VOICE, Channel.EMAIL, Channel.CALLBACK) and self._chance(0.6))
        arrive = Arrive(
            contact_id=contact_id,
            company=self.random.choice(("acme", "acme", "globex")),
            channel=channel,
            direction=Direction.INBOUND,
            dialed=f"{channel}-page",
            caller_classes=(),
            customer=self.random.choice(("", f"k{self.random.randrange(60)}")),
            ivr_path=(),
            language="en",
            attributes=(),
            arrived_at_ms=at_ms,
            previous_contact_id="",
            ready=ready,
            queue_anyway_at_ms=0 if ready else at_ms + self._ms(60, 600) if channel is not Channel.VOICE else 0,
        )
        self._later(at_ms, lambda _: arrive)
        if self._chance(0.01):
            self._later(at_ms - 3, lambda _: CustomerLeaves(contact_id))
        if not ready:
            self._become_ready(contact_id, at_ms)
        if self._chance(0.3):
            self._later(at_ms + self._ms(1, 900), lambda state: self._message(state, contact_id))

    def _become_ready(self, contact_id: str, at_ms: int) -> None:
        dice, after_ms = self.random.random(), at_ms + self._ms(1, 40)
        if dice < 0.15:
            self._later(after_ms, lambda _: CustomerLeaves(contact_id))
        elif dice < 0.9:
            self._later(after_ms, lambda state: self._refined(state, contact_id))

    def _refined(self, state: TenantState, contact_id: str) -> Command:
        """It is known what it is about; some mails answer one of the open conversations."""
        is_open = [each.id for each in state.contacts.values() if each.status is not ContactStatus.ENDED]
        continued = self.random.choice(sorted(is_open)) if is_open and self._chance(0.5) else ""
        return Refine(contact_id, ("1",), "de", (), continued, ready=True)

    def _message(self, state: TenantState, contact_id: str) -> Command | None:
        return CustomerWrites(contact_id, f"{contact_id}-next") if contact_id in state.contacts else None

    def _wait(self, contact_id: str, at_ms: int) -> None:
        channel = self.state.contacts[contact_id].channel
        patience_s = 150 if channel in (*CALLS, *CHATS) else 90_000
        leaves_ms = at_ms + int(self.random.expovariate(1 / patience_s) * 1_000)
        self._later(leaves_ms, lambda state: self._while_waiting(state, contact_id, CustomerLeaves(contact_id)))
        if self._chance(0.02):
            self._later(
                at_ms + self._ms(0, 60), lambda state: self._while_waiting(state, contact_id, Cancel(contact_id))
            )

    def _while_waiting(self, state: TenantState, contact_id: str, command: Command) -> Command | None:
        contact = state.contacts.get(contact_id)
        return command if contact is not None and contact.status in WAITING else None

    # Agents

    def _shift(self, agent: str, from_ms: int) -> None:
        self._later(from_ms, lambda _: AttachAgent(agent))
        self._later(from_ms + 5, lambda _: SetPresence(agent, Presence.AVAILABLE))
        for _ in range(self.random.randint(1, 4)):
            away_ms = from_ms + self._ms(600, 7 * 3_600)
            reason = self.random.choice(("lunch", "training", ""))
            self._later(away_ms, lambda _, reason=reason: SetPresence(agent, Presence.AWAY, reason))  # type: ignore[misc]
            self._later(away_ms + self._ms(60, 2_400), lambda _: SetPresence(agent, Presence.AVAILABLE))
        if self._chance(0.5):
            lost_ms = from_ms + self._ms(600, 7 * 3_600)
            self._later(lost_ms, lambda _: DetachAgent(agent))
            self._later(lost_ms + self._ms(5, 700), lambda _: AttachAgent(agent))
        home_ms = from_ms + 8 * HOUR_MS + self._ms(0, 900)
        self._later(home_ms, lambda _: SetPresence(agent, Presence.OFFLINE))
        if self._chance(0.7):
            self._later(home_ms + self._ms(1, 60), lambda _: DetachAgent(agent))

    def _come_back(self, agent: str, at_ms: int) -> None:
        back_ms = at_ms + self._ms(20, 400)
        on_shift = (at_ms - T0) // (8 * HOUR_MS) == int(agent[-2:]) % 3
        if on_shift:
            self._later(back_ms, lambda _: AttachAgent(agent))
            self._later(back_ms + 1, lambda _: SetPresence(agent, Presence.AVAILABLE))

    def _attach_again(self, at_ms: int) -> None:
        for agent in self._agents:
            if self.state.agents.get(agent) and self.state.agents[agent].presence is not Presence.OFFLINE:
                self._later(at_ms + self._ms(0.2, 15), lambda _, agent=agent: AttachAgent(agent))  # type: ignore[misc]

    def _answer_offer(self, offer: ContactOffered, at_ms: int) -> None:
        dice = self.random.random()
        kind = AcceptOffer if dice < 0.86 else DeclineOffer if dice < 0.94 else None
        if kind is not None:
            command = kind(offer.agent, offer.contact_id, offer.offer_id)
            self._later(at_ms + self._ms(0.5, 9), lambda _: command)

    def _work(self, accepted: OfferAccepted, at_ms: int) -> None:
        channel = self.state.contacts[accepted.contact_id].channel
        if channel in CALLS:
            self._ring(accepted, at_ms)
        elif channel in CHATS:
            self._reply(accepted.contact_id, at_ms + self._ms(2, 60))
            self._finish(accepted.agent, accepted.contact_id, at_ms + self._ms(20, 300))
        else:
            if self._chance(0.8):
                self._reply(accepted.contact_id, at_ms + self._ms(30, 500))
            self._finish(accepted.agent, accepted.contact_id, at_ms + self._ms(30, 600))

    def _ring(self, accepted: OfferAccepted, at_ms: int) -> None:
        contact_id, answered_ms = accepted.contact_id, at_ms + self._ms(0.3, 12)
        command: Command | None = self.random.choices(
            (
                ConnectCall(contact_id, accepted.offer_id),
                ReturnCall(contact_id, accepted.offer_id),
                CustomerLeaves(contact_id),
                None,
            ),
            (84, 6, 7, 3),
        )[0]
        self._later(answered_ms, lambda _: command)
        if command is None:
            self._finish(accepted.agent, contact_id, answered_ms + self._ms(5, 60))
        if isinstance(command, ConnectCall) and self._chance(0.02):
            self._later(answered_ms + self._ms(1, 30), lambda _: ReturnCall(contact_id, accepted.offer_id))
            self._later(answered_ms + self._ms(1, 30), lambda _: command)

    def _talk(self, connected: CallConnected, at_ms: int) -> None:
        over_ms = at_ms + self._ms(5, 400)
        if self._chance(0.5):
            self._later(over_ms, lambda state: self._hang_up(state, connected))
        else:
            self._finish(connected.agent, connected.contact_id, over_ms)

    def _hang_up(self, state: TenantState, connected: CallConnected) -> Command | None:
        contact = state.contacts.get(connected.contact_id)
        is_theirs = contact is not None and contact.agent == connected.agent and contact.status is ContactStatus.ACTIVE
        return CustomerLeaves(connected.contact_id) if is_theirs else None

    def _finish(self, agent: str, contact_id: str, at_ms: int) -> None:
        dice = self.random.random()
        command: Command
        if dice < 0.1:
            command = TransferContact(agent, contact_id, self.random.choice(list(QUEUES)))
            self._finish(agent, contact_id, at_ms + 60_000)
        elif dice < 0.6:
            command = FinishConversation(agent, contact_id)
        else:
            command = CompleteContact(agent, contact_id, "done")
        self._later(at_ms, lambda _: command)

    def _reply(self, contact_id: str, at_ms: int) -> None:
        for number in range(self.random.randint(1, 2)):
            settled = SettleReply(contact_id, f"m{number}", self._chance(0.85))
            settle_ms = at_ms + self._ms(0, 120)
            self._later(settle_ms, lambda state, settled=settled: settled if contact_id in state.contacts else None)  # type: ignore[misc]

    def _write_up(self, wrap_up: WrapUpStarted, at_ms: int) -> None:
        if self._chance(0.75):
            command = CompleteContact(wrap_up.agent, wrap_up.contact_id, "done")
            self._later(at_ms + self._ms(1, 40), lambda _: command)

    # Plans

    def _plan(self, edition: int) -> Plan:
        """Each edition has other targets, hours, units and agents; the second has a queue less."""
        queues = [
            Queue(
                name,
                company,
                name.title(),
                tuple(Policy)[(number + edition) % 4],
                service_level_ms=(10_000, 20_000, 45_000)[(number + edition) % 3] * (60 if "mail" in name else 1),
                hours="office" if name.endswith(("mail", "all")) and (edition != 1 or company == "acme") else "",
            )
            for number, (name, company) in enumerate(QUEUES.items())
            if not (edition == 1 and name == "globex-mail")
        ]
        there = {queue.id for queue in queues}
        return Plan(
            tenant=TENANT,
            version=0,
            time_zone="UTC",
            companies=tuple(
                Company(each, each, dispositions=(Disposition("done", "Done"),)) for each in ("acme", "globex")
            ),
            channels=tuple(self._rule(channel) for channel in Channel),
            hours=(self._hours(edition),),
            queues=tuple(queues),
            entry_points=tuple(each for each in self._entries() if each.route.queue in there),
            default_route=Route("globex-all"),
            agents=tuple(self._profile(each) for each in self._agents if edition != 1 or not each.endswith("7")),
            away_reasons=("lunch", "training"),
        )

    def _hours(self, edition: int) -> Hours:
        opens = [(-20, -9), (1, 4), (5, 9.5), (10, 13), (14, 20)] if edition != 2 else [(-20, 16), (16.25, 18)]
        spans = [Interval(T0 + int(begin * HOUR_MS), T0 + int(end * HOUR_MS)) for begin, end in opens]
        return Hours("office", tuple(spans), T0 + (22 if edition == 2 else 400 * 24) * HOUR_MS)

    def _entries(self) -> list[EntryPoint]:
        match = Match(companies=("acme",))
        routes = {"acme-calls": CALLS, "acme-chats": CHATS, "acme-mail": DIGITAL}
        acme = [EntryPoint(name, replace(match, channels=of), _route(name)) for name, of in routes.items()]
        mail = Match(companies=("globex",), channels=DIGITAL)
        rest = EntryPoint("globex-all", Match(companies=("globex",)), _route("globex-all"))
        return [*acme, EntryPoint("globex-mail", mail, _route("globex-mail")), rest]

    def _rule(self, channel: Channel) -> ChannelRule:
        is_call = channel in CALLS
        units = 10 if is_call else 3 if channel in CHATS else 5
        return ChannelRule(channel, units, alone=is_call, offer_ms=20_000, wrap_up_ms=30_000)

    def _profile(self, agent: str) -> AgentProfile:
        only_acme = agent.endswith("3")
        return AgentProfile(agent, (), 10, (), ("acme",) if only_acme else ("acme", "globex"))


def _route(queue: str) -> Route:
    return Route(queue, steps=STEPS[queue])
