"""Calls from a telephone to the application: what is heard, what is told, how they end."""

import pytest

from services.cli.carrier.exchange.exchange import NotPossible
from services.cli.carrier.exchange.network import Pace
from services.cli.carrier.exchange.numbers import Number
from services.cli.carrier.exchange.script import APOLOGY
from services.cli.carrier.exchange.web import Address, WebAnswer
from tests.fakes.virtual_time import in_virtual_time
from tests.unit.cli.carrier.office import CUSTOMER, HOME, OURS, SHOP, office


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
        (line,) = [line for line in house.exchange.handset(CUSTOMER).lines if line.by == "carrier"]
        assert (line.text, line.language) == ("Guten Tag", "de-DE")
        assert [form["CallStatus"] for form in house.application.forms("/voice")] == ["ringing"]
        (ended,) = house.application.forms("/status")
        assert (ended["CallStatus"], ended["SequenceNumber"]) == ("completed", "0")


@in_virtual_time
async def test_speaking_takes_time_and_the_call_lasts_as_long() -> None:
    async with office(pace=Pace(speech_ms_per_character=100)) as house:
        # given
        house.application.on("/voice", f"<Response><Say>{'x' * 50}</Say><Pause length='2'/></Response>")
        # when
        house.exchange.place_call(CUSTOMER, SHOP)
        await house.exchange.quiet()
        # then
        (ended,) = house.application.forms("/status")
        assert (ended["CallDuration"], ended["Duration"]) == ("7", "1")


@in_virtual_time
async def test_a_number_that_is_nobodys_is_not_in_service() -> None:
    async with office() as house:
        assert house.exchange.place_call(CUSTOMER, "+4930888888") is None
        assert house.exchange.handset(CUSTOMER).ended_because == "the number is not in service"
        assert house.application.asked == []


@in_virtual_time
async def test_a_caller_who_hangs_up_ends_the_call_wherever_it_is() -> None:
    async with office() as house:
        # given
        house.application.on("/voice", "<Response><Say>Hello</Say><Pause length='60'/><Say>Late</Say></Response>")
        house.exchange.place_call(CUSTOMER, SHOP)
        await house.hears("Hello")
        # when
        house.exchange.hang_up(CUSTOMER)
        await house.exchange.quiet()
        # then
        assert house.heard() == ["Hello"]
        assert [form["CallStatus"] for form in house.application.forms("/status")] == ["completed"]
        assert house.exchange.handset(CUSTOMER).is_free


@in_virtual_time
async def test_a_leading_pause_keeps_it_ringing_and_who_hangs_up_then_was_not_answered() -> None:
    async with office() as house:
        # given
        house.application.on("/voice", "<Response><Pause length='10'/><Say>Hello</Say></Response>")
        house.exchange.place_call(CUSTOMER, SHOP)
        await house.becomes("dialing")
        # when
        house.exchange.hang_up(CUSTOMER)
        await house.exchange.quiet()
        # then
        (ended,) = house.application.forms("/status")
        assert (ended["CallStatus"], ended["CallDuration"]) == ("no-answer", "0")


@pytest.mark.parametrize(("reason", "status"), [("", "no-answer"), ("rejected", "no-answer"), ("busy", "busy")])
def test_a_rejected_call_was_never_answered(reason: str, status: str) -> None:
    @in_virtual_time
    async def rejected() -> None:
        async with office() as house:
            attribute = f' reason="{reason}"' if reason else ""
            house.application.on("/voice", f"<Response><Reject{attribute}/><Say>Never</Say></Response>")
            house.exchange.place_call(CUSTOMER, SHOP)
            await house.exchange.quiet()
            assert [form["CallStatus"] for form in house.application.forms("/status")] == [status]
            assert house.heard() == []

    rejected()


@in_virtual_time
async def test_a_redirect_goes_on_elsewhere_relative_to_the_document() -> None:
    async with office() as house:
        # given
        house.application.on("/voice", "<Response><Redirect>deeper/room?at=2</Redirect><Say>Never</Say></Response>")
        house.application.on("/deeper/room", "<Response><Say>Here</Say></Response>")
        # when
        house.exchange.place_call(CUSTOMER, SHOP)
        await house.exchange.quiet()
        # then
        assert house.heard() == ["Here"]
        assert house.application.asked[1].url == f"{HOME}/deeper/room?at=2"
        assert house.application.asked[1].form["CallStatus"] == "in-progress"


