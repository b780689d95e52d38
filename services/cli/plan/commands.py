"""`switchroom plan`: check a plan file, put it in force, try it, compare it, and tell editors its form.

What a command runs is imported inside it: `switchroom` alone starts without it.
"""

# ruff: noqa: PLC0415  # the reason stands above

from pathlib import Path
from typing import Annotated

import typer

plan_app = typer.Typer(no_args_is_help=True, help="Plans as code: check, activate, test, diff, schema.")

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)]
AsJson = Annotated[bool, typer.Option("--json", help="As one JSON object.")]


@plan_app.command()
def check(
    file: File,
    as_json: AsJson = False,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings are errors.")] = False,
) -> None:
    """Find what is wrong with a plan file, and what is odd: each with its line, the cause, and what to do.

    Ends with 1 if anything is wrong, with 0 if something is merely odd.
    """
    from services.cli.plan.checked import check_file

    checked = check_file(file)
    typer.echo(checked.as_json() if as_json else checked.as_text())
    raise typer.Exit(0 if checked.is_fine(strict=strict) else 1)


@plan_app.command()
def activate(
    file: File,
    as_json: AsJson = False,
    agents: Annotated[str, typer.Option(help="Where the agents service is.")] = "http://127.0.0.1:8080",
    router: Annotated[str, typer.Option(help="Where the router's gRPC is.")] = "127.0.0.1:8082",
    key: Annotated[str, typer.Option(envvar="SWITCHROOM_KEY", help="An administrator's; better not on the line.")] = "",
) -> None:
    """Put a plan file in force in a running system. Ends with 1, and changes nothing, if anything is wrong with it."""
    from services.cli.plan.activated import Place, activate_file

    put = activate_file(file, Place(agents, router, key))
    typer.echo(put.as_json() if as_json else put.as_text())
    raise typer.Exit(0 if put.version else 1)


@plan_app.command("test")
def run_tests(plan: File, tests: File, as_json: AsJson = False) -> None:
    """Run the routing tests of a file on a plan, in the router's own core.

    Ends with 1 if a test fails; each failure is told with its line, what was expected and what was found.
    """
    from services.cli.plan.checked import read_checked
    from services.cli.plan.tested import run_file

    tested = run_file(read_checked(plan), tests)
    typer.echo(tested.as_json() if as_json else tested.as_text())
    raise typer.Exit(0 if tested.is_fine() else 1)


@plan_app.command()
def diff(old: File, new: File, as_json: AsJson = False) -> None:
    """Say what another plan changes for contacts and agents, and for the contacts that are in flight."""
    from services.cli.plan.checked import read_checked
    from services.cli.plan.compared import as_json as written
    from services.cli.plan.compared import as_text
    from services.plan.difference import compare

    compared = compare(read_checked(old).content, read_checked(new).content)
    typer.echo(written(compared) if as_json else as_text(compared))


@plan_app.command()
def schema(
    tests: Annotated[bool, typer.Option("--tests", help="Of files of routing tests.")] = False,
) -> None:
    """Write the JSON schema of plan files, or of routing tests: editors complete and check them by it."""
    from services.cli.plan.cases_model import schema as schema_of_tests
    from services.plan.schema import schema as schema_of_plans
    from services.plan.schema import schema_text

    typer.echo(schema_text(schema_of_tests() if tests else schema_of_plans()), nl=False)
