"""Routing tests: what is given holds, what happens happens, and what is not as expected is told where it stands."""

from importlib.resources import files

import pytest

from services.cli.plan.run_cases import CaseResult, run_cases
from services.plan.defects import PlanRefused
from services.plan.model import PlanFile
from services.plan.read import read_plan
from tests.unit.plan.example import EXAMPLE

CHAT = "arrives: {contact: one, channel: web_chat, dialed: acme-chat}"


def example() -> PlanFile:
    return read_plan(EXAMPLE.encode())


def run(text: str) -> CaseResult:
    body = "\n".join(f"    {line}" for line in text.strip().splitlines())
    (result,) = run_cases(example(), f'at: "2026-11-23 10:00"\ntests:\n  - name: It\n{body}\n'.encode())
    return result


def found(text: str) -> list[tuple[int, str, str]]:
    """Line below the test's name, place, and what was found."""
    return [(each.line - 3, each.where, each.found) for each in run(text).failures]


@pytest.mark.parametrize(
    "result",
    run_cases(
        read_plan((files("services.plan") / "demonstration.yaml").read_bytes()),
        (files("services.plan") / "demonstration.tests.yaml").read_bytes(),
    ),
    ids=lambda result: result.name,
)
def test_of_the_demonstration(result: CaseResult) -> None:
    assert result.failures == ()


def test_who_has_been_idle_for_longest_is_taken() -> None:
    given = "agents: {ana: {idle_s: 10}, bo: {idle_s: 20}}"

    assert found(f"{given}\nwhen: [{{{CHAT}}}]\nthen: {{one: {{agent: bo, why: longest}}}}") == []


def test_agents_who_are_not_named_are_not_on_duty() -> None:
    assert found(f"when: [{{{CHAT}}}]\nthen: {{one: {{waits_in: support, queue: support}}}}") == []


def test_whom_an_agent_holds_takes_their_room_until_they_are_free() -> None:
    given = "agents: {ana: {holds: voice}}"

    assert found(f"{given}\nwhen: [{{{CHAT}}}]\nthen: {{one: {{waits_in: support}}}}") == []
    assert found(f"{given}\nwhen: [{{{CHAT}}}, {{free: ana}}]\nthen: {{one: {{agent: ana}}}}") == []


def test_who_is_away_gets_nothing_until_they_come() -> None:
    given = "agents: {ana: away}"

    assert found(f"{given}\nwhen: [{{{CHAT}}}]\nthen: {{one: {{waits_in: support}}}}") == []
    assert found(f"{given}\nwhen: [{{{CHAT}}}, {{comes: ana}}]\nthen: {{one: {{agent: ana}}}}") == []


def test_an_offer_that_nobody_answers_times_out() -> None:
    given = "agents: {ana: available}"

    assert found(f"{given}\nwhen: [{{{CHAT}}}, {{passes_s: 29}}]\nthen: {{one: {{agent: ana}}}}") == []
    assert found(f"{given}\nwhen: [{{{CHAT}}}, {{passes_s: 30}}]\nthen: {{one: {{waits_in: support}}}}") == []


def test_callers_are_of_the_classes_of_the_plan() -> None:
    vera = CHAT.replace("acme-chat", "acme-chat, caller: Vera@customer.example")

    assert found(f"when: [{{{vera}}}]\nthen: {{one: {{entry_point: vips, skills: {{billing: 5}}, priority: 9}}}}") == []


def test_hours_are_those_of_the_time_that_the_test_names() -> None:
    mail = "arrives: {contact: one, channel: email}"

    assert found(f"when: [{{{mail}}}]\nthen: {{one: {{entry_point: default}}}}") == []
    assert found(f'at: "2026-11-23 20:00"\nwhen: [{{{mail}}}]\nthen: {{one: {{entry_point: mails}}}}') == []


def test_what_is_not_as_expected_is_told_with_its_line() -> None:
    text = (
        f"agents: {{ana: available}}\nwhen: [{{{CHAT}}}]\nthen:\n  one:\n    agent: bo\n    why: turn\n    ended: lost"
    )

    assert found(text.replace("\n    ended: lost", "")) == [
        (5, "then.one.agent", "ana"),
        (
            6,
            "then.one.why",
            "the default route put it in support (plan 1); of 1 free agent 1 could take it; ana was the only one",
        ),
    ]


