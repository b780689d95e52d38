"""The group on a real Kafka: who comes, goes, dies, hangs, and what each is told of it."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

import pytest

from services.shared.clock import SystemClock
from services.shared.kafka_group import HEARTBEAT_MS, SESSION_MS, KafkaGroup
from services.shared.kafka_servers import KafkaServers
from services.shared.kafka_topics import Topic, ensure_topics
from tests.integration.cluster_kafka import ClusterKafka
from tests.integration.group_member import TOPIC, Program

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]
# The rest of the machine may be busy.
PATIENCE_S = 60.0


class SteppedClock(SystemClock):
    """The machine's clock, which can be set on as one that slept finds it."""

    ahead_ms = 0

    def monotonic_ms(self) -> int:
        return super().monotonic_ms() + self.ahead_ms


async def until_told(program: Program, *names: str) -> None:
    """Wait until it was told last that these are members."""
    async with asyncio.timeout(PATIENCE_S):
        while not program.told or program.told[-1] != set(names):  # noqa: ASYNC110  # a test asks from outside
            await asyncio.sleep(0.02)


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClusterKafka]:
    server = ClusterKafka(tmp_path_factory.mktemp("kafka") / "kafka", 1)
    server.start()
    yield server
    server.end()


@dataclass
class Scene:
    servers: KafkaServers
    group: str
    clocks: dict[str, SteppedClock] = field(default_factory=dict)
    groups: dict[str, KafkaGroup] = field(default_factory=dict)
    tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    async def join(self, name: str) -> Program:
        program, self.clocks[name] = Program(name), SteppedClock()
        self.groups[name] = KafkaGroup(self.servers, self.group, TOPIC, self.clocks[name])
        self.tasks[name] = asyncio.create_task(self.groups[name].run(program))
        return program

    async def end(self) -> None:
        for group in self.groups.values():
            await group.leave()
        for task in self.tasks.values():
            task.cancel()
        await asyncio.gather(*self.tasks.values(), return_exceptions=True)


@pytest.fixture
async def scene(kafka: ClusterKafka, request: pytest.FixtureRequest) -> AsyncIterator[Scene]:
    servers = KafkaServers(kafka.bootstrap)
    await ensure_topics(servers, [Topic(TOPIC, 4, None)])
    scene = Scene(servers, f"group-of-{request.node.name}"[:200])
    yield scene
    await scene.end()


async def test_each_is_told_the_same_and_told_anew_when_somebody_comes_or_leaves(scene: Scene) -> None:
    one = await scene.join("one")
    await until_told(one, "one")
    two = await scene.join("two")
    await asyncio.gather(until_told(one, "one", "two"), until_told(two, "one", "two"))
    await scene.groups["one"].leave()
    await until_told(two, "two")
    assert one.told[-1] is None


async def test_nobody_is_told_of_the_moment_in_which_the_protocol_takes_everything(scene: Scene) -> None:
    one = await scene.join("one")
    await until_told(one, "one")
    for name in ("two", "three"):
        await scene.join(name)
    await until_told(one, "one", "two", "three")
    assert None not in one.told


async def test_who_dies_without_a_word_is_missed_after_a_session(kafka: ClusterKafka, scene: Scene) -> None:
    one = await scene.join("one")
    two = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.integration.group_member", kafka.bootstrap, scene.group, "two"
    )
    await until_told(one, "one", "two")
    two.kill()
    await two.wait()
    began_s = asyncio.get_running_loop().time()
    await until_told(one, "one")
    assert asyncio.get_running_loop().time() - began_s < 10 * (SESSION_MS + HEARTBEAT_MS) / 1000


async def test_who_slept_for_longer_than_a_session_has_no_share_until_kafka_answers(scene: Scene) -> None:
    one = await scene.join("one")
    await until_told(one, "one")
    scene.clocks["one"].ahead_ms = SESSION_MS + 1_000
    async with asyncio.timeout(PATIENCE_S):
        while None not in one.told:  # noqa: ASYNC110  # a test asks from outside
            await asyncio.sleep(0.02)
    await until_told(one, "one")


async def test_while_kafka_is_away_nobody_has_a_share_and_afterwards_all_have(
    kafka: ClusterKafka, scene: Scene
) -> None:
    one, two = await scene.join("one"), await scene.join("two")
    await asyncio.gather(until_told(one, "one", "two"), until_told(two, "one", "two"))
    await asyncio.to_thread(kafka.kill)
    async with asyncio.timeout(PATIENCE_S):
        while one.told[-1] is not None or two.told[-1] is not None:  # noqa: ASYNC110  # a test asks from outside
            await asyncio.sleep(0.02)
    await asyncio.to_thread(kafka.start)
    await asyncio.gather(until_told(one, "one", "two"), until_told(two, "one", "two"))


async def test_leaving_ends_in_time_while_kafka_is_away(kafka: ClusterKafka, scene: Scene) -> None:
    one = await scene.join("one")
    await until_told(one, "one")
    await asyncio.to_thread(kafka.kill)
    try:
        async with asyncio.timeout(PATIENCE_S):
            await scene.groups["one"].leave()
    finally:
        await asyncio.to_thread(kafka.start)
