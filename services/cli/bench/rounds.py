"""Rounds of decisions on a floor: find and assign is timed; what moves the floor on between two decisions is not."""

from services.cli.bench.floor import Floor
from services.cli.bench.matcher import Matcher
from services.cli.bench.timing import Round, now_ns

IN_VAIN_MAX = 10_000


class NothingToMeasure(Exception):
    """The workload gives the matcher nothing that it can decide; the bench's own fault."""


def contacts_find_agents(floor: Floor, matcher: Matcher, decisions: int, *, times_put: bool = True) -> Round:
    """Waiting contacts, one by one, find an agent among the free ones and are assigned.

    `times_put` is False for the scan: what keeping an index costs is not held against who has no use for it.
    Raises NothingToMeasure when nobody who waits can be assigned.
    """
    done, in_vain = Round(), 0
    while len(done.taken_ns) < decisions:
        contact = floor.next_waiting()
        began = now_ns()
        picked = matcher.agent_for(contact)
        taken = now_ns() - began
        if picked:
            put_ns = _assign(floor, contact.id, picked.agent)
            done.taken_ns.append(taken + (put_ns if times_put else 0))
            floor.swap(picked.agent)
            in_vain = 0
        else:
            done.vain_ns += taken
            floor.forget(contact.id)  # or those whom nobody can take would soon be all that waits
            floor.swap_any()
            in_vain = _one_more(in_vain)
        floor.arrive()
    return done


def agents_find_contacts(floor: Floor, matcher: Matcher, decisions: int, *, times_put: bool = True) -> Round:
    """Agents, one by one, become free, find the best of what waits and are assigned. Nobody else is free.

    Raises NothingToMeasure when nobody finds anything.
    """
    done, in_vain = Round(), 0
    while len(done.taken_ns) < decisions:
        agent_id = floor.workload.chance.choice(floor.busy)
        floor.release(agent_id)
        agent = floor.state.agents[agent_id]
        began = now_ns()
        contact_id = matcher.contact_for(agent)
        taken = now_ns() - began
        if contact_id:
            put_ns = _assign(floor, contact_id, agent_id)
            done.taken_ns.append(taken + (put_ns if times_put else 0))
            floor.occupy(agent_id)
            floor.arrive()
            in_vain = 0
        else:
            done.vain_ns += taken
            floor.occupy(agent_id)
            in_vain = _one_more(in_vain)
    return done


def _assign(floor: Floor, contact_id: str, agent_id: str) -> int:
    """What the index takes to note the assignment, in ns. Making and keeping the records is the whole command's."""
    before = floor.state.agents[agent_id]
    floor.put(floor.assignment(floor.state.contacts[contact_id], before))
    assigned = floor.state.agents[agent_id]
    floor.state.index.note_agent(before)  # as it was: what follows is what is timed
    began = now_ns()
    floor.state.index.note_agent(assigned)
    return now_ns() - began


def _one_more(in_vain: int) -> int:
    if in_vain == IN_VAIN_MAX:
        raise NothingToMeasure("Nothing can be assigned: look at the workload's free agents and what waits.")
    return in_vain + 1
