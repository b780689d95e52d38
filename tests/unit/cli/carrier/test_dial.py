"""<Dial>: agents' telephones ring, answer or don't, and are connected."""

import asyncio
import itertools

import pytest

from services.cli.carrier.exchange.exchange import NotPossible
from services.cli.carrier.exchange.script import APOLOGY
from tests.fakes.virtual_time import in_virtual_time, until
from tests.unit.cli.carrier.office import AGENT, CUSTOMER, SECOND_AGENT, SHOP, Office, office

ALL = 'statusCallback="/leg" statusCallbackEvent="initiated ringing answered completed"'


def dial(*callees: str, attributes: str = "", after: str = "") -> str:
    nouns = "".join(callees or (f"<Number {ALL}>{AGENT}</Number>",))
    return f'<Response><Dial action="/after" {attributes}>{nouns}</Dial>{after}</Response>'


def statuses(house: Office, path: str = "/leg") -> list[str]:
    return [form["CallStatus"] for form in house.application.forms(path)]


def outcome(house: Office) -> tuple[str, str]:
    (after,) = house.application.forms("/after")
    return after["DialCallStatus"], after["DialBridged"]


async def calls(house: Office, document: str) -> None:
    house.application.on("/voice", document)
    house.application.on("/after", "<Response><Say>Goodbye</Say></Response>")
    house.exchange.place_call(CUSTOMER, SHOP)


async def connected(house: Office, address: str = AGENT) -> None:
    await until(lambda: any("on the line" in line.text for line in house.exchange.handset(address).lines))


@in_virtual_time
async def test_the_two_hear_each_other_until_the_agent_hangs_up() -> None:
    async with office() as house:
        # given
        house.manner(AGENT, "answers", after_ms=2_000)
        await calls(house, dial())
        await connected(house)
        # when
        house.exchange.say(AGENT, "What can I do?", "en-GB")
        house.exchange.say(CUSTOMER, "Nothing.")
        house.exchange.press(CUSTOMER, "1")
        house.exchange.hang_up(AGENT)
        await house.exchange.quiet()
        # then
        assert house.heard() == ["What can I do?", "Nothing.", "1", "Goodbye"]
        assert house.heard(AGENT) == ["What can I do?", "Nothing.", "1"]
        assert statuses(house) == ["initiated", "ringing", "in-progress", "completed"]
        assert outcome(house) == ("completed", "true")


@in_virtual_time
async def test_a_caller_who_hangs_up_ends_both_legs_and_the_action_is_told_in_vain() -> None:
    async with office() as house:
        # given
        await calls(house, dial())
        await connected(house)
        # when
        house.exchange.hang_up(CUSTOMER)
        await house.exchange.quiet()
        # then
        assert statuses(house)[-1] == "completed"
        assert statuses(house, "/status") == ["completed"]
        assert outcome(house) == ("completed", "true")
        assert statuses(house, "/after") == ["completed"]
        assert "Goodbye" not in house.heard()


@in_virtual_time
async def test_when_both_hang_up_at_once_both_legs_end() -> None:
    both = ((CUSTOMER, AGENT), (AGENT, CUSTOMER))
    for (first, second), turns in itertools.product(both, range(10)):
        async with office() as house:
            # given
            await calls(house, dial())
            await connected(house)
            # when
            house.exchange.hang_up(first)
            for _ in range(turns):
                await asyncio.sleep(0)
            house.exchange.hang_up(second)
            await house.exchange.quiet()
            # then
            assert house.exchange.handset(AGENT).is_free
            assert house.exchange.handset(CUSTOMER).is_free
            assert statuses(house)[-1] == "completed"


@in_virtual_time
async def test_a_caller_who_hangs_up_while_it_rings_cancels_it() -> None:
    async with office() as house:
        # given
        house.manner(AGENT, "manual")
        await calls(house, dial())
        await house.becomes("ringing", AGENT)
        # when
        house.exchange.hang_up(CUSTOMER)
        await house.exchange.quiet()
        # then
        assert statuses(house) == ["initiated", "ringing", "canceled"]
        assert outcome(house) == ("canceled", "false")
        assert house.exchange.handset(AGENT).ended_because == "the caller hung up"


@pytest.mark.parametrize(
    ("habit", "legs", "status"),
    [
        ("busy", ["initiated", "busy"], "busy"),
        ("rejects", ["initiated", "ringing", "busy"], "busy"),
        ("no-answer", ["initiated", "ringing", "no-answer"], "no-answer"),
        ("manual", ["initiated", "ringing", "no-answer"], "no-answer"),
        ("unknown", ["initiated", "failed"], "failed"),
    ],
)
def test_an_agent_who_does_not_answer_is_told_and_the_call_goes_on(habit: str, legs: list[str], status: str) -> None:
    @in_virtual_time
    async def unanswered() -> None:
        async with office() as house:
            house.manner(AGENT, habit)
            await calls(house, dial(attributes='timeout="20"'))
            await house.exchange.quiet()
            assert statuses(house) == legs
            assert outcome(house) == (status, "false")
            assert "DialCallDuration" not in house.application.forms("/after")[0]
            assert house.heard() == ["Goodbye"]

    unanswered()


@in_virtual_time
async def test_an_agent_who_is_in_a_call_is_busy() -> None:
    async with office() as house:
        # given
        await calls(house, dial())
        await connected(house)
        # when
        house.exchange.place_call("+4915533333333", SHOP)
        await until(lambda: house.application.forms("/after"))
        # then
        assert outcome(house) == ("busy", "false")
        assert house.exchange.handset(AGENT).state == "in-call"


