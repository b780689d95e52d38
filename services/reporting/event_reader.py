"""Events for whoever analyses them: read from router.log itself, judged by the same fence as everybody judges it.

The company, the channel and the queue of a contact's event are those at that moment. They are folded while reading; for
contacts that began before the reading did they are in the contact's row.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import asdict, dataclass, replace
from typing import Any

from services.plan.compiled import Channel
from services.reporting.facts import (
    AgentAttached,
    AgentDetached,
    ConsultationOpened,
    ContactAccepted,
    ContactForgotten,
    ContactQueued,
    Happened,
    PlanActivated,
    PresenceChanged,
    offset_of,
    place_of,
)
from services.reporting.log_codec import commit_of, name_of
from services.reporting.projector import PartitionFigures
from services.reporting.queries import EventQuery
from services.shared.event_log import EventLog
from services.shared.fence import Batch, Checkpoint, Fence, Verdict
from services.shared.log_codec import judge_record

MaySee = Callable[[str], bool]
# Of so many contacts a reading remembers where they are; of the others it asks again.
KNOWN_MAX = 20_000
# An event's own fields that stand in columns of their own.
IN_COLUMNS = ("contact_id", "agent")


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Whose a contact is and where it is; all empty for one that never arrived."""

    company: str = ""
    channel: Channel | None = None
    queue: str = ""


NOWHERE = Whereabouts()


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event."""

    happened: Happened
    type: str
    contact_id: str
    agent: str
    where: Whereabouts
    details: dict[str, Any]


class EventReader:
    """One reading of one tenant's events, from a place on to the log's end as it is folded now."""

    def __init__(self, log: EventLog, partition: PartitionFigures, query: EventQuery, may_see: MaySee) -> None:
        self._log = log
        self._partition = partition
        self._query = query
        self._may_see = may_see
        self._known: OrderedDict[str, Whereabouts] = OrderedDict()

    async def rows(self, after: int | None, limit: int) -> AsyncGenerator[EventRow, None]:
        """At most so many events behind that place, oldest first.

        Raises LogUnavailable, StoreUnavailable, RecordsGone.
        """
        start = await self._start(after)
        if start is None or not limit:
            return
        left = limit
        async with aclosing(self._happened(start)) as all_happened:
            async for happened in all_happened:
                if happened.at_ms >= self._query.span.until_or_never_ms:
                    return
                row = await self._row(happened, after)
                if row is not None:
                    yield row
                    left -= 1
                if not left or self._is_forgotten(happened):
                    return

    async def _start(self, after: int | None) -> Checkpoint | None:
        """Where to begin to read; None if there can be nothing to find."""
        index, offset = self._partition.index, -1 if after is None else offset_of(after)
        if self._query.contact:
            found = await self._partition.tables.contact(self._query.tenant, self._query.contact)
            if found is None:
                return None
            offset = max(offset, offset_of(found["place"]))
        by_time = index.before_time(self._query.span.from_ms)
        return max(by_time, index.before_offset(max(offset, 0)), key=lambda each: each.offset)

    async def _happened(self, start: Checkpoint) -> AsyncGenerator[Happened, None]:
        """What happened to the tenant from there on, up to where the figures are."""
        fence, end = Fence(start), self._partition.offset
        if start.offset >= end:
            return
        async for record in self._log.read(self._partition.partition, start.offset):
            verdict, envelope = judge_record(fence, record)
            if verdict is Verdict.ACCEPTED and isinstance(envelope, Batch):
                for happened in commit_of(envelope.decided, record.offset).happened:
                    if happened.tenant == self._query.tenant:
                        yield happened
            if record.offset >= end - 1:
                return
            # A long reading must not keep everybody else waiting.
            await asyncio.sleep(0)

    async def _row(self, happened: Happened, after: int | None) -> EventRow | None:
        fact, query = happened.fact, self._query
        contact_id = getattr(fact, "contact_id", "")
        self._follow(contact_id, happened)
        if happened.at_ms < query.span.from_ms or (after is not None and happened.place <= after):
            return None
        if query.contact and contact_id != query.contact:
            return None
        type_ = name_of(type(fact))
        if query.types and type_ not in query.types:
            return None
        where = await self._where(contact_id, happened) if contact_id else NOWHERE
        if not self._is_wanted(where) or not self._is_shown(happened, where):
            return None
        return EventRow(happened, type_, contact_id, getattr(fact, "agent", ""), where, _details(fact))

    def _is_wanted(self, where: Whereabouts) -> bool:
        query = self._query
        return query.company in ("", where.company) and query.queue in ("", where.queue)

    def _is_shown(self, happened: Happened, where: Whereabouts) -> bool:
        """A contact's company decides, or one of the agent's in the plan in force. The rest is of all companies."""
        fact = happened.fact
        if where.company:
            return self._may_see(where.company)
        if isinstance(fact, AgentAttached | AgentDetached | PresenceChanged):
            agent = self._partition.figures.live.state(happened.tenant).agents.get(fact.agent)
            return agent is not None and any(map(self._may_see, agent.companies))
        return self._may_see("")

    def _follow(self, contact_id: str, happened: Happened) -> None:
        fact = happened.fact
        if isinstance(fact, ContactAccepted | ConsultationOpened):
            self._know(contact_id, Whereabouts(fact.company, fact.channel))
        elif isinstance(fact, ContactQueued) and contact_id in self._known:
            self._know(contact_id, replace(self._known[contact_id], queue=fact.queue))

    async def _where(self, contact_id: str, happened: Happened) -> Whereabouts:
        if contact_id not in self._known:
            found = await self._partition.tables.contact(happened.tenant, contact_id)
            self._know(contact_id, _at(found, happened.place) if found else NOWHERE)
        return self._known[contact_id]

    def _know(self, contact_id: str, where: Whereabouts) -> None:
        self._known[contact_id] = where
        if len(self._known) > KNOWN_MAX:
            self._known.popitem(last=False)

    def _is_forgotten(self, happened: Happened) -> bool:
        """Nothing can happen any more to the one contact that was asked for."""
        fact = happened.fact
        return (
            bool(self._query.contact) and isinstance(fact, ContactForgotten) and fact.contact_id == self._query.contact
        )


def _at(row: dict[str, Any], place: int) -> Whereabouts:
    """Where a contact was when the event at that place happened, which may itself have moved it."""
    queues = [each["queue"] for each in row["queues"] if each["place"] <= place]
    if row["place"] > place:
        return NOWHERE
    return Whereabouts(row["company"], Channel(row["channel"]), queues[-1] if queues else "")


def _details(fact: Any) -> dict[str, Any]:
    """What else the event says. Of a plan, which version it is: the rest is the tenant's own file."""
    if isinstance(fact, PlanActivated):
        return {"plan_version": fact.plan.version}
    return {name: value for name, value in asdict(fact).items() if name not in IN_COLUMNS}


def event_id(happened: Happened, partition: int) -> str:
    """What tells the event apart from all others, for ever: partition, offset of its commit, number therein."""
    offset = offset_of(happened.place)
    return f"{partition}:{offset}:{happened.place - place_of(offset)}"
