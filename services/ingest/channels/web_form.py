"""The web form: one message of a customer, who can be answered by mail or phone only."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.ingest.addresses import Place
from services.ingest.channels.channel import Capabilities, Fate, SendResult
from services.ingest.envelopes import Arrived, Content, Envelope, Outgoing
from services.ingest.front_door import FrontDoor
from services.ingest.texts import Language, MailOrPhone, MessageText, OneLine, TopicValue
from services.ingest.topics import Topic, chosen, is_offered
from services.ingest.what_went_wrong import WhatWentWrong, from_validation
from services.plan.compiled import Channel as Medium
from services.shared.clock import Clock
from services.shared.keyed_hash import keyed_hash

MESSAGE_CHARACTERS_MAX = 16_000
NO_REPLY = "A web form takes no answer: write to the mail address that the customer left, or call."


class FormEntry(BaseModel):
    """A filled-in form. `token` is made once per form: the same one again is the same contact."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    token: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{16,64}$")]
    message: Annotated[MessageText, Field(max_length=MESSAGE_CHARACTERS_MAX)]
    email_or_phone: MailOrPhone
    name: Annotated[OneLine, Field(max_length=100)] = ""
    topic: TopicValue = ""
    language: Language = ""


def read_json(content: bytes, topics: tuple[Topic, ...]) -> FormEntry:
    """An entry as programs send it to a page with these topics. Raises WhatWentWrong."""
    try:
        entry = FormEntry.model_validate_json(content)
    except ValidationError as error:
        raise from_validation(error, what="The form was not taken.") from None
    _refuse_unless_offered(entry, topics)
    return entry


def read_fields(fields: dict[str, str], topics: tuple[Topic, ...]) -> FormEntry:
    """An entry as browsers send it from a page with these topics. Raises WhatWentWrong."""
    if fields.pop("website", ""):
        raise WhatWentWrong(
            "The form was not taken.",
            "A field was filled in that people don't see.",
            "Leave the field “website” empty, and send the form again.",
            {"website": "Leave this field empty."},
        )
    try:
        entry = FormEntry.model_validate(fields)
    except ValidationError as error:
        raise from_validation(error, what="The form was not sent yet.") from None
    _refuse_unless_offered(entry, topics)
    return entry


def _refuse_unless_offered(entry: FormEntry, topics: tuple[Topic, ...]) -> None:
    if not is_offered(entry.topic, topics):
        offered = ", ".join(topic.value for topic in topics) or "it has none"
        raise WhatWentWrong(
            "The form was not taken.",
            "This page does not offer that topic.",
            f"Take one that it offers ({offered}), or leave it out.",
            {"topic": f"Take one of: {offered}."},
        )


@dataclass(frozen=True, slots=True)
class WebForm:
    """Makes contacts of forms."""

    door: FrontDoor
    ids_key: bytes
    clock: Clock

    @property
    def medium(self) -> Medium:
        return Medium.WEB_FORM

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(can_reply=False, is_live=False)

    async def start(self) -> None:
        """Nothing to begin: forms come by HTTP."""

    async def stop(self) -> None:
        """Nothing to let go of."""

    async def receive(self, place: Place, entry: FormEntry) -> str:
        """Make a contact of it; its id. It is durable when this returns. Raises Unavailable."""
        contact_id = keyed_hash(self.ids_key, place.tenant, "web_form", place.address, entry.token)
        await self.door.put(
            Envelope(
                event_id=keyed_hash(self.ids_key, "arrived", contact_id),
                tenant=place.tenant,
                company=place.company,
                contact_id=contact_id,
                seen_at_ms=self.clock.wall_ms(),
                what=_arrived(place, entry),
            )
        )
        return contact_id

    async def send(self, outgoing: Outgoing) -> SendResult:  # noqa: ARG002  # whatever it is, it can't be sent
        """There is nobody at the other end of a form."""
        return SendResult(Fate.FAILED, NO_REPLY)


def _arrived(place: Place, entry: FormEntry) -> Arrived:
    ivr_path, attributes = chosen(entry.topic, place.topics)
    return Arrived(
        channel=Medium.WEB_FORM,
        dialed=place.address,
        caller=entry.email_or_phone,
        ivr_path=ivr_path,
        language=entry.language or place.language.lower(),
        attributes=attributes,
        message=Content(text=entry.message, reply_to=entry.email_or_phone if "@" in entry.email_or_phone else ""),
        caller_name=entry.name,
    )
