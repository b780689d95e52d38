"""Takes mails in: which mailboxes there are, and what makes an acknowledged mail safe."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Protocol

from services.ingest.edge_time import serving
from services.ingest.envelopes import Arrived, Content, Envelope
from services.ingest.front_door import FrontDoor, Unavailable
from services.ingest.mail import header_text, message_scan
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


@dataclass(frozen=True, slots=True)
class Mailroom:
    """`not_ready_because`: why addresses may still be unknown. `is_behind`: whether a tenant's router lags too far."""

    door: FrontDoor
    addresses: Addresses
    clock: Clock
    key: bytes = field(repr=False)
    not_ready_because: Callable[[], str | None] = lambda: None
    is_behind: Callable[[str], bool] = lambda _tenant: False

    def refusal(self, recipient: str) -> str | None:
        """Why mail for this mailbox is not taken, as an SMTP answer; None when it is."""
        if self.not_ready_because() is not None:
            return "451 4.3.2 this server is still starting, try again later"
        place = self.addresses.find(Channel.EMAIL, recipient)
        if place is None:
            return "550 5.1.1 there is no such mailbox here"
        if self.is_behind(place.tenant):
            return "451 4.3.1 too much mail is waiting, try again later"
        return None

    async def take(self, raw: bytes, sender: str, recipients: Sequence[str]) -> None:
        """Make a mail safe for each of its mailboxes. Raises Unavailable: the same mail again gets the same ids."""
        with serving(self.clock):
            await self._take(raw, sender, recipients)

    async def _take(self, raw: bytes, sender: str, recipients: Sequence[str]) -> None:
        try:
            blob = await self.door.blobs.put(raw)
        except BlobUnavailable as error:
            raise Unavailable("the blob store is away: try again later") from error
        digest = await asyncio.to_thread(_sha256, raw)
        caller = _cleaned(sender)
        for place in self._places(recipients):
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
