import asyncio
import os
import signal
import socket

import httpx2
import pytest
from fastapi import FastAPI

from services.shared.serve import (
    HttpPart,
    Part,
    PartFailed,
    PortTaken,
    background,
    bind,
    health_routes,
    run,
    run_until,
    stop_all,
)


class Recorder:
    def __init__(self, name: str, told: list[str], fails_on: str = "") -> None:
        self.name = name
        self.told = told
        self.fails_on = fails_on

    async def start(self) -> None:
        await self._tell("start")

    async def stop(self) -> None:
        await self._tell("stop")

    async def _tell(self, what: str) -> None:
        self.told.append(f"{what} {self.name}")
        if what == self.fails_on:
            raise RuntimeError(self.name)


class Ending(Recorder):
    async def ended(self) -> None:
        raise PartFailed("it fell over")


def killed_by(number: signal.Signals) -> None:
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_parts_start_in_order_and_stop_in_reverse_at_a_signal(number: signal.Signals) -> None:
    told: list[str] = []
    await run([Recorder("a", told), Recorder("b", told)], started=lambda: killed_by(number))
    assert told == ["start a", "start b", "stop b", "stop a"]


class Leaving(Recorder):
    def about_to_stop(self) -> None:
        self.told.append(f"{self.name} is about to stop")


async def test_parts_say_that_they_will_stop_before_any_of_them_does() -> None:
    told: list[str] = []
    stopping = asyncio.Event()
    parts = [Leaving("a", told), Recorder("b", told), Leaving("c", told)]
    await run_until(stopping, parts, started=stopping.set, leave_s=0.01)
    assert told[3:] == ["a is about to stop", "c is about to stop", "stop c", "stop b", "stop a"]


async def test_a_part_that_ends_by_itself_leaves_nobody_waiting() -> None:
    told: list[str] = []
    with pytest.raises(PartFailed):
        await run_until(asyncio.Event(), [Leaving("a", told), Ending("b", told)], leave_s=3_600)
    assert told == ["start a", "start b", "stop b", "stop a"]


async def test_a_part_that_cannot_start_stops_those_that_did() -> None:
    told: list[str] = []
    with pytest.raises(RuntimeError, match="b"):
        await run([Recorder("a", told), Recorder("b", told, fails_on="start"), Recorder("c", told)])
    assert told == ["start a", "start b", "stop b", "stop a"]


async def test_a_part_that_ends_by_itself_ends_the_run() -> None:
    told: list[str] = []
    with pytest.raises(PartFailed):
        await run([Recorder("a", told), Ending("b", told)])
    assert told == ["start a", "start b", "stop b", "stop a"]


async def test_a_part_that_fails_to_stop_does_not_keep_the_others_from_it() -> None:
    told: list[str] = []
    await stop_all([Recorder("a", told), Recorder("b", told, fails_on="stop")])
    assert told == ["stop b", "stop a"]


async def test_stopping_gives_up_in_the_end() -> None:
    class Stuck(Recorder):
        async def stop(self) -> None:
            await asyncio.Event().wait()

    await stop_all([Stuck("a", [])], within_s=0.01)


def test_a_taken_port_is_said_or_passed_over() -> None:
    with bind("127.0.0.1", 0, next_free=False) as first:
        # asyncio sets TCP_NODELAY only where it sees that; without it every answer takes 40 ms.
        assert first.proto == socket.IPPROTO_TCP
        port = first.getsockname()[1]
        with pytest.raises(PortTaken, match=str(port)):
            bind("127.0.0.1", port, next_free=False)
        with bind("127.0.0.1", port, next_free=True) as second:
            assert second.getsockname()[1] > port


def test_an_address_that_is_not_ours_is_an_error() -> None:
    with pytest.raises(OSError, match="assign"):
        bind("203.0.113.1", 0, next_free=False)


async def test_health_is_served_with_the_reason_of_not_being_ready() -> None:
    app, reasons = FastAPI(), ["reading the log"]
    health_routes(app, lambda: reasons[0] if reasons else None)
    part = HttpPart(app, "127.0.0.1", 0, next_free=False)
    await part.start()
    async with httpx2.AsyncClient(timeout=60, base_url=f"http://127.0.0.1:{part.port}", trust_env=False) as client:
        assert (await client.get("/healthz")).json() == {"status": "ok"}
        unready = await client.get("/readyz")
        assert (unready.status_code, unready.json()["reason"]) == (503, "reading the log")
        reasons.clear()
        assert (await client.get("/readyz")).status_code == 200
        assert "python_info" in (await client.get("/metrics")).text
        part.about_to_stop()
        leaving = await client.get("/readyz")
        assert (leaving.status_code, leaving.json()["reason"]) == (503, "it is about to stop")
        assert (await client.get("/healthz")).status_code == 200
    await part.stop()
    with pytest.raises(OSError, match=r"refused|Connect"):
        await asyncio.open_connection("127.0.0.1", part.port)


async def test_a_connection_that_nobody_used_for_a_while_is_still_good() -> None:
    app = FastAPI()
    health_routes(app, lambda: None)
    part = HttpPart(app, "127.0.0.1", 0, next_free=False)
    await part.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", part.port)
    for idle_s in (0, 6):  # clients commonly let go after 5 s: until then it has to be theirs
        await asyncio.sleep(idle_s)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answer = await asyncio.wait_for(reader.readuntil(b'{"status":"ok"}'), 60)
        assert answer.startswith(b"HTTP/1.1 200")
    writer.close()
    await part.stop()


async def test_an_application_that_cannot_start_fails_its_part() -> None:

    class BrokenLifespan:
        async def __call__(self, scope: dict[str, str], receive: object, send: object) -> None:
            if scope["type"] == "lifespan":
                await receive()  # type: ignore[operator]
                await send({"type": "lifespan.startup.failed", "message": "no"})  # type: ignore[operator]

    part = HttpPart(BrokenLifespan(), "127.0.0.1", 0, next_free=False)
    with pytest.raises(PartFailed):
        await part.start()
    with pytest.raises(PartFailed):
        await part.ended()


async def test_a_taken_port_keeps_an_http_part_from_starting() -> None:
    with bind("127.0.0.1", 0, next_free=False) as taken:
        part = HttpPart(FastAPI(), "127.0.0.1", taken.getsockname()[1], next_free=False)
        with pytest.raises(PortTaken):
            await part.start()
        await part.stop()


async def test_a_background_task_that_fails_is_begun_again() -> None:
    tries, done = [], asyncio.Event()

    async def work() -> None:
        tries.append(1)
        if len(tries) == 1:
            raise ConnectionError("away")
        done.set()

    part: Part = background(work, "work")
    await part.start()
    await done.wait()
    await part.stop()
    assert len(tries) == 2


async def test_a_background_task_ends_when_it_is_stopped() -> None:
    ended = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    part = background(work, "work")
    await part.stop()
    await part.start()
    await asyncio.sleep(0)
    await part.stop()
    assert ended.is_set()


def test_a_host_may_be_ipv6() -> None:
    try:
        with bind("::1", 0, next_free=False) as listening:
            assert listening.family == socket.AF_INET6
    except OSError:
        pytest.skip("this machine has no IPv6")
