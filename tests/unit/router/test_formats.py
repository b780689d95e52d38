"""The format of router.log: what raises it, and what may be written before."""

import asyncio

import pytest
from prometheus_client import REGISTRY

from services.router.core.events import AgentAttached, OwnerChanged
from services.router.core.formats import may_write
from services.router.core.state import TenantState
from services.router.formats import FormatWatch, is_new, raised_format
from services.router.log_codec import encode_upgrade_finished
from services.shared.fence import BEGINNING, FORMAT, Checkpoint
from tests.fakes.virtual_time import in_virtual_time
from tests.unit.router.core.builders import TENANT
from tests.unit.router.shell import deciding

CLAIM = b"A" * 16
# As if this kind had come with a second format.
PRETENDED: dict[type, int] = {OwnerChanged: 2}


def test_a_kind_may_be_written_once_its_format_is_in_force() -> None:
    state = TenantState(TENANT)
    assert may_write(state, AgentAttached, PRETENDED)
    assert not may_write(state, OwnerChanged, PRETENDED)
    state.format = 2
    assert may_write(state, OwnerChanged, PRETENDED)


@pytest.mark.parametrize(
    ("in_force", "wanted", "becomes"), [(1, 2, 2), (1, 1, 1), (2, 1, 2), (2, 2, 2), (1, 3, 1), (2, 3, 2), (1, 0, 1)]
)
def test_a_format_is_raised_as_far_as_this_release_reads_and_never_lowered(
    in_force: int, wanted: int, becomes: int
) -> None:
    assert raised_format(in_force, wanted, reads_to=2) == becomes


def test_a_log_is_new_until_something_was_decided_there() -> None:
    assert is_new(Checkpoint(1, CLAIM, 0, offset=1))
    assert not is_new(Checkpoint(1, CLAIM, 1, offset=2))
    assert not is_new(Checkpoint(2, CLAIM, 0, offset=2))
    assert not is_new(BEGINNING)


def test_operators_see_which_format_is_in_force() -> None:
    watch = FormatWatch(77)
    watch.saw(1)
    watch.saw(2)
    assert REGISTRY.get_sample_value("switchroom_log_format", {"partition": "77"}) == 2


@in_virtual_time
async def test_a_new_log_is_of_the_newest_format_from_its_first_commit_on() -> None:
    async with deciding() as shell:
        assert (await shell.read_all())[0].checkpoint.format == FORMAT


@in_virtual_time
async def test_an_operators_word_for_a_format_that_this_release_does_not_read_raises_nothing() -> None:
    async with deciding() as shell:
        before = (await shell.read_all())[0].checkpoint.format
        await shell.inbound.append(0, encode_upgrade_finished(FORMAT + 1))
        await shell.arrive("c1")
        await asyncio.sleep(1)
        await shell.loop.look(TENANT, lambda state, _: state.contacts["c1"])
        assert (await shell.read_all())[0].checkpoint.format == before
