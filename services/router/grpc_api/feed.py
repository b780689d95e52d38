"""What a stream is owed: the latest desk of each agent it holds, and answers.

A desk that changes twice before it could be sent is sent once, as it is then, and no more is read of a client that
leaves too many answers unread: so a slow reader costs no memory.
"""

import asyncio
from dataclasses import dataclass

from services.router.attachments import AgentKey
from services.router.effects import Commit
from services.router.grpc_api.desk_messages import desk_message
from services.router.partition_loop import PartitionLoop
from services.shared.tokens import Identity
from switchroom.v1 import work_pb2

OWED_MAX = 256
# A new plan changes every desk: so many go into one message, so that clients can take it.
DESKS_PER_MESSAGE_MAX = 128


@dataclass(frozen=True, slots=True)
class Held:
    """An agent that the stream holds, and the partition loop that decides for them."""

    identity: Identity
    loop: PartitionLoop


class Feed:
    """A listener of partition loops (`committed`, `deposed`); a stream's writer takes from it."""

    def __init__(self) -> None:
        self.held: dict[AgentKey, Held] = {}
        self.lost_owner = False
        self._loops: set[PartitionLoop] = set()
        self._commit: Commit | None = None
        self._desks: dict[AgentKey, work_pb2.AgentDesk] = {}
        self._answers: list[work_pb2.Answer] = []
        self._owed = 0
        self._room = asyncio.Event()
        self._wake = asyncio.Event()

    # Whom it holds.

    def hold(self, identity: Identity, loop: PartitionLoop) -> None:
        """Listen for an agent, or renew with a newer token."""
        key = (identity.tenant, identity.agent)
        self.held[key] = Held(identity, loop)
        self._loops.add(loop)
        loop.listeners.add(self)
        loop.attachments.hold(key, self)

    def release(self, key: AgentKey) -> None:
        """Listen no longer for that agent; the stream goes on."""
        if (held := self.held.pop(key, None)) is not None:
            held.loop.attachments.release(key, self)

    def release_expired(self, now_s: int) -> None:
        """Tokens run out; whoever did not renew is let go."""
        for key, held in list(self.held.items()):
            if held.identity.expires_at_s <= now_s:
                self.release(key)

    def close(self) -> None:
        """The stream is over."""
        for key in list(self.held):
            self.release(key)
        for loop in self._loops:
            loop.listeners.discard(self)

    # What it is told.

    def committed(self, commit: Commit) -> None:
        """A listener's call: a commit is certain."""
        self._commit = commit
        for key in commit.touched:
            if key in self.held:
                self._desks[key] = desk_message(commit.state.tenant(key[0]), key[1])
        self._wake.set()

    def deposed(self) -> None:
        """A listener's call: another router owns the partition."""
        self.lost_owner = True
        self._wake.set()

    async def owe(self) -> None:
        """One more answer is owed, for a request that was just read; waits while there are too many."""
        self._owed += 1
        while self._owed > OWED_MAX:
            self._room.clear()
            await self._room.wait()

    @property
    def owes_nothing(self) -> bool:
        """Every answer was taken."""
        return self._owed == 0

    def answer(self, answer: work_pb2.Answer) -> None:
        """Goes out with the commit that is being told."""
        self._answers.append(answer)
        self._wake.set()

    def look(self) -> None:
        """Have the writer look whether the stream is to end."""
        self._wake.set()

    # What its writer takes.

    async def next(self) -> work_pb2.DeskResponse | None:
        """Wait for something to send; None: nothing yet, look whether the stream is to end."""
        await self._wake.wait()
        self._wake.clear()
        if not self._may_leave() or (self._commit is None and not self._answers):
            return None
        return self._take()

    def _may_leave(self) -> bool:
        # Of a slow reader's feed nothing leaves late; the next commit, or the partition's loss, wakes it again.
        return self._commit is None or all(loop.may_tell() for loop in self._loops)

    def _take(self) -> work_pb2.DeskResponse:
        keys = list(self._desks)[:DESKS_PER_MESSAGE_MAX]
        desks = [self._desks.pop(key) for key in keys]
        if self._desks:  # The answers come with the last of them.
            self._wake.set()
            return _message(self._commit, [], desks)
        answers, self._answers = self._answers, []
        self._owed -= len(answers)
        self._room.set()
        return _message(self._commit, answers, desks)


def _message(
    commit: Commit | None, answers: list[work_pb2.Answer], desks: list[work_pb2.AgentDesk]
) -> work_pb2.DeskResponse:
    if commit is None:  # Only answers to requests that never got as far as a partition.
        return work_pb2.DeskResponse(answers=answers)
    return work_pb2.DeskResponse(
        partition=commit.position.partition,
        offset=commit.position.offset,
        epoch=commit.epoch,
        seq=commit.seq,
        at_ms=commit.at_ms,
        answers=answers,
        desks=desks,
        beat=not answers and not desks,
    )