def test_of_what_expects_an_agent_in_vain_is_told_where_it_is() -> None:
    text = f"when: [{{{CHAT}}}, {{leaves: one}}]\nthen: {{one: {{agent: ana}}, two: {{agent: bo}}}}"

    assert [each for _, _, each in found(text)] == ["one has ended: abandoned", "there was no such contact"]


CHAT_OF_ANA = f"{CHAT}}}, {{accepts: one}}, {{comes: bo"
ASKED = f"agents: {{ana: available}}\nwhen: [{{{CHAT_OF_ANA}}}, {{asks: {{contact: one, agent: ana, to_agent: bo}}}}"


def test_whoever_asks_keeps_the_contact_until_it_is_handed_over() -> None:
    accepted = f"{ASKED}, {{accepts: one-consultation}}"

    assert found(f"{accepted}]\nthen: {{one: {{agent: ana, asked: bo}}, one-consultation: {{agent: bo}}}}") == []
    assert found(f"{accepted}, {{hands_over: one}}]\nthen: {{one: {{agent: bo}}}}") == []


def test_whoever_asked_goes_on_alone_and_may_ask_again() -> None:
    alone = f"{ASKED}, {{accepts: one-consultation}}, {{takes_back: one}}"
    again = f"{alone}, {{asks: {{contact: one, queue: support}}}}"

    assert found(f"{alone}]\nthen: {{one: {{agent: ana}}, one-consultation: {{ended: consulted}}}}") == []
    assert found(f"{again}]\nthen: {{one: {{asked: [bo, bo]}}, one-consultation: {{agent: bo}}}}") == []


def test_whoever_is_asked_may_decline_or_end_it() -> None:
    for end in ("declines: one-consultation", "accepts: one-consultation}, {free: bo"):
        then = "then: {one: {agent: ana, asked: bo}, one-consultation: {ended: consulted}}"
        assert found(f"{ASKED}, {{{end}}}]\n{then}") == []


def test_a_message_is_expected_in_part() -> None:
    away = "{message: {en: We are away., de: Wir sind nicht da.}}"
    text = f"when: [{{{CHAT}}}]\nthen: {{one: {{diverted: message, said: SIND NICHT}}}}"
    plan = read_plan(
        EXAMPLE.replace("default: {queue: support}", f"default: {{queue: support, steps: [{away}]}}").encode()
    )
    whole = 'at: "2026-11-23 10:00"\ntests:\n  - name: It\n' + "".join(f"    {line}\n" for line in text.splitlines())

    (said,) = run_cases(plan, whole.encode())
    (other,) = run_cases(plan, whole.replace("SIND NICHT", "are away").encode())

    assert said.failures == ()
    assert [(each.where, each.found) for each in other.failures] == [("then.one.said", "Wir sind nicht da.")]


def test_who_was_asked_is_told_where_it_is_not_as_expected() -> None:
    assert found(f"{ASKED}]\nthen: {{one: {{asked: []}}}}") == [(3, "then.one.asked", "bo")]
    assert found(f"when: [{{{CHAT}}}]\nthen: {{one: {{asked: bo}}}}") == [(2, "then.one.asked", "none")]


def test_a_transferred_contact_waits_again() -> None:
    transferred = f"when: [{{{CHAT_OF_ANA}}}, {{transfers: {{contact: one, queue: support}}}}]"

    assert found(f"agents: {{ana: available}}\n{transferred}\nthen: {{one: {{agent: bo, why: a transfer}}}}") == []


