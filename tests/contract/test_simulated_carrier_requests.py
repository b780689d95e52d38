"""The simulated carrier's requests: signed as its official validator wants them, with the parameters that it documents.

Each is made by a real call or message over real HTTP, and then found in the tables of the documentation.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from services.cli.carrier.exchange.web import WebAnswer
from tests.contract.twilio import parameters
from tests.contract.twilio.parameters import Table
from tests.fakes.scripted_application import ScriptedApplication
from tests.fakes.served_application import ServedApplication
from tests.simulated_carrier import AUTH_TOKEN, Running, simulated_carrier

CUSTOMER, AGENT, ABSENT, SHOP = "+4915511111111", "+4930100001", "+4930100002", "+4930999999"
EVENTS = ["initiated", "ringing", "answered", "completed"]


@dataclass(frozen=True, slots=True)
class Stage:
    carrier: Running
    application: ServedApplication

    @property
    def script(self) -> ScriptedApplication:
        return self.application.scripted

    async def told(self, path: str, times: int) -> list[dict[str, str]]:
        """What was told there, once it has been told so often."""
        async with asyncio.timeout(30):
            while len(self.script.forms(path)) < times:  # noqa: ASYNC110  # it comes over HTTP
                await asyncio.sleep(0.01)
        return self.script.forms(path)

    async def call_is_over(self) -> None:
        async with asyncio.timeout(30):
            await self.carrier.exchange.quiet()


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    application = ServedApplication(AUTH_TOKEN)
    async with application.running():
        number = {
            "voice_url": application.url("/voice?tenant=1"),
            "voice_fallback_url": application.url("/fallback"),
            "status_callback": application.url("/status"),
            "sms_url": application.url("/sms"),
        }
        async with simulated_carrier(numbers={SHOP: number}) as carrier:
            stage = Stage(carrier, application)
            yield stage
            await stage.call_is_over()
            assert application.forged == []


def _as_documented(table: Table, form: dict[str, str]) -> None:
    assert not table.always - set(form), table.page
    assert not set(form) - table.always - table.at_times, table.page


async def test_the_first_request_of_a_call(stage: Stage) -> None:
    # given
    stage.script.on("/voice", "<Response><Hangup/></Response>")
    # when
    await stage.carrier.phone(CUSTOMER).does("call", to=SHOP, forwarded_from=AGENT, caller_name="IVY MOSS")
    (told,) = await stage.told("/voice", 1)
    # then
    _as_documented(parameters.VOICE, told)
    assert (told["From"], told["To"], told["CallStatus"], told["Direction"]) == (CUSTOMER, SHOP, "ringing", "inbound")
    assert (told["FromCountry"], told["ForwardedFrom"], told["CallerName"]) == ("DE", AGENT, "IVY MOSS")
    assert "?tenant=1" in stage.script.asked[0].url
    (ended,) = await stage.told("/status", 1)
    _as_documented(parameters.ENDED, ended)
    assert (ended["CallStatus"], ended["SequenceNumber"]) == ("completed", "0")


async def test_the_digits_of_a_menu(stage: Stage) -> None:
    # given
    stage.script.on("/voice", '<Response><Gather action="/menu"><Say>Press</Say></Gather></Response>')
    stage.script.on("/menu", "<Response><Hangup/></Response>")
    await stage.carrier.phone(CUSTOMER).does("call", to=SHOP)
    await stage.carrier.phone(CUSTOMER).hears("Press")
    # when
    await stage.carrier.phone(CUSTOMER).does("keys", keys="12#")
    (told,) = await stage.told("/menu", 1)
    # then
    _as_documented(parameters.GATHER, told)
    assert (told["Digits"], told["FinishedOnKey"], told["CallStatus"]) == ("12", "#", "in-progress")


async def test_a_method_of_get_puts_everything_into_the_query(stage: Stage) -> None:
    # given
    stage.script.on("/voice", '<Response><Redirect method="GET">/next?a=1</Redirect></Response>')
    stage.script.on("/next", "<Response/>")
    # when
    await stage.carrier.phone(CUSTOMER).does("call", to=SHOP)
    await stage.told("/next", 1)
    # then
    request = stage.script.asked[1]
    assert (request.method, request.form) == ("GET", {})
    assert "?a=1&" in request.url
    assert "CallSid=CA" in request.url


async def test_the_leg_of_an_agent_and_the_end_of_the_dial(stage: Stage) -> None:
    # given
    number = f'<Number statusCallback="/leg" statusCallbackEvent="{" ".join(EVENTS)}">{AGENT}</Number>'
    stage.script.on("/voice", f'<Response><Dial action="/after">{number}</Dial></Response>')
    stage.script.on("/after", "<Response><Hangup/></Response>")
    await stage.carrier.phone(AGENT).does("manner", habit="manual")
    await stage.carrier.phone(CUSTOMER).does("call", to=SHOP)
    await stage.carrier.phone(AGENT).becomes("ringing")
    # when
    await stage.carrier.phone(AGENT).does("answer")
    await stage.carrier.phone(AGENT).hears("A person is on the line")
    await stage.carrier.phone(AGENT).does("hang-up")
    (after,) = await stage.told("/after", 1)
    legs = await stage.told("/leg", 4)
    # then
    _as_documented(parameters.DIAL, after)
    assert after["DialCallStatus"] in parameters.DIAL_CALL_STATUS
    assert (after["DialCallStatus"], after["DialBridged"]) == ("completed", "true")
    assert [leg["CallStatus"] for leg in legs] == ["initiated", "ringing", "in-progress", "completed"]
    assert [leg["SequenceNumber"] for leg in legs] == ["0", "1", "2", "3"]
    for leg in legs:
        _as_documented(parameters.LEG_ENDED if leg["CallStatus"] == "completed" else parameters.LEG_PROGRESS, leg)
    assert {leg["ParentCallSid"] for leg in legs} == {after["CallSid"]}
    assert {leg["CallSid"] for leg in legs} == {after["DialCallSid"]}


async def test_the_end_of_a_conference(stage: Stage) -> None:
    # given
    room = '<Conference endConferenceOnExit="true">a</Conference>'
    stage.script.on("/voice", f'<Response><Dial action="/after">{room}</Dial></Response>')
    stage.script.on("/after", "<Response><Hangup/></Response>")
    for caller in (CUSTOMER, ABSENT):
        await stage.carrier.phone(caller).does("call", to=SHOP)
    await stage.carrier.phone(CUSTOMER).hears("A person is on the line")
    # when
    await stage.carrier.phone(CUSTOMER).does("hang-up")
    told = await stage.told("/after", 2)
    # then
    for after in told:
        _as_documented(parameters.CONFERENCE, after)
        assert after["DialCallStatus"] in parameters.DIAL_CALL_STATUS
    assert {after["CallStatus"] for after in told} == {"completed", "in-progress"}


@pytest.mark.parametrize(
    ("habit", "status", "sip_code"),
    [
        ("busy", "busy", "486"),
        ("rejects", "busy", "486"),
        ("no-answer", "no-answer", "487"),
        ("unknown", "failed", "404"),
    ],
)
async def test_a_call_of_the_application_that_nobody_takes(
    stage: Stage, habit: str, status: str, sip_code: str
) -> None:
    # given
    await stage.carrier.phone(ABSENT).does("manner", habit=habit)
    # when
    await asyncio.to_thread(
        stage.carrier.client().calls.create,
        to=ABSENT,
        from_=SHOP,
        url=stage.application.url("/voice"),
        status_callback=stage.application.url("/progress"),
        status_callback_event=EVENTS,
        timeout=1,
    )
    await stage.call_is_over()
    # then
    *before, ended = stage.script.forms("/progress")
    assert {form["CallStatus"] for form in before} <= {"initiated", "ringing"}
    for form in before:
        _as_documented(parameters.PROGRESS, form)
    _as_documented(parameters.ENDED, ended)
    assert (ended["CallStatus"], ended["SipResponseCode"], ended["CallDuration"]) == (status, sip_code, "0")
    assert stage.script.forms("/voice") == []


async def test_the_fallback_is_told_what_was_wrong(stage: Stage) -> None:
    # given
    stage.script.on("/voice", WebAnswer(500, b""))
    stage.script.on("/fallback", "<Response><Hangup/></Response>")
    # when
    await stage.carrier.phone(CUSTOMER).does("call", to=SHOP)
    (told,) = await stage.told("/fallback", 1)
    # then
    _as_documented(parameters.FALLBACK, told)
    assert told["ErrorCode"] == "11200"
    assert told["ErrorUrl"].endswith("/voice?tenant=1")


async def test_a_message_that_comes(stage: Stage) -> None:
    # given
    stage.script.on("/sms", "<Response/>")
    # when
    await stage.carrier.phone(CUSTOMER).does("texts", to=SHOP, body="سلام، کجاست؟")
    (told,) = await stage.told("/sms", 1)
    # then
    _as_documented(parameters.MESSAGE, told)
    assert (told["Body"], told["NumMedia"], told["NumSegments"]) == ("سلام، کجاست؟", "0", "1")
    assert told["MessageSid"] == told["SmsSid"]


@pytest.mark.parametrize(("reachable", "statuses"), [(True, ["sent", "delivered"]), (False, ["sent", "undelivered"])])
async def test_what_becomes_of_a_message_that_goes(stage: Stage, reachable: bool, statuses: list[str]) -> None:
    # given
    await stage.carrier.phone(CUSTOMER).does("manner", habit="answers", takes_texts=reachable)
    # when
    await asyncio.to_thread(
        stage.carrier.client().messages.create,
        to=CUSTOMER,
        from_=SHOP,
        body="Hello",
        status_callback=stage.application.url("/delivery"),
    )
    told = await stage.told("/delivery", 2)
    # then
    assert [form["MessageStatus"] for form in told] == statuses
    for form in told:
        _as_documented(parameters.MESSAGE_STATUS, form)
    assert ("ErrorCode" in told[-1]) is not reachable


def test_a_table_finds_what_is_missing_and_what_nobody_documents() -> None:
    with pytest.raises(AssertionError, match="Mood"):
        _as_documented(parameters.VOICE, {"Mood": "good"})
