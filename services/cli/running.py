"""The commands that run until they are stopped, and what their end means for whoever called them."""

import asyncio
import logging
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx2
import structlog
import typer

from services.cli.data_folder import Addresses, DataFolder, FolderInUse
from services.cli.demonstration.invitation import invitation
from services.cli.demonstration.mailbox import Mailbox
from services.cli.demonstration.people import ADMIN
from services.cli.demonstration.run import Demonstration, Programme, until_ready
from services.cli.demonstration.seats import LoginFailed, log_in
from services.cli.demonstration.show import Show
from services.cli.demonstration.stage import stage
from services.cli.demonstration.system import DemonstrationFailed, system_on
from services.cli.embedded import Embedded, Ports
from services.shared.environment import SettingsWrong
from services.shared.logs import set_up_logs
from services.shared.serve import PortTaken, run

FREE_PORTS = Ports(agents=0, ingest=0, smtp=0, router_grpc=0, router_http=0, reporting=0, relay=0)
STARTED_WITHIN_S = 60
POLL_S = 0.2
INTERRUPTED = 130
# What whoever called can do something about; it is said in a line.
EXPECTED = (DemonstrationFailed, FolderInUse, PortTaken, LoginFailed, SettingsWrong, httpx2.HTTPError, OSError)

log = structlog.get_logger(__name__)


def up(data: Path, host: str) -> int:
    """Everything in this process until it is told to stop; the exit status."""
    set_up_logs(json=not sys.stderr.isatty())
    return status_of(lambda: asyncio.run(_up(DataFolder(data), Ports(host=host))), _complain)


def demo(data: Path, show: Show) -> int:
    """The demonstration on a folder, with whatever runs there already, until it is told to stop; the exit status."""
    return status_of(lambda: _demo(DataFolder(data), show), show.failed)


def demo_once(show: Show) -> int:
    """The demonstration in a folder of its own; the exit status is 0 when every contact was answered and completed."""
    logging.captureWarnings(capture=True)
    set_up_logs(json=True, least=logging.WARNING)
    with tempfile.TemporaryDirectory(prefix="switchroom-") as path:
        folder = DataFolder(Path(path))
        folder.lock()
        playing = _play(folder, show, FREE_PORTS, stays=False)
        return status_of(lambda: asyncio.run(playing), show.failed, interrupted=INTERRUPTED)


def status_of(running: Callable[[], bool], complain: Callable[[str], None], interrupted: int = 0) -> int:
    """Run it; the exit status. What went wrong is said in a line."""
    try:
        return 0 if running() else 1
    except KeyboardInterrupt:
        return interrupted
    except EXPECTED as error:
        complain(str(error))
    except Exception as error:  # the top of the program: the log gets the traceback, a person gets a sentence
        log.exception("ended_unexpectedly")
        complain(f"it ended unexpectedly ({type(error).__name__}); the log says where")
    return 1


def _complain(words: str) -> None:
    typer.echo(f"switchroom: {words}", err=True)


async def _up(folder: DataFolder, ports: Ports) -> bool:
    folder.lock()
    embedded = Embedded(folder, ports)
    await run([embedded], started=lambda: typer.echo(f"Switchroom runs: {embedded.addresses}", err=True))
    return True


def _demo(folder: DataFolder, show: Show) -> bool:
    mine = _lock(folder)
    if not folder.lock_stage():
        if mine:
            raise DemonstrationFailed(f"another demonstration on {folder.path} is just ending: try again")
        asyncio.run(_look_on(folder, show))
        return True
    logging.captureWarnings(capture=True)
    set_up_logs(json=False, to=folder.open_log())
    asyncio.run(_play(folder, show, Ports(), stays=True) if mine else _join(folder, show))
    show.step(f"Stopped. What was kept is in {folder.path}, and the next start goes on with it.")
    return True


def _lock(folder: DataFolder) -> bool:
    try:
        folder.lock()
    except FolderInUse:
        return False
    return True


async def _play(folder: DataFolder, show: Show, ports: Ports, *, stays: bool) -> bool:
    mailbox = Mailbox(ports.host, ports.relay, next_free=True)
    await mailbox.start()
    demonstration = Demonstration(lambda: system_on(folder), mailbox, show, Programme(stays=stays))
    await run(
        [
            mailbox,
            Embedded(folder, replace(ports, relay=mailbox.port), stage(), carrier=True, mails=mailbox),
            demonstration,
        ]
    )
    return completed(demonstration, show, stays=stays)


async def _join(folder: DataFolder, show: Show) -> bool:
    """Play on what `switchroom up` runs."""
    show.step(f"Switchroom runs on {folder.path} already: this joins it.")
    addresses = await _running(folder)
    mailbox = Mailbox(addresses.host, addresses.relay, next_free=False)
    await mailbox.start()
    await run([mailbox, Demonstration(lambda: system_on(folder), mailbox, show, Programme(stays=True))])
    return True


def completed(demonstration: Demonstration, show: Show, *, stays: bool) -> bool:
    """Whether it went as it should; says so if not."""
    if not stays and not demonstration.all_completed:
        show.failed("not every contact ended completed, with an answer")
    return stays or demonstration.all_completed


async def _look_on(folder: DataFolder, show: Show) -> None:
    """Somebody plays already: take part in that."""
    show.step(f"The demonstration runs on {folder.path} already: this joins it.")
    await _running(folder)
    async with httpx2.AsyncClient(timeout=STARTED_WITHIN_S) as http:
        system = await system_on(folder)
        await until_ready(http, system.where)
        token = await log_in(http, system.where.agents, system.keys.by_person[ADMIN])
        show.invite(await invitation(http, system, token))


async def _running(folder: DataFolder) -> Addresses:
    """Where it runs; waits while it is starting. Raises DemonstrationFailed."""
    for _ in range(round(STARTED_WITHIN_S / POLL_S)):
        if (addresses := folder.running()) is not None:
            return addresses
        await asyncio.sleep(POLL_S)
    raise DemonstrationFailed(f"what has {folder.path} did not start within {STARTED_WITHIN_S} s: stop it, try again")
