"""What another plan changes, in words; and what contacts in flight notice of it."""

import pytest

from services.plan.difference import Change, Difference, PartChange, compare
from services.plan.part_differences import KeyChange
from services.plan.read import read_plan
from tests.unit.plan.example import EXAMPLE, changed

VIP_ROUTE = "route: {queue: support, skills: {billing: 5}, priority: 9}"
BO = "  - {id: bo, companies: acme, units: 4}\n"
ANA = "groups: front, skills: {billing: 9}}"
SUPPORT = "  - {id: support, company: acme}\n"
STEPS = "steps: [{after_s: 30, tell: yes}]"


def difference(*changes: tuple[str, str], before: str = EXAMPLE) -> Difference:
    text = before
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return compare(read_plan(before.encode()).content, read_plan(text.encode()).content)


def only(found: Difference) -> PartChange:
    (change,) = found.changes
    return change


def test_of_a_plan_and_itself_there_is_none() -> None:
    assert difference() == Difference((), ())


KEYS: dict[str, tuple[list[tuple[str, str]], str, str, list[KeyChange]]] = {
    "a policy": (
        [(SUPPORT, SUPPORT.replace("}", ", policy: round_robin}"))],
        "queues",
        "support",
        [KeyChange("policy", "longest_idle", "round_robin")],
    ),
    "a service level": (
        [(SUPPORT, SUPPORT.replace("}", ", service_level: {percent: 90}}"))],
        "queues",
        "support",
        [KeyChange("service_level.percent", "80", "90")],
    ),
    "weights": (
        [(SUPPORT, SUPPORT.replace("}", ", policy: weighted, weights: {cost: -3}}"))],
        "queues",
        "support",
        [KeyChange("policy", "longest_idle", "weighted"), KeyChange("weights.cost", "nothing", "-3")],
    ),
    "a level of an agent": (
        [(ANA, ANA.replace("9", "7"))],
        "agents",
        "ana",
        [KeyChange("skills.billing", "9", "7")],
    ),
    "groups of an agent": (
        [(ANA, ANA.replace("groups: front, ", ""))],
        "agents",
        "ana",
        [KeyChange("groups", "front", "nothing")],
    ),
    "a step that is new": (
        [(VIP_ROUTE, f"{VIP_ROUTE[:-1]}, {STEPS}}}")],
        "entry_points",
        "vips",
        [KeyChange("route.step 1", "nothing", "after 30 s: told position and wait")],
    ),
    "a message in several languages": (
        [(VIP_ROUTE, f"{VIP_ROUTE[:-1]}, steps: [{{message: {{en: Away., de: Weg.}}}}]}}")],
        "entry_points",
        "vips",
        [KeyChange("route.step 1", "nothing", 'at once: ended with "Away." (en), "Weg." (de)')],
    ),
    "a priority": (
        [(VIP_ROUTE, VIP_ROUTE.replace("9", "8"))],
        "entry_points",
        "vips",
        [KeyChange("route.priority", "9", "8")],
    ),
    "what an entry point asks for": (
        [("match: {company: globex}", "match: {company: globex, language: [de, en]}")],
        "entry_points",
        "rest",
        [KeyChange("match.language", "nothing", "de, en")],
    ),
    "the default": (
        [("default: {queue: support}", "default: {queue: support, priority: -5}")],
        "default",
        "",
        [KeyChange("priority", "0", "-5")],
    ),
    "the time zone": (
        [("Europe/Berlin", "Europe/Paris")],
        "time_zone",
        "",
        [KeyChange("value", "Europe/Berlin", "Europe/Paris")],
    ),
    "a rule of a channel": (
        [("skills: [billing", "channels: {voice: {units: 8}}\nskills: [billing")],
        "channels",
        "",
        [KeyChange("voice", "nothing", "units 8")],
    ),
    "an address": (
        [("address: acme-chat, language: DE", "address: acme-chat, language: fr")],
        "companies",
        "acme",
        [KeyChange("address 2.language", "de", "fr")],
    ),
    "opening hours": (
        [('mon: "09:00-17:00"', 'mon: "08:00-17:00"')],
        "hours",
        "office",
        [KeyChange("days.mon", "09:00-17:00", "08:00-17:00")],
    ),
    "the order of all that waits": (
        [("groups: front\ncaller", "groups: front\nurgency: {by_deadline: yes}\ncaller")],
        "urgency",
        "",
        [KeyChange("by_deadline", "no", "yes")],
    ),
}


@pytest.mark.parametrize("name", KEYS)
def test_each_key_that_changed_is_told_with_what_it_was_and_is(name: str) -> None:
    changes, section, name_of_part, keys = KEYS[name]

    assert only(difference(*changes)) == PartChange(section, name_of_part, Change.CHANGED, tuple(keys))


def test_what_is_new_and_what_is_gone_is_told() -> None:
    found = difference((BO, "  - {id: cy, companies: acme}\n"), ("[billing, german]", "[billing, french]"))

    assert [(each.section, each.id, each.change) for each in found.changes] == [
        ("skills", "german", Change.REMOVED),
        ("skills", "french", Change.ADDED),
        ("agents", "bo", Change.REMOVED),
        ("agents", "cy", Change.ADDED),
    ]


def test_an_entry_point_at_another_place_has_moved_and_the_others_have_not() -> None:
    rest = "  - id: rest\n    match: {company: globex}\n    route: {queue: travel}\n"

    found = difference((rest, ""), ("  - id: vips\n", f"{rest}  - id: vips\n"))

    assert only(found) == PartChange("entry_points", "rest", Change.MOVED, words="now the first of all")


