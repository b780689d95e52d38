"""`switchroom bench overload`: ten times the rated intake, and what the contact centre makes of it."""

import asyncio
import sys

from services.cli.bench.overload import course
from services.cli.bench.overload.contact_centre import DidNotStart
from services.cli.bench.overload.course import Durations
from services.cli.bench.overload.figures import figures
from services.cli.bench.run import HEADINGS, line_of, row


def bench_overload(*, as_json: bool, overload_s: float, rated_per_s: float) -> int:
    """Measure, and write the figures to standard output; the exit status."""
    durations = Durations(normal_s=max(5.0, overload_s / 2), overload_s=overload_s)
    sys.stderr.write(f"Ten times the rated intake for {overload_s:.0f} s, normal intake before and after it.\n")
    try:
        done = asyncio.run(course.run(durations, rated_per_s))
        found = list(figures(done))
    except (DidNotStart, ValueError) as error:
        sys.stderr.write(f"switchroom: {error}\n")
        return 1
    if not as_json:
        sys.stdout.write(row(HEADINGS))
    for figure in found:
        sys.stdout.write(f"{figure.as_json()}\n" if as_json else line_of(figure))
    return 0
