"""Short messages: there, back, and STOP."""

import pytest

from services.cli.carrier.exchange.exchange import NotPossible
from services.cli.carrier.exchange.message import segments_of
from services.cli.carrier.exchange.numbers import Number
from services.cli.carrier.exchange.refusals import Refused
from services.cli.carrier.exchange.web import NOWHERE, Address, WebAnswer
from tests.fakes.virtual_time import in_virtual_time
from tests.unit.cli.carrier.office import AGENT, CUSTOMER, HOME, OURS, SHOP, Office, office

TOLD = Address(f"{HOME}/delivery")


def inbox(house: Office, address: str = CUSTOMER) -> list[str]:
    return [text.body for text in house.exchange.handset(address).texts if not text.mine]


@in_virtual_time
async def test_a_message_is_told_and_what_is_answered_comes_back() -> None:
    async with office() as house:
        # given
        first = '<Message statusCallback="/delivery">Thank you</Message>'
        house.application.on("/sms", f"<Response>{first}<Message><Body>!</Body></Message></Response>")
        # when
        message = house.exchange.text(CUSTOMER, SHOP, "Hello")
        await house.exchange.quiet()
        # then
        (told,) = house.application.forms("/sms")
        assert (told["MessageSid"], told["Body"], told["From"], told["To"]) == (message.sid, "Hello", CUSTOMER, SHOP)
        assert inbox(house) == ["Thank you", "!"]
        assert [form["MessageStatus"] for form in house.application.forms("/delivery")] == ["sent", "delivered"]


@pytest.mark.parametrize(
    "answer",
    [WebAnswer(500, b""), WebAnswer(200, b"<Response><Say>no</Say></Response>"), WebAnswer(200, b"<oops")],
    ids=["500", "a verb of calls", "no XML"],
)
def test_an_answer_that_is_no_good_sends_nothing_and_asks_the_fallback(answer: WebAnswer) -> None:
    @in_virtual_time
    async def answered() -> None:
        number = Number(sms=OURS.sms, sms_fallback=Address(f"{HOME}/fallback"))
        async with office(number) as house:
            house.application.on("/sms", answer)
            house.application.on("/fallback", "<Response><Message>Later</Message></Response>")
            house.exchange.text(CUSTOMER, SHOP, "Hello")
            await house.exchange.quiet()
            assert inbox(house) == ["Later"]
            assert house.application.forms("/fallback")[0]["ErrorUrl"] == f"{HOME}/sms"

    answered()


@pytest.mark.parametrize("answer", ["", "<Response/>", WebAnswer(200, b"", "text/plain")])
def test_an_empty_answer_sends_nothing(answer: str | WebAnswer) -> None:
    @in_virtual_time
    async def answered() -> None:
        async with office() as house:
            house.application.on("/sms", answer)
            house.exchange.text(CUSTOMER, SHOP, "Hello")
            await house.exchange.quiet()
            assert inbox(house) == []

    answered()


@in_virtual_time
async def test_plain_text_is_the_answer() -> None:
    async with office() as house:
        house.application.on("/sms", WebAnswer(200, b"Thanks", "text/plain"))
        house.exchange.text(CUSTOMER, SHOP, "Hello")
        await house.exchange.quiet()
        assert inbox(house) == ["Thanks"]


@in_virtual_time
async def test_a_redirect_is_followed_but_not_for_ever() -> None:
    async with office() as house:
        house.application.on("/sms", "<Response><Redirect>/more</Redirect></Response>")
        house.application.on("/more", "<Response><Redirect>/more</Redirect></Response>")
        house.exchange.text(CUSTOMER, SHOP, "Hello")
        await house.exchange.quiet()
        assert len(house.application.forms("/more")) == 9


