"""`python -m tests.simulation.sim`: many days of the router's core, made from seeds, with faults and an auditor.

Ends with how many seeds, operations and violations there were; a seed that failed is printed with what repeats it.
"""

import argparse
import gc
import logging
import os
import sys
import time
import traceback
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import structlog

from tests.simulation.core_drain import drain
from tests.simulation.core_router import forget_records
from tests.simulation.core_world import World

COMMAND = "python -m tests.simulation.sim"


def violation(seed: int, operations: int) -> str:
    """What went wrong in that seed's day: first faults, then quiet in which all is served. Empty: nothing."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    gc.disable()  # looking for cycles time and again takes a twelfth of a day, and once at its end is enough
    try:
        world = World(seed)
        world.run(operations)
        drain(world)
    except Exception as wrong:  # noqa: BLE001  # whatever it is, the seed is to be told
        where = "".join(traceback.format_tb(wrong.__traceback__)[-2:])
        return f"{type(wrong).__name__}: {wrong}\n{where}"
    finally:
        forget_records()
        gc.enable()
        gc.collect()
    return ""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog=COMMAND, description=__doc__)
    parser.add_argument("--seeds", type=int, default=500, help="how many days")
    parser.add_argument("--operations", type=int, default=2000, help="commands of each")
    parser.add_argument("--first", type=int, default=0, help="the seed of the first")
    parser.add_argument("--stop", action="store_true", help="at the first violation")
    parser.add_argument("--seed", type=int, help="this one alone")
    asked = parser.parse_args(arguments)
    seeds = range(asked.first, asked.first + asked.seeds) if asked.seed is None else range(asked.seed, asked.seed + 1)
    began_s = time.monotonic()
    violations = _run(seeds, asked.operations, stop=asked.stop)
    operations, took_s = len(seeds) * asked.operations, time.monotonic() - began_s
    at_work_s = sum(os.times()[2:4])  # of the processes that were started for it
    _say(
        f"{operations / took_s:.0f} operations a second on {os.cpu_count()} cores, {took_s:.0f} s, "
        f"{at_work_s:.0f} s of processor time"
    )
    _say(f"{len(seeds)} seeds, {operations} operations, {violations} violations")
    return 1 if violations else 0


def _run(seeds: range, operations: int, *, stop: bool) -> int:
    violations = 0
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        found = pool.map(partial(violation, operations=operations), seeds, chunksize=1)
        for number, (seed, wrong) in enumerate(zip(seeds, found, strict=True), start=1):
            if wrong:
                violations += 1
                _say(f"seed {seed}: {wrong}again: {COMMAND} --operations {operations} --seed {seed}")
            if wrong and stop:
                pool.shutdown(wait=False, cancel_futures=True)
                return violations
            if number % 50 == 0:
                sys.stderr.write(f"{number} of {len(seeds)} seeds\n")
    return violations


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
