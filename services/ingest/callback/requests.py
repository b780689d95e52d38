"""The call-backs that are open, each customer's language, and the call before: a fold over router.log."""

from services.ingest.router_log.facts import ContactAccepted, ContactEnded, Happened
from services.plan.compiled import Channel


class Requests:
    """What the router knows of call-backs and what an outgoing call needs to know."""

    def __init__(self) -> None:
        self._languages: dict[str, str] = {}
        self._previous: dict[str, str] = {}

    def language(self, contact_id: str) -> str:
        """The customer's language; "" where it is not known."""
        return self._languages.get(contact_id, "")

    def previous(self, contact_id: str) -> str:
        """The contact that it follows: the call in which it was chosen; "" for none."""
        return self._previous.get(contact_id, "")

    def learn(self, happened: Happened) -> None:
        """Take a fact of router.log into account."""
        match happened.fact:
            case ContactAccepted(channel=Channel.CALLBACK) as accepted:
                self._languages[accepted.contact_id] = accepted.language
                if accepted.previous_contact_id:
                    self._previous[accepted.contact_id] = accepted.previous_contact_id
            case ContactEnded(contact_id):
                self._languages.pop(contact_id, None)
                self._previous.pop(contact_id, None)
