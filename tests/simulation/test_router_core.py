"""The router's core under random commands: an auditor who shares nothing with it, replay, snapshots, hash seeds."""

import os
import subprocess
import sys
from hashlib import sha256

import pytest

from services.router.core.apply import apply
from services.router.core.commands import Command
from services.router.core.decide import decide
from services.router.core.events import ContactOffered, Event
from services.router.core.invariants import check, check_records
from services.router.core.memory import remember_answer, remember_seen
from services.router.core.scan import best_agent, explain, position, waiting_for
from services.router.core.snapshot import restore, snapshot, state_hash
from services.router.core.state import TenantState
from services.router.core.timers import next_timer_ms
from tests.simulation.core_auditor import Auditor
from tests.simulation.core_workload import TENANT, Workload

SEEDS = 25
COMMANDS = 400


class Run:
    """One tenant's day. The first seed that fails is named by its test."""

    def __init__(self, seed: int) -> None:
        self.workload = Workload(seed)
        self.auditor = Auditor()
        self.state = TenantState(TENANT)
        self.log: list[tuple[Event, int]] = []
        self.number = 0

    def go(self, commands: int) -> None:
        for command in self.workload.commands(self.state, commands):
            self.step(command)

    def step(self, command: Command) -> None:
        at_ms = self.workload.at_ms
        decision = decide(self.state, command, at_ms)
        self.number += 1
        for event in decision.events:
            if isinstance(event, ContactOffered):
                self.scan_agrees(event)
            apply(self.state, event, at_ms)
            self.log.append((event, at_ms))
            check_records(self.state)
        check(self.state)
        self.auditor.audit(decision.events, at_ms)
        remember_answer(self.state, str(self.number), decision.outcome, at_ms)
        contact_id = getattr(command, "contact_id", "")
        if contact_id:
            remember_seen(self.state, f"e{self.number}", contact_id, at_ms)
        next_ms = next_timer_ms(self.state)
        assert next_ms is None or next_ms > at_ms or len(decision.events) >= 100, "a timer was left behind"

    def scan_agrees(self, event: ContactOffered) -> None:
        """The index chose as the plain scan does, and gives the same reasons."""
        found = best_agent(self.state, self.state.contacts[event.contact_id])
        assert found is not None
        assert (found.agent.id, found.why) == (event.agent, event.why)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_random_day_satisfies_the_auditor(seed: int) -> None:
    run = Run(seed)
    run.go(COMMANDS)
    assert run.auditor.accepted > 50
    assert run.auditor.endings > 20
    assert len(run.auditor.offers_seen) > 10


@pytest.mark.parametrize("seed", range(3))
def test_deciding_leaves_the_state_as_it_was(seed: int) -> None:
    run = Run(seed)
    for command in run.workload.commands(run.state, 200):
        before = state_hash(run.state)
        decide(run.state, command, run.workload.at_ms)
        assert state_hash(run.state) == before
        run.step(command)


@pytest.mark.parametrize("seed", range(5))
def test_replaying_the_events_gives_the_live_state(seed: int) -> None:
    run = Run(seed)
    twin = TenantState(TENANT)
    played = 0
    for number, command in enumerate(run.workload.commands(run.state, 300)):
        decision = decide(run.state, command, run.workload.at_ms)
        for event in decision.events:
            apply(run.state, event, run.workload.at_ms)
            run.log.append((event, run.workload.at_ms))
        if number % 25 == 0:
            for event, at_ms in run.log[played:]:
                apply(twin, event, at_ms)
            played = len(run.log)
            assert state_hash(twin) == state_hash(run.state)


@pytest.mark.parametrize("seed", range(3))
def test_a_snapshot_at_any_point_restores_the_same_state_and_the_same_future(seed: int) -> None:
    run = Run(seed)
    for number, command in enumerate(run.workload.commands(run.state, 300)):
        if number % 10 == 0:
            restored = restore(snapshot(run.state))
            assert state_hash(restored) == state_hash(run.state)
            check(restored)
            at_ms = run.workload.at_ms
            assert decide(restored, command, at_ms) == decide(run.state, command, at_ms)
        run.step(command)


def test_a_batch_of_decisions_taken_back_leaves_nothing_behind() -> None:
    run = Run(7)
    run.go(150)
    before = state_hash(run.state)
    mark = run.state.savepoint()
    for command in Workload(8).commands(run.state, 60):
        for event in decide(run.state, command, run.workload.at_ms).events:
            apply(run.state, event, run.workload.at_ms)
    run.state.rollback(mark)
    assert state_hash(run.state) == before
    check(run.state)


@pytest.mark.parametrize("seed", range(3))
def test_what_is_chosen_and_what_is_explained_agree(seed: int) -> None:
    run = Run(seed)
    for command in run.workload.commands(run.state, 200):
        run.step(command)
        for contact_id in run.state.waiting:
            contact = run.state.contacts[contact_id]
            assert best_agent(run.state, contact) is None
            assert position(run.state, contact_id) == run.state.index.standing_in_queue(contact) >= 1
        for agent in run.state.agents.values():
            assert waiting_for(run.state, agent) == []
        explained = explain(run.state, next(iter(run.state.contacts.values())), 0) if len(run.state.contacts) else None
        assert explained is None or len(explained.verdicts) == len(run.state.agents)


def fingerprint(seed: int) -> str:
    run = Run(seed)
    run.go(200)
    return sha256((repr(run.log) + state_hash(run.state)).encode()).hexdigest()


def test_the_same_seed_gives_the_same_day_whatever_pythons_hash_seed() -> None:
    code = "from tests.simulation.test_router_core import fingerprint; print(fingerprint(3))"
    prints = {
        subprocess.run(  # noqa: S603
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": "."},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("0", "1", "random")
    }
    assert prints == {fingerprint(3) + "\n"}


def test_each_policy_is_used_and_says_why() -> None:
    run = Run(1)
    run.go(COMMANDS)
    whys = [event.why for event, _ in run.log if isinstance(event, ContactOffered)]
    assert all(why.eligible <= why.free and why.winner for why in whys)
    assert all((why.runner_up == "") == (why.decided_by == "only") for why in whys)
    assert len({why.policy for why in whys}) > 1
