"""What the rounds of the path's bench come to."""

import pytest

from services.cli.bench.path.contacts import Contacts, Seen
from services.cli.bench.path.desks import AGENTS, ROOM, UNITS, plan
from services.cli.bench.path.measuring import Load, Sizes, measured
from services.plan.compiled import Channel
from services.plan.load import load_plan

MS = 1_000_000


class Always:
    """A path on which each contact takes so long, in rounds one after the other."""

    def __init__(self, *taken_ms: int) -> None:
        self.rounds = 0
        self._taken_ms = taken_ms

    async def round(self, count: int, per_s: int) -> Seen:
        taken_ms = self._taken_ms[min(self.rounds, len(self._taken_ms) - 1)]
        self.rounds += 1
        seen = Seen()
        for place, contact in enumerate(Contacts().some(count)):
            seen.appended_ns[contact.encode()] = place * MS
            seen.read_ns[contact.encode()] = (place + taken_ms) * MS
        return seen


async def test_a_latency_has_its_percentiles_the_first_round_does_not_count_and_the_ratio_is_the_rounds_one() -> None:
    ours, theirs = Always(1_000, 4, 6, 8), Always(1_000, 2, 3, 8)

    figures = [figure async for figure in measured(Sizes(3, (Load("10_per_s", 10, 20),)), ours, theirs)]

    assert [figure.name for figure in figures] == ["path.p50_ms.10_per_s", "path.p99_ms.10_per_s"]
    assert {(each.value, each.baseline, each.ratio, each.n) for each in figures} == {(6, 3, 2, 60)}
    assert ours.rounds == theirs.rounds == 4


async def test_a_burst_is_contacts_a_second() -> None:
    (figure,) = [figure async for figure in measured(Sizes(1, (Load("burst", 0, 100),)), Always(101), Always(1))]
    assert figure.name == "path.burst_contacts_per_s"
    assert (figure.value, figure.baseline, figure.ratio) == pytest.approx((500, 1_000, 0.5))


def test_the_full_sizes_never_ask_for_more_than_the_agents_have_room_for() -> None:
    assert max(load.count for load in Sizes().loads) <= ROOM
    assert Sizes().rounds >= 5


def test_the_agents_of_its_plan_may_take_so_much() -> None:
    compiled = load_plan(plan(), 1_800_000_000_000, b"k" * 32).plan
    assert len(compiled.agents) == AGENTS
    assert {agent.units for agent in compiled.agents} == {UNITS}
    assert {rule.units for rule in compiled.channels if rule.channel is Channel.WEB_FORM} == {1}
