"""The running service that most tests of this folder use."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.agents.bench import Bench, connections_in, running


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with connections_in(tmp_path) as connections, running(connections) as bench:
        yield bench
