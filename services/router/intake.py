"""What waits to be decided: commands, looks at the state, and what came in; bounded, and taken batch by batch."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from services.router.batch import Batch, Request, always
from services.router.core.commands import TimePassed
from services.router.core.state import TenantState
from services.router.core.timers import next_timer_ms
from services.router.effects import Position
from services.router.inbound_reader import Arrival, InboundReader
from services.router.partition_state import PartitionState

WAITING_MAX = 4_096
PER_BATCH_MAX = 512


class Overloaded(Exception):
    """More waits already than is taken."""


@dataclass(frozen=True, slots=True)
class Look:
    """A read of a tenant's state: `look(state, at_ms)` is called once; `seen` gets what it saw when that is certain.

    None instead of a place: another router owns the partition now.
    """

    tenant: str
    look: Callable[[TenantState, int], Any]
    seen: Callable[[Any, Position | None], None]


class Intake:
    """Filled by calls, emptied by the partition's loop."""

    def __init__(self, inbound: InboundReader, request_of: Callable[[Arrival], Request]) -> None:
        self.inbound = inbound
        self._request_of = request_of
        self._requests: deque[Request] = deque()
        self._looks: deque[Look] = deque()

    def put(self, request: Request) -> None:
        """Raises Overloaded."""
        self._check_room()
        self._requests.append(request)

    def put_first(self, request: Request) -> None:
        """What the router itself has to do before anything else."""
        self._requests.appendleft(request)

    def put_look(self, look: Look) -> None:
        """Raises Overloaded."""
        self._check_room()
        self._looks.append(look)

    def is_empty(self) -> bool:
        """Nothing waits."""
        return not (self._requests or self._looks or self.inbound.waiting)

    def fill(self, batch: Batch) -> list[tuple[Look, Any]]:
        """Decide what waits, as much as fits; returns the looks with what they saw at the end of the batch."""
        self._add_due(batch)
        self._add_requests(batch)
        self._add_inbound(batch)
        looks, self._looks = self._looks, deque()
        return [(look, look.look(batch.state.tenant(look.tenant), batch.at_ms)) for look in looks]

    def clear(self) -> None:
        """Forget everything; whoever waits for an answer is told that it is not known."""
        requests, self._requests = self._requests, deque()
        looks, self._looks = self._looks, deque()
        self.inbound.stop()
        for request in requests:
            if request.answer is not None:
                request.answer(None)
        for look in looks:
            look.seen(None, None)

    def _add_due(self, batch: Batch) -> None:
        for tenant in due_tenants(batch.state, batch.at_ms):
            batch.add(Request(tenant, "", always(TimePassed())))

    def _add_requests(self, batch: Batch) -> None:
        for _ in range(min(len(self._requests), PER_BATCH_MAX)):
            if not batch.add(self._requests[0]):
                return
            self._requests.popleft()

    def _add_inbound(self, batch: Batch) -> None:
        for _ in range(min(len(self.inbound.waiting), PER_BATCH_MAX)):
            arrival = self.inbound.waiting[0]
            if arrival.envelope is None:
                batch.state.moved_to(batch.at_ms, arrival.offset)
            elif not batch.add(self._request_of(arrival)):
                return
            self.inbound.waiting.popleft()
            self.inbound.took()

    def _check_room(self) -> None:
        if len(self._requests) + len(self._looks) >= WAITING_MAX:
            raise Overloaded(f"{WAITING_MAX} commands wait already")


def due_tenants(state: PartitionState, at_ms: int) -> list[str]:
    """Tenants with a timer that is due."""
    due = ((name, next_timer_ms(tenant)) for name, tenant in state.tenants.items())
    return [name for name, due_ms in due if due_ms is not None and due_ms <= at_ms]
