"""Ingest's reader of router.log: hands every accepted fact, from the log's start on, to those who listen."""

from collections.abc import Callable

from services.ingest.router_log.facts import Happened
from services.ingest.router_log.log_codec import commit_of
from services.shared.event_log import EventLog, LogRecord
from services.shared.fence import BEGINNING, Batch, Checkpoint, Fence, Verdict
from services.shared.follower_watch import FollowerWatch
from services.shared.log_codec import judge_record

Listener = Callable[[Happened], None]
DecidedListener = Callable[[int, int], None]


class RouterLogFollower:
    """Follows the partitions. What listeners keep is a fold over the log, so that a restart brings it back by itself.

    It judges records itself, where `accepted` would do, to know when it has read to the end: a log may well end with a
    record that nobody accepts.
    """

    def __init__(
        self,
        log: EventLog,
        *listeners: Listener,
        on_decided: DecidedListener = lambda _partition, _offset: None,
        watch: FollowerWatch | None = None,
    ) -> None:
        self._log = log
        self._listeners = listeners
        # Is told, for each commit, how far into its partition of contacts.inbound the router has come.
        self._on_decided = on_decided
        self._watch = watch or FollowerWatch()
        self._checkpoints: dict[int, Checkpoint] = {}
        self._behind: dict[int, int] = {}

    def not_ready_because(self) -> str | None:
        """Why pages may still be unknown, or None: all that was in the log when following began has been read."""
        if len(self._behind) < self._log.partitions:
            return "router.log has not been reached yet"
        if any(self._behind.values()):
            return "router.log is still being read"
        return None

    async def follow(self, partition: int) -> None:
        """Follow a partition until cancelled; called again it goes on where it was.

        Raises LogUnavailable, RecordsGone, FenceStopped and UnreadableDecision.
        """
        start = self._checkpoints.get(partition, BEGINNING)
        progress = self._watch.follower("ingest-router-log", self._log, partition)
        end = await self._log.end(partition)
        self._behind[partition] = max(0, end - start.offset)
        fence = Fence(start)
        async for record in self._log.read(partition, start.offset):
            self._take(partition, record, fence)
            self._checkpoints[partition] = fence.checkpoint
            self._behind[partition] = max(0, end - record.offset - 1)
            progress.done_to(record.offset + 1)

    def _take(self, partition: int, record: LogRecord, fence: Fence) -> None:
        verdict, envelope = judge_record(fence, record)
        if verdict is not Verdict.ACCEPTED or not isinstance(envelope, Batch):
            return
        commit = commit_of(envelope.decided, (record.appended_at_ms, partition, record.offset))
        for happened in commit.facts:
            for listener in self._listeners:
                listener(happened)
        self._on_decided(partition, commit.inbound_offset)
