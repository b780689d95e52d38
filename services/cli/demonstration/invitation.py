"""The invitation to take part: a link to the free seat, made by the administrator, and where everything is."""

import httpx2

from services.cli.demonstration.people import GUEST, person_id
from services.cli.demonstration.system import System
from services.cli.demonstration.told import Invitation


async def invitation(http: httpx2.AsyncClient, system: System, token: str) -> Invitation:
    """A new one; its link works once. Raises httpx2.HTTPError."""
    response = await http.post(
        f"{system.where.agents}/v1/login-links",
        json={"person": person_id(GUEST), "on_duty": True},
        headers={"Authorization": f"Bearer {token}"},
    )
    response.raise_for_status()
    where, is_stage = system.where, bool(system.where.carrier)
    return Invitation(
        link=response.json()["link"],
        floor=f"{where.agents}/" if is_stage else "",
        be_the_customer=f"{where.agents}/try" if is_stage else f"{where.ingest}/c/acme-chat",
        metrics=f"{where.reporting}/metrics",
        log=system.log,
    )
