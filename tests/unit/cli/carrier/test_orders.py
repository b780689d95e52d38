"""What the application orders: calls, their end, their way elsewhere."""

import pytest

from services.cli.carrier.exchange.call import Call, Listener
from services.cli.carrier.exchange.call_flow import Order
from services.cli.carrier.exchange.exchange import Wanted
from services.cli.carrier.exchange.refusals import Refused
from services.cli.carrier.exchange.script import Source
from services.cli.carrier.exchange.web import Address
from tests.fakes.virtual_time import in_virtual_time, until
from tests.unit.cli.carrier.office import AGENT, CUSTOMER, HOME, SHOP, Office, office

EVENTS = ("initiated", "ringing", "answered", "completed")
END = Order(None)


def order_to(path: str) -> Order:
    return Order(Source(Address(f"{HOME}{path}")))


def call_back(house: Office, to: str = CUSTOMER, from_: str = SHOP, timeout_s: int = 30) -> Call:
    listener = Listener(Address(f"{HOME}/progress"), EVENTS)
    return house.exchange.create_call(
        Wanted(to, from_, Source(Address(f"{HOME}/voice")), listener=listener, timeout_s=timeout_s)
    )


def statuses(house: Office, path: str = "/progress") -> list[str]:
    return [form["CallStatus"] for form in house.application.forms(path)]


@in_virtual_time
async def test_a_call_back_is_answered_and_connected_with_an_agent() -> None:
    async with office() as house:
        # given
        house.application.on("/voice", f'<Response><Dial action="/after">{AGENT}</Dial></Response>')
        house.application.on("/after", "<Response><Hangup/></Response>")
        house.manner(AGENT, "answers", hangs_up_after_ms=5_000)
        # when
        call = call_back(house)
        await house.exchange.quiet()
        # then
        assert statuses(house) == ["initiated", "ringing", "in-progress", "completed"]
        assert house.application.forms("/after")[0]["DialCallStatus"] == "completed"
        assert (call.status, call.duration_s) == ("completed", 5)
        assert house.application.forms("/voice")[0]["Direction"] == "outbound-api"


@pytest.mark.parametrize("habit", ["busy", "rejects", "no-answer", "unknown"])
def test_a_call_back_that_nobody_takes_asks_for_nothing(habit: str) -> None:
    @in_virtual_time
    async def untaken() -> None:
        async with office() as house:
            house.manner(CUSTOMER, habit)
            call = call_back(house)
            await house.exchange.quiet()
            assert call.status in ("busy", "no-answer", "failed")
            assert statuses(house)[-1] == call.status
            assert house.application.forms("/voice") == []

    untaken()


@in_virtual_time
async def test_a_call_that_still_rings_can_be_canceled() -> None:
    async with office() as house:
        # given
        house.manner(CUSTOMER, "manual")
        call = call_back(house)
        await house.becomes("ringing")
        # when
        house.exchange.update_call(call.sid, END, only_unanswered=True)
        await house.exchange.quiet()
        # then
        assert statuses(house) == ["initiated", "ringing", "canceled"]
        assert house.exchange.handset(CUSTOMER).is_free


@in_virtual_time
async def test_an_order_takes_a_call_out_of_a_dial_and_the_agent_is_hung_up() -> None:
    async with office() as house:
        # given
        house.application.on("/voice", f'<Response><Dial action="/after">{AGENT}</Dial></Response>')
        house.application.on("/wait", "<Response><Say>Please wait</Say><Pause length='60'/></Response>")
        call = house.exchange.place_call(CUSTOMER, SHOP)
        assert call is not None
        await house.becomes("in-call", AGENT)
        # when
        house.exchange.update_call(call.sid, order_to("/wait"))
        await house.hears("Please wait")
        # then
        assert house.exchange.handset(AGENT).is_free
        # when
        house.exchange.hang_up(CUSTOMER)
        await house.exchange.quiet()
        # then
        assert house.application.forms("/after") == []
        assert statuses(house, "/status") == ["completed"]


@in_virtual_time
async def test_an_order_ends_the_agents_leg_alone() -> None:
    async with office() as house:
        # given
        house.application.on("/voice", f'<Response><Dial action="/after">{AGENT}</Dial></Response>')
        house.application.on("/after", "<Response><Say>Goodbye</Say></Response>")
        house.exchange.place_call(CUSTOMER, SHOP)
        await house.becomes("in-call", AGENT)
        # when
        leg = next(call for call in house.exchange.network.calls.values() if call.parent_sid)
        house.exchange.update_call(leg.sid, END)
        await house.exchange.quiet()
        # then
        assert house.heard() == ["Goodbye"]
        assert house.application.forms("/after")[0]["DialCallStatus"] == "completed"


@in_virtual_time
async def test_an_order_sends_the_agents_leg_its_own_way() -> None:
    async with office() as house:
        # given
        house.application.on("/voice", f'<Response><Dial action="/after">{AGENT}</Dial></Response>')
        house.application.on("/after", "<Response><Hangup/></Response>")
        house.application.on("/survey", "<Response><Say>How was it?</Say><Pause length='5'/></Response>")
        house.exchange.place_call(CUSTOMER, SHOP)
        await until(lambda: any("on the line" in line.text for line in house.exchange.handset(AGENT).lines))
        leg = next(call for call in house.exchange.network.calls.values() if call.parent_sid)
        # when
        house.exchange.update_call(leg.sid, order_to("/survey"))
        await house.hears("How was it?", AGENT)
        # then
        await house.becomes("ended", CUSTOMER)
        assert house.exchange.handset(AGENT).state == "in-call"
        await house.exchange.quiet()
        assert leg.status == "completed"


@in_virtual_time
async def test_what_has_ended_or_was_not_answered_takes_no_orders() -> None:
    async with office() as house:
        # given
        house.manner(CUSTOMER, "manual")
        call = call_back(house)
        await house.becomes("ringing")
        with pytest.raises(Refused) as refused:
            house.exchange.update_call(call.sid, order_to("/wait"))
        assert refused.value.code == 21220
        # when
        house.exchange.update_call(call.sid, END)
        await house.exchange.quiet()
        # then
        for order in (END, order_to("/wait")):
            with pytest.raises(Refused) as refused:
                house.exchange.update_call(call.sid, order)
            assert refused.value.code == 21220


@in_virtual_time
async def test_an_answered_call_is_completed_but_not_canceled() -> None:
    async with office() as house:
        house.application.on("/voice", "<Response><Say>Hello</Say><Pause length='60'/></Response>")
        call = call_back(house)
        await house.hears("Hello")
        with pytest.raises(Refused):
            house.exchange.update_call(call.sid, END, only_unanswered=True)
        house.exchange.update_call(call.sid, END)
        await house.exchange.quiet()
        assert call.status == "completed"
