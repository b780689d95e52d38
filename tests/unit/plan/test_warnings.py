"""What is odd about a plan that can be put in force: told with its line, once, and never of a plan without oddities."""

from importlib.resources import files

import pytest

from services.plan.check import check_plan
from services.plan.defects import Defect
from services.plan.read import read_plan
from services.plan.warn import warnings_of
from tests.unit.plan.example import EXAMPLE, line_of

# The example, with nothing odd about it.
PLAIN = EXAMPLE.replace("[billing, german]", "[billing]")
VIP_ROUTE = "route: {queue: support, skills: {billing: 5}, priority: 9}"
SUPPORT = "- {id: support, company: acme}"
BO = "  - {id: bo, companies: acme, units: 4}"
STEPS = "entry_points[0].route.steps"
BEFORE_REST = "  - id: rest\n"
MAILBOX = "- {channel: email, address: Support@Acme.example}"
GLOBEX = "addresses: [{channel: voice, address: +44 20 7946 0200}]"
ABOVE = "groups: front\ncaller"

Odd = tuple[list[tuple[str, str]], str, str]


def steps(text: str) -> list[tuple[str, str]]:
    return [(VIP_ROUTE, f"{VIP_ROUTE[:-1]}, steps: [{text}]}} # here")]


def entry(match: str, route: str = "{queue: travel}") -> list[tuple[str, str]]:
    """One more entry point of Globex, before that for the rest."""
    added = f"  - id: more\n    match: {{company: globex, {match}}} # here\n    route: {route}\n"
    return [(BEFORE_REST, f"{added}{BEFORE_REST}")]


def halves(first: str, second: str) -> list[tuple[str, str]]:
    """Two entry points of Globex that together take all that the rest would."""
    lines = [
        f"  - {{id: {name}, match: {{company: globex, {match}}}, route: {{queue: travel}}}}\n"
        for name, match in (("one", first), ("two", second))
    ]
    return [(BEFORE_REST, "".join([*lines, "  - id: rest # here\n"]))]


