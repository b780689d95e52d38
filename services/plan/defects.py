"""What is wrong with a plan file, where, and what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass

# A file full of mistakes is not listed to its end; the first ones are enough to begin with.
DEFECTS_MAX = 100

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Defect:
    """One thing wrong: line from 1 (0: the file as a whole), where as a path, what and why, how to mend it."""

    line: int
    where: str
    what: str
    what_to_do: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A defect before its line is known."""

    path: Path
    what: str
    what_to_do: str


class PlanRefused(Exception):
    """The plan file has defects; `defects` are the first hundred of them, in the order of the file."""

    def __init__(self, defects: Iterable[Defect]) -> None:
        self.defects = tuple(sorted(defects, key=lambda defect: defect.line)[:DEFECTS_MAX])
        super().__init__("; ".join(f"line {each.line}: {each.where}: {each.what}" for each in self.defects))


def locate(finding: Finding, lines: dict[Path, int]) -> Defect:
    """The finding with its line: that of its path, or of what is nearest above it."""
    path = finding.path
    while path and path not in lines:
        path = path[:-1]
    return Defect(lines.get(path, 0), dotted(finding.path), finding.what, finding.what_to_do)


def dotted(path: Path) -> str:
    """The path as people write it: queues[2].policy."""
    written = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return written.removeprefix(".")
