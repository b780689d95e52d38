"""A comparison as a picture: for each figure a bar per plan, with its confidence interval."""

from dataclasses import dataclass

from services.cli.simulate.comparison import Comparison, Mean, Row
from services.cli.simulate.drawing import COLOURS, DARK, FAINT, Drawing
from services.cli.simulate.table import meaning_of, told_rows

WIDTH, LEFT, RIGHT, TOP = 860, 260, 150, 70
BAR, GAP = 16, 14
# They have no scale that says anything.
COUNTS = ("contacts", "told")


@dataclass(frozen=True, slots=True)
class _Scale:
    """Which value fills the width, and in which unit."""

    full: float
    unit: str


def as_picture(comparison: Comparison) -> str:
    """SVG. Each figure has a scale of its own, from 0 to the largest of its values; shares from 0 to 100 %."""
    rows = [row for row in told_rows(comparison) if row.name not in COUNTS]
    block = BAR * len(comparison.trials) + GAP
    drawing = Drawing(WIDTH, TOP + block * len(rows) + 20, "Plans side by side")
    drawing.text(20, 28, f"{' and '.join(comparison.trials)}: {_runs(comparison)}", size=16)
    for index, name in enumerate(comparison.trials):
        drawing.box(LEFT + index * 220, 42, 12, 12, _colour(index))
        drawing.text(LEFT + 18 + index * 220, 53, name)
    for number, row in enumerate(rows):
        _figure(drawing, row, TOP + number * block)
    return drawing.svg()


def _runs(comparison: Comparison) -> str:
    many = comparison.seeds > 1
    return f"{comparison.seeds} seeds of a {comparison.source}" + (", 95 % intervals" if many else "")


def _figure(drawing: Drawing, row: Row, y: float) -> None:
    meaning = meaning_of(row.name)
    largest = max(mean.mean + (mean.half_width or 0) for mean in row.means if mean is not None)
    full = 1.0 if meaning.unit == "%" else largest or 1.0
    drawing.text(LEFT - 12, y + BAR * len(row.means) / 2 + 4, meaning.words, anchor="end")
    drawing.line([(LEFT, y - 3), (LEFT, y + BAR * len(row.means) + 1)], FAINT)
    for index, mean in enumerate(row.means):
        if mean is not None:
            _bar(drawing, mean, y + index * BAR, _Scale(full, meaning.unit), _colour(index))


def _bar(drawing: Drawing, mean: Mean, y: float, of: _Scale, colour: str) -> None:
    scale = (WIDTH - LEFT - RIGHT) / of.full
    half = mean.half_width or 0.0
    drawing.box(LEFT, y, mean.mean * scale, BAR - 3, colour)
    if half:
        middle, low, high = (
            y + (BAR - 3) / 2,
            LEFT + max(0.0, mean.mean - half) * scale,
            LEFT + (mean.mean + half) * scale,
        )
        drawing.line([(low, middle), (high, middle)], DARK, 1.5)
        for end in (low, high):
            drawing.line([(end, middle - 4), (end, middle + 4)], DARK, 1.5)
    value = f"{mean.mean * 100:.1f} %" if of.unit == "%" else f"{mean.mean:.3g} {of.unit}".rstrip()
    drawing.text(LEFT + (mean.mean + half) * scale + 8, y + BAR - 5, value)


def _colour(index: int) -> str:
    return COLOURS[index % len(COLOURS)]
