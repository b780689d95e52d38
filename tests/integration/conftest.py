"""Fixtures of the tests with real servers."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.cluster import Cluster, cluster


@pytest.fixture
async def system(tmp_path: Path) -> AsyncIterator[Cluster]:
    """A whole Switchroom of processes, ready."""
    async with cluster(tmp_path) as started:
        yield started
