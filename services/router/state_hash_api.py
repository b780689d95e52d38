"""/state-hash: what each partition adds up to on this router, and from which place in the log on that is so."""

import asyncio
from collections.abc import Callable, Mapping

from fastapi import FastAPI
from fastapi.responses import JSONResponse

from services.router.partition_loop import PartitionLoop
from services.router.state_hash import partition_hash

CERTAIN_WITHIN_S = 5.0
LOOK_AGAIN_S = 0.005


def state_hash_route(app: FastAPI, loops: Callable[[], Mapping[int, PartitionLoop]]) -> None:
    """Add the page. For checks: working a hash out stops the router for as long as a snapshot takes."""

    @app.get("/state-hash")
    async def state_hash() -> JSONResponse:
        found = [await _told(number, loop) for number, loop in sorted(loops().items())]
        return JSONResponse({"partitions": [each for each in found if each is not None]})


async def _told(number: int, loop: PartitionLoop) -> dict[str, str | int] | None:
    """None where nothing was read yet, or where there is always a batch that is not certain."""
    # Between two partitions everybody else has a turn.
    await asyncio.sleep(0)
    try:
        async with asyncio.timeout(CERTAIN_WITHIN_S):
            while (certain := loop.certain()) is None:  # noqa: ASYNC110  # a batch takes milliseconds
                await asyncio.sleep(LOOK_AGAIN_S)
    except TimeoutError:
        return None
    position, state = certain
    if not position.offset:
        return None
    return {"partition": number, "offset": position.offset, "hash": partition_hash(state)}
