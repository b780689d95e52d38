"""Who has room for what: each agent's desk held against what a contact of each kind takes.

Channels that take the same (units, alone or not) are one kind. A room is a mask with a bit for each kind that fits.
"""

from services.plan.compiled import Channel, ChannelRule
from services.router.core.crews import bits
from services.router.core.desk import is_on_duty, rule_of
from services.router.core.records import OFFERED, Agent
from services.router.core.tables import Tables

# The bit of being on duty at all, as of a kind that always fits; a room above it has some of the others too.
ON_DUTY = 1


class Rooms:
    """The room on agents' desks, and how many of each crew have it."""

    def __init__(self, tables: Tables, crews: int) -> None:
        self._tables = tables
        self._rules: dict[Channel, ChannelRule] = {channel: rule_of(tables, channel) for channel in Channel}
        # Units, and whether it stands alone. What is first takes nothing: it is being on duty.
        self.kinds: list[tuple[int, bool]] = [(0, False)]
        self.kinds += dict.fromkeys((rule.units, rule.alone) for rule in self._rules.values())
        self.kind_of = {channel: self.kinds.index((rule.units, rule.alone), 1) for channel, rule in self._rules.items()}
        # By kind and crew: agents who have the room; and who are on duty. By mask: those of its kinds.
        self.free = [[0] * crews for _ in self.kinds]
        self.on_duty = self.free[0]
        self.free_in = [[self.free[kind] for kind in bits(mask)] for mask in range(1 << len(self.kinds))]
        self._room_beside = _RoomBeside(self.kinds)

    def of(self, agent: Agent) -> int:
        """The agent's room; 0 for who is not on duty."""
        if not is_on_duty(agent):
            return 0
        load, interrupts = 0, True
        for item_id in agent.items:
            item = self._tables.contacts[item_id]
            rule = self._rules[item.errand.channel]
            if rule.alone:
                return ON_DUTY
            load += rule.units
            interrupts = interrupts and rule.interruptible and item.status is not OFFERED
        return self._room_beside[agent.profile.units, load, interrupts]


class _RoomBeside(dict[tuple[int, int, bool], int]):
    """The room of so many units beside a load; what stands alone fits where it may interrupt all of it."""

    def __init__(self, kinds: list[tuple[int, bool]]) -> None:
        super().__init__()
        self._kinds = kinds

    def __missing__(self, key: tuple[int, int, bool]) -> int:
        units, load, interrupts = key
        room = ON_DUTY
        for kind, (needed, alone) in enumerate(self._kinds[1:], start=1):
            fits = interrupts and needed <= units if alone else load + needed <= units
            room |= fits << kind
        self[key] = room
        return room
