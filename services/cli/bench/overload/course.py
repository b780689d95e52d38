"""What is done to the contact centre: normal intake, ten times as much, and normal intake again."""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic

import httpx2

from services.cli.bench.overload.contact_centre import CROWDED, QUIET, ContactCentre, open_centre
from services.cli.bench.overload.customers import REFUSED, TAKEN, Answer, Crowd
from services.cli.bench.overload.decisions import decided_at_ms

TIMES = 10
# The rated intake is so much of what the machine takes at most: the rest is for saying no, and for what comes after.
RATED_SHARE = 0.25
# Normal is less than what is rated, as intake never comes evenly.
NORMAL_SHARE = 0.8
QUIET_PER_S = 2.0
QUIET_CONNECTIONS = 8
AT_MOST_AT_ONCE = 16
LOOK_EVERY_S = 0.5
SEED = 7


@dataclass(frozen=True, slots=True)
class Durations:
    """In seconds: how long the most is looked for, and how long each part lasts."""

    finding_s: float = 10.0
    normal_s: float = 30.0
    overload_s: float = 60.0
    after_s: float = 20.0


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the course: what became of the forms, and the most that was waiting and in memory."""

    crowded: Sequence[Answer]
    quiet: Sequence[Answer]
    records_waiting_max: int
    memory_bytes_max: int
    ended_s: float


@dataclass(frozen=True, slots=True)
class Course:
    """All of it. `decided_s` is when each contact was decided on, on the clock of the answers."""

    rated_per_s: float
    normal: Part
    overload: Part
    after: Part
    decided_s: dict[str, float]


async def run(durations: Durations, rated_per_s: float = 0.0) -> Course:
    """Overload a contact centre; without a rated intake it is found first. Raises DidNotStart."""
    rated_per_s = rated_per_s or await _found(durations.finding_s)
    async with open_centre(max(60, round(rated_per_s * 60))) as centre:
        crowds = _crowd(centre, CROWDED), _crowd(centre, QUIET, QUIET_CONNECTIONS)
        normal_per_s = rated_per_s * NORMAL_SHARE
        # What is done for the first time takes longer, and is not what is looked for.
        await _part(centre, crowds, durations.normal_s / 4, normal_per_s)
        normal = await _part(centre, crowds, durations.normal_s, normal_per_s)
        overload = await _part(centre, crowds, durations.overload_s, rated_per_s * TIMES)
        after = await _part(centre, crowds, durations.after_s, normal_per_s)
        await _until_all_is_decided(centre)
        decided = await decided_at_ms(centre.folder.path)
    ahead_s = time.time() - monotonic()
    return Course(rated_per_s, normal, overload, after, {each: at / 1000 - ahead_s for each, at in decided.items()})


async def _found(duration_s: float) -> float:
    async with open_centre(0) as centre:
        crowd = _crowd(centre, CROWDED)
        await crowd.send_at_most(duration_s / 4, AT_MOST_AT_ONCE)
        answers = await crowd.send_at_most(duration_s, AT_MOST_AT_ONCE)
    return RATED_SHARE * sum(answer.status == TAKEN for answer in answers) / duration_s


def _crowd(centre: ContactCentre, tenant: str, connections: int = 64) -> Crowd:
    return Crowd(centre.ingest, tenant, random.Random(f"{SEED} {tenant}"), connections)  # noqa: S311  # a workload


async def _part(centre: ContactCentre, crowds: tuple[Crowd, Crowd], duration_s: float, per_s: float) -> Part:
    crowded, quiet = crowds
    looking = asyncio.create_task(_look(centre))
    both = await asyncio.gather(crowded.send_for(duration_s, per_s), quiet.send_for(duration_s, QUIET_PER_S))
    ended_s = monotonic()
    looking.cancel()
    waiting, memory = await looking
    return Part(*both, waiting, memory, ended_s)


async def _look(centre: ContactCentre) -> tuple[int, int]:
    """Until cancelled; the most that was seen."""
    waiting, memory = 0, 0
    async with httpx2.AsyncClient(timeout=60, trust_env=False) as http:
        try:
            while True:
                memory = max(memory, centre.memory_bytes())
                waiting = max(waiting, await centre.records_waiting(http))
                await asyncio.sleep(LOOK_EVERY_S)
        except asyncio.CancelledError:
            return waiting, memory


async def _until_all_is_decided(centre: ContactCentre) -> None:
    async with httpx2.AsyncClient(timeout=60, trust_env=False) as http:
        while await centre.records_waiting(http):  # noqa: ASYNC110  # it is asked over HTTP
            await asyncio.sleep(LOOK_EVERY_S)


def taken(answers: Sequence[Answer]) -> list[Answer]:
    """Those whose contact is kept."""
    return [answer for answer in answers if answer.status == TAKEN]


def refused(answers: Sequence[Answer]) -> list[Answer]:
    """Those who were asked to come again, and told when."""
    return [answer for answer in answers if answer.status in REFUSED and answer.says_when]
