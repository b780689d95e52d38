"""Every example of docs/routing.md: its plans can be put in force, its tests pass, and nothing is left out."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from services.cli.plan.contacts import KEY
from services.cli.plan.run_cases import CaseResult, run_cases
from services.cli.plan.scene import Scene
from services.plan.check import check_plan
from services.plan.compile import compile_plan
from services.plan.compiled import Channel, Criterion, Direction, Plan, Policy
from services.plan.model import PlanFile, UrgencyPart
from services.plan.read import read_plan
from services.plan.route_model import RoutePart, StepPart
from services.router.core.commands import (
    AcceptOffer,
    ActivatePlan,
    Arrive,
    AttachAgent,
    ChangeOwner,
    Consult,
    DetachAgent,
    HandOver,
    SetPresence,
    TransferContact,
)
from services.router.core.events import Presence
from services.router.core.expected_wait import expected_wait
from services.router.core.records import QueueFigures
from tests.unit.cli.plan.test_docs import Parts, parts_of
from tests.unit.plan.test_schema import problems

PAGE = (Path(__file__).parents[4] / "docs" / "routing.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
# What the page says stands above each example of tests.
BEGINS_MS = 1_800_000_000_000
AT = 'at: "2026-11-23 10:00"\n'


@dataclass(frozen=True, slots=True)
class Example:
    """A plan in which the page replaces some keys, and the tests that are to pass with it."""

    fragment: Parts
    tests: str

    @property
    def text(self) -> str:
        return "".join({**parts_of(BASE), **self.fragment}.values())

    @property
    def plan_file(self) -> PlanFile:
        return read_plan(self.text.encode())


(BASE,) = [text for text in EXAMPLES if text.startswith("format:")]


def examples() -> list[Example]:
    """Each plan of the page is followed by its tests."""
    later = [text for text in EXAMPLES if text != BASE]
    return [Example(parts_of(plan), tests) for plan, tests in zip(later[::2], later[1::2], strict=True)]


@cache
def results() -> list[CaseResult]:
    return [each for example in examples() for each in run_cases(example.plan_file, (AT + example.tests).encode())]


def test_plans_and_tests_take_turns() -> None:
    assert all(each.tests.startswith("tests:") for each in examples())
    assert not any("tests" in each.fragment for each in examples())


@pytest.mark.parametrize("example", examples(), ids=lambda example: "+".join(example.fragment))
def test_the_plan_can_be_put_in_force_and_editors_agree(example: Example) -> None:
    assert check_plan(example.plan_file) == []
    assert problems(example.text) == []


@pytest.mark.parametrize("result", results(), ids=lambda result: result.name)
def test_the_routing_test_passes(result: CaseResult) -> None:
    assert result.failures == ()


KEYS = [
    *(f"policy: {each}" for each in Policy if each is not Policy.LONGEST_IDLE),
    *(f"{each}: " for each in Criterion),
    *(f"{key}: " for part in (StepPart, RoutePart, UrgencyPart) for key in part.model_fields),
]


@pytest.mark.parametrize("key", KEYS)
def test_every_policy_criterion_and_step_has_an_example(key: str) -> None:
    assert any(re.search(rf"\b{key}", text) for text in EXAMPLES)


@pytest.mark.parametrize("place", [1, 2, 3, 10])
def test_the_table_of_expected_waits_is_what_the_core_says(place: int) -> None:
    scene = on_duty()
    scene.state.figures["help"] = QueueFigures(handling_ms=180_000)

    median_ms, ninetieth_ms = expected_wait(scene.state, "help", place, servers=2)

    row = f"| {place} | {place * 90} s | {round(median_ms / 1000)} s | {round(ninetieth_ms / 1000)} s |"
    assert row in PAGE


def on_duty(*agents: str, changes: str = "") -> Scene:
    """The plan of the examples with these changes, and these agents on duty."""
    scene = Scene(compiled(changes), BEGINS_MS)
    for agent in agents:
        scene.do(AttachAgent(agent))
        scene.do(SetPresence(agent, Presence.AVAILABLE))
    return scene


def compiled(changes: str = "") -> Plan:
    return compile_plan(Example(parts_of(changes), "").plan_file, BEGINS_MS, KEY).plan


def arrives(scene: Scene, channel: Channel = Channel.VOICE, contact_id: str = "one", customer: str = "k") -> None:
    address = {each.channel: each.address for each in scene.plan.companies[0].addresses}[channel]
    scene.do(
        Arrive(
            contact_id=contact_id,
            company="shop",
            channel=channel,
            direction=Direction.INBOUND,
            dialed=address,
            caller_classes=(),
            customer=customer,
            ivr_path=(),
            language="",
            attributes=(),
            arrived_at_ms=scene.at_ms,
            previous_contact_id="",
            ready=True,
        )
    )


def accept(scene: Scene, contact_id: str = "one") -> None:
    contact = scene.state.contacts[contact_id]
    scene.do(AcceptOffer(contact.agent, contact_id, contact.offer_id))


def stands(scene: Scene, contact_id: str = "one") -> tuple[str, str]:
    """How the contact stands, and with whom."""
    contact = scene.state.contacts[contact_id]
    return str(contact.status), contact.agent


def in_s(scene: Scene, seconds: int) -> Scene:
    scene.pass_until(scene.at_ms + seconds * 1000)
    return scene


STEPS = """default: {queue: help, skills: {billing: 5}, priority: 4, steps: [{after_s: 30, raise_priority: 1}]}
"""


def test_a_transferred_contact_keeps_its_place_and_loses_skills_and_the_steps_of_its_own_route() -> None:
    scene = on_duty("ana", changes=STEPS)
    arrives(scene)
    accept(in_s(scene, 10))

    scene.do(TransferContact("ana", "one", "experts"))

    contact = in_s(scene, 60).state.contacts["one"]
    assert (contact.queue, contact.arrived_at_ms, contact.priority, contact.skills) == ("experts", BEGINS_MS, 4, ())


def test_a_transferred_contact_takes_the_steps_of_the_first_entry_point_into_its_queue() -> None:
    ways = """entry_points:
  - {id: law, match: {channel: email}, route: {queue: experts, steps: [{after_s: 20, raise_priority: 7}]}}
  - {id: more, match: {channel: sms}, route: {queue: experts, steps: [{after_s: 5, raise_priority: 9}]}}