WORTH = "customer_values: [{caller: {country: de}, value: 5}]"
ODD: dict[str, Odd] = {
    "a skill that nobody has": (
        [("[billing]", "[billing, german] # here")],
        "skills[1]",
        'nobody has skill "german"',
    ),
    "a group that nobody is in": ([(ABOVE, "groups: [front, back] # here\ncaller")], "groups[1]", "nobody is in group"),
    "a site without agents": (
        [(ABOVE, "groups: front\nsites: [{id: north}] # here\ncaller")],
        "sites[0].id",
        'nobody works at site "north"',
    ),
    "an empty list": (
        [("vip: [vera@customer.example]", "vip: [] # here")],
        "caller_lists.vip",
        "nobody is on the list",
    ),
    "a queue that nothing leads to": (
        [(SUPPORT, f"{SUPPORT}\n  - {{id: spare, company: acme}} # here")],
        "queues[1].id",
        "only gets what agents transfer to it",
    ),
    "an agent whom no route reaches": (
        [(BO, f"{BO}\n  - {{id: cy, companies: globex}} # here")],
        "agents[2].id",
        'no route reaches "cy"',
    ),
    "a priority that counts for nothing": (
        [(ABOVE, "groups: front\nurgency: {priority_s: 0}\ncaller"), (VIP_ROUTE, f"{VIP_ROUTE} # here")],
        "entry_points[0].route.priority",
        "urgency.priority_s is 0",
    ),
    "values that count for nothing": (
        [(ABOVE, f"groups: front\nurgency: {{value_s: 0}} # here\n{WORTH}\ncaller")],
        "urgency.value_s",
        "customer values count for nothing",
    ),
    "an entry point that two others hide": (
        halves("direction: inbound", "direction: outbound"),
        "entry_points[4].id",
        "those before it take all that it would",
    ),
    "an entry point that open and closed hours hide": (
        halves("hours: office", "hours: office, state: closed"),
        "entry_points[4].id",
        "those before it take all that it would",
    ),
    "a channel without an address": (
        entry("channel: [voice, sms]"),
        "entry_points[2].match.channel[1]",
        "nobody comes here by sms",
    ),
    "a call that nobody has the units for": (
        [
            ("companies: [acme, globex], groups: front", "companies: [acme, globex], groups: front, units: 9"),
            (BO, "  - {id: bo, companies: acme, units: 10}"),
            ("match: {company: globex}", "match: {company: globex}"),
            ("route: {queue: travel}", "route: {queue: travel} # here"),
        ],
        "entry_points[2].route",
        "what comes here by voice costs 10 units; who can take it has 9",
    ),
    # Steps
    "a step after the end": (
        steps("{after_s: 60, voicemail: yes}, {after_s: 90, tell: yes}"),
        f"{STEPS}[1]",
        "step 1 has ended the wait before, with voicemail",
    ),
    "a step at the end": (
        steps("{message: Good bye.}, {tell: yes}"),
        f"{STEPS}[1]",
        "step 1 has ended the wait before, with message",
    ),
    "a step before one that comes sooner and ends": (
        steps("{after_s: 90, tell: yes}, {after_s: 60, voicemail: yes}"),
        f"{STEPS}[0]",
        "step 2 has ended the wait before",
    ),
    "a level that is not lower": (
        steps("{after_s: 9, skills: {billing: 5}}"),
        f"{STEPS}[0].skills.billing",
        "5 is not lower than the 5",
    ),
    "a level that was lower already": (
        steps("{after_s: 9, skills: {billing: 2}}, {after_s: 19, skills: {billing: 3}}"),
        f"{STEPS}[1].skills.billing",
        "3 is not lower than the 2",
    ),
    "a level that nobody asked for": (
        [
            ("[billing]", "[billing, german]"),
            (BO, f"{BO[:-1]}, skills: {{german: 5}}}}"),
            *steps("{skills: {german: 2}}"),
        ],
        f"{STEPS}[0].skills.german",
        '"german" is not asked for',
    ),
    "a skill that was dropped already": (
        steps("{after_s: 9, drop_skills: billing}, {after_s: 19, drop_skills: billing}"),
        f"{STEPS}[1].drop_skills[0]",
        '"billing" is not asked for',
    ),
    "a group that adds nobody": (
        steps("{add_groups: front}"),
        f"{STEPS}[0].add_groups[0]",
        'group "front" adds nobody',
    ),
    "a group without the skill": (
        [
            (ABOVE, "groups: [front, back]\ncaller"),
            (SUPPORT, "- {id: support, company: acme, groups: front}"),
            (BO, f"{BO[:-1]}, groups: back}}"),
            ("default: {queue: support}", "default: {queue: support, steps: [{add_groups: back}]}"),
            *steps("{add_groups: back}"),
        ],
        f"{STEPS}[0].add_groups[0]",
        "who of it could take this",
    ),
    "a step to where it is": (steps("{queue: support}"), f"{STEPS}[0].queue", "it waits in that queue already"),
    "a route that nobody can take at first": (
        [
            (
                VIP_ROUTE,
                "route: {queue: support, skills: {billing: 10}, steps: [{after_s: 40, skills: {billing: 9}}]} # here",
            )
        ],
        "entry_points[0].route.skills",
        "before a step, after 40 s at the soonest",
    ),
    "a route that only voicemail takes": (
        [(VIP_ROUTE, "route: {queue: support, skills: {billing: 10}, steps: [{after_s: 40, voicemail: yes}]} # here")],
        "entry_points[0].route.skills",
        "before a step, after 40 s at the soonest",
    ),
    "voicemail for letters": (
        [
            ("match: {company: acme, caller: {list: vip}}", "match: {company: acme, channel: email}"),
            *steps("{voicemail: yes}"),
        ],
        f"{STEPS}[0].voicemail",
        "nobody comes here by voice",
    ),
    "a mail to a number": (
        [
            ("match: {company: acme, caller: {list: vip}}", "match: {company: acme, channel: email}"),
            *steps("{third_party: +49 89 1234567}"),
        ],
        f"{STEPS}[0].third_party",
        "passed on to a number",
    ),
    "telling whoever sent a fax": (
        [
            ("match: {company: acme, caller: {list: vip}}", "match: {company: acme, channel: [fax, email]}"),
            (MAILBOX, f"{MAILBOX}\n      - {{channel: fax, address: +49 89 77}}"),
            *steps("{tell: yes}"),
        ],
        f"{STEPS}[0].tell",
        "customers who come here by fax can't be told",
    ),
    "a message for forms of a company without a mailbox": (
        [
            (GLOBEX, f"{GLOBEX[:-1]}, {{channel: web_form, address: globex-form}}]"),
            (
                BEFORE_REST,
                (
                    "  - id: more\n    match: {company: globex, channel: web_form}\n"
                    f"    route: {{queue: travel, steps: [{{message: No.}}]}} # here\n{BEFORE_REST}"
                ),
            ),
        ],
        "entry_points[2].route.steps[0].message",
        "customers who come here by web_form can't be told",
    ),
    "asking whoever is not there": (
        [
            ("match: {company: acme, caller: {list: vip}}", "match: {company: acme, channel: email}"),
            *steps("{offer_callback: yes}"),
        ],
        f"{STEPS}[0].offer_callback",
        "only callers are offered a call-back",
    ),
}


