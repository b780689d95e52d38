"""What a chat page and ingest say to each other: JSON text frames, one member each, named for what it is.

From the page: hello, say, got, end. To the page: welcome, message, accepted, state, error.
"""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from services.ingest.chat.states import State
from services.ingest.chat.transcript import Line
from services.ingest.texts import Language, MessageText, OneLine, TopicValue, clean_address
from services.ingest.what_went_wrong import WhatWentWrong, from_validation

SAY_CHARACTERS_MAX = 8_000
FRAME_BYTES_MAX = 65_536

Address = Annotated[str, Field(max_length=254), AfterValidator(clean_address)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Hello(_Strict):
    """The first frame. `token`: 128 random bits as 32 hex digits. `last_seen`: number of the newest message it has."""

    token: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    name: Annotated[OneLine, Field(max_length=100)] = ""
    email: Address = ""
    language: Language = ""
    topic: TopicValue = ""
    last_seen: Annotated[int, Field(ge=0, le=1_000_000)] = 0


class Say(_Strict):
    """A message. `id` is the page's own; the same id again is the same message."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
    text: Annotated[MessageText, Field(min_length=1, max_length=SAY_CHARACTERS_MAX)]


class Got(_Strict):
    """The page shows all messages up to this number."""

    number: Annotated[int, Field(ge=1, le=1_000_000)]


class End(_Strict):
    """The visitor ends the chat."""


class Frame(_Strict):
    """One of them."""

    hello: Hello | None = None
    say: Say | None = None
    got: Got | None = None
    end: End | None = None

    @model_validator(mode="after")
    def _one(self) -> "Frame":
        if len(self.model_fields_set) != 1 or self.what is None:
            raise ValueError("a frame has exactly one member: hello, say, got or end")
        return self

    @property
    def what(self) -> Hello | Say | Got | End | None:
        """The member that is there."""
        return self.hello or self.say or self.got or self.end


def read_frame(text: str) -> Hello | Say | Got | End:
    """The frame in a text. Raises WhatWentWrong."""
    try:
        what = Frame.model_validate_json(text).what
    except ValidationError as error:
        raise from_validation(error, what="This frame was not taken.") from None
    if what is None:
        raise WhatWentWrong("This frame was not taken.", "It is empty.", "Send hello, say, got or end.")
    return what


def welcome(contact_id: str, state: State, last: int) -> dict[str, Any]:
    """The answer to hello; the messages that the page has not seen follow."""
    return {"welcome": {"contact_id": contact_id, "last": last, **_state(state)}}


def state_frame(state: State) -> dict[str, Any]:
    return {"state": _state(state)}


def message(line: Line) -> dict[str, Any]:
    """A message of either side. `id` is the page's own for the visitor's."""
    return {
        "message": {
            "number": line.number,
            "id": line.message_id,
            "from": line.author,
            "agent": line.agent,
            "text": line.text,
            "at_ms": line.at_ms,
        }
    }


def accepted(message_id: str, number: int, contact_id: str) -> dict[str, Any]:
    """The message is durable, in that contact. `number` is 0 when the transcript could not be written yet."""
    return {"accepted": {"id": message_id, "number": number, "contact_id": contact_id}}


def error_frame(wrong: WhatWentWrong, message_id: str = "", *, again: bool = False) -> dict[str, Any]:
    """A frame was refused. `again`: the same one may be taken later; `id` is the message's that was not taken."""
    return {"error": {**wrong.as_json(), "id": message_id, "again": again}}


def _state(state: State) -> dict[str, Any]:
    """Where nothing is known of position, wait or notice, the frame has none."""
    known = {"position": state.position, "wait_ms": state.wait_ms, "notice": state.notice}
    return {"state": state.stage.value, "agent": state.agent} | {name: it for name, it in known.items() if it}
