"""A turmoil in which agents hand contacts on, ask colleagues, and lose their router.

All of it leaves contacts that are kept for somebody, or that somebody is kept from: what an index gets wrong most
easily, and most of all in lines in which many wait. So half of these contact centres have few lines.
"""

from services.cli.bench.turmoil import Turmoil, waiting_again
from services.cli.bench.turmoil_plan import random_skills
from services.plan.compiled import Channel
from services.router.core.keep import put_agent, put_contact
from services.router.core.record import changed
from services.router.core.records import Contact, ContactStatus, Pass

LONG_MS = 48 * 3_600_000
FEW = 2
KEPT_AT_ONCE = 0.3


class TurmoilOfColleagues(Turmoil):
    """As Turmoil, from one seed."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        if self.chance.random() < 0.5:
            self._channels, self._skills_asked = (Channel.WEB_CHAT,), (0,)
            self._busy_queues = self._queues[:FEW]
        self._weights |= {
            self.keep_for_one: 6,
            self.lapse: 2,
            self.transfer: 3,
            self.ask: 3,
            self.hand_over: 1,
            self.change_owner: 1,
        }

    def arrive(self) -> None:
        """Some are kept for somebody as soon as they have come, before anybody has looked at their line."""
        super().arrive()
        if self.chance.random() < KEPT_AT_ONCE:
            self._keep(self._contacts_that_are(ContactStatus.QUEUED)[-1])

    def transfer(self) -> None:
        """An agent hands a contact on, to a colleague by name or to whoever there is."""
        contact = self._one_of([each for each in self._contacts_that_are(ContactStatus.ACTIVE) if not each.about])
        if contact is None:
            return
        self._end_consultation(contact)
        passed = (Pass(contact.agent, 0),)
        waits = changed(waiting_again(contact), passed_by=passed, consultation="", **self._named(60_000))
        put_contact(self.state, waits)
        self._take_off_desk(contact)

    def ask(self) -> None:
        """An agent asks a colleague about a contact, by name or not, and is never the one who is asked."""
        active = self._contacts_that_are(ContactStatus.ACTIVE)
        contact = self._one_of([each for each in active if not each.about and not each.consultation])
        if contact is None:
            return
        self._contacts += 1
        asked = changed(
            waiting_again(contact),
            id=f"{contact.id}.c{self._contacts}",
            order=self._contacts,
            about=contact.id,
            skills=random_skills(self.chance, max(self._skills_asked), 3),
            passed_by=(Pass(contact.agent, self.at_ms + LONG_MS),),
            **self._named(LONG_MS),
        )
        put_contact(self.state, asked)
        put_contact(self.state, changed(contact, consultation=asked.id))

    def hand_over(self) -> None:
        """Who was asked and has accepted gets the contact, without an offer."""
        asked = self._one_of([each for each in self._contacts_that_are(ContactStatus.ACTIVE) if each.about])
        if asked is None:
            return
        self._end(asked)
        contact = self.state.contacts[asked.about]
        put_contact(self.state, changed(contact, agent=asked.agent, queue=asked.queue, skills=asked.skills))
        self._take_off_desk(contact)
        taker = self.state.agents[asked.agent]
        put_agent(self.state, changed(taker, items=(*taker.items, contact.id), idle_since_ms=self.at_ms))

    def change_owner(self) -> None:
        """A new owner finds offers live: they return, and are held for whoever had them."""
        for offered in self._contacts_that_are(ContactStatus.OFFERED):
            held = changed(waiting_again(offered), held_for=offered.agent, held_until_ms=self.at_ms + 10_000)
            put_contact(self.state, held)
            self._take_off_desk(offered)

    def _named(self, patience_ms: int) -> dict[str, str | int]:
        colleague = self._one_of(self.agents()) if self.chance.random() < 0.6 else None
        until_ms = self.at_ms + patience_ms
        return {"preferred": colleague.id, "preferred_until_ms": until_ms} if colleague else {}

    def _end(self, contact: Contact) -> None:
        self._end_consultation(contact)
        if contact.about:
            put_contact(self.state, changed(self.state.contacts[contact.about], consultation=""))
        super()._end(contact)

    def _end_consultation(self, contact: Contact) -> None:
        if contact.consultation:
            super()._end(self.state.contacts[contact.consultation])
