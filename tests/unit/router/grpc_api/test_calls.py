from typing import Any

import grpc
import pytest

from services.router.effects import Position
from services.router.grpc_api.calls import Calls, position_message, scoped
from services.router.grpc_api.open_calls import OpenCalls
from services.router.partitions import Partitions
from services.shared.tokens import Identity, Role
from tests.unit.router.grpc_api.scene import Scene, fill_up

ANN = Identity("harbour", (), Role.AGENT, "ann", "ann", 1)


class Ended(Exception):
    """What `abort` does to a call."""


class OneCall:
    """A call's context that remembers how it was ended."""

    async def abort(self, code: grpc.StatusCode, details: str) -> None:
        raise Ended(code.name, details)


async def ended(call: Any) -> str:
    with pytest.raises(Ended) as how:
        await call
    return str(how.value.args[0])


def calls_of(scene: Scene) -> Calls:
    return Calls(next(part for part in scene.parts if isinstance(part, Partitions)))


async def test_a_look_that_fails_is_the_routers_fault(scene: Scene) -> None:
    context: Any = OneCall()
    look = calls_of(scene).look(context, ANN, lambda state, _: state.contacts["nobody"])
    assert await ended(look) == "INTERNAL"


async def test_too_many_looks_are_refused(scene: Scene) -> None:
    context: Any = OneCall()
    scene.log.readable.clear()
    await fill_up(scene)
    assert await ended(calls_of(scene).look(context, ANN, lambda state, _: state)) == "RESOURCE_EXHAUSTED"
    scene.log.readable.set()


def test_nobody_can_ask_for_what_somebody_else_was_answered() -> None:
    other = Identity("harbour", (), Role.AGENT, "ann", "ann-at-home", 1)
    assert scoped(ANN, "c-1") != scoped(other, "c-1")


def test_a_place_in_the_log_is_told_whole() -> None:
    message = position_message(Position(3, 7))
    assert (message.partition, message.offset) == (3, 7)


def test_whoever_waits_is_woken_when_the_server_stops_and_not_before_or_after() -> None:
    open_calls, woken = OpenCalls(), list[str]()
    with open_calls.waits(lambda: woken.append("gone")):
        pass
    with open_calls.waits(lambda: woken.append("a")), open_calls.waits(lambda: woken.append("b")):
        assert not woken
        open_calls.close()
    assert sorted(woken) == ["a", "b"]
    assert open_calls.closed
