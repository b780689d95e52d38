"""The invitation to take part: a link to the free seat, made by the administrator, and where everything is."""

import httpx2

from services.cli.data_folder import Addresses, DataFolder
from services.cli.demonstration.people import GUEST, person_id
from services.cli.demonstration.told import Invitation


async def invitation(http: httpx2.AsyncClient, addresses: Addresses, token: str, folder: DataFolder) -> Invitation:
    """A new one; its link works once. Raises httpx2.HTTPError."""
    response = await http.post(
        f"{addresses.url(addresses.agents)}/v1/login-links",
        json={"person": person_id(GUEST), "on_duty": True},
        headers={"Authorization": f"Bearer {token}"},
    )
    response.raise_for_status()
    desk, is_stage = addresses.url(addresses.agents), addresses.carrier > 0
    return Invitation(
        link=response.json()["link"],
        floor=f"{desk}/" if is_stage else "",
        be_the_customer=f"{desk}/try" if is_stage else f"{addresses.url(addresses.ingest)}/c/acme-chat",
        metrics=f"{addresses.url(addresses.reporting)}/metrics",
        log=str(folder.log_path) if folder.log_path.exists() else "",
    )
