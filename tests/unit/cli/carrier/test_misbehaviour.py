"""A carrier that behaves badly: what comes twice, late, or never, and always the same from one seed."""

from collections import Counter

from services.cli.carrier.exchange.misbehaviour import Misbehaviour
from services.cli.carrier.exchange.script import APOLOGY
from services.cli.carrier.exchange.web import Address
from tests.fakes.virtual_time import in_virtual_time
from tests.unit.cli.carrier.office import CUSTOMER, HOME, SHOP, Office, office

MESSAGES = 200


async def told(house: Office) -> list[tuple[str, str]]:
    """What is told of many messages: whose, and which status, as it arrives."""
    for _ in range(MESSAGES):
        house.exchange.create_message(SHOP, CUSTOMER, "Hello", Address(f"{HOME}/delivery"))
    await house.exchange.quiet()
    return [(form["MessageSid"], form["MessageStatus"]) for form in house.application.forms("/delivery")]


def out_of_order(arrived: list[tuple[str, str]]) -> int:
    return sum(arrived.index((sid, "sent")) > arrived.index((sid, "delivered")) for sid, _ in set(arrived)) // 2


@in_virtual_time
async def test_a_faithful_carrier_tells_everything_once_and_in_order() -> None:
    async with office() as house:
        arrived = await told(house)
        assert set(Counter(arrived).values()) == {1}
        assert len(arrived) == 2 * MESSAGES
        assert out_of_order(arrived) == 0


@in_virtual_time
async def test_latency_alone_changes_no_order() -> None:
    async with office(misbehaviour=Misbehaviour(seed=1, latency_ms=5_000)) as house:
        assert out_of_order(await told(house)) == 0


@in_virtual_time
async def test_callbacks_come_twice() -> None:
    async with office(misbehaviour=Misbehaviour(seed=1, doubled=0.5)) as house:
        times = Counter(Counter(await told(house)).values())
        assert set(times) == {1, 2}
        assert 150 < times[2] < 250


@in_virtual_time
async def test_callbacks_are_lost() -> None:
    async with office(misbehaviour=Misbehaviour(seed=1, lost=0.5)) as house:
        assert 150 < len(await told(house)) < 250


@in_virtual_time
async def test_callbacks_overtake_each_other() -> None:
    async with office(misbehaviour=Misbehaviour(seed=1, late=0.5, late_ms=60_000), transit_ms=1_000) as house:
        assert 60 < out_of_order(await told(house)) < 140


def test_one_seed_makes_one_course() -> None:
    @in_virtual_time
    async def course(seed: int) -> list[tuple[int, str]]:
        badly = Misbehaviour(seed=seed, doubled=0.3, late=0.3, late_ms=9_000, lost=0.3, latency_ms=500)
        async with office(misbehaviour=badly) as house:
            arrived = await told(house)
            sids = list(house.exchange.texting.messages)
            return [(sids.index(sid), status) for sid, status in arrived]

    assert course(7) == course(7)
    assert course(7) != course(8)


@in_virtual_time
async def test_the_carrier_can_be_told_to_behave_badly_at_any_time() -> None:
    async with office() as house:
        house.exchange.misbehave(Misbehaviour(lost=1.0))
        assert await told(house) == []


@in_virtual_time
async def test_a_webhook_that_is_asked_twice_has_one_token_and_one_effect() -> None:
    async with office(misbehaviour=Misbehaviour(webhooks_doubled=1.0)) as house:
        # given
        house.application.on("/voice", "<Response><Say>Hello</Say></Response>")
        # when
        house.exchange.place_call(CUSTOMER, SHOP)
        await house.exchange.quiet()
        # then
        asked = [request for request in house.application.asked if request.url.endswith("/voice")]
        assert len(asked) == 2
        assert asked[0] == asked[1]
        assert house.heard() == ["Hello"]


@in_virtual_time
async def test_a_webhook_that_is_lost_ends_the_call() -> None:
    async with office(misbehaviour=Misbehaviour(webhooks_lost=1.0)) as house:
        house.exchange.place_call(CUSTOMER, SHOP)
        await house.exchange.quiet()
        assert house.heard() == [APOLOGY]
