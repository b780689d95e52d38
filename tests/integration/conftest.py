"""Fixtures of the tests with real servers."""

import gc
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.integration.cluster import Cluster, cluster

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Drivers leave connections to the garbage collector: with TLS, or when their server is killed as they connect.

    They are those of the tests' own process. Of a service's it is the measured file descriptors that tell.
    """
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"))


@pytest.fixture(autouse=True)
def _connections_are_collected() -> Iterator[None]:
    """What a test has left is found at its end, and not in the middle of another."""
    yield
    gc.collect()


@pytest.fixture
async def system(tmp_path: Path) -> AsyncIterator[Cluster]:
    """A whole Switchroom of processes, ready."""
    async with cluster(tmp_path) as started:
        yield started
