"""Who has which contact, worked out from the events alone: one desk at a time, one beginning, one end."""

from collections.abc import Callable
from dataclasses import dataclass

from services.cli.bench.takeover.committed import ContactKey, Happened
from services.cli.bench.takeover.violation import Rule, Violations


@dataclass(frozen=True, slots=True)
class OnDesk:
    """Whose desk a contact is on, and by which offer; `accepted` once the agent has taken it."""

    agent: str
    offer_id: str
    accepted: bool = False


class ContactAudit:
    """Takes the events of all tenants in the order of their partition's log."""

    def __init__(self, violations: Violations) -> None:
        self.begun: set[ContactKey] = set()
        self.ended: dict[ContactKey, str] = {}
        self.offers: set[tuple[ContactKey, str, str]] = set()
        self.accepts: set[tuple[ContactKey, str]] = set()
        self._on_desk: dict[ContactKey, OnDesk] = {}
        self._violations = violations
        self._takers: dict[str, Callable[[ContactKey, Happened], None]] = {
            "contact_accepted": self._begins,
            "contact_offered": self._is_offered,
            "offer_accepted": self._is_taken,
            "offer_returned": self._goes_back,
            "contact_returned": self._goes_back,
            "contact_transferred": self._goes_back,
            "contact_handed_over": self._is_handed_over,
            "wrap_up_started": self._is_wrapped_up,
            "contact_ended": self._ends,
        }

    def take(self, tenant: str, happened: Happened) -> None:
        """The next event."""
        taker = self._takers.get(happened.kind)
        if taker is not None:
            taker(ContactKey(tenant, happened.contact_id), happened)

    def _begins(self, key: ContactKey, _: Happened) -> None:
        if key in self.begun:
            self._broken(f"{_name(key)} began twice")
        self.begun.add(key)

    def _is_offered(self, key: ContactKey, offer: Happened) -> None:
        has = self._on_desk.get(key)
        if has is not None:
            words = f"{_name(key)} was offered to {offer.agent} while {has.agent} had it"
            self._violations.note(Rule.DOUBLE_OFFERS, words)
        if key not in self.begun or key in self.ended:
            self._broken(f"{_name(key)} was offered before it began or after its end")
        self.offers.add((key, offer.agent, offer.offer_id))
        self._on_desk[key] = OnDesk(offer.agent, offer.offer_id)

    def _is_taken(self, key: ContactKey, taken: Happened) -> None:
        if self._on_desk.get(key) != OnDesk(taken.agent, taken.offer_id):
            self._broken(f"{_name(key)} was accepted by {taken.agent}, who had no such offer")
        self.accepts.add((key, taken.agent))
        self._on_desk[key] = OnDesk(taken.agent, taken.offer_id, accepted=True)

    def _goes_back(self, key: ContactKey, back: Happened) -> None:
        has = self._on_desk.pop(key, None)
        accepted = back.kind != "offer_returned"
        if has is None or has.agent != back.agent or has.accepted != accepted:
            self._broken(f"{_name(key)} went back ({back.kind}) from {back.agent}, who had it not like that")

    def _is_handed_over(self, key: ContactKey, handed: Happened) -> None:
        self._check_holds(key, handed)
        self._on_desk[key] = OnDesk(handed.to_agent, handed.offer_id, accepted=True)

    def _is_wrapped_up(self, key: ContactKey, wrapped: Happened) -> None:
        self._check_holds(key, wrapped)

    def _ends(self, key: ContactKey, end: Happened) -> None:
        if key not in self.begun or key in self.ended:
            self._broken(f"{_name(key)} ended before it began, or twice")
        has = self._on_desk.pop(key, None)
        if end.agent and (has is None or has.agent != end.agent):
            self._broken(f"{_name(key)} was completed by {end.agent}, who had it not")
        self.ended[key] = end.agent

    def _check_holds(self, key: ContactKey, act: Happened) -> None:
        has = self._on_desk.get(key)
        if has is None or not has.accepted or has.agent != act.agent:
            self._broken(f"{_name(key)}: {act.kind} by {act.agent}, who had not taken it")

    def _broken(self, words: str) -> None:
        self._violations.note(Rule.BROKEN, words)


def _name(key: ContactKey) -> str:
    return f"contact {key.contact_id} of {key.tenant}"
