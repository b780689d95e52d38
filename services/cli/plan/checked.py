"""What `switchroom plan check` says of a plan file."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NoReturn

import typer

from services.plan.check import check_plan
from services.plan.defects import Defect, PlanRefused
from services.plan.model import PlanFile
from services.plan.overtaking import Overtaking, overtaking, overtaking_words
from services.plan.read import read_plan
from services.plan.warn import warnings_of


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that was checked: what is wrong with it, and what is odd (looked for only where nothing is wrong)."""

    file: Path
    defects: tuple[Defect, ...] = ()
    warnings: tuple[Defect, ...] = ()
    bound: Overtaking | None = None

    def is_fine(self, *, strict: bool) -> bool:
        """Can it be put in force? Strict: and is nothing odd about it?"""
        return not self.defects and not (strict and self.warnings)

    def as_text(self) -> str:
        """A line for each defect or warning, and one for all."""
        told = [_line(self.file, "", each) for each in self.defects]
        told += [_line(self.file, "warning: ", each) for each in self.warnings]
        if not self.defects:
            told.append(f"{self.file}: no defects, {_counted(len(self.warnings), 'warning')}")
        if self.bound is not None:
            told.append(f"{self.file}: {overtaking_words(self.bound)}")
        return "\n".join(told)

    def as_json(self) -> str:
        """One object: file, defects, warnings; and how far who waits can be overtaken, where that was worked out."""
        defects, warnings = map(asdict, self.defects), map(asdict, self.warnings)
        said: dict[str, Any] = {"file": str(self.file), "defects": list(defects), "warnings": list(warnings)}
        if self.bound is not None:
            said["overtaken"] = asdict(self.bound)
        return json.dumps(said, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class InForce(Checked):
    """A file that was put in force, if nothing is wrong with it."""

    version: int = 0

    def as_text(self) -> str:
        """As of any checked file, and which version of the plan it is now."""
        told = Checked.as_text(self)
        return f"{told}\nplan {self.version} is in force" if self.version else told

    def as_json(self) -> str:
        """One object: file, defects, warnings, version (0: nothing was changed)."""
        return json.dumps(json.loads(Checked.as_json(self)) | {"version": self.version}, ensure_ascii=False)


def check_file(file: Path) -> Checked:
    """All that is wrong with a plan file, or else all that is odd."""
    try:
        plan_file = _without_defects(file)
    except PlanRefused as refused:
        return Checked(file, refused.defects)
    return Checked(file, warnings=tuple(warnings_of(plan_file)), bound=overtaking(plan_file.content))


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
