"""Means of long simulations with what chance did to the input taken out: batch means with control variates.

Lavenberg and Welch (1981), "A Perspective on the Use of Control Variables to Increase the Efficiency of Monte Carlo
Simulations". A control is computed from the input alone (when contacts came, how long each took) and its true mean is
known. Where the input was kinder than its mean, the output is corrected by what least squares says it owed to that. No
control knows what the router did, so no correction can hide a router that does something else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from services.cli.simulate.student import student_t

Rows = Sequence[Sequence[float]]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean, and half the width of its 95 % confidence interval."""

    mean: float
    half_width: float


def controlled_mean(values: Sequence[float], controls: Rows) -> Estimate:
    """The mean of the batches' values; `controls` has a row per batch: each control less its true mean."""
    count, width = len(values), len(controls[0]) if controls else 0
    design = [[1.0, *row] for row in controls] if width else [[1.0] for _ in values]
    normal = [[sum(row[i] * row[j] for row in design) for j in range(width + 1)] for i in range(width + 1)]
    right = [sum(row[i] * value for row, value in zip(design, values, strict=True)) for i in range(width + 1)]
    beta = solve(normal, right)
    fitted = (sum(b * x for b, x in zip(beta, row, strict=True)) for row in design)
    squares = sum((value - fit) ** 2 for value, fit in zip(values, fitted, strict=True))
    freedom = count - width - 1
    unit = solve(normal, [1.0] + [0.0] * width)[0]
    return Estimate(beta[0], student_t(freedom) * sqrt(squares / freedom * unit))


def solve(matrix: Rows, right: Sequence[float]) -> list[float]:
    """Solve a small linear system by Gauss with pivots. Raises ZeroDivisionError where it has no single solution."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    size = len(rows)
    for column in range(size):
        pivot = max(range(column, size), key=lambda index: abs(rows[index][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        for index in range(size):
            if index != column:
                factor = rows[index][column] / rows[column][column]
                rows[index] = [a - factor * b for a, b in zip(rows[index], rows[column], strict=True)]
    return [row[-1] / row[index] for index, row in enumerate(rows)]
