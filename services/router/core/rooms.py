"""Who has room for what: each agent's desk held against what a contact of each kind takes.

Channels that take the same (units, alone or not) are one kind. A room is a mask with a bit for each kind that fits.
"""

from services.plan.compiled import Channel, ChannelRule
from services.router.core.crews import bits
from services.router.core.desk import is_on_duty, rule_of
from services.router.core.records import Agent, ContactStatus
from services.router.core.tables import Tables

OFF_DUTY = -1


class Rooms:
    """The room on each agent's desk, and how many of each crew have it and are on duty."""

    def __init__(self, tables: Tables, crews: int) -> None:
        self._tables = tables
        self._rules: dict[Channel, ChannelRule] = {channel: rule_of(tables, channel) for channel in Channel}
        self.kinds: list[tuple[int, bool]] = list(
            dict.fromkeys((rule.units, rule.alone) for rule in self._rules.values())
        )
        self.kind_of = {channel: self.kinds.index((rule.units, rule.alone)) for channel, rule in self._rules.items()}
        # The kinds of every mask.
        self.in_mask = [tuple(bits(mask)) for mask in range(1 << len(self.kinds))]
        # By kind and crew, and by crew: agents.
        self.free = [[0] * crews for _ in self.kinds]
        self.on_duty = [0] * crews
        # Of each agent on duty.
        self.room: dict[str, int] = {}
        self._rooms_beside: dict[int, int] = {}

    def note(self, agent: Agent, crew: int) -> int:
        """The agent is as the record says; for which kinds room came or went, as a mask."""
        return self._change(agent.id, crew, self._room(agent) if is_on_duty(agent) else OFF_DUTY)

    def drop(self, agent_id: str, crew: int) -> None:
        """The agent is no more."""
        self._change(agent_id, crew, OFF_DUTY)

    def _change(self, agent_id: str, crew: int, room: int) -> int:
        before = self.room.get(agent_id, OFF_DUTY)
        if room == before:
            return 0
        if room == OFF_DUTY:
            del self.room[agent_id]
            self.on_duty[crew] -= 1
            room = 0
        else:
            self.room[agent_id] = room
        if before == OFF_DUTY:
            self.on_duty[crew] += 1
            before = 0
        for kind in self.in_mask[room & ~before]:
            self.free[kind][crew] += 1
        for kind in self.in_mask[before & ~room]:
            self.free[kind][crew] -= 1
        return before ^ room

    def _room(self, agent: Agent) -> int:
        units = agent.profile.units
        if not agent.items:
            return self._room_beside(units, 0, interrupts=True)
        load, interrupts = 0, True
        for item_id in agent.items:
            item = self._tables.contacts[item_id]
            rule = self._rules[item.errand.channel]
            if rule.alone:
                return 0
            load += rule.units
            interrupts = interrupts and rule.interruptible and item.status is not ContactStatus.OFFERED
        return self._room_beside(units, load, interrupts=interrupts)

    def _room_beside(self, units: int, load: int, *, interrupts: bool) -> int:
        """The room beside so many units; what stands alone fits where it may interrupt all of them."""
        key = units << 33 | load << 1 | interrupts
        room = self._rooms_beside.get(key)
        if room is None:
            room = 0
            for kind, (needed, alone) in enumerate(self.kinds):
                fits = interrupts and needed <= units if alone else load + needed <= units
                room |= fits << kind
            self._rooms_beside[key] = room
        return room
