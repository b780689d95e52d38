"""What things weigh in memory: every block that Python's allocator gave for them, rounded up to its 16 bytes."""

import tracemalloc
from collections.abc import Callable

from services.cli.bench.engine_adapter import EngineMatcher
from services.cli.bench.floor import STARTS_AT_MS, Floor
from services.router.core.memory import remember_seen

ROUNDED_TO = 16


def bytes_per_waiting_contact(floor: Floor, contacts: int) -> float:
    """All that the state grows by for each contact that waits, its id and its times too."""
    EngineMatcher(floor.state).contact_for(floor.state.agents[floor.busy[0]])  # it is worked out when first asked
    return _bytes_each(contacts, lambda: _arrive(floor, contacts))


def bytes_per_remembered_id(floor: Floor, ids: int) -> float:
    """All that the state grows by for each inbound event's id, one for each contact that waits, the id too."""
    contacts = [contact_id for _, contact_id in zip(range(ids), floor.state.waiting, strict=False)]
    events = iter(range(2**127, 2**127 + len(contacts)))

    def remember() -> None:
        for contact_id in contacts:
            remember_seen(floor.state, f"{next(events):032x}", contact_id, STARTS_AT_MS)

    return _bytes_each(len(contacts), remember)


def _arrive(floor: Floor, contacts: int) -> None:
    for _ in range(contacts):
        floor.arrive()
    # The bench's own queue is none of the state's.
    for _ in range(contacts):
        floor.queue.pop()


def _bytes_each(things: int, make: Callable[[], None]) -> float:
    tracemalloc.start()
    try:
        make()
        traces = tracemalloc.take_snapshot().traces
        return sum(-(-trace.size // ROUNDED_TO) * ROUNDED_TO for trace in traces) / things
    finally:
        tracemalloc.stop()
