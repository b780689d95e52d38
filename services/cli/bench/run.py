"""Runs the bench: figures to standard output, a line each as they are measured; progress to standard error."""

import sys
from time import monotonic

from services.cli.bench.catalogue import REBUILD, Entry, chosen, measured
from services.cli.bench.figure import Figure
from services.cli.bench.sizes import Effort

NOTHING_CHOSEN = 2
HEADINGS = ("figure", "value", "unit", "baseline", "ratio", "n", "baseline n")


def bench_engine(*, as_json: bool, only: str, effort: Effort | None = None) -> int:
    """Measure the figures whose names begin with `only`; the exit status."""
    entries = chosen(only)
    if not entries:
        sys.stderr.write(f"No figure begins with {only}. Leave --only out to see all of them.\n")
        return NOTHING_CHOSEN
    return _bench(entries, as_json=as_json, only=only, effort=effort)


def bench_rebuild(*, as_json: bool, effort: Effort | None = None) -> int:
    """Measure how long a router takes to be what it was; the exit status."""
    return _bench(REBUILD, as_json=as_json, effort=effort)


def _bench(entries: tuple[Entry, ...], *, as_json: bool, only: str = "", effort: Effort | None) -> int:
    if not as_json:
        sys.stdout.write(heading())
    for place, entry in enumerate(entries, start=1):
        sys.stderr.write(f"{place}/{len(entries)} {entry.names[0]}: {entry.about}\n")
        began = monotonic()
        for figure in measured(entry, effort or Effort(), only):
            sys.stdout.write(told(figure, as_json=as_json))
            sys.stdout.flush()
        sys.stderr.write(f"  {monotonic() - began:.0f} s\n")
    return 0


def heading() -> str:
    """What stands above figures that people read."""
    return row(HEADINGS)


def told(figure: Figure, *, as_json: bool) -> str:
    """A figure as a line, for programs or for people."""
    return f"{figure.as_json()}\n" if as_json else line_of(figure)


def line_of(figure: Figure) -> str:
    """One figure of the table."""
    cells = (_words(figure.value), figure.unit, _words(figure.baseline), _words(figure.ratio), str(figure.n))
    return row((figure.name, *cells, str(figure.baseline_n or "")))


def row(cells: tuple[str, ...]) -> str:
    """A line of the table."""
    name, value, unit, *others = cells
    return f"{name:<52} {value:>11} {unit:<12}" + "".join(f"{each:>12}" for each in others) + "\n"


def _words(number: float | None) -> str:
    if number is None:
        return ""
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}"