def warned(text: str) -> list[Defect]:
    plan_file = read_plan(text.encode())
    assert check_plan(plan_file) == []
    return warnings_of(plan_file)


def odd(*changes: tuple[str, str]) -> str:
    text = PLAIN
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in the example"
        text = text.replace(old, new)
    return text


def test_of_a_plan_without_oddities_nothing_is_said() -> None:
    assert warned(PLAIN) == []


def test_of_the_demonstration_nothing_is_said() -> None:
    text = (files("services.plan") / "demonstration.yaml").read_text(encoding="utf-8")

    assert warned(text) == []


@pytest.mark.parametrize("name", ODD)
def test_what_is_odd_is_told_with_the_line_and_what_to_do(name: str) -> None:
    changes, where, said = ODD[name]
    text = odd(*changes)

    (warning,) = warned(text)

    assert (warning.where, warning.line) == (where, line_of(text))
    assert said in warning.what
    assert warning.what_to_do


FINE: dict[str, list[tuple[str, str]]] = {
    "a step that tells mails and short messages": [
        ("match: {company: acme, caller: {list: vip}}", "match: {company: acme, channel: [sms, email]}"),
        (MAILBOX, f"{MAILBOX}\n      - {{channel: sms, address: +49 89 77}}"),
        *steps("{after_s: 5, tell: yes}, {after_s: 9, message: Nobody is there.}"),
    ],
    "a message for forms of a company with a mailbox": [
        ("match: {company: acme, caller: {list: vip}}", "match: {company: acme, channel: web_form}"),
        (MAILBOX, f"{MAILBOX}\n      - {{channel: web_form, address: acme-form}}"),
        *steps("{after_s: 9, message: Nobody is there.}"),
    ],
    "telling, where faxes come too": [
        (MAILBOX, f"{MAILBOX}\n      - {{channel: fax, address: +49 89 77}}"),
        *steps("{after_s: 5, tell: yes}"),
    ],
    "a step after an end that depends on something": steps(
        "{after_s: 60, nobody_on_duty: yes, voicemail: yes}, {after_s: 90, tell: yes}"
    ),
    "a level lowered twice": steps("{after_s: 9, skills: {billing: 3}}, {after_s: 19, skills: {billing: 2}}"),
    "a level lowered again where the first time was not sure": steps(
        "{after_s: 9, depth_over: 9, skills: {billing: 2}}, {after_s: 19, skills: {billing: 3}}"
    ),
    "a group that joins in once the level is lowered": [
        (ABOVE, "groups: [front, back]\ncaller"),
        (SUPPORT, "- {id: support, company: acme, groups: front}"),
        (BO, f"{BO[:-1]}, groups: back, skills: {{billing: 1}}}}"),
        *steps("{add_groups: back}, {after_s: 9, skills: {billing: 1}}"),
    ],
    "an entry point that another hides while hours are open": entry("hours: office"),
    "an entry point that another hides from inside": entry("direction: inbound"),
    "a channel that we begin ourselves": entry("channel: sms, direction: outbound"),
    "a queue that agents escalate to": [
        (SUPPORT, "- {id: support, company: acme, escalates_to: second}\n  - {id: second, company: acme}")
    ],
}


@pytest.mark.parametrize("name", FINE)
def test_what_has_a_use_is_not_odd(name: str) -> None:
    assert warned(odd(*FINE[name])) == []
