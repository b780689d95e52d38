"""The command line: `switchroom up`, `switchroom demo`, `switchroom plan`, `switchroom keys`, ...

What a command runs is imported inside it: that takes seconds, in which the command has said what it does already.
"""

# ruff: noqa: PLC0415  # the reason stands above

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from services.cli.demonstration.show import JsonShow, PeopleShow
from services.cli.plan.commands import plan_app

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
app.add_typer(plan_app, name="plan")
bench = typer.Typer(no_args_is_help=True, help="Measure, beside what it is to be measured against.")
app.add_typer(bench, name="bench")
upgrade = typer.Typer(no_args_is_help=True, help="Before and after another release: see docs/operations.md, Upgrading.")
app.add_typer(upgrade, name="upgrade")

Data = Annotated[Path, typer.Option(help="Folder of everything that is kept.")]
OnSystem = Annotated[
    bool, typer.Option("--system", help="Of services that run as processes: the logs that the environment tells of.")
]
FOLDER = Path("data")
INTERRUPTED = 130


@app.command()
def up(data: Data = FOLDER, host: str = "127.0.0.1") -> None:
    """Run everything in this process until Ctrl-C. Where each service listens is written to DATA/running.json."""
    with _loading():
        from services.cli import running
    raise typer.Exit(running.up(data, host))


@app.command()
def demo(
    data: Data = FOLDER,
    as_json: Annotated[
        bool, typer.Option("--json", help="In a folder of its own; one JSON object a line; ends by itself.")
    ] = False,
    system: Annotated[
        bool, typer.Option("--system", help="On services that run as processes, told of by the environment.")
    ] = False,
) -> None:
    """Show contacts being routed: starts everything on the folder, or joins what runs there."""
    show = JsonShow() if as_json else PeopleShow()
    with _loading(INTERRUPTED if as_json else 0):
        show.doing("Looking for Switchroom ..." if system else "Starting Switchroom ...")
        from services.cli import on_system, running
    if system:
        raise typer.Exit(on_system.demo(show, stays=not as_json))
    raise typer.Exit(running.demo_once(show) if as_json else running.demo(data, show))


@app.command()
def simulate(  # noqa: PLR0913, PLR0917  # each is an option of the command
    plan: Annotated[Path, typer.Option(help="The plan to try.")],
    source: Annotated[Path, typer.Option("--from", help="A data folder, its router-log.sqlite, or a forecast file.")],
    today: Annotated[Path | None, typer.Option(help="The plan to compare with; a log has it in itself.")] = None,
    staffing: Annotated[Path | None, typer.Option(help="Other hours of the agents, as a file.")] = None,
    seeds: Annotated[int, typer.Option(help="How many runs; more make the intervals narrower.")] = 10,
    picture: Annotated[Path | None, typer.Option(help="Draw it too, as SVG, into this file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of a table.")] = False,
) -> None:
    """Show what another plan or staffing would have done with recorded contacts, or will do with expected ones."""
    with _loading(INTERRUPTED):
        from services.cli.simulate import command
        from services.cli.simulate.whatif import Question

        status = command.simulate(Question(plan, source, today, staffing, seeds), picture, typer.echo, json=as_json)
    raise typer.Exit(status)


@app.command()
def explain(
    contact: Annotated[str, typer.Argument(help="The contact's id.")],
    data: Data = FOLDER,
    offer: Annotated[int, typer.Option(min=0, help="Which of its offers, from 1; 0: as it is now.")] = 0,
    tenant: Annotated[str, typer.Option(help="Whose contact, where several have one of that id.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of sentences.")] = False,
) -> None:
    """Say why a contact waits, or why an agent got it: who else there was, and what would have to change."""
    with _loading(INTERRUPTED):
        from services.cli import explain as explaining

        status = explaining.explain(explaining.Asked(data, contact, offer, tenant), typer.echo, json=as_json)
    raise typer.Exit(status)


@app.command()
def keys(
    carrier: Annotated[bool, typer.Option("--carrier", help="With an account at the simulated carrier.")] = False,
) -> None:
    """Make all secrets of a new system, as lines of an environment file: switchroom keys > switchroom.env."""
    from services.cli.key_file import key_file

    typer.echo(key_file(with_carrier=carrier), nl=False)


@app.command()
def doctor(
    data: Annotated[Path | None, typer.Option(help="A data folder, instead of what the environment tells of.")] = None,
    at: Annotated[list[str] | None, typer.Option(help="A service to ask: http://host:port; again for each.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of a table.")] = False,
) -> None:
    """Look whether an installation keeps what it promises; changes nothing. Status 0: well, 1: warnings, 2: fails."""
    with _loading(INTERRUPTED):
        from services.cli.doctor import command

        status = command.doctor(data, at or (), typer.echo, json=as_json)
    raise typer.Exit(status)


