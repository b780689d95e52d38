"""Checks the branch coverage of `make test`: 100 % of the router's core, the fold and the codecs, 90 % of all.

With --core of the first alone, which a part of the tests is enough for.

Coverage of a file is what was run of its statements and branches together.
"""

# ruff: noqa: T201, INP001  # a command, not a module: it is run as it is, and what it prints is its result

import importlib
import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
WHOLE = ("services/router/core/*.py", "services/shared/fence.py", "services/**/log_codec.py")
ON_THE_WHOLE_PERCENT = 90
LEAST_COVERED = 5
PLACES_NAMED = 10


@dataclass(frozen=True, slots=True)
class FileCoverage:
    """How many of a file's statements and branches there are, and how many were run."""

    path: str
    there: int
    run: int
    missing: str

    @property
    def percent(self) -> float:
        """100 for a file in which there is nothing to run."""
        return 100 * self.run / self.there if self.there else 100.0


def main(*, core_alone: bool) -> int:
    """0 if there is coverage enough, else 1 and the reasons."""
    files = [_file(path, measured) for path, measured in sorted(_report()["files"].items())]
    if core_alone:
        print(f"looked at {len(_to_be_whole())} files of the core, the fold and the codecs")
        return _judged(_not_whole(files))
    in_all = FileCoverage("services", sum(each.there for each in files), sum(each.run for each in files), "")
    print(f"branch coverage of services: {in_all.percent:.1f} %; least covered:")
    for each in sorted(files, key=lambda each: each.percent)[:LEAST_COVERED]:
        print(f"  {each.percent:5.1f} %  {each.path}")
    too_little = [f"services has {in_all.percent:.1f} %, and needs {ON_THE_WHOLE_PERCENT}"]
    return _judged(_not_whole(files) + (too_little if in_all.percent < ON_THE_WHOLE_PERCENT else []))


def _judged(problems: list[str]) -> int:
    for problem in problems:
        print(f"too little coverage: {problem}", file=sys.stderr)
    return 1 if problems else 0


def _not_whole(files: list[FileCoverage]) -> list[str]:
    by_path = {each.path: each for each in files}
    problems = []
    for path in _to_be_whole():
        measured = by_path.get(path)
        if measured is None:
            problems.append(f"{path} was not measured; did all of the tests run?")
        elif measured.run < measured.there:
            problems.append(f"{path} has {measured.percent:.1f} %, and needs 100: test {measured.missing}")
    return problems


def _to_be_whole() -> list[str]:
    found = {path for pattern in WHOLE for path in ROOT.glob(pattern) if path.stat().st_size}
    return sorted(path.relative_to(ROOT).as_posix() for path in found)


def _report() -> dict[str, Any]:
    """Coverage's own report, of what all processes measured."""
    measured = _coverage().Coverage(data_file=str(ROOT / ".coverage"), config_file=str(ROOT / "pyproject.toml"))
    if (ROOT / ".coverage").exists():
        measured.load()
    if list(ROOT.glob(".coverage.*")):
        measured.combine([str(ROOT)])
        measured.save()
    if not measured.get_data().measured_files():
        sys.exit("nothing was measured: run make test, which leaves its measurements in .coverage")
    with tempfile.TemporaryDirectory() as folder:
        measured.json_report(outfile=f"{folder}/coverage.json")
        report: dict[str, Any] = json.loads(Path(folder, "coverage.json").read_text())
    return report


def _coverage() -> Any:
    """The package, of which this file has the name."""
    sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != Path(__file__).resolve().parent]
    return importlib.import_module("coverage")


def _file(path: str, measured: dict[str, Any]) -> FileCoverage:
    total = measured["summary"]
    lines = [f"line {line}" for line in measured["missing_lines"]]
    branches = [f"{start} -> {'exit' if end < 0 else end}" for start, end in measured["missing_branches"]]
    return FileCoverage(
        Path(path).as_posix(),
        total["num_statements"] + total["num_branches"],
        total["covered_lines"] + total["covered_branches"],
        _some_of(lines + branches),
    )


def _some_of(places: list[str]) -> str:
    left_out = len(places) - PLACES_NAMED
    return ", ".join(places[:PLACES_NAMED]) + (f" and {left_out} places more" if left_out > 0 else "")


if __name__ == "__main__":
    sys.exit(main(core_alone="--core" in sys.argv[1:]))