"""
    scene = on_duty("ana", changes=STEPS + ways)
    arrives(scene)
    accept(scene)
    in_s(scene, 60).do(TransferContact("ana", "one", "experts"))
    assert in_s(scene, 19).state.contacts["one"].priority == 4
    assert in_s(scene, 1).state.contacts["one"].priority == 11


def test_a_warm_transfer_asks_first() -> None:
    scene = on_duty("ana", "bo", changes="queues: [{id: help, company: shop}]\n")
    arrives(scene, Channel.WEB_CHAT)
    accept(scene)
    first = stands(scene)[1]

    scene.do(Consult(first, "one", "help"))
    asked = scene.state.contacts["one"].consultation
    accept(scene, asked)
    assert stands(scene) == ("active", first)
    second = stands(scene, asked)[1]
    scene.do(HandOver(first, "one"))

    assert (stands(scene), stands(scene, asked)[0]) == (("active", second), "ended")
    assert {first, second} == {"ana", "bo"}


def test_a_question_that_nobody_takes_ends_after_two_minutes() -> None:
    scene = on_duty("ana")
    arrives(scene, Channel.WEB_CHAT)
    accept(scene)
    scene.do(Consult("ana", "one", "help"))
    asked = scene.state.contacts["one"].consultation
    assert stands(in_s(scene, 119), asked) == ("queued", "")
    assert stands(in_s(scene, 1), asked)[0] == "ended"
    assert stands(scene) == ("active", "ana")


@pytest.mark.parametrize(("others", "taker"), [(("bo",), "bo"), ((), "ana")])
def test_who_transferred_gets_it_back_only_if_nobody_else_is_there(others: tuple[str, ...], taker: str) -> None:
    scene = on_duty("ana")
    arrives(scene)
    accept(scene)
    for other in others:
        scene.do(AttachAgent(other))
        scene.do(SetPresence(other, Presence.AVAILABLE))

    scene.do(TransferContact("ana", "one", "help"))

    assert stands(scene) == ("offered", taker)


def test_the_colleague_who_is_named_has_a_minute() -> None:
    scene = on_duty("ana", "bo", "cy", changes="queues: [{id: help, company: shop}]\n")
    for contact_id in ("one", "two"):
        arrives(scene, contact_id=contact_id, customer=contact_id)
        accept(scene, contact_id)

    scene.do(TransferContact("ana", "one", "help", to_agent="bo"))

    assert stands(in_s(scene, 59)) == ("queued", "")
    assert stands(in_s(scene, 1)) == ("offered", "cy")


def test_a_lost_connection_may_come_back_for_thirty_seconds() -> None:
    scene = on_duty("ana", changes="channels: {voice: {offer_s: 60}}\n")
    arrives(scene)
    scene.do(DetachAgent("ana"))

    assert stands(in_s(scene, 29)) == ("offered", "ana")
    assert stands(in_s(scene, 1)) == ("queued", "")
    assert scene.state.agents["ana"].presence is Presence.OFFLINE


@pytest.mark.parametrize(("channel", "after"), [(Channel.WEB_CHAT, "queued"), (Channel.VOICE, "active")])
def test_chats_return_after_five_minutes_and_calls_stay(channel: Channel, after: str) -> None:
    scene = on_duty("ana")
    arrives(scene, channel)
    accept(scene)
    scene.do(DetachAgent("ana"))

    assert stands(in_s(scene, 299)) == ("active", "ana")
    assert stands(in_s(scene, 1))[0] == after


def test_a_new_router_holds_an_open_offer_for_ten_seconds_and_blames_nobody() -> None:
    scene = on_duty("ana", "bo")
    arrives(scene)
    in_s(scene, 19).do(ChangeOwner())
    for agent in ("ana", "bo"):
        scene.do(AttachAgent(agent))

    assert stands(in_s(scene, 9)) == ("offered", "ana")
    assert scene.state.contacts["one"].offer_id == "one.1"
    in_s(scene, 1)
    assert scene.state.contacts["one"].offer_id == "one.2"
    assert scene.state.agents["ana"].presence is Presence.AVAILABLE


def test_nobody_is_offered_anything_before_they_connected_to_the_new_router() -> None:
    scene = on_duty("ana")
    scene.do(ChangeOwner())
    arrives(scene)

    assert stands(scene) == ("queued", "")
    scene.do(AttachAgent("ana"))
    assert stands(scene) == ("offered", "ana")


def test_a_new_plan_leaves_what_waits_where_it_is_and_numbers_of_steps_count() -> None:
    scene = on_duty(changes=STEPS)
    arrives(scene)
    in_s(scene, 30)

    scene.do(ActivatePlan(compiled("default: {queue: experts, steps: [{raise_priority: 7}, {raise_priority: 9}]}\n")))

    contact = scene.state.contacts["one"]
    assert (contact.queue, contact.priority, contact.steps_taken) == ("help", 4 + 1 + 9, (0, 1))


def test_what_waits_in_a_queue_that_is_gone_goes_by_the_default_route() -> None:
    german = "entry_points:\n  - {id: all, match: {}, route: {queue: help, skills: {billing: 5}, priority: 4}}\n"
    scene = on_duty(changes=german)
    arrives(scene)

    without = (
        "queues: [{id: experts, company: shop}]\ndefault: {queue: experts, skills: {german: 5}}\nentry_points: []\n"
    )
    scene.do(ActivatePlan(compiled(without)))

    contact = scene.state.contacts["one"]
    assert (contact.queue, contact.priority) == ("experts", 4)
    assert [(each.skill, each.level) for each in contact.skills] == [("german", 5)]


def test_an_offer_that_the_new_plan_does_not_allow_returns_and_work_stays() -> None:
    scene = on_duty("ana", "bo")
    for contact_id in ("one", "two"):
        arrives(scene, contact_id=contact_id, customer=contact_id)
    accept(scene)

    scene.do(
        ActivatePlan(
            compiled(
                "default: {queue: experts}\nqueues: [{id: experts, company: shop, groups: senior}, "
                "{id: help, company: shop, groups: senior}]\n"
            )
        )
    )

    assert stands(scene, "one") == ("active", "ana")
    assert stands(scene, "two") == ("queued", "")


def test_shares_count_for_each_entry_point_by_itself() -> None:
    changes = """queues: [{id: help, company: shop}, {id: experts, company: shop}]
entry_points:
  - {id: mails, match: {channel: email}, route: {queue: help}}
default: {queue: help, spread: [{queue: help}, {queue: experts}]}
"""
    scene = on_duty("ana", changes=changes)
    for number in range(6):
        arrives(scene, Channel.EMAIL if number % 2 else Channel.VOICE, f"c{number}", f"k{number}")

    assert [scene.state.contacts[f"c{number}"].queue for number in (0, 2, 4)] == ["help", "experts", "help"]
