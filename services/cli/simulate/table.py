"""A comparison as a table for people, and as JSON for programs."""

import json
from typing import Any

from services.cli.simulate.comparison import Comparison, Mean, Row
from services.cli.simulate.figures import MEANINGS, Meaning

PLAIN = Meaning("", "")
RARE = ("diverted", "left_waiting")


def meaning_of(name: str) -> Meaning:
    """Of a figure, also of one for a single priority."""
    figure, _, priority = name.partition(".")
    meaning = MEANINGS.get(figure, PLAIN)
    return Meaning(f"{meaning.words}, priority {priority}", meaning.unit, meaning.decimals) if priority else meaning


def as_table(comparison: Comparison) -> str:
    """Columns: the figure, what the log itself says (if there is one), each trial, and the difference."""
    recorded = comparison.recorded
    heads = ["", *(["recorded"] if recorded is not None else []), *comparison.trials]
    heads += ["difference"] if len(comparison.trials) > 1 else []
    lines = [heads]
    for row in told_rows(comparison):
        meaning = meaning_of(row.name)
        cells = [meaning.words]
        cells += [_value(recorded.get(row.name), meaning)] if recorded is not None else []
        cells += [_mean(mean, meaning) for mean in row.means]
        cells += [_mean(row.difference, meaning, sign="+")] if len(comparison.trials) > 1 else []
        lines.append(cells)
    widths = [max(len(line[index]) for line in lines) for index in range(len(heads))]
    table = "\n".join(_line(line, widths) for line in lines)
    return "\n".join((table, "", *_notes(comparison)))


def as_json(comparison: Comparison) -> str:
    """One object; shares from 0 to 1, times in seconds, `half_width` of 95 % confidence or null."""
    figures: dict[str, Any] = {}
    for row in comparison.rows:
        trials = zip(comparison.trials, row.means, strict=True)
        figures[row.name] = {name: _object(mean) for name, mean in trials}
        figures[row.name]["difference"] = _object(row.difference)
        if comparison.recorded is not None:
            figures[row.name]["recorded"] = _rounded(comparison.recorded.get(row.name))
    whole = {
        "from": comparison.source,
        "seeds": comparison.seeds,
        "figures": figures,
        "unknown": comparison.unknown,
    }
    return json.dumps(whole, ensure_ascii=False, indent=2)


def told_rows(comparison: Comparison) -> list[Row]:
    """Where anything is known; some only where there is anybody to count."""
    known = [row for row in comparison.rows if any(row.means)]
    return [row for row in known if row.name not in RARE or any(mean and mean.mean for mean in row.means)]


def _notes(comparison: Comparison) -> list[str]:
    many = comparison.seeds > 1
    notes = [f"{comparison.seeds} seeds; ± is half the 95 % confidence interval." if many else "1 seed: no intervals."]
    if comparison.unknown:
        notes += ["", "What this can't know:", *(f"- {each}" for each in comparison.unknown)]
    return notes


def _line(cells: list[str], widths: list[int]) -> str:
    padded = [
        cells[0].ljust(widths[0]),
        *(cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True)),
    ]
    return "  ".join(padded).rstrip()


def _mean(mean: Mean | None, meaning: Meaning, sign: str = "") -> str:
    if mean is None:
        return "-"
    about = f" ± {_number(mean.half_width, meaning)}" if mean.half_width else ""
    return f"{_number(mean.mean, meaning, sign)}{about} {meaning.unit}".rstrip()


def _value(value: float | None, meaning: Meaning) -> str:
    return _mean(None if value is None else Mean(value, None), meaning)


def _number(value: float, meaning: Meaning, sign: str = "") -> str:
    return f"{value * (100 if meaning.unit == '%' else 1):{sign}.{meaning.decimals}f}"


def _object(mean: Mean | None) -> dict[str, float | None] | None:
    return None if mean is None else {"mean": _rounded(mean.mean), "half_width": _rounded(mean.half_width)}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
