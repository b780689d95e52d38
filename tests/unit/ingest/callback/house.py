"""Ingest with two numbers for call-backs, whole and real, and a carrier that takes every call."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from services.ingest.router_log.facts import Plan, PlanActivated
from services.plan.compiled import Address, Attribute, Channel, Company, EntryPoint, Hours, Interval, Match, Route
from services.shared.clock import Clock
from tests.fakes.manual_clock import ManualClock
from tests.fakes.twilio_api import TwilioApi
from tests.fakes.twilio_requests import SID, TOKEN
from tests.unit.ingest.web.house import House, settings

# Monday, 23 November 2026, 08:30 in Berlin.
NOW_MS = 1_795_419_000_000
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
# Open from 09:00 to 17:00 on that day and on the next.
OFFICE = Hours(
    "office",
    tuple(
        Interval(NOW_MS + day * DAY_MS + HOUR_MS // 2, NOW_MS + day * DAY_MS + HOUR_MS // 2 + 8 * HOUR_MS)
        for day in (0, 1)
    ),
    NOW_MS + 400 * DAY_MS,
)
ANY_TIME, OFFICE_ONLY = "+442079460150", "+442079460250"
ACME = Company(
    "acme",
    "Acme Parts",
    (
        Address(Channel.CALLBACK, ANY_TIME, "en"),
        Address(Channel.VOICE, "+442079460100"),
        Address(Channel.VOICE, "+493023125100", "de"),
        Address(Channel.WEB_FORM, "acme-contact"),
    ),
)
GLOBEX = Company("globex", "Globex Travel", (Address(Channel.CALLBACK, OFFICE_ONLY, "", "", "office"),))


def _rule(**match: Any) -> EntryPoint:
    return EntryPoint("e", Match(**match), Route("q"))


RULES = (
    _rule(companies=("acme",), attributes=(Attribute("topic", "refund"),)),
    _rule(companies=("acme",), languages=("fa", "hi")),
    _rule(companies=("globex",), languages=("de",)),
)
PLAN = PlanActivated(Plan("demo", 1, (ACME, GLOBEX), RULES, (OFFICE,), time_zone="Europe/Berlin"))


@asynccontextmanager
async def opened(folder: Path, clock: Clock | None = None, **more: Any) -> AsyncIterator[tuple[House, TwilioApi]]:
    """Ingest and the REST side of its carrier."""
    carrier = TwilioApi()
    await carrier.start()
    account = {"twilio_account_sid": SID, "twilio_auth_token": SecretStr(TOKEN), "twilio_base_url": carrier.url}
    house = House(folder, settings(**{**account, **more}), clock or ManualClock(wall_ms=NOW_MS))
    await house.router.claim()
    await house.router.commit(PLAN)
    await house.start()
    try:
        yield house, carrier
    finally:
        await house.stop()
        await carrier.stop()
