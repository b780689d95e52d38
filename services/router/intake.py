"""What waits to be decided: commands, looks at the state, and what came in; bounded, and taken batch by batch."""

from collections import deque
from collections.abc import Callable

from services.router.batch import Batch, Look, Request, always
from services.router.core.commands import TimePassed
from services.router.core.timers import next_timer_ms
from services.router.envelopes import UpgradeFinished
from services.router.inbound_reader import Arrival, InboundReader
from services.router.partition_state import PartitionState

WAITING_MAX = 4_096
PER_BATCH_MAX = 512
# Deciding blocks the event loop: so long at most for a batch, and then everybody else has a turn.
DECIDING_MS_MAX = 50


class Overloaded(Exception):
    """More waits already than is taken."""


class Intake:
    """Filled by calls, emptied by the partition's loop. `now_ms` is a monotonic clock."""

    def __init__(
        self, inbound: InboundReader, request_of: Callable[[Arrival], Request], now_ms: Callable[[], int]
    ) -> None:
        self._inbound = inbound
        self._request_of = request_of
        self._now_ms = now_ms
        self._first: deque[Request] = deque()
        self._requests: deque[Request] = deque()
        self._looks: deque[Look] = deque()
        self._turn = False

    def put(self, request: Request) -> None:
        """Raises Overloaded."""
        self._check_room()
        self._requests.append(request)

    def put_own(self, request: Request) -> None:
        """What the router itself has to do, in its turn; there is always room for it."""
        self._requests.append(request)

    def put_first(self, request: Request) -> None:
        """What the router itself has to do before anything else, even before what time brings."""
        self._first.append(request)

    def put_look(self, look: Look) -> None:
        """Raises Overloaded."""
        self._check_room()
        self._looks.append(look)

    def is_empty(self) -> bool:
        """Nothing waits."""
        return not (self._first or self._requests or self._looks or self._inbound.waiting)

    def fill(self, batch: Batch) -> None:
        """Decide what waits, as much as fits, and look at what that made of the state."""
        until_ms = self._now_ms() + DECIDING_MS_MAX
        if self._add_first(batch) and self._add_due(batch, until_ms):
            self._add_both(batch, until_ms)
        self._add_looks(batch)
        for tenant in sorted(batch.unfinished):
            self.put_first(Request(tenant, "", always(TimePassed(match_all=True))))

    def clear(self) -> None:
        """Forget everything; whoever waits for an answer is told that it is not known."""
        requests, self._requests = [*self._first, *self._requests], deque()
        looks, self._looks = self._looks, deque()
        self._first.clear()
        self._inbound.stop()
        for request in requests:
            request.lose()
        for look in looks:
            look.lose()

    # Each of these adds to the batch and says whether it may take more: False when it is full or its time is over.

    def _add_first(self, batch: Batch) -> bool:
        # All of them, however long it takes: nothing may be decided before the owner has changed for every tenant.
        while self._first:
            if not batch.add(self._first[0]):
                return False
            self._first.popleft()
        return True

    def _add_due(self, batch: Batch, until_ms: int) -> bool:
        for tenant in due_tenants(batch.state, batch.at_ms):
            if not batch.add(Request(tenant, "", always(TimePassed()))) or self._now_ms() >= until_ms:
                return False
        return True

    def _add_both(self, batch: Batch, until_ms: int) -> None:
        # In turns, so that neither what programs ask nor what comes in waits for ever on the other.
        steps = [self._add_requests, self._add_inbound]
        self._turn = not self._turn
        for step in reversed(steps) if self._turn else steps:
            if not step(batch, until_ms):
                return

    def _add_requests(self, batch: Batch, until_ms: int) -> bool:
        for _ in range(min(len(self._requests), PER_BATCH_MAX)):
            if not batch.add(self._requests[0]):
                return False
            self._requests.popleft()
            if self._now_ms() >= until_ms:
                return False
        return True

    def _add_inbound(self, batch: Batch, until_ms: int) -> bool:
        for _ in range(min(len(self._inbound.waiting), PER_BATCH_MAX)):
            arrival = self._inbound.waiting[0]
            if arrival.envelope is None:
                batch.pass_over(arrival.offset)
            elif isinstance(arrival.envelope, UpgradeFinished):
                batch.pass_over(arrival.offset)
                batch.raise_to(arrival.envelope.format)
            elif not batch.add(self._request_of(arrival)):
                return False
            self._inbound.took()
            if self._now_ms() >= until_ms:
                return False
        return True

    def _add_looks(self, batch: Batch) -> None:
        for _ in range(min(len(self._looks), PER_BATCH_MAX)):
            batch.look(self._looks.popleft())

    def _check_room(self) -> None:
        if len(self._requests) + len(self._looks) >= WAITING_MAX:
            raise Overloaded(f"{WAITING_MAX} commands wait already")


def due_tenants(state: PartitionState, at_ms: int) -> list[str]:
    """Tenants with a timer that is due."""
    due = ((name, next_timer_ms(tenant)) for name, tenant in state.tenants.items())
    return [name for name, due_ms in due if due_ms is not None and due_ms <= at_ms]
