"""Agents who ask one another all day, and hand over: the auditor looks on."""

from dataclasses import replace

from services.plan.compiled import AgentProfile, Channel, ChannelRule, SkillLevel
from services.router.core.commands import Command, SetPresence
from services.router.core.events import Presence
from services.router.core.state import TenantState
from tests.simulation.core_auditor import Auditor
from tests.simulation.core_workload import COMPANIES, SKILLS, Workload
from tests.simulation.test_router_core import Run

SEEDS = 3
COMMANDS = 700


class Talkative(Workload):
    """Everybody can do everything, has room for a lot, and would rather ask than finish. There are few calls."""

    def _work(self, state: TenantState) -> Command:
        return self._consult(state) if self._random.random() < 0.8 else super()._work(state)

    def _detach(self, state: TenantState) -> Command:
        return super()._detach(state) if self._random.random() < 0.2 else self._consult(state)

    def _time(self, state: TenantState) -> Command:
        return super()._time(state) if self._random.random() < 0.2 else self._consult(state)

    def _presence(self, state: TenantState) -> Command:
        here = self._random.random() < 0.8
        return SetPresence(self._agent(), Presence.AVAILABLE) if here else super()._presence(state)

    def _profile(self, id: str) -> AgentProfile:
        skills = tuple(SkillLevel(skill, 10) for skill in SKILLS)
        return replace(super()._profile(id), skills=skills, units=6, companies=COMPANIES, groups=("tier1",), site="")

    def _rule(self, channel: Channel) -> ChannelRule:
        return replace(super()._rule(channel), units=1, alone=False)


class Counting(Auditor):
    def __init__(self) -> None:
        super().__init__()
        self.asked = self.handed_over = 0

    def _ConsultationOpened(self, event, at_ms) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001, N802
        super()._ConsultationOpened(event, at_ms)
        self.asked += 1

    def _ContactHandedOver(self, event, at_ms) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001, N802
        super()._ContactHandedOver(event, at_ms)
        self.handed_over += 1


def test_days_of_warm_transfers_satisfy_the_auditor() -> None:
    asked = handed_over = 0
    for seed in range(SEEDS):
        run, auditor = Run(seed), Counting()
        run.workload, run.auditor = Talkative(seed), auditor
        run.go(COMMANDS)
        asked, handed_over = asked + auditor.asked, handed_over + auditor.handed_over
    assert asked > 20
    assert handed_over > 1
