"""Findings as a table for people, and as JSON for programs."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from services.cli.doctor.finding import Finding, State, status


def as_table(findings: Sequence[Finding]) -> str:
    """A line each; below what is not well, why it matters and what to do."""
    width = max((len(finding.check) for finding in findings), default=0)
    lines = [line for finding in findings for line in _lines(finding, width)]
    counts = Counter(finding.state for finding in findings)
    return "\n".join((*lines, "", ", ".join(f"{counts[state]} {state}" for state in State)))


def as_json(findings: Sequence[Finding]) -> str:
    """One object: `status` is the exit status."""
    return json.dumps({"status": status(findings), "findings": [asdict(finding) for finding in findings]})


def _lines(finding: Finding, width: int) -> Iterator[str]:
    yield f"{finding.state:4}  {finding.check:{width}}  {finding.saw}"
    indent = " " * (width + 8)
    if finding.why:
        yield f"{indent}why: {finding.why}"
    if finding.what_to_do:
        yield f"{indent}do:  {finding.what_to_do}"
