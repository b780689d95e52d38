"""What `switchroom plan test` says of routing tests that ran."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from services.cli.plan.checked import end_with_defects
from services.cli.plan.run_cases import CaseResult, run_cases
from services.plan.defects import PlanRefused
from services.plan.model import PlanFile


@dataclass(frozen=True, slots=True)
class Tested:
    """A file of tests that ran."""

    file: Path
    results: tuple[CaseResult, ...]

    def is_fine(self) -> bool:
        """Did all of them pass?"""
        return not self._failed()

    def as_text(self) -> str:
        """Of each test that failed its name, and what was expected and found; then how many there were."""
        told = []
        for result in self._failed():
            told.append(f"{self.file}:{result.line}: failed: {result.name}")
            told += [
                f"{self.file}:{each.line}:   {each.where}: expected {each.expected}; found {each.found}"
                for each in result.failures
            ]
        passed = len(self.results) - len(self._failed())
        return "\n".join([*told, f"{self.file}: {passed} passed, {len(self._failed())} failed"])

    def as_json(self) -> str:
        """One object: file, passed, failed, tests."""
        said = {
            "file": str(self.file),
            "passed": len(self.results) - len(self._failed()),
            "failed": len(self._failed()),
            "tests": [asdict(each) for each in self.results],
        }
        return json.dumps(said, ensure_ascii=False)

    def _failed(self) -> list[CaseResult]:
        return [result for result in self.results if result.failures]


def run_file(plan_file: PlanFile, file: Path) -> Tested:
    """Run the file's tests on the plan; if the file is no such file, say so and end the program with 1."""
    try:
        return Tested(file, tuple(run_cases(plan_file, file.read_bytes())))
    except PlanRefused as refused:
        end_with_defects(file, refused)
