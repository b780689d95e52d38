"""Random people and a random application: whatever they do, every call ends and the books agree."""

import asyncio
import itertools
import random

import pytest
from structlog.testing import capture_logs

from services.cli.carrier.exchange.call import LIVE, Call, Listener
from services.cli.carrier.exchange.call_flow import Order
from services.cli.carrier.exchange.exchange import Behaviour, Exchange, NotPossible, Wanted
from services.cli.carrier.exchange.manner import Habit, Manner
from services.cli.carrier.exchange.network import Pace
from services.cli.carrier.exchange.numbers import Number, Numbers
from services.cli.carrier.exchange.refusals import Refused
from services.cli.carrier.exchange.script import Source
from services.cli.carrier.exchange.web import Address, Unreachable, WebAnswer, WebRequest
from tests.fakes.virtual_time import VirtualClock, in_virtual_time
from tests.unit.cli.carrier.office import ACCOUNT, HOME, SHOP

SCHEDULES, STEPS = 120, 60
CUSTOMERS = [f"+49155{number:07}" for number in range(4)]
AGENTS = ["+4930100001", "+4930100002", "sip:cleo@phones.example"]
EVENTS = ("initiated", "ringing", "answered", "completed")
VERBS = (
    "<Say>Hello there</Say>",
    "<Pause length='3'/>",
    "<Redirect>/voice</Redirect>",
    "<Hangup/>",
    "<Reject/>",
    "<Gather numDigits='1' action='/voice' timeout='4'><Say>Press</Say></Gather>",
    "<Gather action='/voice' actionOnEmptyResult='true'/>",
    *(
        f"<Dial {action} timeout='9' {bridge}><Number url='{url}' statusCallback='/leg' "
        f"statusCallbackEvent='{' '.join(EVENTS)}'>{AGENTS[0]}</Number>{second}</Dial>"
        for action in ("action='/voice'", "")
        for bridge in ("answerOnBridge='true'", "hangupOnStar='true' timeLimit='30'")
        for url in ("", "/voice")
        for second in ("", f"<Number>{AGENTS[1]}</Number>", f"<Sip>{AGENTS[2]}</Sip>")
    ),
    *(
        f"<Dial {action} timeLimit='20'><Conference {how}>{name}</Conference></Dial>"
        for action in ("action='/voice'", "")
        for how in ("endConferenceOnExit='true'", "startConferenceOnEnter='false' beep='onExit' waitUrl=''")
        for name in "ab"
    ),
)


class RandomApplication:
    """Answers with any verbs; now and then it is broken, slow or away."""

    def __init__(self, chance: random.Random) -> None:
        self.told: list[dict[str, str]] = []
        self._chance = chance

    async def ask(self, request: WebRequest) -> WebAnswer:
        await asyncio.sleep(self._chance.choice((0, 0, 0.2, 3)))
        if "CallbackSource" in request.form:
            self.told.append(request.form)
        fate = self._chance.random()
        if fate < 0.03:
            raise Unreachable("away")
        if fate < 0.06:
            return WebAnswer(500, b"")
        verbs = "".join(self._chance.choices(VERBS, k=self._chance.randint(0, 3)))
        return WebAnswer(200, f"<Response>{verbs}</Response>".encode())


async def act(exchange: Exchange, chance: random.Random) -> None:
    """Somebody does something."""
    person = chance.choice(CUSTOMERS + AGENTS)
    calls = list(exchange.network.calls) or ["CA0"]
    order = Order(chance.choice((None, Source(Address(f"{HOME}/voice")))))
    wanted = Wanted(
        chance.choice(CUSTOMERS),
        SHOP,
        Source(Address(f"{HOME}/voice")),
        listener=Listener(Address(f"{HOME}/progress"), EVENTS),
        timeout_s=chance.randint(1, 20),
    )
    acts = (
        lambda: exchange.place_call(person, SHOP),
        lambda: exchange.place_call(person, SHOP),
        lambda: exchange.press(person, chance.choice("012#*")),
        lambda: exchange.hang_up(person),
        lambda: exchange.answer(person),
        lambda: exchange.reject(person),
        lambda: exchange.say(person, "Hello?"),
        lambda: exchange.create_call(wanted),
        lambda: exchange.update_call(chance.choice(calls), order, only_unanswered=chance.random() < 0.3),
    )
    try:
        chance.choice(acts)()
    except (NotPossible, Refused):
        return
    finally:
        await asyncio.sleep(chance.choice((0, 0, 0.01, 1, 5)))


def agree(call: Call, told: list[dict[str, str]]) -> None:
    """What was told of a call that had every event subscribed."""
    statuses = [form["CallStatus"] for form in told]
    final = call.status.value
    assert [form["SequenceNumber"] for form in told] == [str(number) for number in range(len(told))]
    assert statuses[-1] == final
    assert statuses[:-1] == ["initiated", "ringing", "in-progress"][: len(statuses) - 1]
    assert (call.answered_ms is not None) is (final == "completed")


async def play(seed: int) -> None:
    chance = random.Random(seed)
    application = RandomApplication(chance)
    serial = itertools.count()
    exchange = Exchange(
        ACCOUNT,
        application,
        Numbers({SHOP: Number(voice=Address(f"{HOME}/voice"), status=Address(f"{HOME}/status"))}),
        Behaviour(pace=Pace(speech_ms_per_character=chance.choice((0, 60)), documents_per_minute=30)),
        VirtualClock(),
        lambda letters: f"{letters}{next(serial):032x}",
    )
    for address in CUSTOMERS + AGENTS:
        habit = chance.choice(list(Habit))
        exchange.handset(address).manner = Manner(habit, chance.randint(0, 12_000), chance.choice((0, 4_000)))
    for _ in range(STEPS):
        await act(exchange, chance)
    await everybody_hangs_up(exchange)
    judge(exchange, application)


async def everybody_hangs_up(exchange: Exchange) -> None:
    """Until nobody has a call, for the application may go on and on."""
    quiet = asyncio.create_task(exchange.quiet())
    while not quiet.done():
        for address in CUSTOMERS + AGENTS:
            exchange.hang_up(address)
        await asyncio.wait([quiet], timeout=7)
    quiet.result()


def judge(exchange: Exchange, application: RandomApplication) -> None:
    for address in CUSTOMERS + AGENTS:
        handset = exchange.handset(address)
        assert handset.is_free, address
        assert handset.state in ("idle", "ended")
    for call in exchange.network.calls.values():
        told = [form for form in application.told if form["CallSid"] == call.sid]
        assert call.status not in LIVE, call
        assert call.ended_ms is not None
        if call.listener.events == EVENTS and call.listener.where:
            agree(call, told)
        else:
            assert len(told) == (1 if call.listener.where else 0)


@pytest.mark.parametrize("first", range(0, SCHEDULES, 30))
def test_every_call_ends_whatever_people_and_the_application_do(first: int) -> None:
    for seed in range(first, first + 30):
        try:
            with capture_logs() as logged:
                in_virtual_time(play)(seed)
            assert "carrier_call_failed" not in {entry["event"] for entry in logged}
        except BaseException as error:
            error.add_note(f"seed {seed}")
            raise
