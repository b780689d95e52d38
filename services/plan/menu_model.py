"""The menus of a plan file as people write them: what callers hear, and the keys they may press."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from services.plan.fields import Id, Language, Part, refuse

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


class PromptPart(Part):
    """What is said in one language: a text that is read out, or a recording."""

    text: Annotated[str, AfterValidator(_spoken)] = ""
    audio: Annotated[str, AfterValidator(_audio)] = ""


def _prompt(value: Any) -> Any:
    """A single text where a prompt is meant."""
    return {"text": value} if isinstance(value, str) else value


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
        refuse("has a language twice", "keep one prompt for each language")
    return value


Say = Annotated[
    dict[Language, Annotated[PromptPart, BeforeValidator(_prompt), AfterValidator(_one_of_both)]],
    BeforeValidator(_each_language_once),
    Field(min_length=1, max_length=LANGUAGES_MAX),
]


class ChoicePart(Part):
    """A key, the step that it adds to the caller's path, and what comes next (nothing: they are queued)."""

    key: Annotated[str, AfterValidator(_key)]
    id: Id
    menu: Id = ""
    language: Language = ""


class MenuPart(Part):
    id: Id
    company: Id
    say: Say
    choices: tuple[ChoicePart, ...] = Field(min_length=1, max_length=KEYS)
    hours: Id = ""
    closed: Say | None = None


def hours_with_closed(menu: MenuPart) -> MenuPart:
    """Whoever calls while hours are closed must hear something."""
    if menu.hours and menu.closed is None:
        refuse("has hours, but nothing to say while they are closed", "add closed: {en: We are closed …}")
    if menu.closed is not None and not menu.hours:
        refuse("has something to say while closed, but no hours", "say which hours are meant, or take closed out")
    return menu
