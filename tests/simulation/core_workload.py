"""A contact centre's day made up from a seed: commands good and bad, at times that crowd and gape."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random

from services.plan.compiled import (
    AgentProfile,
    CallerValue,
    Channel,
    ChannelRule,
    Company,
    Criterion,
    Direction,
    Disposition,
    Diversion,
    EntryPoint,
    Match,
    Plan,
    Policy,
    Queue,
    Route,
    Share,
    Site,
    SkillLevel,
    SpreadBy,
    Step,
    Urgency,
    Weight,
)
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
    Consult,
    CustomerLeaves,
    CustomerWrites,
    DeclineOffer,
    DetachAgent,
    EndConsultation,
    FinishConversation,
    HandOver,
    Refine,
    ReturnCall,
    SetPresence,
    SettleReply,
    TimePassed,
    TransferContact,
)
from services.router.core.events import Presence
from services.router.core.records import Contact, ContactStatus
from services.router.core.state import TenantState

TENANT = "harbour"
T0 = 1_790_000_000_000
AGENTS = 6
COMPANIES = ("acme", "globex")
QUEUES = ("acme1", "acme2", "globex1", "globex2")
SKILLS = ("german", "law")
CHANNELS = (Channel.VOICE, Channel.WEB_CHAT, Channel.EMAIL, Channel.SMS, Channel.CALLBACK)
# Short days, so that some end.
DAYS_MS = tuple(T0 + number * 2_000_000 for number in range(-1, 500))
PAUSES_MS = (*(0, 0, 1, 40, 200, 600, 1_500, 4_000) * 5, 11_000, 31_000, 70_000)


class Workload:
    """Makes the next command from the state as it is, so that many of them make sense."""

    def __init__(self, seed: int, agents: int = AGENTS) -> None:
        self._random = Random(seed)
        self.agents = tuple(f"agent{number}" for number in range(agents))
        self._made = 0
        self._steps_made: list[Step] = []
        self.at_ms = T0

    def commands(
        self, state: TenantState, count: int, now: Callable[[], TenantState] | None = None
    ) -> Iterator[Command]:
        """First a plan, then what the dice say, of that state or of the one that is there when they are thrown."""
        yield ActivatePlan(self._plan())
        makers: tuple[tuple[Callable[[TenantState], Command], int], ...] = (
            (self._arrive, 22),
            (self._call_back, 3),
            (self._refine, 6),
            (self._write, 5),
            (self._leave, 7),
            (self._settle, 1),
            (self._call, 6),
            (self._cancel, 2),
            (self._attach, 14),
            (self._detach, 3),
            (self._presence, 14),
            (self._answer_offer, 24),
            (self._work, 18),
            (self._consult, 8),
            (self._activate, 1),
            (self._time, 6),
            (self._change_owner, 1),
        )
        kinds, weights = [kind for kind, _ in makers], [weight for _, weight in makers]
        for _ in range(count):
            self.at_ms += self._random.choice(PAUSES_MS)
            yield self._random.choices(kinds, weights)[0](now() if now else state)

    def _new_id(self) -> str:
        self._made += 1
        return f"c{self._made}"

    def _contact_id(self, state: TenantState) -> str:
        """Mostly one of the recent, sometimes one that does not exist."""
        if not len(state.contacts) or self._random.random() < 0.05:
            return f"c{self._made + self._random.randint(1, 3)}"
        return f"c{self._random.randint(max(1, self._made - 25), max(1, self._made))}"

    def _contact(self, state: TenantState, *statuses: ContactStatus) -> Contact | None:
        """One that is there, on a desk or, if it has just arrived, among the newest."""
        ids = [item for each in self.agents if (agent := state.agents.get(each)) for item in agent.items]
        if ContactStatus.ARRIVED in statuses:
            ids = [f"c{number}" for number in range(max(1, self._made - 40), self._made + 1)]
        contacts = [contact for each in ids if (contact := state.contacts.get(each)) is not None]
        found = [contact for contact in contacts if contact.status in statuses]
        return self._random.choice(found) if found else None

    def _arrive(self, state: TenantState) -> Arrive:
        ready = self._random.random() < 0.7
        contact_id = self._new_id() if self._random.random() < 0.95 else self._contact_id(state)
        return Arrive(
            contact_id=contact_id,
            company=self._random.choice(COMPANIES),
            channel=self._random.choice(CHANNELS),
            direction=Direction.INBOUND,
            dialed="",
            caller_classes=self._random.choice(((), ("list:vip",))),
            customer=self._random.choice(("", "k1", "k2")),
            ivr_path=(),
            language=self._random.choice(("", "de", "en")),
            attributes=(),
            arrived_at_ms=self.at_ms - self._random.choice((0, 0, 3, 2000)),
            previous_contact_id="",
            ready=ready,
            queue_anyway_at_ms=self._random.choice((0, self.at_ms + 60_000)),
        )

    def _call_back(self, state: TenantState) -> Command:
        """Somebody who waits chooses to be called back, or somebody who does not."""
        waiting = sorted(state.waiting)
        other_id = self._random.choice(waiting) if waiting and self._random.random() < 0.8 else self._contact_id(state)
        other, arrival = state.contacts.get(other_id), self._arrive(state)
        customer = other.customer if other and self._random.random() < 0.9 else arrival.customer
        company = other.company if other and self._random.random() < 0.95 else arrival.company
        return replace(
            arrival, channel=Channel.CALLBACK, ready=True, keeps_place_of=other_id, customer=customer, company=company
        )

    def _refine(self, state: TenantState) -> Command:
        arrived = self._contact(state, ContactStatus.ARRIVED)
        contact_id = arrived.id if arrived else self._contact_id(state)
        continues = self._contact_id(state) if self._random.random() < 0.4 else ""
        return Refine(contact_id, ("1",), self._random.choice(("", "de")), (), continues, self._random.random() < 0.8)

    def _write(self, state: TenantState) -> Command:
        return CustomerWrites(self._contact_id(state), self._new_id())

    def _leave(self, state: TenantState) -> Command:
        """The more wait, the more give up."""
        if len(state.waiting) > 15 + self._random.randrange(40):
            return CustomerLeaves(self._random.choice(list(state.waiting)))
        return CustomerLeaves(self._contact_id(state))

    def _settle(self, state: TenantState) -> Command:
        return SettleReply(self._contact_id(state), "m1", self._random.random() < 0.5)

    def _call(self, state: TenantState) -> Command:
        """Mostly of a call that is with an agent and of its offer, sometimes late or of something else."""
        active = self._contact(state, ContactStatus.ACTIVE)
        contact_id = active.id if active else self._contact_id(state)
        offer_id = active.offer_id if active and self._random.random() < 0.9 else f"{contact_id}.1"
        return self._random.choice((ConnectCall, ReturnCall))(contact_id, offer_id)

    def _cancel(self, state: TenantState) -> Command:
        return Cancel(self._contact_id(state), self._random.choice(((), ("acme",))))

    def _agent(self) -> str:
        return "stranger" if self._random.random() < 0.01 else self._random.choice(self.agents)

    def _attach(self, state: TenantState) -> Command:
        away = [each for each in self.agents if (agent := state.agents.get(each)) and not agent.attached]
        return AttachAgent(self._random.choice(away) if away else self._agent())

    def _detach(self, state: TenantState) -> Command:
        return DetachAgent(self._agent())

    def _presence(self, state: TenantState) -> Command:
        here = Presence.AVAILABLE
        elsewhere = (Presence.AWAY, Presence.OFFLINE, Presence.NOT_RESPONDING)
        presence = self._random.choice((here, here, here, here, *elsewhere))
        idle = [each.id for each in state.agents.values() if each.attached and each.presence is not here]
        agent = self._random.choice(sorted(idle)) if idle and presence is here else self._agent()
        return SetPresence(agent, presence, "lunch" if presence is Presence.AWAY else "")

    def _answer_offer(self, state: TenantState) -> Command:
        offered = self._contact(state, ContactStatus.OFFERED)
        if offered is None:
            return AcceptOffer(self._agent(), self._contact_id(state), "c1.1")
        agent = offered.agent if self._random.random() < 0.93 else self._agent()
        offer_id = offered.offer_id if self._random.random() < 0.95 else f"{offered.id}.99"
        kind = self._random.choices((AcceptOffer, DeclineOffer), (4, 1))[0]
        return kind(agent, offered.id, offer_id)

    def _work(self, state: TenantState) -> Command:
        contact = self._contact(state, ContactStatus.ACTIVE, ContactStatus.WRAP_UP)
        contact_id, agent = (contact.id, contact.agent) if contact else (self._contact_id(state), self._agent())
        dice = self._random.random()
        if dice < 0.4:
            return FinishConversation(agent, contact_id)
        if dice < 0.8:
            return CompleteContact(agent, contact_id, self._random.choice(("done", "done", "nonsense")))
        return self._transfer(agent, contact_id, contact)

    def _transfer(self, agent: str, contact_id: str, contact: Contact | None) -> Command:
        """To whoever there is, or to a colleague by name; now and then to where it can't go."""
        own = [each for each in QUEUES if contact and each[:-1] == contact.company] or list(QUEUES)
        queue = self._random.choice(own if self._random.random() < 0.8 else QUEUES)
        to_agent = self._agent() if self._random.random() < 0.5 else ""
        return TransferContact(agent, contact_id, queue, to_agent, self._needs() if self._random.random() < 0.3 else ())

    def _consult(self, state: TenantState) -> Command:
        """Somebody asks; or, where somebody is asked, that goes on."""
        asked = [each for each in state.contacts.values() if each.about and each.status is not ContactStatus.ENDED]
        if asked and self._random.random() < 0.6:
            return self._go_on(state, min(asked, key=lambda each: (self._random.random(), each.id)))
        contact = self._contact(state, ContactStatus.ACTIVE)
        contact_id, agent = (contact.id, contact.agent) if contact else (self._contact_id(state), self._agent())
        own = [each for each in QUEUES if contact and each[:-1] == contact.company]
        queue = self._random.choice(("", *(own if self._random.random() < 0.9 else QUEUES)))
        to_agent = self._agent() if self._random.random() < 0.3 else ""
        return Consult(agent, contact_id, queue, to_agent, self._needs() if self._random.random() < 0.3 else ())

    def _go_on(self, state: TenantState, asked: Contact) -> Command:
        """Mostly as it should, now and then too early or by somebody else."""
        about, dice = state.contacts[asked.about], self._random.random()
        if asked.status is ContactStatus.OFFERED and dice < 0.7:
            return AcceptOffer(asked.agent, asked.id, asked.offer_id)
        if asked.status is ContactStatus.QUEUED and dice < 0.7:
            return TimePassed()
        if asked.status is ContactStatus.ACTIVE and dice < 0.2:
            return self._hang_up_on(asked)
        agent = about.agent if dice < 0.95 else self._agent()
        return (HandOver if dice > 0.3 else EndConsultation)(agent, about.id)

    def _hang_up_on(self, asked: Contact) -> Command:
        """Of a consultation by telephone: not answered, hung up, or answered."""
        if self._random.random() < 0.4:
            return CustomerLeaves(asked.id)
        return self._random.choice((ReturnCall, ConnectCall))(asked.id, asked.offer_id)

    def _activate(self, state: TenantState) -> Command:
        return ActivatePlan(self._plan())

    def _time(self, state: TenantState) -> Command:
        if self._random.random() < 0.03:
            self.at_ms += self._random.choice((310_000, 49 * 3_600_000))
        return TimePassed(match_all=self._random.random() < 0.2)

    def _change_owner(self, state: TenantState) -> Command:
        return ChangeOwner()

    def _plan(self) -> Plan:
        """Another roster, other skills, units, rules and queues each time."""
        pick = self._random
        queues = tuple(
            Queue(
                name,
                name[:-1],
                name,
                pick.choice(tuple(Policy)),
                groups=pick.choice(((), (), ("tier1",))),
                weights=tuple(
                    Weight(criterion, pick.randint(-50, 50)) for criterion in Criterion if pick.random() < 0.5
                ),
                sticky_ms=pick.choice((0, 8_000)),
                site=pick.choice(("", "", "", "munich")),
                announce_every_ms=4_000 if name.endswith("1") else 0,
            )
            for name in QUEUES
            if name.endswith("1") or pick.random() < 0.7
        )
        routes = [self._route(queue.id, queues) for queue in queues]
        return Plan(
            tenant=TENANT,
            version=0,
            time_zone="UTC",
            companies=tuple(Company(each, each, dispositions=(Disposition("done", "Done"),)) for each in COMPANIES),
            channels=tuple(self._rule(channel) for channel in CHANNELS),
            hours=(),
            queues=queues,
            entry_points=tuple(
                EntryPoint(f"e{number}", replace(self._match(), companies=(route.queue[:-1],)), route)
                for number, route in enumerate(routes)
            ),
            default_route=Route(pick.choice(queues).id),
            agents=tuple(self._profile(each) for each in self.agents if pick.random() < 0.85),
            away_reasons=("lunch",),
            urgency=pick.choice(
                (
                    None,
                    Urgency(),
                    Urgency(priority_ms=2_000, value_ms=1_000, by_deadline=True),
                    Urgency(depth_ms=500),
                )
            ),
            caller_values=(CallerValue("list:vip", pick.randint(0, 5)),),
            sites=(Site("munich"),),
            days_ms=DAYS_MS,
        )

    def _route(self, queue: str, queues: tuple[Queue, ...]) -> Route:
        """One of the company's, with steps, a spread or a name now and then."""
        pick = self._random
        own = [each.id for each in queues if each.id[:-1] == queue[:-1]]
        return Route(
            queue,
            self._needs(),
            pick.randint(0, 2),
            steps=self._steps(own),
            spread=tuple(Share(each, pick.randint(1, 3)) for each in own) if pick.random() < 0.3 else (),
            spread_by=pick.choice((None, SpreadBy.SHARE, SpreadBy.EXPECTED_WAIT)),
            agent=pick.choice(("", "agent0", "agent1")),
            patience_ms=pick.choice((3_000, 40_000)),
        )

    def _steps(self, own: list[str]) -> tuple[Step, ...]:
        """New ones, or some that have been in an earlier plan, in another order."""
        steps = [self._step(own) for _ in range(self._random.choice((0, 0, 1, 3)))]
        known = [step for step in self._steps_made[-12:] if step.queue in ("", *own)]
        if known and self._random.random() < 0.5:
            steps += self._random.sample(known, min(2, len(known)))
            self._random.shuffle(steps)
        self._steps_made += steps
        return tuple(steps)

    def _step(self, own: list[str]) -> Step:
        pick = self._random
        what = pick.randrange(8)
        return Step(
            after_ms=pick.choice((0, 1_000, 5_000, 20_000)),
            depth_over=pick.choice((0, 0, 0, 2, 4)),
            expected_wait_over_ms=pick.choice((0, 0, 0, 10_000)),
            service_level_under=pick.choice((0, 0, 0, 80)),
            nobody_on_duty=pick.random() < 0.3,
            skills=(SkillLevel("german", 1),) if what == 0 else (),
            drop_skills=("german",) if what == 1 else (),
            add_groups=("tier1",) if what == 2 else (),
            raise_priority=pick.choice((2, 99)) if what == 3 else 0,
            tell=what == 4,
            every_ms=pick.choice((0, 7_000)) if what == 4 else 0,
            offer_callback=what == 5,
            queue=pick.choice(own) if what == 6 else "",
            divert=Diversion.VOICEMAIL if what == 7 else None,
        )

    def _needs(self) -> tuple[SkillLevel, ...]:
        return (SkillLevel("german", self._random.randint(1, 6)),) if self._random.random() < 0.4 else ()

    def _match(self) -> Match:
        return self._random.choice((Match(), Match(languages=("de",)), Match(caller_classes=("list:vip",))))

    def _rule(self, channel: Channel) -> ChannelRule:
        is_call = channel is Channel.VOICE
        units = self._random.randint(1, 2)
        return ChannelRule(
            channel,
            units,
            alone=is_call,
            offer_ms=self._random.choice((5_000, 20_000)),
            wrap_up_ms=8_000,
            interruptible=channel is Channel.EMAIL,
        )

    def _profile(self, id: str) -> AgentProfile:
        pick = self._random
        return AgentProfile(
            id,
            skills=tuple(SkillLevel(skill, pick.randint(1, 10)) for skill in SKILLS if pick.random() < 0.7),
            units=pick.choice((1, 2, 2, 3, 4, 6)),
            groups=pick.choice(((), ("tier1",))),
            companies=pick.choice((COMPANIES, COMPANIES, ("acme",), ("globex",))),
            site=pick.choice(("", "munich")),
            tier=pick.randint(1, 3),
            cost=pick.randint(0, 9),
        )
