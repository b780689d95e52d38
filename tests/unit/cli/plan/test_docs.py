"""Every example of docs/plan.md is a plan that can be put in force, and agrees with the schema; its tests pass."""

import re
from pathlib import Path

import pytest

from services.cli.plan.run_cases import CaseResult, run_cases
from services.plan.check import check_plan
from services.plan.fields import Part
from services.plan.model import AgentPart, ChannelPart, PlanModel, QueuePart, UrgencyPart
from services.plan.read import read_plan
from services.plan.route_model import RoutePart, StepPart
from services.plan.warn import warnings_of
from tests.unit.plan.test_schema import problems

PAGE = (Path(__file__).parents[4] / "docs" / "plan.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
TESTS = "# tests\n"
# What the examples speak of and do not show.
AROUND = {
    "format": "format: 1\n",
    "tenant": "tenant: docs\n",
    "time_zone": "time_zone: Europe/Berlin\n",
    "companies": """companies:
  - id: acme
    name: Acme
    addresses:
      - {channel: voice, address: +44 20 7946 0100, menu: main}
      - {channel: web_chat, address: acme-chat}
""",
    "skills": "skills: [billing]\n",
    "groups": "groups: [front, senior]\n",
    "default": "default: {queue: acme-support}\n",
}

# The text of a plan by the keys of the file.
Parts = dict[str, str]


def parts_of(text: str) -> Parts:
    """The example by keys of the file."""
    found = re.split(r"^(?=[a-z_]+:)", text, flags=re.MULTILINE)
    return {part.partition(":")[0]: part for part in found if part}


FRAGMENTS = [parts_of(text) for text in EXAMPLES if not text.startswith(("format:", TESTS))]


def whole(fragment: Parts) -> str:
    """A plan with the example in it, and the first of the other examples for each key that it does not have."""
    first: Parts = {}
    for each in reversed(FRAGMENTS):
        first |= each
    return "".join({**AROUND, **first, **fragment}.values())


def all_entry_points() -> Parts:
    """The rules of the examples of routes, which the routing tests are for, in the order of the page."""
    rules = [each["entry_points"].removeprefix("entry_points:\n") for each in FRAGMENTS if "entry_points" in each]
    return {"entry_points": "entry_points:\n" + "".join(rules[1:])}


@pytest.mark.parametrize("fragment", FRAGMENTS, ids="+".join)
def test_the_example_can_be_put_in_force_and_editors_agree(fragment: Parts) -> None:
    text = whole(fragment)

    assert check_plan(read_plan(text.encode())) == []
    assert problems(text) == []


def test_nothing_is_odd_about_the_routes_of_the_examples() -> None:
    plan_file = read_plan(whole(all_entry_points()).encode())

    assert warnings_of(plan_file) == []


def test_the_smallest_plan_is_one() -> None:
    (smallest,) = [text for text in EXAMPLES if text.startswith("format:")]

    assert check_plan(read_plan(smallest.encode())) == []
    assert problems(smallest) == []


def results() -> list[CaseResult]:
    (tests,) = [text for text in EXAMPLES if text.startswith(TESTS)]
    return run_cases(read_plan(whole(all_entry_points()).encode()), tests.encode())


@pytest.mark.parametrize("result", results(), ids=lambda result: result.name)
def test_the_routing_test_passes(result: CaseResult) -> None:
    assert result.failures == ()


PARTS = (PlanModel, QueuePart, AgentPart, UrgencyPart, ChannelPart, RoutePart, StepPart)


@pytest.mark.parametrize("part", PARTS)
def test_every_key_is_described(part: type[Part]) -> None:
    assert [key for key in part.model_fields if f"`{key}" not in PAGE] == []
