"""What `switchroom plan activate` does: a key becomes a token, and the router gets the file."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import httpx2
import typer

from services.cli.demonstration.seats import LoginFailed, log_in
from services.cli.grpc_client import Activated, CallFailed, RouterClient
from services.cli.grpc_client import Defect as Told
from services.cli.plan.checked import InForce
from services.plan.defects import Defect
from services.shared.environment import SettingsWrong
from services.shared.tls_files import TlsFiles, TlsFilesWrong
from services.shared.tls_metrics import tls_of_environment

NO_KEY = "there is no key: set SWITCHROOM_KEY to an administrator's"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the system is, and the key to it."""

    agents_url: str
    router_address: str
    key: str = field(repr=False)


def activate_file(file: Path, place: Place) -> InForce:
    """Put a plan file in force. Where that can't be tried it is said in a line, and the program ends with 1."""
    if not place.key:
        _end(NO_KEY)
    try:
        activated = asyncio.run(_activate(file.read_bytes(), place, tls_of_environment()))
    except (SettingsWrong, TlsFilesWrong) as wrong:
        _end(str(wrong))
    except LoginFailed as failed:
        _end(str(failed))
    except httpx2.HTTPError as error:
        _end(f"{place.agents_url} could not be reached: {error}")
    except CallFailed as failed:
        _end(f"the router at {place.router_address} did not do it: {failed}")
    return InForce(file, _defects(activated.defects), _defects(activated.warnings), version=activated.version)


async def _activate(plan: bytes, place: Place, tls: TlsFiles | None) -> Activated:
    async with httpx2.AsyncClient() as http:
        token = await log_in(http, place.agents_url, place.key)
    async with RouterClient(place.router_address, lambda: token, tls) as router:
        return await router.activate_plan(plan)


def _defects(told: tuple[Told, ...]) -> tuple[Defect, ...]:
    return tuple(Defect(each.line, each.where, each.what, each.what_to_do) for each in told)


def _end(why: str) -> NoReturn:
    typer.echo(f"switchroom: {why}.", err=True)
    raise typer.Exit(1)
