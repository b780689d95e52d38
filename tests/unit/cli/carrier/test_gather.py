"""<Gather>: keys, prompts, and time."""

import asyncio

import pytest

from services.cli.carrier.exchange.exchange import NotPossible
from tests.fakes.virtual_time import in_virtual_time
from tests.unit.cli.carrier.office import CUSTOMER, SHOP, Office, office

AFTER = "<Say>Nothing</Say>"


def gather(attributes: str = "", prompts: str = "<Say>Press</Say>") -> str:
    return f'<Response><Gather action="/menu" {attributes}>{prompts}</Gather>{AFTER}</Response>'


async def called(house: Office, document: str) -> None:
    """Somebody has called and heard the prompt."""
    house.application.on("/voice", document)
    house.application.on("/menu", "<Response><Say>Thank you</Say></Response>")
    house.exchange.place_call(CUSTOMER, SHOP)
    await house.hears("Press")


def digits(house: Office) -> list[tuple[str, str]]:
    return [(form["Digits"], form["FinishedOnKey"]) for form in house.application.forms("/menu")]


@pytest.mark.parametrize(
    ("attributes", "keys", "told"),
    [
        ('numDigits="1"', "1", ("1", "")),
        ('numDigits="3"', "1234", ("123", "")),
        ("", "12#", ("12", "#")),
        ('finishOnKey="*"', "1#*", ("1#", "*")),
        ('finishOnKey="" numDigits="3"', "1#2", ("1#2", "")),
        ('numDigits="2"', "۱۲", ("12", "")),
        ('numDigits="2"', "१२", ("12", "")),
        ('numDigits="2"', "١٢", ("12", "")),
        ('numDigits="2"', "１２", ("12", "")),  # such digits are what is tested
    ],
)
def test_keys_end_it_by_number_or_by_the_last_key(attributes: str, keys: str, told: tuple[str, str]) -> None:
    @in_virtual_time
    async def pressed() -> None:
        async with office() as house:
            await called(house, gather(attributes))
            house.exchange.press(CUSTOMER, keys)
            await house.exchange.quiet()
            assert digits(house) == [told]
            assert house.heard()[-1] == "Thank you"

    pressed()


@in_virtual_time
async def test_a_pause_after_the_last_key_ends_it() -> None:
    async with office() as house:
        await called(house, gather('timeout="3"'))
        house.exchange.press(CUSTOMER, "7")
        await house.exchange.quiet()
        assert digits(house) == [("7", "")]


@pytest.mark.parametrize("keys", ["", "#"])
def test_without_keys_the_next_verb_follows(keys: str) -> None:
    @in_virtual_time
    async def waited() -> None:
        async with office() as house:
            await called(house, gather())
            if keys:
                house.exchange.press(CUSTOMER, keys)
            await house.exchange.quiet()
            assert digits(house) == []
            assert house.heard()[-1] == "Nothing"

    waited()


@in_virtual_time
async def test_an_application_that_wants_to_know_is_told_of_no_keys() -> None:
    async with office() as house:
        await called(house, gather('actionOnEmptyResult="true"'))
        await house.exchange.quiet()
        assert digits(house) == [("", "")]


@in_virtual_time
async def test_a_key_ends_the_speaking() -> None:
    async with office() as house:
        # given
        await called(house, gather('numDigits="1"', "<Say>Press</Say><Pause length='9'/><Say>Never</Say>"))
        # when
        house.exchange.press(CUSTOMER, "1")
        await house.exchange.quiet()
        # then
        assert house.heard() == ["Press", "1", "Thank you"]


@in_virtual_time
async def test_the_first_of_several_keys_ends_the_speaking() -> None:
    async with office() as house:
        # given
        await called(house, gather('numDigits="2"', "<Say>Press</Say><Pause length='2'/><Say>Never</Say>"))
        # when
        house.exchange.press(CUSTOMER, "1")
        await asyncio.sleep(4)
        house.exchange.press(CUSTOMER, "2")
        await house.exchange.quiet()
        # then
        assert house.heard() == ["Press", "1", "2", "Thank you"]


@in_virtual_time
async def test_the_time_without_keys_begins_after_the_speaking() -> None:
    async with office() as house:
        # given
        await called(house, gather('timeout="2"', "<Say>Press</Say><Pause length='30'/><Say>now</Say>"))
        await house.hears("now")
        # when
        house.exchange.press(CUSTOMER, "1")
        await house.exchange.quiet()
        # then
        assert digits(house) == [("1", "")]


@in_virtual_time
async def test_keys_that_were_pressed_before_are_lost() -> None:
    async with office() as house:
        # given
        document = (
            "<Response><Say>Wait</Say><Pause length='1'/><Gather action='/menu'><Say>Press</Say></Gather></Response>"
        )
        house.application.on("/voice", document)
        house.exchange.place_call(CUSTOMER, SHOP)
        await house.hears("Wait")
        # when
        house.exchange.press(CUSTOMER, "9")
        await house.exchange.quiet()
        # then
        assert digits(house) == []


@in_virtual_time
async def test_without_an_action_the_document_itself_is_asked_again() -> None:
    async with office() as house:
        # given
        house.application.on(
            "/voice", '<Response><Gather numDigits="1"><Say>Press</Say></Gather></Response>', "<Response/>"
        )
        house.exchange.place_call(CUSTOMER, SHOP)
        await house.hears("Press")
        # when
        house.exchange.press(CUSTOMER, "4")
        await house.exchange.quiet()
        # then
        assert [form.get("Digits") for form in house.application.forms("/voice")] == [None, "4"]


@pytest.mark.parametrize("keys", ["", "a", "1a", "1 2", "1" * 65, "½", "²"])
def test_what_is_no_key_is_not_pressed(keys: str) -> None:
    @in_virtual_time
    async def pressed() -> None:
        async with office() as house:
            await called(house, gather())
            with pytest.raises(NotPossible, match="keys are"):
                house.exchange.press(CUSTOMER, keys)

    pressed()
