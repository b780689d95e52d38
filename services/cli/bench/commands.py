"""Rounds of whole commands on a floor: what a command takes from being given to being true, its offers included."""

from services.cli.bench.decide_adapter import carry_out
from services.cli.bench.floor import Floor
from services.cli.bench.timing import Round, now_ns
from services.cli.bench.workload import COMPANY, RULES
from services.plan.compiled import Direction
from services.router.core.commands import Arrive, CompleteContact, TimePassed


def contacts_arrive(floor: Floor, decisions: int) -> Round:
    """Contacts arrive, take their entry point, and are offered to somebody free. Others wait all the while."""
    done = Round()
    while len(done.taken_ns) < decisions:
        command = _arrival(floor)
        began = now_ns()
        offers = carry_out(floor.state, command, floor.at_ms)
        taken = now_ns() - began
        if offers:
            done.taken_ns.append(taken)
            floor.swap(offers[0].agent)
        else:
            done.vain_ns += taken
            floor.forget(command.contact_id)
            floor.swap_any()
    return done


def agents_complete(floor: Floor, decisions: int) -> Round:
    """Agents complete their call and are offered as much of what waits as they have room for; each is a decision."""
    done = Round()
    while done.decisions < decisions:
        agent_id = floor.workload.chance.choice(floor.busy)
        (call,) = floor.state.agents[agent_id].items
        floor.at_ms += 1
        began = now_ns()
        offers = carry_out(floor.state, CompleteContact(agent_id, call, ""), floor.at_ms)
        done.taken_ns.append(now_ns() - began)
        done.decisions += len(offers)
        floor.occupy(agent_id)
        for _ in offers:
            floor.arrive()
    return done


def nothing_happens(floor: Floor, commands: int) -> Round:
    """Commands that find nothing to do."""
    done = Round()
    for _ in range(commands):
        floor.at_ms += 1
        began = now_ns()
        carry_out(floor.state, TimePassed(), floor.at_ms)
        done.taken_ns.append(now_ns() - began)
    return done


def _arrival(floor: Floor) -> Arrive:
    chance = floor.workload.chance
    floor.at_ms += 1
    return Arrive(
        contact_id=f"{chance.getrandbits(128):032x}",
        company=COMPANY,
        channel=chance.choice(RULES).channel,
        direction=Direction.INBOUND,
        dialed=chance.choice(floor.workload.queues),
        caller_classes=(),
        customer="",
        ivr_path=(),
        language="",
        attributes=(),
        arrived_at_ms=floor.at_ms,
        previous_contact_id="",
        ready=True,
    )
