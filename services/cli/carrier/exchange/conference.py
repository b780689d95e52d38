"""A conference: whoever is in it hears all others; it begins with the second, and ends when the last has left.

Or when somebody leaves whose leaving ends it: then all others drop out (twilio.com/docs/voice/twiml/conference).
"""

import asyncio
from dataclasses import dataclass, field

from services.cli.carrier.exchange.handset import By, Connection, Handset, Kind
from services.cli.carrier.exchange.twiml import Attendance

MUSIC = "The carrier's hold music"
BEEP = "A tone"


@dataclass(slots=True)
class Conference:
    """Its people by the ids of their calls, in the order in which they came."""

    name: str
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    people: dict[str, tuple[Handset, Connection]] = field(default_factory=dict)
    # Whether somebody has come with whom it may begin.
    may_start: bool = False

    def enter(self, handset: Handset, connection: Connection, how: Attendance) -> None:
        """Somebody comes."""
        if how.beeps_on_enter:
            self._sound(BEEP)
        self.people[connection.sid] = (handset, connection)
        self.may_start = self.may_start or how.starts
        self._connect()
        if not connection.partners and how.plays_music:
            handset.hear(By.CARRIER, Kind.AUDIO, MUSIC)

    def leave(self, connection: Connection, how: Attendance) -> None:
        """Somebody goes; nothing happens when they had gone before."""
        if self.people.pop(connection.sid, None) is None:
            return
        connection.partners = ()
        if how.ends:
            self.ended.set()
        elif how.beeps_on_exit:
            self._sound(BEEP)
        self._connect()

    def _connect(self) -> None:
        """Everybody hears everybody else, once it has begun."""
        for handset, connection in self.people.values():
            had = connection.partners
            others = tuple(other for other, its in self.people.values() if its is not connection)
            connection.partners = others if self.may_start and not self.ended.is_set() else ()
            if connection.partners and not had:
                handset.note("A person is on the line")
            handset.changes.ring()

    def _sound(self, what: str) -> None:
        for handset, _ in self.people.values():
            handset.hear(By.CARRIER, Kind.AUDIO, what)
