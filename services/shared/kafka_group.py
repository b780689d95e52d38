"""A group by Kafka's group protocol, which here only proposes: its consumer reads nothing and commits nothing.

What members offer and are given travels in the user data of the protocol ("Kafka protocol guide", JoinGroup and
SyncGroup). The library's protocol is the eager one: each change takes everything from everybody for a moment and then
mostly gives it back. Nobody is told of that moment: a share counts until the next one, or until Kafka has not heard of
this process, nor this process of Kafka, for a session's time.
"""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

import structlog
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment, ConsumerProtocolMemberMetadata
from aiokafka.errors import KafkaError

from services.shared.clock import Clock, SystemClock
from services.shared.group import Member
from services.shared.kafka_logs import say_less
from services.shared.kafka_one_life import OneLifeConsumer
from services.shared.kafka_servers import KafkaServers

SESSION_MS = 6_000
HEARTBEAT_MS = 2_000
# A join is answered when all have joined whose session has not ended.
REQUEST_MS = 3 * SESSION_MS
# The library takes a consumer that reads nothing for one that hangs, after this; it is the most that Kafka takes.
IDLE_MS = 2**31 - 1
LOOK_MS = 250
# Without a share for so long, the consumer is replaced: aiokafka can come to a standstill while it joins.
STUCK_MS = 60_000
RETRY_S = 1.0
BEGIN_WITHIN_S = 10.0
LEAVE_WITHIN_S = 3.0

log = structlog.get_logger(__name__)


class KafkaGroup:
    """The group of that name. `topic` must exist; it stands for what is shared, and is not read."""

    def __init__(self, servers: KafkaServers, name: str, topic: str, clock: Clock | None = None) -> None:
        self._servers = servers
        self._name = name
        self._topic = topic
        self._clock = clock or SystemClock()
        self._leaving = False
        self._divided = True
        self._running: asyncio.Task[Any] | None = None

    async def run(self, member: Member) -> None:
        """Belong to it until cancelled, or until `leave`; whatever Kafka does, it is tried again."""
        say_less()
        self._running = asyncio.current_task()
        while not self._leaving:
            await self._belong(_Membership(member, self._clock))

    def divide_anew(self) -> None:
        """By leaving and joining again, which the others hear of with their next heartbeat."""
        self._divided = False

    async def leave(self) -> None:
        """Returns when Kafka was told, or could not be within LEAVE_WITHIN_S."""
        self._leaving = True
        if self._running is not None:
            await asyncio.wait([self._running], timeout=LEAVE_WITHIN_S)

    async def _belong(self, membership: "_Membership") -> None:
        """One consumer's life."""
        consumer: OneLifeConsumer | None = None
        try:
            consumer = self._consumer(membership)
            async with asyncio.timeout(BEGIN_WITHIN_S):
                await consumer.begin()
            self._divided = True
            membership.listen_to(consumer)
            consumer.subscribe([self._topic])
            while not self._leaving and self._divided and membership.still():
                # It has nothing to read: this asks the library for what went wrong.
                await consumer.getmany(timeout_ms=LOOK_MS)
        except (KafkaError, OSError, TimeoutError) as error:
            log.warning("group_unavailable", group=self._name, error=repr(error))
            await asyncio.sleep(RETRY_S)
        finally:
            membership.end()
            if consumer is not None:
                await consumer.kill()

    def _consumer(self, membership: "_Membership") -> OneLifeConsumer:
        return OneLifeConsumer(
            **self._servers.client_options(REQUEST_MS),
            group_id=self._name,
            partition_assignment_strategy=(membership,),
            session_timeout_ms=SESSION_MS,
            heartbeat_interval_ms=HEARTBEAT_MS,
            max_poll_interval_ms=IDLE_MS,
            enable_auto_commit=False,
        )


class _Membership:
    """What the library asks of an assignor; and whether the share that it brought still counts."""

    name = "switchroom"

    def __init__(self, member: Member, clock: Clock) -> None:
        self._member = member
        self._clock = clock
        self._share: bytes | None = None
        self._counts = False
        self._begun_ms = self._heard_ms = clock.monotonic_ms()

    # What the library calls.

    def metadata(self, topics: Iterable[str]) -> ConsumerProtocolMemberMetadata:
        """What this process joins with."""
        return ConsumerProtocolMemberMetadata(0, list(topics), self._member.offer())

    def assign(
        self, _cluster: Any, members: Mapping[str, ConsumerProtocolMemberMetadata]
    ) -> dict[str, ConsumerProtocolMemberAssignment]:
        """Divide, as the group's leader."""
        shares = self._member.share({each: metadata.user_data for each, metadata in members.items()})
        return {each: ConsumerProtocolMemberAssignment(0, [], share) for each, share in shares.items()}

    def on_assignment(self, assignment: ConsumerProtocolMemberAssignment) -> None:
        """This process's share has come."""
        self._heard_ms = self._clock.monotonic_ms()
        self._share, self._counts = assignment.user_data, True
        self._member.given(self._share)

    # What the group does.

    def listen_to(self, consumer: OneLifeConsumer) -> None:
        """Hear of each heartbeat that Kafka answers well."""
        consumer.on_heartbeat(self._heard)

    def still(self) -> bool:
        """Whether to go on with this consumer; looks whether the share counts."""
        now_ms = self._clock.monotonic_ms()
        counts = self._share is not None and now_ms - self._heard_ms <= SESSION_MS
        if counts != self._counts:
            self._counts = counts
            self._member.given(self._share if counts else None)
        return now_ms - max(self._begun_ms, self._heard_ms) <= STUCK_MS

    def end(self) -> None:
        """This process is no member any more."""
        if self._counts:
            self._counts = False
            self._member.given(None)

    def _heard(self) -> None:
        self._heard_ms = self._clock.monotonic_ms()
