"""The scene that most tests of this folder use."""

from collections.abc import AsyncIterator

import pytest

from tests.unit.router.grpc_api.scene import Scene, on_stage


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with on_stage() as scene:
        yield scene
