"""<Record>: what ends it, and what is told."""

import pytest

from tests.fakes.virtual_time import in_virtual_time
from tests.unit.cli.carrier.office import CUSTOMER, SHOP, Office, office

TONE = "(tone)"


async def recording(house: Office, attributes: str = "") -> None:
    """Somebody has called and hears the tone."""
    document = f'<Response><Say>After the tone</Say><Record action="/left" {attributes}/></Response>'
    house.application.on("/voice", document)
    house.application.on("/left", "<Response><Say>Thank you</Say></Response>")
    house.exchange.place_call(CUSTOMER, SHOP)
    await house.hears(TONE)


def told(house: Office) -> list[tuple[str, str, str]]:
    forms = house.application.forms("/left")
    assert all(form["RecordingUrl"].endswith(f"/Recordings/{form['RecordingSid']}") for form in forms)
    return [(form["RecordingDuration"], form["Digits"], form["CallStatus"]) for form in forms]


@pytest.mark.parametrize(
    ("attributes", "key", "wanted"),
    [
        ("", "5", ("1", "5", "in-progress")),
        ('finishOnKey="#"', "5#", ("1", "#", "in-progress")),
        ('timeout="4"', "", ("4", "", "in-progress")),
        ('maxLength="2"', "", ("2", "", "in-progress")),
    ],
)
def test_a_key_silence_or_the_longest_time_ends_it(attributes: str, key: str, wanted: tuple[str, str, str]) -> None:
    @in_virtual_time
    async def recorded() -> None:
        async with office() as house:
            await recording(house, attributes)
            if key:
                house.exchange.press(CUSTOMER, key)
            await house.exchange.quiet()
            assert told(house) == [wanted]
            assert house.heard()[-1] == "Thank you"

    recorded()


@in_virtual_time
async def test_who_speaks_is_not_silent() -> None:
    async with office() as house:
        await recording(house, 'timeout="4"')
        house.exchange.say(CUSTOMER, "Please call me")
        await house.exchange.quiet()
        assert told(house) == [("8", "", "in-progress")]


@in_virtual_time
async def test_who_hangs_up_has_left_a_message() -> None:
    async with office() as house:
        await recording(house)
        house.exchange.hang_up(CUSTOMER)
        await house.exchange.quiet()
        assert told(house) == [("1", "hangup", "completed")]
        assert "Thank you" not in house.heard()
