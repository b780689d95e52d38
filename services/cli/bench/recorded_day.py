"""A day of a contact centre as router.log has it: decided by the router's own core, one commit for each command."""

from collections import deque
from collections.abc import Iterator
from itertools import count

from services.cli.bench.workload import COMPANY, RULES, TENANT, Workload
from services.plan.compiled import Direction
from services.router.batch import Request, always
from services.router.core.commands import (
    AcceptOffer,
    ActivatePlan,
    Arrive,
    AttachAgent,
    Command,
    CompleteContact,
    SetPresence,
)
from services.router.core.events import ContactOffered, Presence
from services.router.core.state import TenantState
from services.router.speculation import Speculation
from services.shared.fence import FORMAT, ZERO_DIGEST, Barrier, Batch, next_digest
from services.shared.log_codec import encode_record

CLAIM = b"rebuild-bench-16"
STARTS_AT_MS = 1_790_000_000_000
EACH_MS = 20
# Of a hundred agents, so many have a contact; then who has had theirs for longest completes it.
AT_WORK_PERCENT = 40
DECIDED_BYTES_MAX = 1024 * 1024


class RecordedDay:
    """Its records, one after the other without end; `events` and `commits` count what they hold."""

    def __init__(self, workload: Workload) -> None:
        self.events = self.commits = 0
        self._workload = workload
        self._at_ms = STARTS_AT_MS
        self._speculation = Speculation(0)
        self._digest = ZERO_DIGEST
        self._arrivals = workload.arrivals()
        self._offered: deque[ContactOffered] = deque()
        self._at_work: deque[ContactOffered] = deque()
        self._numbers = count()

    @property
    def state(self) -> TenantState:
        """What it has come to."""
        return self._speculation.state.tenants[TENANT]

    def records(self) -> Iterator[bytes]:
        """The bytes to append."""
        at_work = len(self._workload.agents) * AT_WORK_PERCENT // 100
        yield encode_record(Barrier(1, CLAIM, "router:8082", FORMAT))
        yield self._commit(ActivatePlan(self._workload.plan()))
        for profile in self._workload.agents:
            yield self._commit(AttachAgent(profile.id))
            yield self._commit(SetPresence(profile.id, Presence.AVAILABLE))
        while True:
            yield self._commit(self._arrival())
            while self._offered:
                offer = self._offered.popleft()
                yield self._commit(AcceptOffer(offer.agent, offer.contact_id, offer.offer_id))
                self._at_work.append(offer)
            while len(self._at_work) > at_work:
                done = self._at_work.popleft()
                yield self._commit(CompleteContact(done.agent, done.contact_id, ""))

    def _commit(self, command: Command) -> bytes:
        self._at_ms += EACH_MS
        batch = self._speculation.begin(self._at_ms, DECIDED_BYTES_MAX)
        command_id = f"{next(self._numbers):032x}"
        contact_id = command.contact_id if isinstance(command, Arrive) else ""
        batch.add(Request(TENANT, command_id, always(command), contact_id))
        decided = batch.encoded()
        for _, events in batch.decisions:
            self.events += len(events)
            self._offered.extend(event for event in events if isinstance(event, ContactOffered))
        self._speculation.state.keep()
        self._speculation.in_flight = None
        return self._record(decided)

    def _record(self, decided: bytes) -> bytes:
        self.commits += 1
        batch = Batch(1, CLAIM, self.commits, self._digest, FORMAT, decided)
        self._digest = next_digest(self._digest, FORMAT, decided)
        return encode_record(batch)

    def _arrival(self) -> Arrive:
        contact_id, _ = next(self._arrivals)
        chance = self._workload.chance
        return Arrive(
            contact_id=contact_id,
            company=COMPANY,
            channel=chance.choice(RULES).channel,
            direction=Direction.INBOUND,
            dialed=chance.choice(self._workload.queues),
            caller_classes=(),
            customer=f"{chance.getrandbits(64):016x}",
            ivr_path=(),
            language="",
            attributes=(),
            arrived_at_ms=self._at_ms,
            previous_contact_id="",
            ready=True,
        )
