"""The small types that a plan file is made of: ids, levels, languages, spans of opening hours.

Values come as the texts that were written. What a type refuses, it refuses in words for whoever writes the plan.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, NoReturn, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    PlainValidator,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from services.plan.caller import is_national_number, normalise_caller
from services.plan.numbers import COUNTRIES, in_ascii

T = TypeVar("T")

ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8}){0,4}")
DOMAIN = re.compile(r"(?=.{1,253}$)[^\s@.]{1,63}(\.[^\s@.]{1,63})+")
# Longer beginnings of a number would single out people, and the plan is not secret.
PREFIX = re.compile(r"\+[1-9][0-9]{0,8}|[1-9][0-9]{0,5}")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
SPAN = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9]) ?[-\N{EN DASH}] ?(?:([01][0-9]|2[0-3]):([0-5][0-9])|24:00)")
TEXT_CHARS_MAX = 200
DAY_MINUTES = 24 * 60


class Part(BaseModel):
    """A mapping of the file: an unknown key is a mistake."""

    # The text below a key is its description in plan.schema.json, which editors show.
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


@dataclass(frozen=True, slots=True)
class Span:
    """Open from a minute of the day (included) until another (excluded); past 1440: of the next day."""

    from_minute: int
    until_minute: int

    def __str__(self) -> str:
        """As it stands in the file."""
        until = self.until_minute if self.until_minute == DAY_MINUTES else self.until_minute % DAY_MINUTES
        return f"{_clock(self.from_minute)}-{_clock(until)}"


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def refuse(what: str, what_to_do: str) -> NoReturn:
    """Refuse a value. `what` follows the name of the value: "is not an id"."""
    raise PydanticCustomError("plan", "{what}", {"what": what, "what_to_do": what_to_do})


def one_or_many(value: Any) -> Any:
    """A single text where a list is meant."""
    return [value] if isinstance(value, str) else value


# pydantic measures what was made into a list as if it were a text.
LENGTHS = {"minLength": "minItems", "maxLength": "maxItems"}


class OrOne:
    """Tells editors that one entry may stand for the list of it."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The list's own schema, or that of its entries."""
        many = {LENGTHS.get(key, key): value for key, value in handler(schema).items()}
        return {"anyOf": [many["items"], many]}


class OrWord:
    """Tells editors that one of these words may stand for the whole part."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = list(words)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The words, or the part's own schema."""
        return {"anyOf": [{"enum": self._words}, handler(schema)]}


def written(pattern: str = "") -> WithJsonSchema:
    """How editors are told of a text: what looks like a number to them is a text here too."""
    return WithJsonSchema({"type": ["string", "integer"], **({"pattern": f"^({pattern})$"} if pattern else {})})


def _must_match(pattern: re.Pattern[str], what: str, what_to_do: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        if pattern.fullmatch(text) is None:
            refuse(f"is {shown(text)}, which is not {what}", what_to_do)
        return text

    return check


def shown(text: str) -> str:
    """The text as it can be quoted in a message."""
    return f'"{text[:40]}…"' if len(text) > 40 else f'"{text}"'


def _plain_text(text: str) -> str:
    trimmed = text.strip()
    if not 0 < len(trimmed) <= TEXT_CHARS_MAX:
        refuse(f"has {len(trimmed)} characters", f"write 1 to {TEXT_CHARS_MAX} characters")
    if any(unicodedata.category(character) == "Cc" for character in trimmed):
        refuse("has line breaks or other control characters", "keep it on one line")
    return trimmed


def _caller(text: str) -> str:
    # Never quoted: who is on a list is private.
    normal = normalise_caller(_plain_text(text))
    if is_national_number(normal):
        refuse("is a number without its country", "write it as it is dialled from abroad: +49 89 …")
    return normal


def _country(text: str) -> str:
    country = text.strip().upper()
    if country not in COUNTRIES:
        meant = "did you mean gb? If not, " if country == "UK" else ""
        refuse(f"is {shown(text)}, which is not a country", f"{meant}write its two letters of ISO 3166: de, in, ph …")
    return country


def _day(text: Any) -> date:
    if isinstance(text, str) and DAY.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    refuse("is not a day of the calendar", "write year-month-day: 2026-12-25")


def _span(text: Any) -> Span:
    found = SPAN.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        refuse("is not a span of opening hours", 'write "09:00-17:00"; the end of the day is 24:00')
    hour, minute, end_hour, end_minute = found.groups()
    begins = int(hour) * 60 + int(minute)
    ends = DAY_MINUTES if end_hour is None else int(end_hour) * 60 + int(end_minute)
    if begins == ends:
        refuse("ends when it begins", 'for the whole day write "00:00-24:00"; for none leave it out')
    return Span(begins, ends if ends > begins else ends + DAY_MINUTES)


Id = Annotated[
    str,
    AfterValidator(_must_match(ID, "an id", "use up to 64 small letters, digits, - and _, with no - or _ in front")),
    written(ID.pattern),
]
Text = Annotated[str, AfterValidator(_plain_text), written()]
Caller = Annotated[str, AfterValidator(_caller), written()]
Language = Annotated[
    str,
    AfterValidator(str.lower),
    AfterValidator(_must_match(LANGUAGE, "a language tag", "write en, de, pt-br …")),
    WithJsonSchema({"type": "string", "pattern": "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}$"}),
]
Country = Annotated[str, AfterValidator(_country), WithJsonSchema({"type": "string", "pattern": "^[A-Za-z]{2}$"})]
Prefix = Annotated[
    str,
    AfterValidator(in_ascii),
    AfterValidator(
        _must_match(PREFIX, "the beginning of a number", "write +, the country and up to 9 digits in all: +4989")
    ),
    written(),
]
Domain = Annotated[
    str,
    AfterValidator(normalise_caller),
    AfterValidator(str.lower),
    AfterValidator(_must_match(DOMAIN, "a domain of mail addresses", "write what follows the @: example.com")),
    WithJsonSchema({"type": "string"}),
]
Level = Annotated[int, Field(ge=1, le=10)]
YesNo = Annotated[bool, WithJsonSchema({"enum": [True, False, "yes", "no"]})]
Day = Annotated[date, PlainValidator(_day), WithJsonSchema({"type": "string", "pattern": f"^{DAY.pattern}$"})]
OpenSpan = Annotated[
    Span, PlainValidator(_span), WithJsonSchema({"type": "string", "examples": ["09:00-17:00", "20:00-02:00"]})
]
OneOrMany = Annotated[tuple[T, ...], BeforeValidator(one_or_many), Field(min_length=1, max_length=100), OrOne()]
Names = Annotated[tuple[Id, ...], BeforeValidator(one_or_many), OrOne()]
Skills = Annotated[dict[Id, Level], Field(max_length=50)]
