"""One measured figure: what `switchroom bench` prints, a line each."""

import json
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with what it is compared with; None where there is no baseline.

    `ratio` is how many times better than the baseline for rates, and how many times the baseline for everything else.
    `n` is the number of decisions (or things) behind `value`, `baseline_n` that behind `baseline`.
    """

    name: str
    value: float
    unit: str
    n: int
    baseline: float | None = None
    ratio: float | None = None
    baseline_n: int | None = None

    def as_json(self) -> str:
        """One line of JSON with the keys name, value, unit, baseline, ratio, n."""
        return json.dumps(
            {
                "name": self.name,
                "value": _short(self.value),
                "unit": self.unit,
                "baseline": _short(self.baseline),
                "ratio": _short(self.ratio),
                "n": self.n,
            }
        )


class Amount(NamedTuple):
    """What was measured, and of how many things."""

    value: float
    n: int


def compared(name: str, unit: str, ours: Amount, theirs: Amount) -> Figure:
    """A figure beside what it is measured against, in the same unit."""
    return Figure(name, ours.value, unit, ours.n, theirs.value, ours.value / theirs.value, theirs.n)


def _short(value: float | None) -> float | None:
    """Four digits say more than the noise allows; 1.0 is only written for what is exactly that."""
    if value is None or value == round(value):
        return value
    return float(f"{value:.4g}") if abs(value) < 0.9995 or abs(value) >= 1.0005 else value
