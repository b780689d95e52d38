"""Frozen dataclasses to protobuf messages and back, by the names of their fields.

A message and a dataclass that are meant for each other have the same field names; so the two are kept alike by tests
and not by hand. Enums go by name: `Channel.WEB_CHAT` ("web_chat") is CHANNEL_WEB_CHAT; None is the UNSPECIFIED one.

Each commit goes through here, on the way out and again at every reader: what a field needs is worked out once for each
pair of a dataclass and a message.
"""

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from enum import StrEnum
from functools import cache
from operator import attrgetter
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from google.protobuf.descriptor import EnumDescriptor
from google.protobuf.message import Message

T = TypeVar("T")
Read = Callable[[Any], Any]
# Writes one field's value into a message.
Write = Callable[[Any, Any], None]


class UnknownValue(ValueError):
    """The message holds an enum value that this version does not know, or none where one is needed."""


def fill(message: Message, value: Any) -> None:
    """Write a dataclass's fields into a new message, which is there then even if all of them are empty.

    Fields that the message does not have are an error (KeyError).
    """
    pair: tuple[Any, Any] = (type(value), type(message))  # mypy does not take a type for hashable
    message.SetInParent()
    for name, write in _writers(*pair):
        write(message, getattr(value, name))


def read(kind: type[T], message: Message) -> T:
    """The dataclass that a message describes. Raises UnknownValue."""
    pair: tuple[Any, Any] = (kind, type(message))
    return kind(*[reader(message) for reader in _readers(*pair)])


@cache
def _field_names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


@cache
def _writers(kind: Any, message_type: Any) -> tuple[tuple[str, Write], ...]:
    by_name = message_type.DESCRIPTOR.fields_by_name
    return tuple((name, _field_writer(name, by_name[name])) for name in _field_names(kind))


def _field_writer(name: str, descriptor: Any) -> Write:
    if descriptor.message_type is not None:
        return _messages_writer(name) if descriptor.is_repeated else _message_writer(name)
    numbers = None if descriptor.enum_type is None else _numbers(descriptor.enum_type)
    if descriptor.is_repeated:
        return _scalars_writer(name, numbers)
    return _scalar_writer(name) if numbers is None else _enum_writer(name, numbers)


def _messages_writer(name: str) -> Write:
    def write(message: Any, values: tuple[Any, ...]) -> None:
        for value in values:
            fill(getattr(message, name).add(), value)

    return write


def _message_writer(name: str) -> Write:
    def write(message: Any, value: Any) -> None:
        if value is not None:
            fill(getattr(message, name), value)

    return write


def _scalars_writer(name: str, numbers: dict[str, int] | None) -> Write:
    def write(message: Any, values: tuple[Any, ...]) -> None:
        if values:
            getattr(message, name).extend(values if numbers is None else [numbers[value] for value in values])

    return write


def _scalar_writer(name: str) -> Write:
    """What is empty, or None, takes no bytes: no field of ours tells an empty value from none."""

    def write(message: Any, value: Any) -> None:
        if value:
            setattr(message, name, value)

    return write


def _enum_writer(name: str, numbers: dict[str, int]) -> Write:
    def write(message: Any, value: StrEnum | None) -> None:
        if value is not None:
            setattr(message, name, numbers[value])

    return write


@cache
def _numbers(enum: EnumDescriptor) -> dict[str, int]:
    """By the words that stand for the enum's values here."""
    prefix = _prefix(enum)
    return {value.name.removeprefix(prefix).lower(): value.number for value in enum.values}


@cache
def _prefix(enum: EnumDescriptor) -> str:
    words = "".join(f"_{letter}" if letter.isupper() else letter for letter in enum.name)
    return words.lstrip("_").upper() + "_"


@cache
def _readers(kind: Any, message_type: Any) -> tuple[Read, ...]:
    """In the order of the dataclass's fields."""
    hints = get_type_hints(kind)
    by_name = message_type.DESCRIPTOR.fields_by_name
    return tuple(_field_reader(name, hints[name], by_name[name]) for name in _field_names(kind))


def _field_reader(name: str, hint: Any, descriptor: Any) -> Read:
    get = attrgetter(name)
    if get_origin(hint) is tuple:
        item = _value_reader(get_args(hint)[0], descriptor)
        if item is _as_it_is:
            return lambda message: tuple(get(message))
        return lambda message: tuple(map(item, get(message)))
    optional = get_origin(hint) is UnionType
    value = _value_reader(get_args(hint)[0] if optional else hint, descriptor)
    if optional and descriptor.message_type is not None:
        return lambda message: value(get(message)) if message.HasField(name) else None
    if optional:
        return lambda message: value(get(message)) if get(message) else None
    return get if value is _as_it_is else lambda message: value(get(message))


def _value_reader(hint: Any, descriptor: Any) -> Read:
    if is_dataclass(hint):
        return lambda message: read(hint, message)  # type: ignore[arg-type]  # is_dataclass does not narrow to a type
    return _as_it_is if descriptor.enum_type is None else _enum_reader(hint, descriptor.enum_type)


def _as_it_is(value: Any) -> Any:
    return value


def _enum_reader(hint: type[StrEnum], enum: EnumDescriptor) -> Read:
    known = {number: hint(word) for word, number in _numbers(enum).items() if word in set(hint)}

    def reader(number: int) -> StrEnum:
        try:
            return known[number]
        except KeyError:
            raise UnknownValue(f"{enum.name} {number} is not known to this version") from None

    return reader
