"""The example that users copy is a plan without defects, and shows all there is."""

from importlib.resources import files

from services.plan.compile import CompiledPlan
from services.plan.compiled import Channel, Direction, Policy
from services.plan.load import load_plan
from tests.unit.plan.example import KEY, NOW_MS


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
    assert classes == {"list", "exact", "prefix", "country", "domain"}
    assert {match.while_open for match in matches if match.hours} == {True, False}
    assert {each for match in matches for each in match.directions} == set(Direction)


def test_it_uses_every_policy() -> None:
    assert {queue.policy for queue in demonstration().plan.queues} == set(Policy)


def test_it_has_steps_a_sticky_queue_an_escalation_and_customers_of_value() -> None:
    plan = demonstration().plan

    steps = [step for entry_point in plan.entry_points for step in entry_point.route.steps]
    assert [step.tell for step in steps if step.every_ms] == [True]
    assert [step.add_groups for step in steps if step.add_groups] == [("front",)]
    assert [queue.id for queue in plan.queues if queue.sticky_ms] == ["acme-vip"]
    assert [(queue.id, queue.escalates_to) for queue in plan.queues if queue.escalates_to] == [
        ("acme-support", "acme-vip")
    ]
    assert {each.caller_class: each.value for each in plan.caller_values} == {
        "domain:wholesale.example": 2,
        "list:vip": 5,
    }


def test_each_company_is_reached_by_every_channel() -> None:
    for company in demonstration().plan.companies:
        # Voicemail comes by the numbers of voice.
        assert {address.channel for address in company.addresses} == set(Channel) - {Channel.VOICEMAIL}


def test_callers_hear_a_menu_in_english_german_and_hindi_and_can_choose_three_more_languages() -> None:
    plan = demonstration().plan

    acme = [menu for menu in plan.menus if menu.company == "acme"]
    assert {prompt.language for menu in acme for prompt in menu.prompts} == {"en", "de", "hi"}
    chosen = {choice.language for menu in acme for choice in menu.choices if choice.language}
    assert chosen == {"de", "hi", "ko", "tl", "fa"}


def test_a_menu_has_hours_and_a_number_for_call_backs_has_them_too() -> None:
    plan = demonstration().plan

    addresses = [address for company in plan.companies for address in company.addresses]
    assert [menu.id for menu in plan.menus if menu.hours] == ["globex-office"]
    assert [address.address for address in addresses if address.hours] == ["+442079460250"]


def test_somebody_speaks_each_language_that_a_company_is_reached_in() -> None:
    plan = demonstration().plan
    skills = {"de": "german", "hi": "hindi", "ko": "korean", "tl": "tagalog", "fa": "persian"}

    languages = {address.language for company in plan.companies for address in company.addresses} - {""}
    spoken = {level.skill for agent in plan.agents for level in agent.skills if level.level >= 5}
    assert languages == set(skills)
    assert set(skills.values()) <= spoken


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
