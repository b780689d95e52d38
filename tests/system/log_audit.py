"""What router.log says, read by the fold that every reader uses, and judged by rules of its own."""

from pathlib import Path

from services.router.core import events as e
from services.router.log_codec import decode_decided
from services.shared.event_log import EventLog
from services.shared.fence import Batch, Fence, Verdict
from services.shared.log_codec import judge_record
from services.shared.sqlite_event_log import SqliteEventLog


class Audit:
    """Who has which contact, according to the events; `accepted` counts how often each contact began."""

    def __init__(self) -> None:
        self.accepted: dict[str, int] = {}
        self.ended: dict[str, e.ContactOutcome] = {}
        self._holder: dict[str, str] = {}

    def take(self, event: e.Event) -> None:
        match event:
            case e.ContactAccepted():
                self.accepted[event.contact_id] = self.accepted.get(event.contact_id, 0) + 1
            case e.ContactOffered():
                assert event.contact_id not in self._holder, f"{event.contact_id} is on two desks"
                assert event.contact_id not in self.ended, f"{event.contact_id} was offered after its end"
                self._holder[event.contact_id] = event.agent
            case e.OfferAccepted():
                assert self._holder.get(event.contact_id) == event.agent, f"{event.contact_id} is somebody else's"
            case e.ContactHandedOver():
                assert self._holder[event.contact_id] == event.agent, f"{event.contact_id} was somebody else's to give"
                self._holder[event.contact_id] = event.to_agent
            case e.OfferReturned() | e.ContactReturned() | e.ContactTransferred():
                assert self._holder.pop(event.contact_id) == event.agent
            case e.ContactEnded():
                assert event.contact_id not in self.ended, f"{event.contact_id} ended twice"
                self.ended[event.contact_id] = event.outcome
                self._holder.pop(event.contact_id, None)
            case _:
                pass


async def audit(file: Path) -> Audit:
    """Fold the whole log. Raises AssertionError where it breaks a rule."""
    log = await SqliteEventLog.open(file)
    try:
        return await audit_log(log)
    finally:
        await log.close()


async def audit_log(log: EventLog) -> Audit:
    """The same of all partitions of a log that is open."""
    found = Audit()
    for partition in range(log.partitions):
        await _fold(log, partition, found)
    return found


async def _fold(log: EventLog, partition: int, found: Audit) -> None:
    end, fence = await log.end(partition), Fence()
    if end == 0:
        return
    async for record in log.read(partition, 0):
        verdict, envelope = judge_record(fence, record)
        if verdict is Verdict.ACCEPTED and isinstance(envelope, Batch):
            for command in decode_decided(envelope.decided).commands:
                for event in command.events:
                    found.take(event)
        if record.offset == end - 1:
            break
