"""Calls from a telephone to the application: what is heard, what is told, how they end."""

from tests.fakes.virtual_time import in_virtual_time
from tests.unit.cli.carrier.office import AGENT, CUSTOMER, HOME, SHOP, office


@in_virtual_time
async def test_what_the_application_says_is_heard_and_the_call_ends_with_its_verbs() -> None:
    async with office() as house:
        # given
        house.application.on("/voice", '<Response><Say language="de-DE">Guten Tag</Say></Response>')
        # when
        call = house.exchange.place_call(CUSTOMER, SHOP)
        await house.exchange.quiet()
        # then
        assert call is not None
        assert call.status == "completed"
        assert house.heard() == ["Guten Tag"]
        assert [line.language for line in house.exchange.handset(CUSTOMER).lines if line.text == "Guten Tag"] == [
            "de-DE"
        ]
        assert [form["CallStatus"] for form in house.application.forms("/voice")] == ["ringing"]
        assert [(form["CallStatus"], form["SequenceNumber"]) for form in house.application.forms("/status")] == [
            ("completed", "0")
        ]


@in_virtual_time
async def test_keys_reach_the_action_with_the_digits_that_were_pressed_in_any_script() -> None:
    async with office() as house:
        # given
        menu = '<Response><Gather numDigits="2" action="/menu?at=1"><Say>One or two</Say></Gather></Response>'
        house.application.on("/voice", menu)
        house.application.on("/menu", "<Response><Say>Thank you</Say></Response>")
        house.exchange.place_call(CUSTOMER, SHOP)
        await house.hears("One or two")
        # when
        house.exchange.press(CUSTOMER, "۱")
        house.exchange.press(CUSTOMER, "२")
        await house.exchange.quiet()
        # then
        (told,) = house.application.forms("/menu")
        assert (told["Digits"], told["CallStatus"]) == ("12", "in-progress")
        assert house.application.asked[1].url == f"{HOME}/menu?at=1"


@in_virtual_time
async def test_a_dialed_agent_and_the_caller_hear_each_other_until_the_agent_hangs_up() -> None:
    async with office() as house:
        # given
        number = '<Number statusCallback="/leg" statusCallbackEvent="initiated ringing answered completed">'
        house.application.on("/voice", f'<Response><Dial action="/after">{number}{AGENT}</Number></Dial></Response>')
        house.application.on("/after", "<Response><Say>Goodbye</Say></Response>")
        house.manner(AGENT, "answers", after_ms=2_000)
        house.exchange.place_call(CUSTOMER, SHOP)
        await house.becomes("in-call", AGENT)
        # when
        house.exchange.say(AGENT, "What can I do?")
        house.exchange.say(CUSTOMER, "Nothing.")
        house.exchange.hang_up(AGENT)
        await house.exchange.quiet()
        # then
        assert house.heard() == ["What can I do?", "Nothing.", "Goodbye"]
        assert house.heard(AGENT) == ["What can I do?", "Nothing."]
        assert [form["CallStatus"] for form in house.application.forms("/leg")] == [
            "initiated",
            "ringing",
            "in-progress",
            "completed",
        ]
        (after,) = house.application.forms("/after")
        assert (after["DialCallStatus"], after["DialBridged"]) == ("completed", "true")
