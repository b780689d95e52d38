"""The example that users copy is a plan without defects, and shows all there is."""

from importlib.resources import files
from pathlib import Path

from services.plan.compile import CompiledPlan
from services.plan.compiled import Channel, Direction, Policy
from services.plan.load import load_plan
from tests.unit.plan.example import KEY, NOW_MS, load


def demonstration() -> CompiledPlan:
    return load_plan((files("services.plan") / "demonstration.yaml").read_bytes(), NOW_MS, KEY)


def test_it_has_two_companies_that_share_three_agents() -> None:
    plan = demonstration().plan

    shared = [agent.id for agent in plan.agents if agent.companies == ("acme", "globex")]
    assert [company.id for company in plan.companies] == ["acme", "globex"]
    assert shared == ["ana", "ben", "chen"]


def test_it_uses_every_matching_attribute_there_is() -> None:
    matches = [entry_point.match for entry_point in demonstration().plan.entry_points]

    unused = [name for name in matches[0].__slots__ if not any(getattr(match, name) for match in matches)]
    assert not unused
    classes = {name.partition(":")[0] for match in matches for name in match.caller_classes}
    assert classes == {"list", "exact", "prefix", "domain"}
    assert {match.while_open for match in matches if match.hours} == {True, False}
    assert {each for match in matches for each in match.directions} == set(Direction)


def test_it_uses_every_policy() -> None:
    assert {queue.policy for queue in demonstration().plan.queues} == set(Policy)


def test_each_company_is_reached_by_mail_form_and_chat() -> None:
    for company in demonstration().plan.companies:
        channels = {address.channel for address in company.addresses}
        assert channels >= {Channel.EMAIL, Channel.WEB_FORM, Channel.WEB_CHAT}


def test_the_free_seat_has_a_queue_of_its_own() -> None:
    plan = demonstration().plan

    (guest,) = [agent for agent in plan.agents if agent.id == "guest"]
    (welcome,) = [queue for queue in plan.queues if queue.id == "acme-welcome"]
    servers = [agent.id for agent in plan.agents if set(agent.groups) & set(welcome.groups)]
    assert guest.companies == (welcome.company,)
    assert servers == ["guest"]


def test_every_queue_is_somewhere_that_contacts_go() -> None:
    plan = demonstration().plan

    reached = {entry_point.route.queue for entry_point in plan.entry_points} | {plan.default_route.queue}
    assert reached == {queue.id for queue in plan.queues}


def test_the_smallest_plan_of_the_reference_is_one() -> None:
    reference = (Path(__file__).parents[3] / "docs" / "plan.md").read_text(encoding="utf-8")
    smallest = reference.split("```yaml\n")[1].split("```")[0]

    assert load(smallest).plan.default_route.queue == "help"
