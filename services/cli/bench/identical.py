"""Whether the engine decides as the plain scan does, decision by decision, while anything may happen between two.

The same: the same agent, the same runner-up, and among as many who are free and eligible; or the same contact.
"""

from collections.abc import Callable
from dataclasses import dataclass

from services.cli.bench.matcher import Matcher
from services.cli.bench.turmoil import Turmoil
from services.cli.bench.turmoil_of_colleagues import TurmoilOfColleagues
from services.router.core.choice import Picked
from services.router.core.state import TenantState

MatcherOf = Callable[[TenantState], Matcher]

DECISIONS_PER_SEED = 1000
STIRS_BETWEEN = 2
ASSIGNED_PERCENT = 70


@dataclass(slots=True)
class Comparison:
    """How many decisions were compared, how many were the same, and the first that was not."""

    decisions: int = 0
    same: int = 0
    # Decisions that found somebody.
    found: int = 0
    first_difference: str = ""

    @property
    def share(self) -> float:
        return self.same / self.decisions

    def note(self, told: str, engine: Picked | str | None, scan: Picked | str | None) -> None:
        self.decisions += 1
        self.same += engine == scan
        self.found += bool(scan)
        if engine != scan and not self.first_difference:
            self.first_difference = f"{told}: the engine says {engine or 'none'}, the scan {scan or 'none'}"


def compare(decisions: int, engine_of: MatcherOf, scan_of: MatcherOf, first_seed: int = 1) -> Comparison:
    """Compare at least so many decisions, on a new contact centre for every thousand."""
    comparison = Comparison()
    seed = first_seed
    while comparison.decisions < decisions:
        turmoil = TurmoilOfColleagues(seed)
        engine, scan = engine_of(turmoil.state), scan_of(turmoil.state)
        until = min(decisions, comparison.decisions + DECISIONS_PER_SEED)
        while comparison.decisions < until:
            for _ in range(STIRS_BETWEEN):
                turmoil.stir()
            told = f"seed {seed}, decision {comparison.decisions + 1}"
            if turmoil.chance.random() < 0.5:
                _agent_for_a_contact(turmoil, engine, scan, comparison, told)
            else:
                _contact_for_an_agent(turmoil, engine, scan, comparison, told)
        seed += 1
    return comparison


def _agent_for_a_contact(turmoil: Turmoil, engine: Matcher, scan: Matcher, comparison: Comparison, told: str) -> None:
    waiting = turmoil.waiting()
    if not waiting:
        return
    contact = turmoil.chance.choice(waiting)
    found = scan.agent_for(contact)
    comparison.note(f"{told}, an agent for {contact.id}", engine.agent_for(contact), found)
    if found and turmoil.chance.randrange(100) < ASSIGNED_PERCENT:
        turmoil.assign(contact, turmoil.state.agents[found.agent])


def _contact_for_an_agent(turmoil: Turmoil, engine: Matcher, scan: Matcher, comparison: Comparison, told: str) -> None:
    agents = turmoil.agents()
    if not agents:
        return
    agent = turmoil.chance.choice(agents)
    found = scan.contact_for(agent)
    comparison.note(f"{told}, a contact for {agent.id}", engine.contact_for(agent), found)
    if found and turmoil.chance.randrange(100) < ASSIGNED_PERCENT:
        turmoil.assign(turmoil.state.contacts[found], agent)
