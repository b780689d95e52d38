"""A system with the simulated carrier's telephones: a plan with numbers, agents with telephones, customers who call."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from services.cli.carrier.subscription import subscription_of
from services.cli.data_folder import DataFolder
from services.shared.tokens import Role
from tests.simulated_carrier import Phone
from tests.system.running import Running, bearer, running

CUSTOMER, ANAS, BENS = "+442079460999", "+442079460801", "sip:ben@phones.example"
MENU_LINE, QUIET_LINE = "+442079460100", "+442079460110"
PLAN = """
format: 1
tenant: demo
time_zone: Europe/Berlin
companies:
  - id: acme
    name: Acme Parts
    addresses:
      - {channel: voice, address: +44 20 7946 0100, menu: main}
      - {channel: voice, address: +44 20 7946 0110, language: de}
    dispositions: [{id: solved, name: Solved}]
menus:
  - id: main
    company: acme
    say:
      en: For a bill, press 1. Für Deutsch drücken Sie 2.
    choices:
      - {key: "1", id: bill}
      - {key: "2", id: german, language: de}
queues:
  - {id: support, company: acme, name: Support, policy: longest_idle}
  - {id: bills, company: acme, name: Bills, policy: longest_idle}
entry_points:
  - {id: bills, match: {ivr_path: [bill]}, route: {queue: bills}}
default: {queue: support}
agents:
  - {id: ana, companies: acme}
  - {id: ben, companies: acme}
"""


@dataclass
class Telephones:
    system: Running
    phone: Callable[[str], Phone]

    async def on_duty(self, agent: str, telephone: str) -> None:
        """The agent is available, with a telephone that an administrator has entered."""
        await self.system.token(Role.AGENT, agent=agent)
        await self.enters(agent, telephone)
        answer = await self.system.agent_call(agent, "/v1/presence", presence="available")
        assert answer.status_code == 200, answer.text

    async def enters(self, agent: str, telephone: str) -> None:
        """An administrator enters where the agent's telephone is."""
        admin = bearer(await self.system.token(Role.ADMIN))
        people = (await self.system.http.get(self.system.agents("/v1/people"), headers=admin)).json()["people"]
        person = next(person["id"] for person in people if person["agent"] == agent)
        url = self.system.agents(f"/v1/people/{person}")
        changed = await self.system.http.patch(url, json={"phone": telephone}, headers=admin)
        assert changed.status_code == 200, changed.text

    async def accepts(self, agent: str) -> str:
        """The agent takes the next offer; the contact's id."""
        item: Any = None
        while item is None:
            item = (await self.system.agent_call(agent, "/v1/next?wait_s=10")).json()["item"]
        accepted = await self.system.agent_call(agent, f"/v1/work/{item['contact_id']}/accept")
        assert accepted.status_code == 200, accepted.text
        return str(item["contact_id"])

    async def desk(self, agent: str, good: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        token = await self.system.token(Role.AGENT, agent=agent)
        return await self.system.until(self.system.agents("/v1/desk"), token, good)

    async def wrap_up(self, agent: str) -> None:
        await self.desk(agent, lambda desk: [item["state"] for item in desk["items"]] == ["wrap_up"])

    async def completes(self, agent: str, contact_id: str) -> None:
        done = await self.system.agent_call(agent, f"/v1/work/{contact_id}/complete", disposition="solved")
        assert done.status_code == 200, done.text

    async def reads(self, agent: str, contact_id: str, good: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        token = await self.system.token(Role.AGENT, agent=agent)
        return await self.system.until(self.system.agents(f"/v1/work/{contact_id}"), token, good)


@asynccontextmanager
async def with_telephones(folder: Path, plan: str = PLAN) -> AsyncIterator[Telephones]:
    """Start it, and stop it."""
    async with running(folder, carrier=True) as system:
        await system.activate(plan)
        url, headers = (
            system.addresses.url(system.addresses.carrier),
            bearer(subscription_of(DataFolder(folder)).control_key),
        )
        async with httpx2.AsyncClient(timeout=60, base_url=url, headers=headers, trust_env=False) as http:
            yield Telephones(system, lambda number: Phone(number, http))
