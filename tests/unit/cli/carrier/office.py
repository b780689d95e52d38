"""A carrier in virtual time, with an application that answers from a table."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from services.cli.carrier.exchange.exchange import Behaviour, Exchange
from services.cli.carrier.exchange.manner import AT_ONCE, Habit, Manner
from services.cli.carrier.exchange.network import Pace
from services.cli.carrier.exchange.numbers import Number, Numbers
from services.cli.carrier.exchange.web import Account, Address
from tests.fakes.scripted_application import ScriptedApplication
from tests.fakes.virtual_time import VirtualClock, until

ACCOUNT = Account("AC" + "0" * 32, "the token of a test")
CUSTOMER, SHOP, AGENT, SECOND_AGENT = "+4915511111111", "+4930999999", "+4930100001", "sip:bea@phones.example"
HOME = "https://shop.example"
QUICK = Pace(speech_ms_per_character=10, recording_ms=500)
OURS = Number(voice=Address(f"{HOME}/voice"), status=Address(f"{HOME}/status"), sms=Address(f"{HOME}/sms"))


@dataclass
class Office:
    exchange: Exchange
    application: ScriptedApplication

    def heard(self, address: str = CUSTOMER) -> list[str]:
        """What the telephone's transcript has, without the phone's own notes."""
        return [line.text for line in self.exchange.handset(address).lines if line.by != "note"]

    async def hears(self, words: str, address: str = CUSTOMER) -> None:
        """Wait until it was heard."""
        await until(lambda: words in self.heard(address))

    async def becomes(self, state: str, address: str = CUSTOMER) -> None:
        await until(lambda: self.exchange.handset(address).state == state)

    def manner(self, address: str, habit: str, **more: Any) -> None:
        self.exchange.handset(address).manner = Manner(Habit(habit), **more)


@asynccontextmanager
async def office(number: Number = OURS, **behaviour: Any) -> AsyncIterator[Office]:
    application = ScriptedApplication()
    exchange = Exchange(
        ACCOUNT,
        application,
        Numbers({SHOP: number}),
        Behaviour(**{"pace": QUICK, "default_manner": AT_ONCE, **behaviour}),
        VirtualClock(),
    )
    try:
        yield Office(exchange, application)
    finally:
        await exchange.stop()