IMPOSSIBLE = {
    "a transfer of what did not come": (
        "when: [{transfers: {contact: two, queue: support}}]",
        "when.0",
        "two has not come yet",
    ),
    "a question about what nobody has": (
        f"when: [{{{CHAT}}}, {{asks: {{contact: one, to_agent: bo}}}}]",
        "when.1",
        "no agent is at work on one, it is queued: let one accept it first",
    ),
    "a question by somebody else": (
        ASKED.replace("agent: ana,", "agent: bo,") + "]",
        "when.3",
        "one is with ana, and not with bo: leave out agent",
    ),
    "a colleague of no plan": (ASKED.replace("to_agent: bo", "to_agent: zoe") + "]", "when.3", "there is no agent zoe"),
    "a queue of no plan": (ASKED.replace("to_agent: bo", "queue: sales") + "]", "when.3", "there is no queue sales"),
    "a skill that nobody has": (
        ASKED.replace("to_agent: bo", "skills: {law: 1}") + "]",
        "when.3",
        "no agent has the skill law: name one that an agent of the plan has",
    ),
    "a colleague who could not take it": (
        ASKED.replace("to_agent: bo", "to_agent: bo, skills: {billing: 9}") + "]",
        "when.3",
        "Name a colleague who serves the queue and has the skills",
    ),
    "a hand-over before somebody accepted": (
        f"{ASKED}, {{hands_over: one}}]",
        "when.4",
        "Nobody has accepted the consultation about one yet.",
    ),
    "a hand-over without a question": (
        f"agents: {{ana: available}}\nwhen: [{{{CHAT}}}, {{accepts: one}}, {{hands_over: one}}]",
        "when.2",
        "nobody is asked about one: let who has it ask first",
    ),
    "an end of no question": (
        f"agents: {{ana: available}}\nwhen: [{{{CHAT}}}, {{accepts: one}}, {{takes_back: one}}]",
        "when.2",
        "nobody is asked about one",
    ),
    "an offer that there is not": ("when: [{accepts: one}]", "when.0", "one is not offered to anybody"),
    "an agent of another plan": ("when: [{comes: zoe}]", "when.0", "There is no agent zoe."),
    "an agent on duty who is of no plan": (
        f"agents: {{zoe: available}}\nwhen: [{{{CHAT}}}]",
        "agents.zoe",
        "no agent zoe",
    ),
    "somebody free who has nothing": ("when: [{free: ana}]", "when.0", "ana has nothing to end"),
    "an address of nobody": (
        "when: [{arrives: {contact: one, channel: email, dialed: help@acme.example}}]",
        "when.0",
        "no company has the address help@acme.example of email",
    ),
    "a channel that nobody is reached by": (
        "when: [{arrives: {contact: one, channel: letter}}]",
        "when.0",
        "no company has an address of letter",
    ),
    "more than a desk holds": (
        f"agents: {{bo: {{holds: [web_chat, web_chat]}}}}\nwhen: [{{{CHAT}}}]",
        "agents.bo",
        "it takes 6 of 4 units",
    ),
    "a contact that waits while somebody has room": (
        f"agents: {{ana: available}}\nwaiting: [{{contact: two, channel: web_chat}}]\nwhen: [{{{CHAT}}}]",
        "waiting.0",
        "two does not wait: it was offered to ana",
    ),
    "a call-back that nobody offered": (
        f"when: [{{{CHAT}}}, {{chooses_call_back: one}}]",
        "when.1",
        "one was offered no call-back",
    ),
    "somebody who leaves before they came": ("when: [{leaves: one}]", "when.0", "one has not come yet"),
    "somebody known to nobody": (
        "when: [{arrives: {contact: one, channel: web_chat, spoke_with: zoe}}]",
        "when.0",
        "there is no agent zoe",
    ),
    "a contact that arrives twice": (f"when: [{{{CHAT}}}, {{{CHAT}}}]", "when.1", "one is here already"),
}


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_what_can_not_be_is_told_where_it_stands(name: str) -> None:
    text, where, words = IMPOSSIBLE[name]

    (failure,) = run(f"{text}\nthen: {{one: {{waits_in: support}}}}").failures

    assert (failure.where, failure.expected) == (where, "this to be possible")
    assert words in failure.found
    assert failure.line


REFUSED = {
    "no time": ("when: [{passes_s: 1}]\nthen: {one: {agent: bo}}\nat: noon", "is not a time"),
    "two acts in one": ("when: [{passes_s: 1, free: ana}]\nthen: {one: {agent: bo}}", "says 2 things"),
    "an act of nothing": ("when: [{}]\nthen: {one: {agent: bo}}", "says 0 things"),
    "a transfer to nobody": (
        "when: [{transfers: {contact: one}}]\nthen: {one: {agent: bo}}",
        "does not say to whom",
    ),
    "nothing expected": ("when: [{passes_s: 1}]\nthen: {one: {}}", "expects nothing"),
    "two fates": ("when: [{passes_s: 1}]\nthen: {one: {agent: bo, waits_in: support}}", "two things at once"),
    "why of nobody": ("when: [{passes_s: 1}]\nthen: {one: {why: idle}}", "asks why of nobody"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_test_of_the_wrong_form_is_refused(name: str) -> None:
    text, words = REFUSED[name]

    with pytest.raises(PlanRefused) as refused:
        run(text)

    assert words in refused.value.defects[0].what


def test_the_same_test_goes_the_same_way_each_time() -> None:
    text = f"agents: {{ana: available, bo: available}}\nwhen: [{{{CHAT}}}]\nthen: {{one: {{agent: nobody}}}}"

    assert run(text) == run(text)
