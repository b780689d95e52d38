"""What a customer who wants to be called back sends, from a page or by a program."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from services.ingest.texts import Language, OneLine, TopicValue, message_text
from services.ingest.topics import Topic, is_offered
from services.ingest.what_went_wrong import WhatWentWrong, from_validation

MESSAGE_CHARACTERS_MAX = 2_000
NUMBER_CHARACTERS_MAX = 64
NOT_TAKEN = "The call-back was not taken."


def _text_or_nothing(text: str) -> str:
    return message_text(text) if text.strip() else ""


class CallBackEntry(BaseModel):
    """A request. `token` is made once per request: the same one again is the same contact.

    `when` is "" or "now" for as soon as possible, or a time of ISO 8601.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    token: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{16,64}$")]
    # As it was typed or copied, with whatever invisible characters came with it.
    number: Annotated[str, Field(min_length=1, max_length=NUMBER_CHARACTERS_MAX)]
    when: Annotated[OneLine, Field(max_length=35)] = ""
    name: Annotated[OneLine, Field(max_length=100)] = ""
    language: Language = ""
    topic: TopicValue = ""
    message: Annotated[str, Field(max_length=MESSAGE_CHARACTERS_MAX), AfterValidator(_text_or_nothing)] = ""


def read_json(content: bytes, topics: tuple[Topic, ...]) -> CallBackEntry:
    """An entry as programs send it to a number with these topics. Raises WhatWentWrong."""
    try:
        return _offered(CallBackEntry.model_validate_json(content), topics)
    except ValidationError as error:
        raise from_validation(error, what=NOT_TAKEN) from None


def read_fields(fields: dict[str, str], topics: tuple[Topic, ...]) -> CallBackEntry:
    """An entry as browsers send it from a page with these topics. Raises WhatWentWrong."""
    if fields.pop("website", ""):
        raise WhatWentWrong(
            NOT_TAKEN,
            "A field was filled in that people don't see.",
            "Leave the field “website” empty, and send it again.",
            {"website": "Leave this field empty."},
        )
    try:
        return _offered(CallBackEntry.model_validate(fields), topics)
    except ValidationError as error:
        raise from_validation(error, what=NOT_TAKEN) from None


def _offered(entry: CallBackEntry, topics: tuple[Topic, ...]) -> CallBackEntry:
    if is_offered(entry.topic, topics):
        return entry
    offered = ", ".join(topic.value for topic in topics) or "it has none"
    raise WhatWentWrong(
        NOT_TAKEN,
        "This page does not offer that topic.",
        f"Take one that it offers ({offered}), or leave it out.",
        {"topic": f"Take one of: {offered}."},
    )
