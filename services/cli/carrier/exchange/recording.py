"""<Record>: the caller speaks after a tone, until a key, silence, the longest time, or hanging up ends it."""

import asyncio
from dataclasses import dataclass

from services.cli.carrier.exchange.handset import By, Connection, Handset, Kind
from services.cli.carrier.exchange.leg import Leg
from services.cli.carrier.exchange.sids import RECORDING, random_sid
from services.cli.carrier.exchange.twiml import Record

BEEP = "(tone)"


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recording, which nobody keeps here: what was said stands in the telephone's own lines."""

    sid: str
    seconds: int
    ended_with: str


class Recording:
    """One <Record>, run once."""

    def __init__(self, leg: Leg, verb: Record) -> None:
        self.verb = verb
        self.sid = random_sid(RECORDING)
        self._leg = leg
        self._began_s = asyncio.get_running_loop().time()

    async def run(self, connection: Connection) -> Recorded:
        """Until it has ended, but for hanging up, which cancels it."""
        if self.verb.beeps:
            self._leg.hear(Kind.AUDIO, BEEP)
        connection.forget_keys()
        self._began_s = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(self.verb.most_s):
                return self.ended(await self._key(connection))
        except TimeoutError:
            return self.ended("")

    def ended(self, by: str) -> Recorded:
        """As it stands; `by` is a key, "hangup", or "" for time."""
        seconds = asyncio.get_running_loop().time() - self._began_s
        return Recorded(self.sid, max(1, round(seconds)), by)

    async def _key(self, connection: Connection) -> str:
        """The key that ends it, "" when the caller has been silent for so long."""
        handset = self._leg.handset
        while True:
            said = _said(handset)
            try:
                async with asyncio.timeout(self.verb.timeout_s):
                    key = await connection.keys.get()
            except TimeoutError:
                if _said(handset) == said:
                    return ""
            else:
                if key in self.verb.ends_with:
                    return key


def _said(handset: Handset) -> int:
    """How often its owner has spoken."""
    return sum(line.by is By.ME and line.kind is Kind.SPEECH for line in handset.lines)
