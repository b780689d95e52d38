"""Runs `bench takeover`: its own cluster, the load, the faults, and then the audit of the raw log."""

import asyncio
import logging
import multiprocessing
import secrets
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from time import monotonic
from typing import Any

from services.cli.bench.takeover.faults import Faults
from services.cli.bench.takeover.judging import Judged, ReplicaHash, hashes_of, judge
from services.cli.bench.takeover.load import NotActivated, RunningLoad
from services.cli.bench.takeover.pauses import FaultKind, Pause, pauses
from services.cli.bench.takeover.result import Result
from services.cli.bench.takeover.routers import RouterFailed, RouterProcess, free_ports
from services.cli.bench.takeover.servers import Servers, ServersMissing
from services.cli.bench.takeover.sizes import Effort
from services.shared.clock import SystemClock
from services.shared.distributed import INBOUND, ROUTER_LOG
from services.shared.event_log import LogUnavailable
from services.shared.kafka_event_log import KafkaEventLog
from services.shared.kafka_servers import KafkaServers
from services.shared.logs import set_up_logs
from services.shared.tokens import make_key_pair

ASK_AGAIN_S = 0.5
WARM_WITHIN_S = 180.0
OPENED_WITHIN_S = 60.0
CUSTOMERS_KEY_BYTES = 32
INTERRUPTED = 130
LONGEST_TOLD = 10
Tell = Callable[[str], None]


def bench_takeover(effort: Effort, *, as_json: bool) -> int:
    """Print the figures; the exit status is 1 where a rule was broken, or the run did not come to its end."""
    set_up_logs(json=False, to=sys.stderr, least=logging.ERROR)
    # The libraries speak at length of every router and connection that is gone, which is what is done here.
    logging.getLogger().setLevel(logging.CRITICAL)
    try:
        result = asyncio.run(_until_told_to_stop(measured(effort, _progress())))
    except (KeyboardInterrupt, asyncio.CancelledError):
        return INTERRUPTED
    except (RouterFailed, ServersMissing, NotActivated, LogUnavailable) as failed:
        sys.stderr.write(f"The run did not come to its end: {failed}\n")
        return 1
    for figure in result.figures():
        line = f"{figure.name:<32} {figure.value:>12g} {figure.unit:<10} of {figure.n}"
        sys.stdout.write(f"{figure.as_json() if as_json else line}\n")
    for words in result.audit.violations.words:
        sys.stderr.write(f"WRONG: {words}\n")
    return 0 if result.is_safe else 1


async def _until_told_to_stop(measuring: Coroutine[Any, Any, Result]) -> Result:
    """SIGTERM ends it as Ctrl-C does: with everything that it has started."""
    measure = asyncio.ensure_future(measuring)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, measure.cancel)
    return await measure


async def measured(effort: Effort, tell: Tell) -> Result:
    """A whole run in a folder of its own, which stays where something was wrong."""
    folder = Path(tempfile.mkdtemp(prefix="switchroom-takeover-"))
    try:
        async with AsyncExitStack() as open_things:
            result = await _run(effort, folder, open_things, tell)
    except BaseException:
        tell(f"the logs of the processes are in {folder}")
        raise
    if result.is_safe:
        shutil.rmtree(folder)
    else:
        tell(f"the logs of the processes are in {folder}")
    return result


async def _run(effort: Effort, folder: Path, open_things: AsyncExitStack, tell: Tell) -> Result:
    servers = Servers(folder, effort.brokers)
    open_things.push_async_callback(servers.end)
    tell(f"starting {effort.brokers} brokers and {effort.routers} routers in {folder}")
    await servers.start()
    private, public = make_key_pair()
    routers = _routers(effort, folder, servers, public)
    for router in routers:
        open_things.push_async_callback(router.kill)
        await router.start()
    for router in routers:
        await router.until_up()
    inbound, router_log = [await _opened(servers, topic, open_things) for topic in (INBOUND, ROUTER_LOG)]
    addresses = [router.address for router in routers]
    load = RunningLoad(inbound, addresses, private, effort.load, effort.seed)
    open_things.push_async_callback(load.end)
    await load.begin()
    await _warm(load, effort)
    faults = Faults(routers, load.seen, effort, tell, SystemClock())
    replicas = await _struck(effort, load, faults, routers, tell)
    await load.end()
    tell("reading the log")
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as another:
        found = await judge(inbound, router_log, replicas, another)
    found.audit.finish(load.arrivals.acknowledged, load.seen)
    return _result(load, faults, found, tell)


