"""What a router says that its partitions add up to; in virtual time."""

import json
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from services.router.core.commands import AttachAgent
from services.router.partition_state import PartitionState
from services.router.state_hash import partition_hash
from services.router.state_hash_api import state_hash_route
from tests.fakes.virtual_time import in_virtual_time, until
from tests.unit.router.shell import Shell, deciding


async def told(*shells: Shell) -> list[dict[str, Any]]:
    app = FastAPI()
    state_hash_route(app, lambda: dict(enumerate(shell.loop for shell in shells)))
    (page,) = [route for route in app.routes if isinstance(route, APIRoute)]
    answer = await page.endpoint()
    partitions: list[dict[str, Any]] = json.loads(answer.body)["partitions"]
    return partitions


async def folded(shell: Shell) -> str:
    state = PartitionState()
    for decided in (await shell.read_all())[1]:
        state.apply(decided)
    return partition_hash(state)


@in_virtual_time
async def test_the_hash_is_that_of_the_log_up_to_the_place_that_it_names() -> None:
    async with deciding() as shell:
        await shell.do(AttachAgent("ann"))
        before = await folded(shell)
        assert await told(shell) == [{"partition": 0, "offset": await shell.kept.end(0) - 1, "hash": before}]
        await shell.do(AttachAgent("bob"))
        assert (await told(shell))[0]["hash"] == await folded(shell) != before


@in_virtual_time
async def test_nothing_is_said_of_a_partition_of_which_nothing_was_read() -> None:
    assert await told(Shell()) == []


@in_virtual_time
async def test_nothing_is_said_of_what_is_not_certain() -> None:
    async with deciding() as shell:
        shell.log.readable.clear()
        asking = shell.asking(AttachAgent("ann"))
        await until(lambda: shell.loop.certain() is None)
        assert await told(shell) == []
        shell.log.readable.set()
        await asking
        assert await told(shell)