@in_virtual_time
async def test_an_application_that_redirects_without_a_pause_is_stopped() -> None:
    async with office(pace=Pace(speech_ms_per_character=10, documents_per_minute=20)) as house:
        house.application.on("/voice", "<Response><Redirect>/voice</Redirect></Response>")
        house.exchange.place_call(CUSTOMER, SHOP)
        await house.exchange.quiet()
        assert len(house.application.forms("/voice")) == 20
        assert house.heard() == [APOLOGY]


@in_virtual_time
async def test_an_application_that_pauses_may_redirect_for_hours() -> None:
    async with office(pace=Pace(speech_ms_per_character=10, documents_per_minute=20)) as house:
        # given
        house.application.on("/voice", *["<Response><Pause length='5'/><Redirect/></Response>"] * 900, "<Response/>")
        # when
        call = house.exchange.place_call(CUSTOMER, SHOP)
        await house.exchange.quiet()
        # then
        assert call is not None
        assert call.status == "completed"
        assert len(house.application.forms("/voice")) == 901
        assert APOLOGY not in house.heard()


@pytest.mark.parametrize(
    "answer",
    [
        WebAnswer(500, b"<Response/>"),
        WebAnswer(404, b""),
        WebAnswer(302, b""),
        WebAnswer(200, b"", "text/xml"),
        WebAnswer(200, b"<Response><Say>Hello</Say>", "text/xml"),
        WebAnswer(200, b"<Response/>", "application/json"),
        WebAnswer(200, b"<html/>", "text/html"),
    ],
    ids=lambda answer: f"{answer.status} {answer.content_type} {answer.body[:10]!r}",
)
def test_an_answer_that_is_no_good_ends_the_call_with_an_apology(answer: WebAnswer) -> None:
    @in_virtual_time
    async def answered() -> None:
        async with office() as house:
            house.application.on("/voice", answer)
            house.exchange.place_call(CUSTOMER, SHOP)
            await house.exchange.quiet()
            assert house.heard() == [APOLOGY]
            assert [form["CallStatus"] for form in house.application.forms("/status")] == ["completed"]

    answered()


@in_virtual_time
async def test_an_application_that_is_away_ends_the_call_with_an_apology() -> None:
    async with office() as house:
        house.application.away = True
        call = house.exchange.place_call(CUSTOMER, SHOP)
        await house.exchange.quiet()
        assert call is not None
        assert (call.status, house.heard()) == ("completed", [APOLOGY])


@in_virtual_time
async def test_a_fallback_is_asked_once_and_goes_on_with_the_call() -> None:
    number = Number(OURS.voice, Address(f"{HOME}/fallback"), OURS.status)
    async with office(number) as house:
        # given
        house.application.on("/voice", "<Response><Redirect>/broken</Redirect></Response>")
        house.application.on("/fallback", "<Response><Say>Sorry</Say><Redirect>/broken</Redirect></Response>", "broken")
        # when
        house.exchange.place_call(CUSTOMER, SHOP)
        await house.exchange.quiet()
        # then
        assert house.heard() == ["Sorry", APOLOGY]
        told = house.application.forms("/fallback")
        assert [(form["ErrorCode"], form["ErrorUrl"]) for form in told] == [("11200", f"{HOME}/broken")] * 2


@in_virtual_time
async def test_plain_text_is_spoken() -> None:
    async with office() as house:
        house.application.on("/voice", WebAnswer(200, "Grüß Gott".encode(), "text/plain; charset=utf-8"))
        house.exchange.place_call(CUSTOMER, SHOP)
        await house.exchange.quiet()
        assert house.heard() == ["Grüß Gott"]


@in_virtual_time
async def test_a_telephone_has_one_call_at_a_time() -> None:
    async with office() as house:
        # given
        house.application.on("/voice", "<Response><Say>Hello</Say><Pause length='60'/></Response>")
        house.exchange.place_call(CUSTOMER, SHOP)
        await house.hears("Hello")
        # then
        with pytest.raises(NotPossible, match="hang up first"):
            house.exchange.place_call(CUSTOMER, SHOP)


@in_virtual_time
async def test_what_is_said_to_the_machine_is_heard_by_nobody() -> None:
    async with office() as house:
        house.application.on("/voice", "<Response><Say>Hello</Say><Pause length='6'/></Response>")
        house.exchange.place_call(CUSTOMER, SHOP)
        await house.hears("Hello")
        house.exchange.say(CUSTOMER, "Anybody?")
        await house.exchange.quiet()
        assert house.heard() == ["Hello", "Anybody?"]
