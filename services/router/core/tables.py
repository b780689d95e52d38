"""The tables of one tenant: what is known, and what is derived from it row by row. No search, no decisions."""

from collections.abc import Collection, Iterator, Mapping
from typing import TypeVar

from services.plan.compiled import Channel, ChannelRule, Company, Plan, Queue, Route, Urgency
from services.router.core.commands import Outcome
from services.router.core.records import QUEUED, Agent, Armed, Contact, QueueFigures, Remembered
from services.router.core.table import Journal, Line, Table

K = TypeVar("K")
USUAL_URGENCY = Urgency()
# The format of a log that was never raised.
OLDEST_FORMAT = 1
# Points of priority, and for the customer's value.
Rank = tuple[int, int]
NOBODY: Mapping[Rank, int] = {}
# Contacts that there have been, consultations among them.
ACCEPTED = "accepted"


def routed(entry_point: str) -> str:
    """What the contacts that took an entry point are counted as."""
    return f"routed:{entry_point}"


class Queued(Collection[str]):
    """The ids of who waits: the contacts whose status says so. To go through them all is to look at all contacts."""

    def __init__(self, contacts: Table[str, Contact], depths: Table[str, Mapping[Rank, int]]) -> None:
        self._contacts, self._depths = contacts, depths

    def __contains__(self, contact_id: object) -> bool:
        contact = self._contacts.get(contact_id)  # type: ignore[call-overload]  # whatever it is
        return contact is not None and contact.status is QUEUED

    def __iter__(self) -> Iterator[str]:
        return (each.id for each in self._contacts.values() if each.status is QUEUED)

    def __len__(self) -> int:
        return sum(sum(each.values()) for each in self._depths.values())


class Tables:
    """Rows of contacts and agents, the plan in force, what is remembered, and who waits for what until when."""

    def __init__(self, tenant: str) -> None:
        self.tenant = tenant
        self._journal = journal = Journal()
        self.contacts: Table[str, Contact] = Table(journal)
        self.agents: Table[str, Agent] = Table(journal)
        # Contacts whose end was heard of before their arrival, with their number in `ended`.
        self.tombstones: Table[str, int] = Table(journal)
        # Ended contacts and tombstones with the time of the end, oldest first.
        self.ended: Line[Remembered] = Line(journal)
        self.answers: Table[str, Outcome] = Table(journal)
        # Command ids with the time until which their answer is kept.
        self.answered: Line[Remembered] = Line(journal)
        # Inbound event ids with their contact, and the way back.
        self.seen: Table[str, str] = Table(journal)
        self.seen_of: Table[str, tuple[str, ...]] = Table(journal)
        # Seen ids of contacts that were unknown then, with the time until which they are kept.
        self.strays: Line[Remembered] = Line(journal)
        # "accepted", "offers" and `routed(...)`: how many there have been.
        self.counts: Table[str, int] = Table(journal)
        self.plans: Table[str, Plan] = Table(journal)
        # What is known of each queue from those who have been through it.
        self.figures: Table[str, QueueFigures] = Table(journal)

        # How many wait in each queue, by priority and value; how many of each step that is open, and who.
        self.depths: Table[str, Mapping[Rank, int]] = Table(journal)
        self.opened: Table[tuple[str, str, int], int] = Table(journal)
        self.at_open_steps: Table[str, int] = Table(journal)
        self.waiting = Queued(self.contacts, self.depths)
        # The newest contact of each conversation that a customer has one of at a time.
        self.conversations: Table[tuple[Channel, str, str, str], str] = Table(journal)
        # The newest contact of each customer of a company that an agent has ended.
        self.served: Table[tuple[str, str], str] = Table(journal)
        # Of contacts and of agents, if any are armed.
        self.contact_timers: Table[str, Armed] = Table(journal)
        self.agent_timers: Table[str, Armed] = Table(journal)
        self.companies: Table[str, Company] = Table(journal)
        self.queues: Table[str, Queue] = Table(journal)
        self.channels: Table[Channel, ChannelRule] = Table(journal)
        self.routes: Table[str, Route] = Table(journal)

    @property
    def plan(self) -> Plan | None:
        """The plan in force."""
        return self.plans.get("plan")

    @property
    def urgency(self) -> Urgency:
        """The order of what waits, as the plan in force says."""
        plan = self.plans.get("plan")
        return plan.urgency or USUAL_URGENCY if plan else USUAL_URGENCY

    def depth(self, queue: str) -> int:
        """How many wait in the queue."""
        return sum(self.depths.get(queue, NOBODY).values())

    def add_to_depth(self, queue: str, rank: Rank, more: int) -> None:
        """So many more wait in the queue who have that rank."""
        before = self.depths.get(queue, NOBODY)
        after = {**before, rank: before.get(rank, 0) + more}
        if not after[rank]:
            del after[rank]
        if after:
            self.depths[queue] = after
        else:
            del self.depths[queue]

    @staticmethod
    def add_to(table: Table[K, int], key: K, more: int) -> None:
        """Count up or down; what comes to nothing is no row."""
        total = (table.get(key) or 0) + more
        if total:
            table[key] = total
        else:
            table.drop(key)

    def count(self, what: str) -> int:
        """Count one more; how many there were before."""
        before = self.counts.get(what) or 0
        self.counts[what] = before + 1
        return before
