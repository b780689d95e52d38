"""The command line: `switchroom up`, `switchroom demo`, `switchroom plan`."""

import asyncio
import sys
import tempfile
from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from services.cli.data_folder import DataFolder, FolderInUse
from services.cli.demonstration.mailbox import Mailbox
from services.cli.demonstration.run import Demonstration, DemonstrationFailed
from services.cli.demonstration.show import JsonShow, PeopleShow, Show
from services.cli.embedded import Embedded, Ports
from services.plan.load import PlanRefused, load_plan
from services.shared.clock import SystemClock
from services.shared.logs import set_up_logs
from services.shared.serve import PortTaken, run

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)

Data = Annotated[Path, typer.Option(help="Folder of everything that is kept.")]
FOLDER = Path("data")


@app.command()
def up(data: Data = FOLDER, host: str = "127.0.0.1") -> None:
    """Run everything in this process until Ctrl-C. Where each service listens is written to DATA/running.json."""
    set_up_logs(json=not sys.stderr.isatty())
    folder = DataFolder(data)
    _or_exit(_up(folder, Ports(host=host)))


@app.command()
def demo(
    data: Data = FOLDER,
    as_json: Annotated[
        bool, typer.Option("--json", help="In a folder of its own; one JSON object a line; ends by itself.")
    ] = False,
) -> None:
    """Show contacts being routed: starts everything on the folder, or joins what runs there."""
    set_up_logs(json=as_json)
    if as_json:
        with tempfile.TemporaryDirectory(prefix="switchroom-") as folder:
            _or_exit(_demo(DataFolder(Path(folder)), JsonShow(), once=True))
    else:
        _or_exit(_demo(DataFolder(data), PeopleShow(), once=False))


@app.command()
def plan(file: Path) -> None:
    """Check a plan file; prints each defect with its line and what to do about it."""
    try:
        load_plan(file.read_bytes(), SystemClock().wall_ms(), b"not used for checking")
    except PlanRefused as refused:
        for defect in refused.defects:
            typer.echo(f"{file}:{defect.line}: {defect.where}: {defect.what}; {defect.what_to_do}")
        raise typer.Exit(1) from None
    typer.echo(f"{file}: no defects")


async def _up(folder: DataFolder, ports: Ports) -> bool:
    folder.lock()
    embedded = Embedded(folder, ports)
    await run([embedded], started=lambda: typer.echo(f"Switchroom runs: {embedded.addresses}", err=True))
    return True


async def _demo(folder: DataFolder, show: Show, *, once: bool) -> bool:
    show.progress("Starting Switchroom ...")
    try:
        folder.lock()
    except FolderInUse:
        return await _join(folder, show)
    ports = _free_ports() if once else Ports()
    mailbox = Mailbox(ports.host, ports.relay, next_free=True)
    await mailbox.start()
    demonstration = Demonstration(folder, mailbox, show, stays=not once)
    await run([mailbox, Embedded(folder, replace(ports, relay=mailbox.port)), demonstration])
    return demonstration.all_completed or not once


async def _join(folder: DataFolder, show: Show) -> bool:
    running = folder.running()
    if running is None:
        raise DemonstrationFailed(f"another process is just starting on {folder.path}: try again")
    show.progress(f"Joining what runs on {folder.path}.")
    mailbox = Mailbox(running.host, running.relay, next_free=False)
    await mailbox.start()
    await run([mailbox, Demonstration(folder, mailbox, show, stays=True)])
    return True


def _free_ports() -> Ports:
    return Ports(agents=0, ingest=0, smtp=0, router_grpc=0, router_http=0, reporting=0, relay=0)


def _or_exit(running: "Coroutine[None, None, bool]") -> None:
    try:
        good = asyncio.run(running)
    except (DemonstrationFailed, FolderInUse, PortTaken) as error:
        typer.echo(f"switchroom: {error}", err=True)
        raise typer.Exit(1) from None
    if not good:
        typer.echo("switchroom: not every contact ended completed with an answer", err=True)
        raise typer.Exit(1)


def main() -> None:
    """The console script."""
    app()
