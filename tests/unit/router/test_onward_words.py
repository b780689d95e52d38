"""What explanations say of a colleague who was named: who they are, and why nobody else was asked."""

from services.router.core.commands import (
    Command,
    CompleteContact,
    Consult,
    DeclineOffer,
    EndConsultation,
    HandOver,
    TransferContact,
)
from services.router.explanation_words import words
from services.router.grpc_api.desk_messages import desk_message
from services.router.retrace import Moment
from tests.unit.router.core.builders import MINUTE, SECOND, Core, agent, arrive, plan
from tests.unit.router.test_retrace import explained

ASKED = "c1.c2"


def floor(*, bob_is_free: bool = True) -> Core:
    """Ann has c1; bob has c0, or nothing; cy has nothing."""
    core = Core(plan(agent("ann"), agent("bob", units=1), agent("cy"), entry_points=())).on_duty("bob")
    core.do(arrive("c0"))
    core.accept("c0")
    core.on_duty("ann")
    core.do(arrive("c1"))
    core.accept("c1")
    core.on_duty("cy")
    if bob_is_free:
        core.do(CompleteContact("bob", "c0", "solved"))
    return core


def after(core: Core, *commands: Command) -> Core:
    for command in commands:
        core.pass_ms(SECOND)
        core.do(command)
    return core


async def said(core: Core, contact_id: str = "c1") -> tuple[Moment, tuple[str, ...]]:
    told = await explained(core, contact_id)
    return told.moment, words(told)


TO_BOB = TransferContact("ann", "c1", "sales", "bob")
ASKS_BOB = Consult("ann", "c1", "sales", "bob")
TRANSFERRED = (
    "At 2026-09-21 14:13:{} UTC ann transferred it to bob by name, in sales: for 60 s, while they were on duty, "
    "nobody else could have it."
)
BY_NAME = "At 2026-09-21 14:13:{} UTC ann asked bob about it by name, so nobody else was asked (c1.c2); {}."


def line(lines: tuple[str, ...], words_of_it: str) -> str:
    """With the seconds of its first time taken out."""
    (found,) = [each for each in lines if words_of_it in each]
    return found


def seconds(text: str) -> str:
    return text.partition("14:13:")[2][:2]


async def test_a_contact_that_waits_for_a_named_colleague_says_who_and_why_nobody_else_has_it() -> None:
    moment, lines = await said(after(floor(bob_is_free=False), TO_BOB))
    transferred = line(lines, "transferred it to")
    assert (moment, transferred) == (Moment.NOW, TRANSFERRED.format(seconds(transferred)))
    assert line(lines, "nobody but").endswith("nobody but bob may have it: it was transferred to them by name.")
    assert "- cy has to leave it for a while to bob, whom a transfer names." in lines


async def test_a_contact_that_was_transferred_to_a_named_colleague_says_so_to_its_end_and_after_it() -> None:
    core = after(floor(), TO_BOB)
    core.accept("c1")
    for commands in ([], [CompleteContact("bob", "c1", "solved")]):
        core = after(core, *commands)
        moment, lines = await said(core)
        assert (moment, lines[1].partition("; ")[0]) == (Moment.OFFER, "Why: a transfer put it in sales (plan 1)")
        assert lines[1].endswith("; bob comes before all others for a time: the transfer names them.")
        assert line(lines, "transferred it to").endswith("nobody else could have it.")


async def test_what_a_named_colleague_is_asked_says_who_asks_and_why_nobody_else_is_asked() -> None:
    core = after(floor(bob_is_free=False), ASKS_BOB)
    moment, lines = await said(core, ASKED)
    assert (moment, lines[1]) == (Moment.NOW, "It is what ann asks about c1, and keeps that meanwhile.")
    assert "Nobody but bob is asked: ann asked them by name." in lines
    assert {"- ann is who asks.", "- cy is not asked: bob was asked by name."} < set(lines)
    assert "What would do: if bob had not been asked by name, cy could take it." in lines
    assert not [each for each in lines if each.startswith("What would do") and "ann" in each]


async def test_a_contact_says_whom_its_agent_asked_by_name_and_what_came_of_it() -> None:
    core = after(floor(bob_is_free=False), ASKS_BOB)
    outcomes: dict[str, list[Command]] = {
        "nobody was offered it, and it has not been accepted yet": [],
        "it was offered to bob, and it has not been accepted yet": [CompleteContact("bob", "c0", "solved")],
    }
    for outcome, commands in outcomes.items():
        _, lines = await said(after(core, *commands))
        asked = line(lines, "asked bob")
        assert asked == BY_NAME.format(seconds(asked), outcome)
    core.accept(ASKED)
    assert line((await said(core))[1], "asked bob").endswith("; bob accepted, and ann still has the contact.")
    assert " was asked by name, so nobody else is asked." in (await said(core, ASKED))[1][2]
    alone = after(core, EndConsultation("ann", "c1"), CompleteContact("ann", "c1", "solved"))
    assert line((await said(alone))[1], "asked bob").endswith("UTC without a hand-over.")


async def test_a_contact_that_was_handed_over_says_to_whom_on_the_desk_too() -> None:
    core = after(floor(), ASKS_BOB)
    core.accept(ASKED)
    core = after(core, HandOver("ann", "c1"))
    assert line((await said(core))[1], "asked bob").endswith("UTC, without an offer.")
    (item,) = desk_message(core.state, "bob").items
    assert item.reason == "bob was asked about it by a colleague, who then handed it over"
    ended = after(core, CompleteContact("bob", "c1", "solved"))
    assert "bob accepted, and it was handed over to them at" in line((await said(ended))[1], "asked bob")


async def test_a_question_to_a_queue_says_who_was_asked_in_turn() -> None:
    core = after(floor(), Consult("ann", "c1", "sales"))
    first = core.contact(ASKED).agent
    after(core, DeclineOffer(first, ASKED, core.contact(ASKED).offer_id))
    second = core.contact(ASKED).agent
    core.wait_ms(3 * MINUTE)
    asked = line((await said(core))[1], "asked about it")
    assert f"asked about it in sales (c1.c2); it was offered to {first}, then to {second}, then" in asked
    assert asked.endswith("UTC without a hand-over.")
