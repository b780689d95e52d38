"""Explanations out of a log: the state is folded to the moment that is asked for, and not an event further."""

import asyncio
from random import Random

import pytest

from services.plan.compiled import Policy, Route
from services.router.core.commands import (
    AcceptOffer,
    Cancel,
    Command,
    CompleteContact,
    DeclineOffer,
    FinishConversation,
    SetPresence,
)
from services.router.core.events import ContactOffered, Event, Presence
from services.router.decided import DecidedCommand
from services.router.explanation_words import words
from services.router.log_codec import encode_command, encode_decided
from services.router.retrace import ASKERS_MAX, Moment, NothingToExplain, Retraced, Retracing, TooManyAskers
from services.shared.fence import FORMAT, ZERO_DIGEST, Barrier, Batch, FenceStopped, next_digest
from services.shared.log_codec import encode_record
from services.shared.memory_event_log import MemoryEventLog
from tests.unit.router.core.builders import MINUTE, SECOND, TENANT, Core, agent, arrive, plan, queue, skills

CLAIM = b"r" * 16
POLICIES = (Policy.LONGEST_IDLE, Policy.ROUND_ROBIN, Policy.FEWEST_ANSWERED, Policy.MOST_PROFICIENT)


async def logged(*commands: DecidedCommand, per_batch: int = 3) -> MemoryEventLog:
    """The log of a router that decided these, some at a time."""
    log, digest = MemoryEventLog(), ZERO_DIGEST
    await log.append(0, encode_record(Barrier(1, CLAIM, "router:8082", FORMAT)))
    for seq, first in enumerate(range(0, len(commands), per_batch), start=1):
        together = commands[first : first + per_batch]
        content = encode_decided(together[-1].at_ms, -1, [encode_command(each) for each in together])
        await log.append(0, encode_record(Batch(1, CLAIM, seq, digest, FORMAT, content)))
        digest = next_digest(digest, FORMAT, content)
    return log


def commands_of(core: Core, tenant: str = TENANT) -> list[DecidedCommand]:
    """What the core decided, the events of one time as one command."""
    together: dict[int, list[Event]] = {}
    for event, at_ms in core.log:
        together.setdefault(at_ms, []).append(event)
    return [DecidedCommand(tenant, "", at_ms, None, tuple(events)) for at_ms, events in together.items()]


async def explained(core: Core, contact_id: str = "c1", offer: int = 0) -> Retraced:
    log = await logged(*commands_of(core))
    return await Retracing(log).explain(0, TENANT, contact_id, offer)


def two_offers() -> Core:
    """Ann declines c1, and bob has it."""
    core = Core(plan(agent("ann"), agent("bob"))).on_duty("ann", "bob")
    core.do(arrive())
    core.pass_ms(SECOND)
    core.do(DeclineOffer("ann", "c1", core.contact().offer_id))
    core.pass_ms(SECOND)
    core.accept()
    return core


async def test_a_waiting_contact_is_explained_as_it_is_at_the_end() -> None:
    core = Core(plan(agent("ann")))
    core.do(arrive())
    told = await explained(core)
    assert (told.moment, told.offers, told.offer, told.agent, told.reason) == (Moment.NOW, 0, 0, "", "")
    assert [each.words for each in told.explanation.mends] == ["if ann came on duty"]


async def test_a_contact_with_an_agent_is_explained_as_it_was_just_before_its_newest_offer() -> None:
    told = await explained(two_offers())
    assert (told.moment, told.offers, told.offer, told.agent) == (Moment.OFFER, 2, 2, "bob")
    assert told.reason.endswith("bob was the only one")
    assert [(each.agent, each.place, each.because) for each in told.explanation.agents] == [
        ("bob", 1, ""),
        ("ann", 0, "declined it a moment ago"),
    ]


async def test_an_earlier_offer_is_explained_as_it_was_then() -> None:
    told = await explained(two_offers(), offer=1)
    assert (told.offer, told.agent) == (1, "ann")
    assert [(each.agent, each.place) for each in told.explanation.agents] == [("ann", 1), ("bob", 2)]


async def test_a_contact_that_waits_again_is_explained_as_it_waits() -> None:
    core = Core(plan(agent("ann"))).on_duty("ann")
    core.do(arrive())
    core.do(DeclineOffer("ann", "c1", core.contact().offer_id))
    told = await explained(core)
    assert (told.moment, told.offers, told.explanation.place.position) == (Moment.NOW, 1, 1)


async def test_a_contact_that_ended_unoffered_is_explained_as_it_was_before_its_end() -> None:
    core = Core(plan(agent("ann")))
    core.do(arrive())
    core.pass_ms(MINUTE)
    core.do(Cancel("c1"))
    told = await explained(core)
    assert (told.moment, told.explanation.place.position) == (Moment.END, 1)
    assert told.explanation.at_ms == core.at_ms