@in_virtual_time
async def test_of_several_the_first_who_answers_has_the_call_and_the_others_stop_ringing() -> None:
    async with office() as house:
        # given
        house.manner(AGENT, "manual")
        house.manner(SECOND_AGENT, "answers", after_ms=3_000)
        await calls(house, dial(f"<Number {ALL}>{AGENT}</Number>", f"<Sip>{SECOND_AGENT}</Sip>"))
        # when
        await connected(house, SECOND_AGENT)
        # then
        await until(lambda: "canceled" in statuses(house))
        assert house.exchange.handset(AGENT).is_free
        house.exchange.hang_up(SECOND_AGENT)
        await house.exchange.quiet()
        assert outcome(house) == ("completed", "true")


@in_virtual_time
async def test_a_call_that_answers_on_the_bridge_rings_until_then() -> None:
    async with office() as house:
        # given
        house.manner(AGENT, "manual")
        await calls(house, dial(attributes='answerOnBridge="true"'))
        await house.becomes("ringing", AGENT)
        assert house.exchange.handset(CUSTOMER).state == "dialing"
        # when
        house.exchange.answer(AGENT)
        # then
        await house.becomes("in-call")


@in_virtual_time
async def test_a_star_hangs_up_on_the_agent_where_that_is_wanted() -> None:
    async with office() as house:
        await calls(house, dial(attributes='hangupOnStar="true"'))
        await connected(house)
        house.exchange.press(CUSTOMER, "1*")
        await house.exchange.quiet()
        assert outcome(house) == ("completed", "true")
        assert house.heard()[-1] == "Goodbye"


@in_virtual_time
async def test_a_connection_has_a_limit() -> None:
    async with office() as house:
        await calls(house, dial(attributes='timeLimit="60"'))
        await house.exchange.quiet()
        assert house.application.forms("/after")[0]["DialCallDuration"] == "60"


@in_virtual_time
async def test_without_an_action_the_next_verb_follows() -> None:
    async with office() as house:
        house.manner(AGENT, "busy")
        house.application.on("/voice", f"<Response><Dial>{AGENT}</Dial><Say>Nobody</Say></Response>")
        house.exchange.place_call(CUSTOMER, SHOP)
        await house.exchange.quiet()
        assert house.heard() == ["Nobody"]


@pytest.mark.parametrize(
    ("whisper", "bridged"),
    [
        ("<Response><Say>A customer</Say></Response>", "true"),
        ("<Response><Say>A customer</Say><Hangup/></Response>", "false"),
        (f"<Response><Dial>{SECOND_AGENT}</Dial></Response>", "false"),
        ("broken", "false"),
    ],
)
def test_an_agent_hears_first_what_it_is_about_and_may_decline(whisper: str, bridged: str) -> None:
    @in_virtual_time
    async def whispered() -> None:
        async with office() as house:
            house.manner(AGENT, "answers", hangs_up_after_ms=9_000)
            house.application.on("/whisper", whisper)
            await calls(house, dial(f'<Number url="/whisper">{AGENT}</Number>'))
            await house.exchange.quiet()
            assert outcome(house) == ("completed", bridged)
            assert "A customer" not in house.heard()
            assert house.application.forms("/whisper")[0]["Direction"] == "outbound-dial"

    whispered()


@in_virtual_time
async def test_an_agent_who_hangs_up_in_the_whisper_is_not_connected() -> None:
    async with office() as house:
        house.application.on("/whisper", "<Response><Say>A customer</Say><Pause length='30'/></Response>")
        await calls(house, dial(f'<Number url="/whisper">{AGENT}</Number>'))
        await house.hears("A customer", AGENT)
        house.exchange.hang_up(AGENT)
        await house.exchange.quiet()
        assert outcome(house) == ("completed", "false")


@pytest.mark.parametrize(
    ("caller_id", "shown"), [("", CUSTOMER), (CUSTOMER, CUSTOMER), (SHOP, SHOP), ("+4930777777", None)]
)
def test_an_agent_sees_the_caller_or_a_number_of_the_application(caller_id: str, shown: str | None) -> None:
    @in_virtual_time
    async def dialed() -> None:
        async with office() as house:
            house.manner(AGENT, "manual")
            await calls(house, dial(attributes=f'callerId="{caller_id}"' if caller_id else ""))
            if shown is None:
                await house.hears(APOLOGY)
                return
            await house.becomes("ringing", AGENT)
            connection = house.exchange.handset(AGENT).connection
            assert connection is not None
            assert connection.with_ == shown

    dialed()


@in_virtual_time
async def test_a_number_that_is_none_fails() -> None:
    async with office() as house:
        await calls(house, dial("<Number>agent seven</Number>"))
        await house.exchange.quiet()
        assert outcome(house) == ("failed", "false")


@in_virtual_time
async def test_a_telephone_that_somebody_holds_does_nothing_by_itself() -> None:
    async with office() as house:
        # given
        with house.exchange.handset(AGENT).held():
            await calls(house, dial())
            await house.becomes("ringing", AGENT)
            # when
            house.exchange.reject(AGENT)
            await house.exchange.quiet()
        # then
        assert outcome(house) == ("busy", "false")
        assert house.exchange.handset(AGENT).manner.habit == "answers"


@in_virtual_time
async def test_what_does_not_ring_is_neither_answered_nor_rejected() -> None:
    async with office() as house:
        await calls(house, dial())
        await connected(house)
        for address in (AGENT, CUSTOMER, SECOND_AGENT):
            with pytest.raises(NotPossible):
                house.exchange.answer(address)
            with pytest.raises(NotPossible):
                house.exchange.reject(address)