@pytest.mark.parametrize("word", ["STOP", "stop", " Stop ", "UNSUBSCRIBE", "cancel", "quit", "END", "stopall"])
def test_who_says_stop_is_answered_by_the_carrier_and_gets_nothing_more(word: str) -> None:
    @in_virtual_time
    async def stopped() -> None:
        async with office() as house:
            # given
            house.application.on("/sms", "<Response><Message>You are out</Message></Response>")
            # when
            house.exchange.text(CUSTOMER, SHOP, word)
            await house.exchange.quiet()
            # then
            assert len(house.application.forms("/sms")) == 1
            assert len(inbox(house)) == 1
            assert "unsubscribed" in inbox(house)[0]
            with pytest.raises(Refused) as refused:
                house.exchange.create_message(SHOP, CUSTOMER, "Hello", NOWHERE)
            assert refused.value.code == 21610

    stopped()


@in_virtual_time
async def test_who_says_start_again_gets_messages_again() -> None:
    async with office() as house:
        # given
        house.exchange.text(CUSTOMER, SHOP, "STOP")
        await house.exchange.quiet()
        # when
        house.exchange.text(CUSTOMER, SHOP, "START")
        await house.exchange.quiet()
        house.exchange.create_message(SHOP, CUSTOMER, "Hello", NOWHERE)
        await house.exchange.quiet()
        # then
        assert inbox(house)[-1] == "Hello"


@in_virtual_time
async def test_a_word_that_begins_like_stop_is_none() -> None:
    async with office() as house:
        house.exchange.text(CUSTOMER, SHOP, "Stop by tomorrow?")
        await house.exchange.quiet()
        house.exchange.create_message(SHOP, CUSTOMER, "Yes", NOWHERE)
        await house.exchange.quiet()
        assert inbox(house) == ["Yes"]


@in_virtual_time
async def test_where_the_application_handles_stop_the_carrier_does_nothing() -> None:
    async with office(handles_stop=False) as house:
        house.application.on("/sms", "<Response><Message>You are out</Message></Response>")
        house.exchange.text(CUSTOMER, SHOP, "STOP")
        await house.exchange.quiet()
        assert inbox(house) == ["You are out"]


@pytest.mark.parametrize(
    ("manner", "error"), [({"habit": "unknown"}, "30005"), ({"habit": "answers", "takes_texts": False}, "30003")]
)
def test_what_cannot_be_delivered_is_told_with_its_number(manner: dict[str, object], error: str) -> None:
    @in_virtual_time
    async def undelivered() -> None:
        async with office() as house:
            house.manner(CUSTOMER, **manner)  # type: ignore[arg-type]  # the cases of the table
            message = house.exchange.create_message(SHOP, CUSTOMER, "Hello", TOLD)
            await house.exchange.quiet()
            told = house.application.forms("/delivery")
            assert [(form["MessageStatus"], form.get("ErrorCode")) for form in told] == [
                ("sent", None),
                ("undelivered", error),
            ]
            assert message.status == "undelivered"

    undelivered()


@in_virtual_time
async def test_two_telephones_write_to_each_other() -> None:
    async with office() as house:
        house.exchange.text(CUSTOMER, AGENT, "Hello")
        await house.exchange.quiet()
        assert inbox(house, AGENT) == ["Hello"]
        assert house.application.asked == []


@pytest.mark.parametrize("body", ["", "  \n ", "x" * 1_601])
def test_a_message_has_text_within_limits(body: str) -> None:
    @in_virtual_time
    async def written() -> None:
        async with office() as house:
            with pytest.raises(NotPossible, match="a message has text"):
                house.exchange.text(CUSTOMER, SHOP, body)

    written()


@pytest.mark.parametrize(
    ("body", "segments"),
    [
        ("x" * 160, 1),
        ("x" * 161, 2),
        ("x" * 306, 2),
        ("x" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("س" * 70, 1),
        ("س" * 71, 2),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
    ],
)
def test_segments_are_counted_as_the_alphabet_has_it(body: str, segments: int) -> None:
    assert segments_of(body) == segments
