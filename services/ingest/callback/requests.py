"""The call-backs that are open, and the language that each customer asked for: a fold over router.log."""

from services.ingest.router_log.facts import ContactAccepted, ContactEnded, Happened
from services.plan.compiled import Channel


class Requests:
    """What the router knows of call-backs and what an outgoing call needs to know."""

    def __init__(self) -> None:
        self._languages: dict[str, str] = {}

    def language(self, contact_id: str) -> str:
        """The customer's language; "" where it is not known."""
        return self._languages.get(contact_id, "")

    def learn(self, happened: Happened) -> None:
        """Take a fact of router.log into account."""
        match happened.fact:
            case ContactAccepted(channel=Channel.CALLBACK) as accepted:
                self._languages[accepted.contact_id] = accepted.language
            case ContactEnded(contact_id):
                self._languages.pop(contact_id, None)
