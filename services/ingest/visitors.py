"""What is asked of every call from outside before it is looked at: where it comes from, and how often."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from starlette.requests import HTTPConnection

from services.ingest.addresses import Addresses, Place
from services.ingest.admission import Admission, Because, Refusal
from services.ingest.origins import Origins
from services.ingest.rate_limit import RateLimit, network_of
from services.ingest.what_went_wrong import WhatWentWrong
from services.plan.compiled import Channel

PAGE_CHARACTERS_MAX = 128
STARTED_WITHIN_S = 5


class TurnedAway(Exception):
    """A call that goes no further: the HTTP status, what to tell the caller, and headers."""

    def __init__(self, status: int, wrong: WhatWentWrong, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(str(wrong))
        self.status = status
        self.wrong = wrong
        self.headers = dict(headers or {})


@dataclass(frozen=True, slots=True)
class Visitors:
    """Raises TurnedAway where a call is not welcome."""

    addresses: Addresses
    origins: Origins
    calls: RateLimit
    contacts: RateLimit
    # Why pages may still be unknown, or None.
    not_ready_because: Callable[[], str | None]
    # The header of a trusted proxy whose last entry is the client's address, or "".
    client_address_header: str = ""
    # Whether a tenant may begin new contacts now.
    admission: Admission = field(default_factory=Admission)

    def client(self, call: HTTPConnection) -> str:
        """Who counts as one client."""
        told = call.headers.get(self.client_address_header, "") if self.client_address_header else ""
        host = told.rpartition(",")[2].strip() or (call.client.host if call.client else "")
        return network_of(host[:64])

    def admit(self, call: HTTPConnection) -> str:
        """Let a call in, from a page that may make it and not too often; its client."""
        client = self.client(call)
        _within(self.calls, client)
        if not self.origins.may_talk(call.headers.get("origin"), call.headers.get("host")):
            raise TurnedAway(
                403,
                WhatWentWrong(
                    "This page may not be used from there.",
                    "The web site that sent the call is not one of those allowed.",
                    "Open the page itself, or have the web site added to SWITCHROOM_INGEST_ALLOWED_ORIGINS.",
                ),
            )
        return client

    def may_begin_contact(self, client: str, place: Place, channel: Channel) -> None:
        """Count a contact of this client with that tenant."""
        _within(self.contacts, client)
        _let_in(self.admission, self.admission.begin(place.tenant), place, channel)

    def came_to_nothing(self, place: Place) -> None:
        """The contact that was counted was not kept."""
        self.admission.came_to_nothing(place.tenant)

    def place(self, channel: Channel, page: str) -> Place:
        """The page's place."""
        found = self.addresses.find(channel, page) if len(page) <= PAGE_CHARACTERS_MAX else None
        if found is None:
            raise self._unknown()
        return found

    def must_keep_up(self, place: Place, channel: Channel) -> None:
        """Turn connections away while the tenant's router is too far behind; a quota is not asked about.

        Who connects may have a conversation already, and the quota is for new ones alone.
        """
        refusal = self.admission.refusal(place.tenant)
        if refusal is not None and refusal.because is Because.BEHIND:
            _let_in(self.admission, refusal, place, channel)

    def must_be_open(self, place: Place, channel: Channel) -> None:
        """Turn new contacts away, before more is done for them, while the tenant can't begin any."""
        _let_in(self.admission, self.admission.refusal(place.tenant), place, channel)

    def _unknown(self) -> TurnedAway:
        if self.not_ready_because() is not None:
            why = "It has just been started and is still reading which pages there are."
            wrong = WhatWentWrong("The contact centre is starting.", why, "Try again in a few seconds.")
            return TurnedAway(503, wrong, {"retry-after": str(STARTED_WITHIN_S)})
        what_to_do = "Check the address; if you run this contact centre, add the page to a company of the plan."
        return TurnedAway(404, WhatWentWrong("There is no such page here.", "No plan in force names it.", what_to_do))


def _let_in(admission: Admission, refusal: Refusal | None, place: Place, channel: Channel) -> None:
    if refusal is not None:
        admission.note(refusal, place.tenant, channel)
        raise TurnedAway(refusal.status, refusal.wrong, refusal.headers)


def _within(limit: RateLimit, client: str) -> None:
    wait_s = limit.take(client)
    if wait_s:
        raise TurnedAway(
            429,
            WhatWentWrong(
                "That was too much at once.",
                "Your network has sent more in a minute than is taken.",
                f"Try again in {wait_s} seconds.",
            ),
            {"retry-after": str(wait_s)},
        )
