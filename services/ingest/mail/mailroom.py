"""Takes mails in: which mailboxes there are, and what makes an acknowledged mail safe."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Protocol

from services.ingest.admission import Admission, Because
from services.ingest.edge_time import serving
from services.ingest.envelopes import Arrived, Content, Envelope
from services.ingest.front_door import FrontDoor, Unavailable
from services.ingest.mail import header_text, message_scan
from services.ingest.mail.ongoing import Ongoing
from services.plan.compiled import Channel
from services.shared.blob_store import BlobUnavailable
from services.shared.clock import Clock
from services.shared.keyed_hash import keyed_hash

ADDRESS_CHARACTERS_MAX = 320


class Place(Protocol):
    """Whose mailbox it is; `address` as the plan spells it."""

    @property
    def tenant(self) -> str: ...

    @property
    def company(self) -> str: ...

    @property
    def language(self) -> str: ...

    @property
    def address(self) -> str: ...


class Addresses(Protocol):
    """Who answers where."""

    def find(self, channel: Channel, address: str) -> Place | None:
        """Whose address it is, or None."""
        ...


class OverQuota(Unavailable):
    """More mail has come than some of the mailboxes take: they are to get it later."""


@dataclass(frozen=True, slots=True)
class Mailroom:
    """`not_ready_because`: why addresses may still be unknown. `admission`: whether a tenant may begin new contacts.

    `ongoing` tells which mails begin none; without it all do.
    """

    door: FrontDoor
    addresses: Addresses
    clock: Clock
    key: bytes = field(repr=False)
    not_ready_because: Callable[[], str | None] = lambda: None
    admission: Admission = field(default_factory=Admission)
    ongoing: Ongoing | None = None

    def refusal(self, recipient: str) -> str | None:
        """Why mail for this mailbox is not taken, as an SMTP answer; None when it is.

        A quota is asked about when the mail is there: it may belong to an open contact.
        """
        if self.not_ready_because() is not None:
            return "451 4.3.2 this server is still starting, try again later"
        place = self.addresses.find(Channel.EMAIL, recipient)
        if place is None:
            return "550 5.1.1 there is no such mailbox here"
        refusal = self.admission.refusal(place.tenant)
        if refusal is not None and refusal.because is Because.BEHIND:
            self.admission.note(refusal, place.tenant, Channel.EMAIL)
            return "451 4.3.1 too much mail is waiting, try again later"
        return None

    async def take(self, raw: bytes, sender: str, recipients: Sequence[str]) -> None:
        """Make a mail safe for each of its mailboxes. Raises Unavailable: the same mail again gets the same ids.

        Where only some of them may have it now, these have it, and it raises OverQuota.
        """
        with serving(self.clock):
            await self._take(raw, sender, recipients)

    async def _take(self, raw: bytes, sender: str, recipients: Sequence[str]) -> None:
        places = self._places(recipients)
        let_in = [place for place in places if await self._is_let_in(place, raw)]
        try:
            await self._keep(raw, sender, let_in)
        except Unavailable:
            for place in let_in:
                self.admission.came_to_nothing(place.tenant)
            raise
        if len(let_in) < len(places):
            raise OverQuota("more mail came than a tenant takes at once")

    async def _is_let_in(self, place: Place, raw: bytes) -> bool:
        refusal = self.admission.begin(place.tenant)
        if refusal is None or (self.ongoing and await self.ongoing.belongs(place.tenant, place.company, raw)):
            return True
        self.admission.note(refusal, place.tenant, Channel.EMAIL)
        return False

    async def _keep(self, raw: bytes, sender: str, places: Sequence[Place]) -> None:
        if not places:
            return
        try:
            blob = await self.door.blobs.put(raw)
        except BlobUnavailable as error:
            raise Unavailable("the blob store is away: try again later") from error
        digest = await asyncio.to_thread(_sha256, raw)
        caller = _cleaned(sender)
        for place in places:
            await self.door.put(self._arrival(place, raw, blob, digest, caller))

    def _places(self, recipients: Sequence[str]) -> list[Place]:
        found = (self.addresses.find(Channel.EMAIL, recipient) for recipient in recipients)
        return list({(place.tenant, place.address): place for place in found if place is not None}.values())

    def _arrival(self, place: Place, raw: bytes, blob: str, digest: bytes, caller: str) -> Envelope:
        message_id = message_scan.message_id(raw)
        mailbox = place.address.casefold()
        contact_id = keyed_hash(self.key, place.tenant, "email", mailbox, message_id, digest)
        arrived = Arrived(
            Channel.EMAIL,
            dialed=place.address,
            caller=caller,
            language=place.language,
            ready=False,
            message=Content(raw_blob=blob, mail_message_id=message_id.decode(errors="replace")),
            caller_name=message_scan.sender_name(raw),
        )
        event_id = keyed_hash(self.key, place.tenant, contact_id, "arrived")
        return Envelope(event_id, place.tenant, place.company, contact_id, self.clock.wall_ms(), arrived)


def _sha256(raw: bytes) -> bytes:
    return sha256(raw).digest()


def _cleaned(sender: str) -> str:
    """The envelope sender; empty for the null sender of mails that want no answer."""
    return "" if sender == "<>" else header_text.one_line(sender, ADDRESS_CHARACTERS_MAX)
