"""`switchroom upgrade`: the format that router.log is of, and the operator's word that raises it.

The word goes into contacts.inbound, once for each partition: so it reaches whoever owns the partition, then or later,
and to give it takes what only operators have, the folder of the data or the way to the logs.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from services.cli.data_folder import DataFolder
from services.router.log_codec import encode_upgrade_finished
from services.shared.environment import SettingsWrong, check_environment
from services.shared.event_log import EventLog, LogUnavailable, RecordsGone
from services.shared.fence import FORMAT, Barrier, Fence, FenceStopped, Verdict
from services.shared.log_codec import judge_record
from services.shared.sqlite_event_log import LogMismatch, SqliteEventLog

INBOUND_FILE, ROUTER_LOG_FILE = "contacts-inbound.sqlite", "router-log.sqlite"
LOOK_EVERY_S = 0.5
# Whatever newer release raised it, this one can say to what.
ANY_FORMAT = 2**31 - 1
FAILURES = (LogMismatch, LogUnavailable, RecordsGone, FenceStopped, SettingsWrong, OSError)

Write = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Logs:
    """The two logs that an upgrade is about; `decided_by_nobody`: no process runs on them."""

    inbound: EventLog
    router_log: EventLog
    decided_by_nobody: bool = False


class PartitionFormat:
    """Reads one partition of router.log, and of that no more than who owns it and which format is in force."""

    def __init__(self, log: EventLog, partition: int) -> None:
        self.partition = partition
        self.owner = ""
        self._log = log
        self._fence = Fence(format_max=ANY_FORMAT)

    @property
    def format(self) -> int:
        return self._fence.checkpoint.format

    async def read_on(self) -> None:
        """To the end as it is now. Raises LogUnavailable, RecordsGone, FenceStopped."""
        end, offset = await self._log.end(self.partition), self._fence.checkpoint.offset
        if offset >= end:
            return
        async with aclosing(self._log.read(self.partition, offset)) as records:  # type: ignore[type-var]
            async for record in records:
                verdict, envelope = judge_record(self._fence, record)
                if verdict is Verdict.CLAIMED and isinstance(envelope, Barrier):
                    self.owner = envelope.owner_address
                if record.offset >= end - 1:
                    return

    def words(self) -> str:
        owner = f"claimed last by {self.owner}" if self.owner else "claimed by nobody yet"
        return f"partition {self.partition}: format {self.format}, {owner}"


def status(data: Path | None, write: Write) -> int:
    """Say which format is in force; the exit status. Without a folder: of the system that the environment tells of."""
    return _run(data, lambda logs: say_status(logs, write))


def finish(data: Path | None, write: Write, within_s: float) -> int:
    """Have the format raised to the newest that this release reads; the exit status, 1 where it was not within that."""
    return _run(data, lambda logs: say_finished(logs, write, within_s))


async def say_status(logs: Logs, write: Write) -> int:
    """What there is in each partition. Raises LogUnavailable, RecordsGone, FenceStopped."""
    for each in await _formats(logs):
        write(each.words())
    write(f"this release reads the formats up to {FORMAT}")
    return 0


async def say_finished(logs: Logs, write: Write, within_s: float, format: int = FORMAT) -> int:
    """Give the word where it is not in force yet, and wait. Raises LogUnavailable, RecordsGone, FenceStopped."""
    lower = [each for each in await _formats(logs) if each.format < format]
    if not lower:
        write(f"format {format} is in force already: there is nothing to finish")
        return 0
    for each in lower:
        await logs.inbound.append(each.partition, encode_upgrade_finished(format))
    if logs.decided_by_nobody:
        write(f"format {format} will be in force when Switchroom runs on this folder again")
        return 0
    return _told(await _left(lower, format, within_s), lower, format, write)


def _told(left: list[PartitionFormat], asked: list[PartitionFormat], format: int, write: Write) -> int:
    for each in asked:
        write(each.words())
    if not left:
        write(f"format {format} is in force; there is no way back to a release that does not read it")
        return 0
    numbers = ", ".join(str(each.partition) for each in left)
    write(
        f"not raised yet: {numbers}. A partition is raised by its owner: see that it has one, that it runs this "
        "release and that it is not far behind, then say this again; the logs of an owner of an older release have "
        "`format_not_raised`"
    )
    return 1


async def _left(asked: list[PartitionFormat], format: int, within_s: float) -> list[PartitionFormat]:
    """Those that are not raised after that time."""
    clock = asyncio.get_running_loop()
    until_s = clock.time() + within_s
    while left := [each for each in asked if each.format < format]:
        if clock.time() >= until_s:
            break
        await asyncio.sleep(LOOK_EVERY_S)
        for each in left:
            await each.read_on()
    return left


async def _formats(logs: Logs) -> list[PartitionFormat]:
    found = [PartitionFormat(logs.router_log, number) for number in range(logs.router_log.partitions)]
    for each in found:
        await each.read_on()
    return found


def _run(data: Path | None, say: Callable[[Logs], Awaitable[int]]) -> int:
    async def opened() -> int:
        async with logs_of_folder(data) if data else logs_of_system() as logs:
            return await say(logs)

    try:
        return asyncio.run(opened())
    except FAILURES as error:
        sys.stderr.write(f"switchroom: {error}.\n")
        return 1


@asynccontextmanager
async def logs_of_folder(data: Path) -> AsyncIterator[Logs]:
    """Those of a data folder, whether it runs or not. Raises FileNotFoundError, LogMismatch, LogUnavailable."""
    for name in (INBOUND_FILE, ROUTER_LOG_FILE):
        if not (data / name).is_file():
            raise FileNotFoundError(
                f"there is no {name} in {data}: name the folder that `switchroom up` keeps its data in"
            )
    async with AsyncExitStack() as closing:
        opened = [await SqliteEventLog.open(data / name) for name in (INBOUND_FILE, ROUTER_LOG_FILE)]
        for each in opened:
            closing.push_async_callback(each.close)
        yield Logs(opened[0], opened[1], decided_by_nobody=DataFolder(data).running() is None)


@asynccontextmanager
async def logs_of_system() -> AsyncIterator[Logs]:
    """Those that the environment tells of. Raises SettingsWrong, LogUnavailable, OSError."""
    from services.shared import distributed  # noqa: PLC0415  # a folder does without the libraries of the servers
    from services.shared.kafka_event_log import KafkaEventLog  # noqa: PLC0415
    from services.shared.settings import ConnectionSettings  # noqa: PLC0415

    check_environment(ConnectionSettings)
    settings = ConnectionSettings()
    servers, bytes_max = distributed.servers_of(settings), distributed.RECORD_BYTES_MAX
    async with AsyncExitStack() as closing:
        opened = []
        for name in (distributed.INBOUND, distributed.ROUTER_LOG):
            topic = f"{settings.kafka_topic_prefix}{name}"
            opened.append(await KafkaEventLog.open(servers, topic, record_bytes_max=bytes_max))
            closing.push_async_callback(opened[-1].close)
        yield Logs(opened[0], opened[1])
