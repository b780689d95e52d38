"""Ingest with an account at Twilio, behind three layouts of proxies, each reached over real HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from services.plan.compiled import Address, Channel, Company
from services.shared.clock import Clock, SystemClock
from tests.fakes.reverse_proxy import Certificate, ReverseProxy
from tests.fakes.twilio_requests import SID, TOKEN
from tests.unit.ingest.web.house import House, settings
from tests.unit.ingest.web.router_log import plan

OURS = "+15005550006"
ACME = Company("acme", "Acme Parts", (Address(Channel.SMS, OURS), Address(Channel.SMS, "+4930901820", "de")))
# The path that a proxy takes away; the path of the public URL behind TLS, which stays; and no proxy at all.
LAYOUTS = ("prefix stripped", "tls ended", "no proxy")


@dataclass
class Layout:
    """`url` is the public one, under which Twilio reaches the webhooks."""

    house: House
    url: str
    client: httpx2.AsyncClient


@asynccontextmanager
async def layout(name: str, folder: Path, clock: Clock | None = None, **more: object) -> AsyncIterator[Layout]:
    if name == "no proxy":
        # The public URL is not even configured: the carrier is on this machine.
        async with housed(folder, clock, **more) as house, httpx2.AsyncClient(timeout=60, trust_env=False) as client:
            yield Layout(house, house.url("/twilio"), client)
        return
    certificate = Certificate(folder) if name == "tls ended" else None
    proxy = ReverseProxy("/contact/centre" if name == "prefix stripped" else "", certificate)
    await proxy.start()
    try:
        async with housed(folder, clock, public_url=proxy.url, **more) as house:
            proxy.behind = house.url("")
            trust = certificate.trust() if certificate else True
            async with httpx2.AsyncClient(timeout=60, trust_env=False, verify=trust) as client:
                yield Layout(house, f"{proxy.url}/twilio", client)
    finally:
        await proxy.stop()


@asynccontextmanager
async def housed(folder: Path, clock: Clock | None = None, **more: object) -> AsyncIterator[House]:
    account = {"twilio_account_sid": SID, "twilio_auth_token": TOKEN, "twilio_base_url": "http://127.0.0.1:9"}
    house = House(folder, settings(**(account | more)), clock or SystemClock())
    await house.router.claim()
    await house.router.commit(plan("demo", ACME))
    await house.start()
    try:
        yield house
    finally:
        await house.stop()