async def _struck(
    effort: Effort, load: RunningLoad, faults: Faults, routers: list[RouterProcess], tell: Tell
) -> list[ReplicaHash]:
    """Everything that is done to the routers; in the end, what each of them has."""
    await faults.run(load.check)
    tell(f"faults are done; {len(load.arrivals.acknowledged)} contacts so far")
    while len(load.arrivals.acknowledged) < effort.contacts:
        load.check()
        await asyncio.sleep(ASK_AGAIN_S)
    await load.until_all_ended()
    for router in routers:
        await router.until_up()
    return await hashes_of({router.name: router.http for router in routers})


def _result(load: RunningLoad, faults: Faults, found: Judged, tell: Tell) -> Result:
    for oddity in faults.oddities:
        tell(f"odd: {oddity}")
    tell(f"{found.commits} batches counted, {found.dropped} records were dropped by the fence")
    paused = pauses(faults.done, found.audit.claims, load.seen.at_ms)
    _tell_longest(paused, tell)
    return Result(
        faults={
            FaultKind.CRASH: faults.times(FaultKind.CRASH),
            FaultKind.ZOMBIE: faults.times(FaultKind.ZOMBIE),
            FaultKind.GRACEFUL: faults.restarts,
        },
        contacts=len(load.arrivals.acknowledged),
        commits=found.commits,
        hashes=found.hashes,
        audit=found.audit,
        pauses=paused,
    )


def _tell_longest(paused: Sequence[Pause], tell: Tell) -> None:
    struck = [pause for pause in paused if pause.struck]
    for pause in sorted(struck, key=lambda pause: -pause.ms)[:LONGEST_TOLD]:
        again = ", struck again within it" if pause.again else ""
        tell(f"{pause.ms / 1000:.1f} s without offers in partition {pause.partition}: {pause.fault}{again}")


async def _warm(load: RunningLoad, effort: Effort) -> None:
    """Wait until agents were offered something in every partition. Raises RouterFailed."""
    try:
        async with asyncio.timeout(WARM_WITHIN_S):
            while len(load.seen.at_ms) < effort.load.partitions:
                load.check()
                await asyncio.sleep(ASK_AGAIN_S)
    except TimeoutError:
        raise RouterFailed(f"offers came in {len(load.seen.at_ms)} partitions of {effort.load.partitions}") from None


def _routers(effort: Effort, folder: Path, servers: Servers, public_key: bytes) -> list[RouterProcess]:
    variables = {
        "SWITCHROOM_KAFKA_SERVERS": servers.bootstrap,
        "SWITCHROOM_KAFKA_PARTITIONS": str(effort.load.partitions),
        "SWITCHROOM_KAFKA_REPLICATION": str(servers.brokers),
        "SWITCHROOM_KAFKA_MIN_INSYNC": str(min(2, servers.brokers)),
        "SWITCHROOM_MONGO_URL": servers.mongo_url,
        "SWITCHROOM_BLOBS_FOLDER": str(folder / "blobs"),
        # The auditor reads the log from its first record.
        "SWITCHROOM_ROUTER_LOG_KEPT_H": "0",
        "SWITCHROOM_ROUTER_TOKEN_PUBLIC_KEY": public_key.decode(),
        "SWITCHROOM_ROUTER_CUSTOMERS_KEY": secrets.token_hex(CUSTOMERS_KEY_BYTES),
        "SWITCHROOM_ROUTER_TELLS_STATE_HASH": "true",
        "SWITCHROOM_LEAVE_S": "0",
    }
    ports = free_ports(2 * effort.routers)
    pairs = zip(ports[::2], ports[1::2], strict=True)
    return [RouterProcess(f"router-{place}", folder, variables, pair) for place, pair in enumerate(pairs, start=1)]


async def _opened(servers: Servers, topic: str, open_things: AsyncExitStack) -> KafkaEventLog:
    async with asyncio.timeout(OPENED_WITHIN_S):
        while True:
            with suppress(LogUnavailable):
                log = await KafkaEventLog.open(KafkaServers(bootstrap=servers.bootstrap), topic)
                open_things.push_async_callback(log.close)
                return log
            await asyncio.sleep(ASK_AGAIN_S)


def _progress() -> Tell:
    began_s = monotonic()

    def tell(words: str) -> None:
        sys.stderr.write(f"{monotonic() - began_s:6.0f} s  {words}\n")
        sys.stderr.flush()

    return tell
