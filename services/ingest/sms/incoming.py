"""A customer's short message, from the carrier's webhook to contacts.inbound.

https://www.twilio.com/docs/messaging/guides/webhook-request
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from services.ingest.addresses import Addresses, Place
from services.ingest.admission import Admission
from services.ingest.carriers.webhook import NotTaken, Webhook
from services.ingest.envelopes import Arrived, Content, Envelope
from services.ingest.front_door import FrontDoor, Unavailable
from services.ingest.sms.answers import answer, saying
from services.ingest.sms.conversations import Conversations
from services.ingest.sms.keywords import Keyword, keyword_in
from services.ingest.sms.media import as_raw, urls_in
from services.ingest.sms.opt_outs import OptOuts
from services.plan.caller import normalise_caller
from services.plan.compiled import Channel
from services.shared.blob_store import BlobUnavailable
from services.shared.clock import Clock
from services.shared.keyed_hash import keyed_hash

MESSAGE_SID = re.compile(r"(SM|MM)[0-9a-f]{32}")
NUMBER_CHARACTERS_MAX = 64
# A number, a short code, or the name that a firm sends under.
SENDER = re.compile(r"\+[1-9][0-9]{1,14}|[0-9]{3,8}|[A-Za-z0-9 &_+-]{1,11}")
# Beyond what any network carries: it is cut, and a contact all the same.
TEXT_CHARACTERS_MAX = 16_000
BY_OPT_OUT_TYPE = {keyword.value: keyword for keyword in Keyword}
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")


@dataclass(frozen=True, slots=True)
class _Said:
    """What a webhook says: who, and what."""

    id: str
    caller: str
    text: str
    opt_out_type: str
    media: tuple[str, ...]

    @property
    def keyword(self) -> Keyword | None:
        """What the carrier took it for, or else what it is."""
        return BY_OPT_OUT_TYPE.get(self.opt_out_type) or (None if self.media else keyword_in(self.text))


@dataclass(frozen=True, slots=True)
class Incoming:
    """`not_ready_because`: why numbers may still be unknown, or None. `admission`: whether new contacts may begin."""

    door: FrontDoor
    addresses: Addresses
    opt_outs: OptOuts
    conversations: Conversations
    clock: Clock
    ids_key: bytes = field(repr=False)
    not_ready_because: Callable[[], str | None] = lambda: None
    admission: Admission = field(default_factory=Admission)

    async def take(self, webhook: Webhook) -> str:
        """Make a contact of it, which joins the customer's open conversation; what the carrier is answered.

        Raises NotTaken; Unavailable and StoreUnavailable: nothing was taken, the carrier must ask again.
        """
        place, said = self._place(webhook), _said(webhook)
        keyword = said.keyword
        if keyword is None:
            await self._take(place, said)
            return saying()
        await self.opt_outs.note(place.tenant, place.address, said.caller, keyword, said.id)
        # Where the carrier knows the word itself, it has answered itself.
        return saying() if said.opt_out_type else saying(answer(keyword, place))

    async def _take(self, place: Place, said: _Said) -> None:
        begins = not self.conversations.is_known(place, said.caller)
        if begins:
            await self._must_be_let_in(place, said)
        try:
            envelope = self._arrival(place, said, await self._kept(said.media))
            await self.door.put(envelope)
        except Unavailable:
            if begins:
                self.admission.came_to_nothing(place.tenant)
            raise
        await self.conversations.note(place, said.caller, envelope.contact_id)

    async def _must_be_let_in(self, place: Place, said: _Said) -> None:
        """Raises Unavailable where no contact can begin, and the message may not belong to one either."""
        refusal = self.admission.begin(place.tenant)
        if refusal is not None and not await self.conversations.goes_on(place, said.caller):
            self.admission.note(refusal, place.tenant, Channel.SMS)
            raise Unavailable(f"no new contacts of this tenant for the moment: {refusal.because.value}")

    def _place(self, webhook: Webhook) -> Place:
        place = self.addresses.find(Channel.SMS, normalise_caller(webhook.field("To")[:NUMBER_CHARACTERS_MAX]))
        if place is not None:
            return place
        if self.not_ready_because() is not None:
            raise Unavailable("it is not known yet which numbers there are")
        raise NotTaken(404, "No plan in force names this number for SMS: add it to a company's addresses.")

    async def _kept(self, media: tuple[str, ...]) -> str:
        """Where it is kept which files came with the message; "" for none."""
        if not media:
            return ""
        try:
            return await self.door.blobs.put(as_raw(media))
        except BlobUnavailable as error:
            raise Unavailable("the blob store is away: try again later") from error

    def _arrival(self, place: Place, said: _Said, raw_blob: str) -> Envelope:
        contact_id = contact_of(self.ids_key, place.tenant, said.id)
        arrived = Arrived(
            Channel.SMS,
            dialed=place.address,
            caller=said.caller,
            language=place.language.lower(),
            message=Content(text=said.text, raw_blob=raw_blob),
        )
        event_id = keyed_hash(self.ids_key, "arrived", contact_id)
        return Envelope(event_id, place.tenant, place.company, contact_id, self.clock.wall_ms(), arrived)


def contact_of(ids_key: bytes, tenant: str, message_id: str) -> str:
    """The contact that a message is, by the carrier's id of it."""
    return keyed_hash(ids_key, tenant, "sms", "twilio", message_id)


def _said(webhook: Webhook) -> _Said:
    message_id, caller = webhook.field("MessageSid"), normalise_caller(webhook.field("From"))
    if MESSAGE_SID.fullmatch(message_id) is None:
        raise NotTaken(400, "The request was not taken: its MessageSid is none.")
    if SENDER.fullmatch(caller) is None:
        raise NotTaken(400, "The request was not taken: its field From is no sender.")
    if "Body" not in webhook.fields:
        raise NotTaken(400, "The request was not taken: it has no field Body.")
    text = CONTROLS.sub("", webhook.field("Body").replace("\r\n", "\n"))[:TEXT_CHARACTERS_MAX]
    return _Said(message_id, caller, text, webhook.field("OptOutType").upper(), urls_in(webhook))
