"""The menus of a plan file as people write them: what callers hear, and the keys they may press."""

import re
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from services.plan.fields import Id, Language, Part, refuse, written

KEY = re.compile(r"[0-9*#]")
# It is put into TwiML as it stands; a carrier fetches it.
AUDIO = re.compile(r"https://[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?(/[!#$%&'()*+,./:;=?@A-Z_a-z0-9~-]*)?")
AUDIO_CHARS_MAX = 500
PROMPT_CHARS_MAX = 1000
LANGUAGES_MAX = 50
KEYS = 12


def _spoken(text: str) -> str:
    # Written over several lines it is still one breath.
    joined = " ".join(text.split())
    if not 0 < len(joined) <= PROMPT_CHARS_MAX:
        refuse(f"has {len(joined)} characters", f"write 1 to {PROMPT_CHARS_MAX} characters")
    return joined


def _audio(url: str) -> str:
    if len(url) > AUDIO_CHARS_MAX or AUDIO.fullmatch(url) is None:
        refuse(
            "is not the address of a recording",
            f"write https://…, up to {AUDIO_CHARS_MAX} characters, where the carrier can fetch it",
        )
    return url


def _key(key: str) -> str:
    if KEY.fullmatch(key) is None:
        refuse("is not a key of a telephone", "write one of 0 to 9, * or #, in quotes")
    return key


Spoken = Annotated[str, AfterValidator(_spoken), written()]


class PromptPart(Part):
    """What is said in one language: a text that is read out, or a recording."""

    text: Spoken = ""
    """Up to 1000 characters."""
    audio: Annotated[str, AfterValidator(_audio)] = ""
    """https://…, which the carrier fetches and plays."""


def _prompt(value: Any) -> Any:
    """A single text where a prompt is meant."""
    return {"text": value} if isinstance(value, str) else value


class _OrText:
    """Tells editors that a text may stand for the prompt that says it."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [{"type": ["string", "integer"]}, handler(schema)]}


def _one_of_both(prompt: PromptPart) -> PromptPart:
    if bool(prompt.text) == bool(prompt.audio):
        refuse(
            "has both a text and a recording" if prompt.text else "has neither a text nor a recording",
            "write one of them: text: …, or audio: https://…",
        )
    return prompt


def _each_language_once(value: Any) -> Any:
    # "DE" and "de" are two keys of the file, and one language.
    if isinstance(value, dict) and len({language.lower() for language in value}) < len(value):
        refuse("has a language twice", "keep one entry for each language")
    return value


def _or_one_text(value: Any, of_languages: ValidatorFunctionWrapHandler) -> Any:
    """A single text is for customers of all languages."""
    return {"": _spoken(value)} if isinstance(value, str) else of_languages(_each_language_once(value))


# Texts alone: what is also written to customers can't be a recording.
Texts = Annotated[
    dict[Language, Spoken],
    Field(min_length=1, max_length=LANGUAGES_MAX),
    WrapValidator(_or_one_text),
    _OrText(),
]
Say = Annotated[
    dict[Language, Annotated[PromptPart, BeforeValidator(_prompt), AfterValidator(_one_of_both), _OrText()]],
    BeforeValidator(_each_language_once),
    Field(min_length=1, max_length=LANGUAGES_MAX),
]


class ChoicePart(Part):
    """A key, the step that it adds to the caller's path, and what comes next (nothing: they are queued)."""

    key: Annotated[str, AfterValidator(_key), WithJsonSchema({"type": ["string", "integer"]})]
    """0 to 9, * or #, in quotes."""
    id: Id
    """The step that is added to the caller's ivr_path."""
    menu: Id = ""
    """The menu that follows; left out: the caller is queued."""
    language: Language = ""
    """What the call is in from here on."""


class MenuPart(Part):
    """What callers hear, and the keys they may press."""

    id: Id
    """Stands in addresses and choices that lead here."""
    company: Id
    """Whose callers hear it."""
    say: Say
    """Language: what is said. The first language is also for callers of all others."""
    choices: tuple[ChoicePart, ...] = Field(min_length=1, max_length=KEYS)
    """The keys that callers may press."""
    hours: Id = ""
    """While these hours are closed, callers hear what stands in closed, and the call ends."""
    closed: Say | None = None
    """What is said while hours are closed."""


def hours_with_closed(menu: MenuPart) -> MenuPart:
    """Whoever calls while hours are closed must hear something."""
    if menu.hours and menu.closed is None:
        refuse("has hours, but nothing to say while they are closed", "add closed: {en: We are closed …}")
    if menu.closed is not None and not menu.hours:
        refuse("has something to say while closed, but no hours", "say which hours are meant, or take closed out")
    return menu
