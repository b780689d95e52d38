"""<Dial><Conference>: people come, hear one another, and go; whoever's leaving ends it sends all others on."""

from services.cli.carrier.exchange.call import Call
from services.cli.carrier.exchange.call_flow import Order
from services.cli.carrier.exchange.conference import BEEP, MUSIC
from services.cli.carrier.exchange.script import Source
from services.cli.carrier.exchange.web import Address
from tests.fakes.virtual_time import in_virtual_time, until
from tests.unit.cli.carrier.office import AGENT, CUSTOMER, HOME, SECOND_AGENT, SHOP, Office, office

OTHER = "+4915522222222"


def room(attributes: str = "", dial: str = "") -> str:
    return f'<Response><Dial action="/after" {dial}><Conference {attributes}>a</Conference></Dial></Response>'


async def joins(house: Office, address: str) -> Call:
    """Somebody dials the number, and is there."""
    call = house.exchange.place_call(address, SHOP)
    assert call is not None
    await house.becomes("in-call", address)
    return call


async def both(house: Office, document: str) -> tuple[Call, Call]:
    house.application.on("/voice", document)
    house.application.on("/after", "<Response><Say>Goodbye</Say></Response>")
    first = await joins(house, CUSTOMER)
    second = await joins(house, OTHER)
    await until(lambda: "A person is on the line" in [line.text for line in house.exchange.handset(OTHER).lines])
    return first, second


@in_virtual_time
async def test_who_is_alone_hears_music_and_a_tone_when_somebody_comes_and_then_them() -> None:
    async with office() as house:
        await both(house, room('beep="onEnter"'))
        house.exchange.say(OTHER, "Here I am.")
        house.exchange.press(CUSTOMER, "1")
        assert house.heard() == [MUSIC, BEEP, "Here I am.", "1"]
        assert house.heard(OTHER) == ["Here I am.", "1"]


@in_virtual_time
async def test_without_music_and_tone_it_is_silent() -> None:
    async with office() as house:
        await both(house, room('beep="false" waitUrl=""'))
        assert house.heard() == house.heard(OTHER) == []


@in_virtual_time
async def test_three_hear_one_another() -> None:
    async with office() as house:
        await both(house, room('beep="false" waitUrl=""'))
        await joins(house, SECOND_AGENT)
        house.exchange.say(SECOND_AGENT, "All here?")
        assert house.heard() == house.heard(OTHER) == ["All here?"]


@in_virtual_time
async def test_who_remains_of_a_conference_that_is_ended_goes_on_with_its_action() -> None:
    async with office() as house:
        first, second = await both(house, room('endConferenceOnExit="true" beep="false" waitUrl=""'))
        house.exchange.hang_up(CUSTOMER)
        await house.exchange.quiet()
        told = {form["CallSid"]: form for form in house.application.forms("/after")}
        assert house.heard(OTHER) == ["Goodbye"]
        assert (told[second.sid]["DialCallStatus"], told[second.sid]["CallStatus"]) == ("answered", "in-progress")
        # The answer to whoever hung up goes nowhere.
        assert (told[first.sid]["CallStatus"], house.heard()) == ("completed", [])
        assert house.exchange.network.conferences == {}


@in_virtual_time
async def test_who_remains_of_one_that_is_not_ended_is_alone_in_it() -> None:
    async with office() as house:
        await both(house, room('waitUrl=""', 'timeLimit="60"'))
        house.exchange.hang_up(CUSTOMER)
        await until(lambda: house.heard(OTHER) == [BEEP])
        assert house.exchange.handset(OTHER).state == "in-call"
        await house.exchange.quiet()
        assert house.heard(OTHER) == [BEEP, "Goodbye"]


@in_virtual_time
async def test_an_order_takes_one_out_and_a_new_conference_begins_under_the_name() -> None:
    async with office() as house:
        first, _ = await both(house, room('endConferenceOnExit="true" beep="false" waitUrl=""'))
        house.application.on("/after", room('waitUrl="" beep="false"'))
        house.application.on("/hold", "<Response><Say>Hold the line</Say><Pause length='60'/></Response>")
        house.exchange.update_call(first.sid, Order(Source(Address(f"{HOME}/hold"))))
        await house.hears("Hold the line")
        await until(lambda: len(house.application.forms("/after")) == 1)
        assert house.exchange.handset(OTHER).state == "in-call"
        await until(lambda: list(house.exchange.network.conferences) == ["a"])
        house.exchange.hang_up(OTHER)
        house.exchange.hang_up(CUSTOMER)
        await house.exchange.quiet()
        assert house.exchange.network.conferences == {}


@in_virtual_time
async def test_it_begins_with_who_may_begin_it() -> None:
    async with office() as house:
        house.application.on("/voice", room('startConferenceOnEnter="false" beep="false" waitUrl=""'))
        house.application.on("/after", "<Response><Hangup/></Response>")
        await joins(house, CUSTOMER)
        await joins(house, OTHER)
        house.exchange.say(OTHER, "Anybody?")
        assert house.heard() == []
        house.application.on("/voice", room('beep="false" waitUrl=""'))
        await joins(house, SECOND_AGENT)
        house.exchange.say(OTHER, "Now?")
        assert house.heard() == ["Now?"]


@in_virtual_time
async def test_an_agent_is_taken_out_of_a_dial_into_a_conference_and_the_customer_goes_on() -> None:
    async with office() as house:
        house.application.on("/voice", f'<Response><Dial action="/after"><Number>{AGENT}</Number></Dial></Response>')
        house.application.on("/after", "<Response><Say>Hold the line</Say><Pause length='60'/></Response>")
        house.application.on("/leg", room('waitUrl=""', 'timeLimit="30"'))
        house.exchange.place_call(CUSTOMER, SHOP)
        await until(lambda: any("on the line" in line.text for line in house.exchange.handset(AGENT).lines))
        leg = next(call for call in house.exchange.network.calls.values() if call.parent_sid)
        house.exchange.update_call(leg.sid, Order(Source(Address(f"{HOME}/leg"))))
        await house.hears("Hold the line")
        (told,) = house.application.forms("/after")
        assert (told["DialCallStatus"], told["CallStatus"]) == ("completed", "in-progress")
        assert (leg.status, list(house.exchange.network.conferences)) == ("in-progress", ["a"])