@pytest.mark.parametrize(
    ("contact_id", "offer", "said"),
    [("c9", 0, "the log has no contact c9"), ("c1", 3, "c1 was offered 2 times, not 3")],
)
async def test_what_the_log_does_not_have_is_said(contact_id: str, offer: int, said: str) -> None:
    with pytest.raises(NothingToExplain, match=said):
        await explained(two_offers(), contact_id, offer)


async def test_an_empty_log_has_no_contact() -> None:
    with pytest.raises(NothingToExplain):
        await Retracing(MemoryEventLog()).explain(0, TENANT, "c1")


async def test_tenants_are_kept_apart_and_one_has_to_be_named_where_two_have_such_a_contact() -> None:
    ours, theirs = two_offers(), Core(plan(agent("zoe")))
    theirs.do(arrive())
    log = await logged(*commands_of(ours), *commands_of(theirs, "lagoon"))
    retracing = Retracing(log)
    assert (await retracing.explain(0, TENANT, "c1")).agent == "bob"
    assert [each.agent for each in (await retracing.explain(0, "lagoon", "c1")).explanation.agents] == ["zoe"]
    with pytest.raises(NothingToExplain, match="harbour, lagoon have a contact c1 each"):
        await retracing.explain(0, "", "c1")
    with pytest.raises(NothingToExplain, match="no contact"):
        await retracing.explain(0, "reef", "c1")


async def test_the_only_tenant_with_such_a_contact_need_not_be_named() -> None:
    assert (await Retracing(await logged(*commands_of(two_offers()))).explain(0, "", "c1")).agent == "bob"


async def test_a_log_that_no_router_wrote_is_not_explained() -> None:
    log = await logged(*commands_of(two_offers()))
    await log.append(0, b"nonsense")
    with pytest.raises(FenceStopped):
        await Retracing(log).explain(0, TENANT, "c1")


async def test_more_askers_than_a_few_are_refused_and_the_others_are_answered() -> None:
    retracing = Retracing(await logged(*commands_of(two_offers())))
    asked = [asyncio.create_task(retracing.explain(0, TENANT, "c1")) for _ in range(10 * ASKERS_MAX)]
    told = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(each) for each in told] == [Retraced] * ASKERS_MAX + [TooManyAskers] * 9 * ASKERS_MAX
    assert (await retracing.explain(0, TENANT, "c1")).agent == "bob"


def crowd(random: Random) -> Core:
    """An hour in which agents come and go, and contacts arrive and are taken, declined or left."""
    roster = [agent(f"a{number}", skills=skills(german=random.randint(1, 9))) for number in range(6)]
    queues = (queue("sales", policy=random.choice(POLICIES)),)
    route = Route("sales", skills(german=4))
    core = Core(plan(*roster, queues=queues, entry_points=(), default_route=route), checked=False)
    core.on_duty("a0", "a1", "a2", "a3", "a4", "a5")
    for number in range(40):
        core.pass_ms(random.randint(1, 40) * SECOND)
        core.do(arrive(f"c{number}", arrived_at_ms=core.at_ms))
        for _ in range(4):
            core.pass_ms(SECOND)
            _stir(core, random)
    return core


def _stir(core: Core, random: Random) -> None:
    """Somebody does something; where a timer was quicker, it is refused."""
    one = random.choice(sorted(core.state.agents))
    on_desk = core.agent(one).items
    if not on_desk:
        core.decide(
            SetPresence(
                one, random.choice((Presence.AVAILABLE, Presence.AVAILABLE, Presence.AVAILABLE, Presence.OFFLINE))
            )
        )
        return
    contact = core.contact(on_desk[0])
    accept, decline = (each(one, contact.id, contact.offer_id) for each in (AcceptOffer, DeclineOffer))
    choices: dict[str, tuple[Command, ...]] = {
        "offered": (accept, accept, accept, decline),
        "active": (FinishConversation(one, contact.id),),
        "wrap_up": (CompleteContact(one, contact.id, "solved"),),
    }
    core.decide(random.choice(choices[contact.status]))


@pytest.mark.parametrize("seed", range(4))
async def test_the_scan_at_the_moment_of_an_offer_finds_what_the_router_recorded(seed: int) -> None:
    core = crowd(Random(seed))
    retracing = Retracing(await logged(*commands_of(core), per_batch=1 + seed))
    counts: dict[str, int] = {}
    offers = [event for event, _ in core.log if isinstance(event, ContactOffered)]
    for event in offers[:30]:
        counts[event.contact_id] = counts.get(event.contact_id, 0) + 1
        told = await retracing.explain(0, TENANT, event.contact_id, counts[event.contact_id])
        why, found = event.why, told.explanation
        eligible = [each for each in found.agents if each.place]
        assert (told.agent, found.free, found.eligible) == (event.agent, why.free, why.eligible)
        assert (eligible[0].agent, eligible[0].score) == (event.agent, why.winner)
        assert (eligible[1].agent if len(eligible) > 1 else "") == why.runner_up
        assert words(told)[1] == f"Why: {told.reason}."
    assert sum(counts.values()) == 30
