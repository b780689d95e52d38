"""The live floor: a snapshot and the changes after it always say what a new snapshot says."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.plan.compiled import Channel
from services.reporting.facts import (
    AgentAttached,
    AgentDetached,
    AgentProfile,
    CallConnected,
    ChannelRule,
    ContactFact,
    ContactForgotten,
    ContactOutcome,
    ContactReturned,
    ContactTransferred,
    CustomerLeft,
    CustomerWrote,
    Fact,
    Happened,
    OfferEnd,
    OfferReturned,
    OwnerChanged,
    Plan,
    PlanActivated,
    Presence,
    PresenceChanged,
    Queue,
)
from services.reporting.floor_watchers import BUFFERED_MAX, WATCHERS_MAX, FloorWatchers, TooManyWatch, Watcher
from services.reporting.projections.contact_state import Stage
from services.reporting.projections.figures import Figures
from services.reporting.projections.floor import AgentChanged, AllAnew, Change, ContactMoved, Floor, floor_of
from services.shared.tokens import Identity, Role
from tests.unit.reporting.story import NOON_MS, accepted, arrived, ended, offered, on_duty, plan, queued, told, wrap_up

CONTACTS, AGENTS, QUEUES = ("c1", "c2", "c3"), ("ann", "bob", "cy"), ("sales", "help", "desk")
VIEWERS = ((), ("acme",), ("bolt",), ("acme", "bolt"), ("nobody",))


def viewer(*companies: str, tenant: str = "t1") -> Identity:
    return Identity(tenant, companies, Role.SUPERVISOR, "", "someone", 2**40)


class House:
    """A projection with its watchers, fed as the projector feeds them."""

    def __init__(self) -> None:
        self.figures = Figures(100)
        self.watchers = FloorWatchers(self.figures.live)

    def hear(self, *story: Happened) -> None:
        for happened in story:
            fact, live = happened.fact, self.figures.live
            before = live.contact(happened.tenant, fact.contact_id) if isinstance(fact, ContactFact) else None
            self.figures.apply(happened)
            self.watchers.tell(happened, before)

    def fresh(self, identity: Identity) -> Floor:
        return floor_of(self.figures.live, identity.tenant, identity.may_see)


class Picture:
    """What a browser makes of the stream."""

    def __init__(self) -> None:
        self.rest: Any = None
        self.contacts: dict[str, Any] = {}
        self.agents: dict[str, Any] = {}

    def take(self, news: Floor | Change) -> None:
        match news:
            case Floor():
                self.rest = (news.companies, news.queues, news.channel_units)
                self.contacts = {each.contact_id: each for each in news.contacts}
                self.agents = {each.agent: each for each in news.agents}
            case ContactMoved() if news.contact.stage is Stage.ENDED:
                self.contacts.pop(news.contact.contact_id, None)
            case ContactMoved():
                self.contacts[news.contact.contact_id] = news.contact
            case AgentChanged():
                self.agents[news.agent.agent] = news.agent
            case AllAnew():
                raise AssertionError("only a snapshot tells this")


async def read(watcher: Watcher) -> list[Floor | Change]:
    return list(await watcher.news(0.001))


def _facts() -> st.SearchStrategy[Fact]:
    contact, agent, queue = st.sampled_from(CONTACTS), st.sampled_from(AGENTS), st.sampled_from(QUEUES)
    return st.one_of(
        st.builds(_arrival, contact, st.sampled_from(Channel)),
        st.builds(queued, contact, queue),
        st.builds(offered, contact, agent),
        st.builds(accepted, contact, agent),
        st.builds(wrap_up, contact, agent),
        st.builds(ended, contact, st.sampled_from(ContactOutcome), agent),
        st.builds(OfferReturned, contact, agent, st.sampled_from(OfferEnd)),
        st.builds(ContactTransferred, contact, agent, queue),
        st.builds(ContactReturned, contact, agent),
        st.builds(CallConnected, contact, agent),
        st.builds(CustomerWrote, contact, st.just("")),
        st.builds(CustomerLeft, contact),
        st.builds(ContactForgotten, contact),
        st.builds(AgentAttached, agent),
        st.builds(AgentDetached, agent),
        st.builds(PresenceChanged, agent, st.sampled_from(Presence), st.sampled_from(("", "lunch"))),
        st.builds(OwnerChanged, st.just(0)),
        st.builds(_other_plan, st.sets(agent), st.sets(queue)),
    )


def _arrival(contact: str, channel: Channel) -> Fact:
    """A contact is of one company all its life."""
    return arrived(contact, "bolt" if contact == "c2" else "acme", channel)


def _other_plan(agents: set[str], queues: set[str]) -> Fact:
    roster = tuple(AgentProfile(agent, ("acme",) if agent == "bob" else ("acme", "bolt"), 10) for agent in agents)
    known = tuple(Queue(queue, "bolt" if queue == "desk" else "acme", queue.title()) for queue in queues)
    return PlanActivated(Plan("t1", 2, known, roster, (ChannelRule(Channel.EMAIL, 3),)))


@given(
    st.lists(_facts(), max_size=60),
    st.lists(st.tuples(st.integers(0, 60), st.sampled_from(VIEWERS)), min_size=1, max_size=6),
)
async def test_a_snapshot_and_its_changes_equal_a_new_snapshot_at_every_moment(
    facts: list[Fact], joins: list[tuple[int, tuple[str, ...]]]
) -> None:
    house = House()
    house.hear(*told((0, plan())))
    watching: list[tuple[Watcher, Picture]] = []
    for number, fact in enumerate([*facts, OwnerChanged(1)]):
        for at, companies in joins:
            if at == number:
                watching.append((house.watchers.watch(viewer(*companies)), Picture()))
        house.hear(*told((number, fact)))
        for watcher, picture in watching:
            for news in await read(watcher):
                picture.take(news)
            fresh = house.fresh(watcher.identity)
            assert picture.rest == (fresh.companies, fresh.queues, fresh.channel_units)
            assert picture.contacts == {each.contact_id: each for each in fresh.contacts}
            assert picture.agents == {each.agent: each for each in fresh.agents}


@given(st.lists(_facts(), max_size=60))
async def test_nothing_of_another_company_or_tenant_is_ever_told(facts: list[Fact]) -> None:
    house = House()
    bolt, stranger = house.watchers.watch(viewer("bolt")), house.watchers.watch(viewer(tenant="t2"))
    house.hear(*told((0, plan()), *((number, fact) for number, fact in enumerate(facts))))

    heard = await read(bolt)
    assert await read(stranger) == [Floor((), (), (), (), ())]
    for news in heard:
        match news:
            case Floor():
                assert {each.company for each in news.queues} | {each.company for each in news.contacts} <= {"bolt"}
                assert {company for each in news.agents for company in each.companies} <= {"bolt"}
            case ContactMoved():
                assert news.contact.company == "bolt"
            case AgentChanged():
                assert news.agent.companies == ("bolt",)


async def test_a_contact_is_told_of_step_by_step_until_it_leaves() -> None:
    house = House()
    house.hear(*told((0, plan()), *((0, fact) for fact in on_duty("ann"))))
    watcher = house.watchers.watch(viewer())
    await read(watcher)

    house.hear(
        *told((1, arrived("c1")), (2, queued("c1")), (3, offered("c1")), (4, accepted("c1")), (5, wrap_up("c1")))
    )
    house.hear(*told((6, ended("c1", agent="ann"))))

    moved = [each for each in await read(watcher) if isinstance(each, ContactMoved)]
    assert [(each.contact.stage, each.contact.queue, each.contact.agent) for each in moved] == [
        ("arrived", "", ""),
        ("queued", "sales", ""),
        ("offered", "sales", "ann"),
        ("active", "sales", "ann"),
        ("wrap_up", "sales", "ann"),
        ("ended", "sales", "ann"),
    ]
    assert moved[-1].contact.outcome is ContactOutcome.COMPLETED


async def test_a_plan_tells_what_contacts_cost_and_what_agents_can_have() -> None:
    house = House()
    house.hear(*told((0, _other_plan({"ann"}, {"sales"}))))

    floor = house.fresh(viewer())

    assert floor.channel_units == (("email", 3),)
    assert [(each.agent, each.units) for each in floor.agents] == [("ann", 10)]


async def test_one_who_does_not_read_is_cut_off_and_nobody_else() -> None:
    house = House()
    house.hear(*told((0, plan()), (0, arrived("c1"))))
    slow, quick = house.watchers.watch(viewer()), house.watchers.watch(viewer())
    for number in range(10 * BUFFERED_MAX):
        house.hear(*told((number, CustomerWrote("c1", ""))))
        await read(quick)

    assert (slow.over.is_set(), quick.over.is_set()) == (True, False)
    assert await read(slow) == []


async def test_one_who_does_not_read_is_not_cut_off_for_a_new_plan() -> None:
    house = House()
    slow = house.watchers.watch(viewer())
    for number in range(BUFFERED_MAX + 1):
        house.hear(*told((number, plan())))

    assert await read(slow) == [house.fresh(viewer())]


async def test_only_so_many_may_watch_at_a_time() -> None:
    house = House()
    watching = [house.watchers.watch(viewer()) for _ in range(WATCHERS_MAX)]
    for _ in range(9 * WATCHERS_MAX):
        with pytest.raises(TooManyWatch):
            house.watchers.watch(viewer(tenant="t2"))
    house.watchers.leave(watching[0])

    assert house.watchers.watch(viewer(tenant="t2")).over.is_set() is False


async def test_facts_that_move_no_contact_are_told_all_the_same() -> None:
    house = House()
    house.hear(*told((0, plan()), (NOON_MS, arrived("c1"))))
    watcher = house.watchers.watch(viewer())
    await read(watcher)

    house.hear(*told((1, CustomerWrote("c1", "")), (2, CustomerWrote("unknown", ""))))

    assert len(await read(watcher)) == 1