@app.command()
def certificates(
    folder: Annotated[Path, typer.Argument(help="Where the CA and a folder for each service are, or shall be.")],
    days: Annotated[int, typer.Option(min=1, max=3650, help="For how long certificates are valid.")] = 90,
) -> None:
    """Make a private CA, and a certificate of each service by it, to try TLS out; again: new ones by the same CA."""
    from services.cli.authority import write_certificates

    try:
        written = write_certificates(folder, days)
    except (OSError, ValueError) as error:
        typer.echo(f"switchroom: no certificates were made: {error}.", err=True)
        raise typer.Exit(1) from None
    typer.echo("\n".join(str(each) for each in written))


@upgrade.command("status")
def upgrade_status(data: Data = FOLDER, system: OnSystem = False) -> None:
    """Say which format of router.log is in force in each partition, and up to which one this release reads."""
    with _loading(INTERRUPTED):
        from services.cli import upgrade as upgrading

        status = upgrading.status(None if system else data, typer.echo)
    raise typer.Exit(status)


@upgrade.command("finish")
def upgrade_finish(
    data: Data = FOLDER,
    system: OnSystem = False,
    within_s: Annotated[float, typer.Option(help="How long to wait until it is so, in seconds.")] = 30,
) -> None:
    """Say that every process is of this release: its newest format comes into force, and there is no way back."""
    with _loading(INTERRUPTED):
        from services.cli import upgrade as upgrading

        status = upgrading.finish(None if system else data, typer.echo, within_s)
    raise typer.Exit(status)


@bench.command("engine")
def engine_bench(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line for each figure.")] = False,
    only: Annotated[str, typer.Option(help="Only the figures whose names begin so.")] = "",
) -> None:
    """The routing engine beside the SQL-scan method and a plain scan. Takes minutes; progress to standard error."""
    from services.cli.bench.run import bench_engine

    raise typer.Exit(bench_engine(as_json=as_json, only=only))


@bench.command("rebuild")
def rebuild_bench(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line for each figure.")] = False,
) -> None:
    """How long a router takes to be what it was, from a snapshot and from the log alone. Takes minutes."""
    from services.cli.bench.run import bench_rebuild

    raise typer.Exit(bench_rebuild(as_json=as_json))


@bench.command("takeover")
def takeover_bench(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line for each figure.")] = False,
    full: Annotated[bool, typer.Option("--full", help="All of it, which takes more than an hour.")] = False,
    seed: Annotated[int, typer.Option(help="What happens to which router, and when.")] = 1,
) -> None:
    """Kill, freeze and restart routers under load on a cluster of its own, then audit its raw log. Takes 10 minutes."""
    from services.cli.bench.takeover.run import bench_takeover
    from services.cli.bench.takeover.sizes import FULL, SHORT

    effort = replace(FULL if full else SHORT, seed=seed)
    raise typer.Exit(bench_takeover(effort, as_json=as_json))


@bench.command("overload")
def overload_bench(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line for each figure.")] = False,
    seconds: Annotated[float, typer.Option(min=2, help="How long the overload lasts.")] = 60.0,
    rated: Annotated[float, typer.Option(min=0, help="Contacts a second; 0: a quarter of the most it takes.")] = 0.0,
) -> None:
    """Ten times the rated intake, on a whole Switchroom with files: what is refused, and what becomes of the rest."""
    from services.cli.bench.overload.run import bench_overload

    raise typer.Exit(bench_overload(as_json=as_json, overload_s=seconds, rated_per_s=rated))


@bench.command("path")
def path_bench(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line for each figure.")] = False,
) -> None:
    """From Kafka to an agent's stream beside a relay that decides nothing, on a cluster of its own. Takes minutes."""
    from services.cli.bench.path.measuring import Sizes
    from services.cli.bench.path.run import bench_path

    raise typer.Exit(bench_path(Sizes(), as_json=as_json))


@contextmanager
def _loading(status: int = 0) -> Iterator[None]:
    """Ctrl-C ends the process at once, with this status: nothing is open yet, and imports can't be stopped cleanly."""

    def leave(_number: int, _frame: object) -> None:
        sys.stdout.flush()
        os._exit(status)

    before = signal.signal(signal.SIGINT, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def main() -> None:
    """The console script."""
    app()