def test_who_is_on_a_list_or_named_by_a_rule_is_never_told() -> None:
    lists = difference(("[vera@customer.example]", "[zoe@customer.example]"))
    rules = difference(("caller: {list: vip}", "caller: {exact: [zoe@customer.example, max@customer.example]}"))
    swapped = compare(
        *(
            read_plan(changed(("caller: {list: vip}", f"caller: {{exact: {who}@customer.example}}")).encode()).content
            for who in ("zoe", "max")
        )
    )

    assert only(lists).keys == (KeyChange("vip", "1 caller", "1 other caller"),)
    assert only(swapped).keys == (KeyChange("match.caller.exact", "1 caller", "1 other caller"),)
    assert "zoe" not in f"{lists} {rules} {swapped}"
    assert "max@" not in f"{rules}"


def test_what_waits_in_a_queue_that_is_gone_goes_by_the_default() -> None:
    before = changed((SUPPORT, f"{SUPPORT}  - {{id: spare, company: acme}}\n"))

    found = compare(read_plan(before.encode()).content, read_plan(EXAMPLE.encode()).content)

    assert found.in_flight == ('what waits in "spare" goes by the default route, to "support"',)


def test_an_agent_who_is_gone_ends_what_they_have_and_one_who_changed_keeps_it() -> None:
    found = difference((BO, ""), (ANA, ANA.replace("9", "7")))

    assert found.in_flight == (
        'offers to "ana" that the new plan does not allow are withdrawn; what they have stays',
        '"bo" loses open offers, ends what they have, and gets nothing new',
    )


def test_offers_of_a_queue_that_others_serve_now_are_withdrawn() -> None:
    found = difference((SUPPORT, SUPPORT.replace("}", ", groups: front}")))

    assert found.in_flight == (
        'offers from "support" to agents who serve it no more are withdrawn, and others get them',
    )


def test_what_waits_takes_the_new_steps_of_its_entry_point() -> None:
    found = difference((VIP_ROUTE, f"{VIP_ROUTE[:-1]}, {STEPS}}}"))

    assert found.in_flight == (
        "what waits keeps its queue, skills and priority; entry points and routes are for what comes from now on",
        'what waits and came by "vips" takes the new steps; those taken are not taken again',
    )


def test_rules_of_a_channel_touch_desks_that_hold_more() -> None:
    (said,) = difference(("skills: [billing", "channels: {voice: {units: 8}}\nskills: [billing")).in_flight

    assert said.startswith("desks with more than the rules of voice now allow")


def test_what_waits_in_a_queue_that_is_another_companys_now_can_not_be_taken() -> None:
    before = changed((SUPPORT, f"{SUPPORT}  - {{id: spare, company: acme}}\n"))
    after = changed((SUPPORT, f"{SUPPORT}  - {{id: spare, company: globex}}\n"))

    found = compare(read_plan(before.encode()).content, read_plan(after.encode()).content)

    assert found.in_flight == ('what waits in "spare" is of "acme", and the queue is no longer: nobody can take it',)


def test_what_came_by_an_entry_point_that_is_gone_takes_no_more_steps() -> None:
    before = changed((VIP_ROUTE, f"{VIP_ROUTE[:-1]}, {STEPS}}}"))
    after = changed((VIP_ROUTE, VIP_ROUTE), ("- id: vips", "- id: very-important"))

    found = compare(read_plan(before.encode()).content, read_plan(after.encode()).content)

    assert found.in_flight[1:] == ('what waits and came by "vips" takes no more steps',)


def test_a_list_of_callers_that_is_new_or_gone_is_counted() -> None:
    lists = (
        "  vip: [vera@customer.example]",
        "  vip: [vera@customer.example]\n  gold: [zoe@customer.example, +4989123456]",
    )

    added = compare(read_plan(EXAMPLE.encode()).content, read_plan(changed(lists).encode()).content)
    removed = compare(read_plan(changed(lists).encode()).content, read_plan(EXAMPLE.encode()).content)

    assert only(added).keys == (KeyChange("gold", "nothing", "2 callers"),)
    assert only(removed).keys == (KeyChange("gold", "2 callers", "nothing"),)


def test_callers_whom_a_rule_asks_for_anew_are_counted_and_not_named() -> None:
    asked = ("match: {company: globex}", "match: {company: globex, caller: {exact: zoe@customer.example, country: de}}")

    found = difference(asked)

    assert only(found).keys == (KeyChange("match.caller", "nothing", "exact 1 caller, country DE"),)


def test_an_address_that_is_new_among_others_is_told_alone() -> None:
    chat = "      - {channel: web_chat, address: acme-chat, language: DE}\n"

    found = difference((chat, f"      - {{channel: sms, address: +49891234567}}\n{chat}"))

    assert only(found).keys == (KeyChange("address 2", "nothing", "channel sms, address +49891234567"),)


def test_a_step_that_is_gone_is_told_alone() -> None:
    one, two = "{after_s: 30, tell: yes}", "{after_s: 60, voicemail: yes}"
    before, after = (changed((VIP_ROUTE, f"{VIP_ROUTE[:-1]}, steps: [{steps}]}}")) for steps in (f"{one}, {two}", two))

    found = compare(read_plan(before.encode()).content, read_plan(after.encode()).content)

    assert only(found).keys == (KeyChange("route.step 1", "after 30 s: told position and wait", "nothing"),)


def test_a_customer_of_another_value_is_told_and_not_named() -> None:
    worth = "groups: front\ncustomer_values: [{caller: {exact: zoe@customer.example}, value: 5}]\ncaller"
    before, after = (changed(("groups: front\ncaller", worth.replace("5", value))) for value in "57")

    found = compare(read_plan(before.encode()).content, read_plan(after.encode()).content)

    assert only(found).keys == (KeyChange("entry 1.value", "5", "7"),)
