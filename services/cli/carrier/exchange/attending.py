"""<Dial> with a <Conference>: one call takes part in it, until it leaves or the conference ends."""

import asyncio

from services.cli.carrier.exchange.conference import Conference
from services.cli.carrier.exchange.dialing import STAR, Dialed
from services.cli.carrier.exchange.handset import Connection
from services.cli.carrier.exchange.leg import Leg
from services.cli.carrier.exchange.network import Network
from services.cli.carrier.exchange.twiml import Attendance, Dial
from services.cli.carrier.exchange.waiting import first_of

# Of a <Dial> that calls a conference (twilio.com/docs/voice/twiml/dial#dialcallstatus-values).
ANSWERED = "answered"


class Attending:
    """One <Dial>, run once. Cancelled, it leaves the conference."""

    def __init__(self, network: Network, leg: Leg, verb: Dial, how: Attendance) -> None:
        self.verb = verb
        self.legs: list[Leg] = []
        self._network = network
        self._leg = leg
        self._how = how

    async def run(self, caller: Connection) -> Dialed:
        """Until they press the key for it, the time is over, or the conference ends."""
        conferences, name = self._network.conferences, self._how.name
        conference = conferences.setdefault(name, Conference(name))
        self._leg.answer()
        conference.enter(self._leg.handset, caller, self._how)
        try:
            await first_of(conference.ended.wait(), self._star(caller), asyncio.sleep(self.verb.limit_s))
        finally:
            conference.leave(caller, self._how)
            if conference.ended.is_set() or not conference.people:
                # Who comes under that name from now on comes to another one.
                conferences = self._network.conferences
                if conferences.get(name) is conference:
                    del conferences[name]
        return self.outcome()

    def outcome(self) -> Dialed:
        """As it stands."""
        return Dialed(ANSWERED, None, bridged=True)

    async def _star(self, caller: Connection) -> None:
        while await caller.keys.get() != STAR or not self.verb.hangs_up_on_star:
            pass
