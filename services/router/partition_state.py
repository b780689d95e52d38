"""The state of one partition: each tenant's, how far inbound was read, and what time it was. A fold over router.log."""

from dataclasses import dataclass, field
from typing import Any

from services.router.core.apply import apply
from services.router.core.memory import remember_answer, remember_seen
from services.router.core.state import TenantState
from services.router.core.tables import OLDEST_FORMAT
from services.router.decided import NOTHING_READ, Decided, DecidedCommand


@dataclass(slots=True)
class _Savepoint:
    at_ms: int
    inbound_offset: int
    marks: dict[str, Any] = field(default_factory=dict)
    born: set[str] = field(default_factory=set)


class PartitionState:
    """Changed by `apply` alone. One savepoint at a time covers all tenants: a batch that is not certain yet."""

    def __init__(self) -> None:
        self.tenants: dict[str, TenantState] = {}
        self.at_ms = 0
        self.inbound_offset = NOTHING_READ
        # In force when the next event is decided; folding does not ask for it.
        self.format = OLDEST_FORMAT
        self._savepoint: _Savepoint | None = None

    def tenant(self, name: str) -> TenantState:
        """The tenant's state, empty for one that nothing is known of."""
        if name not in self.tenants:
            self.tenants[name] = TenantState(name)
            if self._savepoint is not None:
                self._savepoint.born.add(name)
        self._mark(name)
        self.tenants[name].format = self.format
        return self.tenants[name]

    def apply(self, decided: Decided) -> None:
        """Fold one commit in."""
        for command in decided.commands:
            self.apply_command(command)
        self.moved_to(decided.at_ms, decided.inbound_offset)

    def apply_command(self, command: DecidedCommand) -> None:
        """Fold one command of a commit in."""
        tenant = self.tenant(command.tenant)
        for event in command.events:
            apply(tenant, event, command.at_ms)
        self.remember(command)

    def remember(self, command: DecidedCommand) -> None:
        """Remember that it was decided, so that a repeat does nothing twice."""
        tenant = self.tenant(command.tenant)
        if command.contact_id:
            remember_seen(tenant, command.id, command.contact_id, command.at_ms)
        elif command.id and command.outcome is not None:
            remember_answer(tenant, command.id, command.outcome, command.at_ms)

    def moved_to(self, at_ms: int, inbound_offset: int) -> None:
        """Time and inbound go forward only."""
        self.at_ms = max(self.at_ms, at_ms)
        self.inbound_offset = max(self.inbound_offset, inbound_offset)

    def begin(self) -> None:
        """Whatever changes from here on can be undone."""
        self._savepoint = _Savepoint(self.at_ms, self.inbound_offset)

    def keep(self) -> None:
        """What changed since `begin` is certain."""
        for name, mark in self._take_savepoint().marks.items():
            self.tenants[name].forget(mark)

    def undo(self) -> None:
        """Back to where it was at `begin`."""
        savepoint = self._take_savepoint()
        for name, mark in savepoint.marks.items():
            self.tenants[name].rollback(mark)
        for name in savepoint.born:
            del self.tenants[name]
        self.at_ms, self.inbound_offset = savepoint.at_ms, savepoint.inbound_offset

    def _mark(self, name: str) -> None:
        if self._savepoint is not None and name not in self._savepoint.marks:
            self._savepoint.marks[name] = self.tenants[name].savepoint()

    def _take_savepoint(self) -> _Savepoint:
        savepoint, self._savepoint = self._savepoint, None
        return savepoint or _Savepoint(self.at_ms, self.inbound_offset)
