"""The workload has the shape that the figures are stated for, and is the same each time."""

import pytest

from services.cli.bench.floor import Floor
from services.cli.bench.sizes import Effort, Size
from services.cli.bench.workload import RULES, UNITS, Workload
from services.plan.compiled import Policy
from services.router.core.desk import has_room, rule_of
from services.router.core.invariants import check
from services.router.core.records import ContactStatus
from services.router.core.scan import unfit

SMALL = Size(40, 25, (Policy.LONGEST_IDLE, Policy.ROUND_ROBIN), queues=4, signatures=12)


@pytest.mark.parametrize(("agents", "profiles"), [(1000, 200), (10_000, 500), (50_000, 500)])
def test_the_sizes_that_figures_are_stated_for(agents: int, profiles: int) -> None:
    workload = Workload(Effort().size(agents, 1000, *Policy))
    assert len(workload.agents) == agents
    assert len({(agent.skills, agent.groups) for agent in workload.agents}) == profiles
    assert len(set(workload.signatures)) == 500
    assert len(workload.queues) == 20
    assert {len(agent.groups) for agent in workload.agents} == {2}
    assert len(workload.free) == agents // 5
    assert {queue.policy for queue in workload.plan().queues} == set(Policy)


def test_one_agent_takes_one_call_three_chats_or_five_mails() -> None:
    assert {str(rule.channel): UNITS // rule.units for rule in RULES} == {"voice": 1, "web_chat": 3, "email": 5}


def test_the_same_seed_makes_the_same_workload_and_another_makes_another() -> None:
    one, same, other = Workload(SMALL), Workload(SMALL), Workload(SMALL, seed=2)
    assert (one.plan(), one.signatures, one.free) == (same.plan(), same.signatures, same.free)
    assert [next(one.arrivals()) for _ in range(9)] == [next(same.arrivals()) for _ in range(9)]
    assert one.signatures != other.signatures


def test_a_small_picture_keeps_the_share_of_free_agents() -> None:
    assert Effort(shrink=50).size(1000, 100_000, Policy.ROUND_ROBIN, free_percent=0).free_percent == 0
    assert len(Workload(Effort(shrink=10).size(1000, 1000, Policy.ROUND_ROBIN)).free) == 20


def test_somebody_on_the_roster_is_able_to_take_each_signature() -> None:
    floor = Floor(Workload(SMALL))
    agents = list(floor.state.agents.values())
    for signature in floor.workload.signatures:
        contact = floor.contact("c", signature)
        assert any(not unfit(floor.state, agent, contact) for agent in agents), signature


def test_on_the_floor_a_fifth_is_free_the_others_have_a_call_and_all_others_wait() -> None:
    floor = Floor(Workload(SMALL))
    agents = floor.state.agents
    assert sorted(agent.id for agent in agents.values() if not agent.items) == sorted(floor.free)
    assert (len(floor.free), len(floor.busy)) == (8, 32)
    voice = rule_of(floor.state, RULES[0].channel)
    assert not any(has_room(floor.state, agents[each], voice.units, voice.alone) for each in floor.busy)
    assert len(floor.state.waiting) == len(floor.queue) == 25
    check(floor.state)


def test_what_moves_the_floor_on_leaves_as_many_free_busy_and_waiting_as_before() -> None:
    floor = Floor(Workload(SMALL))
    taken = floor.free[0]
    contact = floor.next_waiting()
    floor.put(floor.assignment(contact, floor.state.agents[taken]))
    assert floor.state.contacts[contact.id].status is ContactStatus.OFFERED
    floor.swap(taken)
    floor.arrive()
    assert contact.id not in floor.state.contacts
    assert (len(floor.free), len(floor.busy), len(floor.state.waiting)) == (8, 32, 25)
    assert taken in floor.busy
    assert not any(floor.state.agents[each].items for each in floor.free)
    check(floor.state)
