"""What `switchroom plan check` says of a plan file."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NoReturn

import typer

from services.plan.check import check_plan
from services.plan.defects import Defect, PlanRefused
from services.plan.model import PlanFile
from services.plan.read import read_plan
from services.plan.warn import warnings_of


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that was checked: what is wrong with it, and what is odd (looked for only where nothing is wrong)."""

    file: Path
    defects: tuple[Defect, ...] = ()
    warnings: tuple[Defect, ...] = ()

    def is_fine(self, *, strict: bool) -> bool:
        """Can it be put in force? Strict: and is nothing odd about it?"""
        return not self.defects and not (strict and self.warnings)

    def as_text(self) -> str:
        """A line for each defect or warning, and one for all."""
        told = [_line(self.file, "", each) for each in self.defects]
        told += [_line(self.file, "warning: ", each) for each in self.warnings]
        if not self.defects:
            told.append(f"{self.file}: no defects, {_counted(len(self.warnings), 'warning')}")
        return "\n".join(told)

    def as_json(self) -> str:
        """One object: file, defects, warnings."""
        defects, warnings = map(asdict, self.defects), map(asdict, self.warnings)
        said = {"file": str(self.file), "defects": list(defects), "warnings": list(warnings)}
        return json.dumps(said, ensure_ascii=False)


def check_file(file: Path) -> Checked:
    """All that is wrong with a plan file, or else all that is odd."""
    try:
        plan_file = _without_defects(file)
    except PlanRefused as refused:
        return Checked(file, refused.defects)
    return Checked(file, warnings=tuple(warnings_of(plan_file)))


def read_checked(file: Path) -> PlanFile:
    """A plan file without defects; for one that has some they are printed, and the program ends with 1."""
    try:
        return _without_defects(file)
    except PlanRefused as refused:
        end_with_defects(file, refused)


def end_with_defects(file: Path, refused: PlanRefused) -> NoReturn:
    """Print what is wrong with the file, and end the program with 1."""
    typer.echo(Checked(file, refused.defects).as_text(), err=True)
    raise typer.Exit(1)


def _without_defects(file: Path) -> PlanFile:
    plan_file = read_plan(file.read_bytes())
    defects = check_plan(plan_file)
    if defects:
        raise PlanRefused(defects)
    return plan_file


def _line(file: Path, kind: str, defect: Defect) -> str:
    where = f"{defect.where}: " if defect.where else ""
    return f"{file}:{defect.line}: {kind}{where}{defect.what}; {defect.what_to_do}"


def _counted(count: int, what: str) -> str:
    return f"{count or 'no'} {what}{'' if count == 1 else 's'}"
