"""Frozen dataclasses to protobuf messages and back, by the names of their fields.

A message and a dataclass that are meant for each other have the same field names; so the two are kept alike by tests
and not by hand. Enums go by name: `Channel.WEB_CHAT` ("web_chat") is CHANNEL_WEB_CHAT; None is the UNSPECIFIED one.
"""

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from google.protobuf.descriptor import EnumDescriptor
from google.protobuf.message import Message

T = TypeVar("T")
Read = Callable[[Any], Any]


class UnknownValue(ValueError):
    """The message holds an enum value that this version does not know, or none where one is needed."""


def fill(message: Message, value: Any) -> None:
    """Write a dataclass's fields into a new message; fields the message does not have are an error (AttributeError)."""
    kind: Any = type(value)  # mypy does not take a type for hashable
    for name in _field_names(kind):
        _write(message, name, getattr(value, name))


def read(kind: type[T], message: Message) -> T:
    """The dataclass that a message describes. Raises UnknownValue."""
    pair: tuple[Any, Any] = (kind, type(message))
    return kind(**{name: reader(message) for name, reader in _readers(*pair)})


@cache
def _field_names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def _write(message: Any, name: str, value: Any) -> None:
    descriptor = message.DESCRIPTOR.fields_by_name[name]
    if isinstance(value, tuple):
        _write_all(getattr(message, name), descriptor, value)
    elif is_dataclass(value):
        getattr(message, name).SetInParent()
        fill(getattr(message, name), value)
    elif value is not None:
        setattr(message, name, _scalar(descriptor, value))


def _write_all(repeated: Any, descriptor: Any, values: tuple[Any, ...]) -> None:
    for value in values:
        if is_dataclass(value):
            fill(repeated.add(), value)
        else:
            repeated.append(_scalar(descriptor, value))


def _scalar(descriptor: Any, value: Any) -> Any:
    if descriptor.enum_type is None:
        return value
    return descriptor.enum_type.values_by_name[_prefix(descriptor.enum_type) + value.upper()].number


@cache
def _prefix(enum: EnumDescriptor) -> str:
    words = "".join(f"_{letter}" if letter.isupper() else letter for letter in enum.name)
    return words.lstrip("_").upper() + "_"


@cache
def _readers(kind: Any, message_type: Any) -> tuple[tuple[str, Read], ...]:
    hints = get_type_hints(kind)
    by_name = message_type.DESCRIPTOR.fields_by_name
    return tuple((name, _field_reader(name, hints[name], by_name[name])) for name in _field_names(kind))


def _field_reader(name: str, hint: Any, descriptor: Any) -> Read:
    if get_origin(hint) is tuple:
        item = _value_reader(get_args(hint)[0], descriptor)
        return lambda message: tuple(item(value) for value in getattr(message, name))
    optional = get_origin(hint) is UnionType
    value = _value_reader(get_args(hint)[0] if optional else hint, descriptor)
    if optional and descriptor.message_type is not None:
        return lambda message: value(getattr(message, name)) if message.HasField(name) else None
    if optional:
        return lambda message: value(getattr(message, name)) if getattr(message, name) else None
    return lambda message: value(getattr(message, name))


def _value_reader(hint: Any, descriptor: Any) -> Read:
    if is_dataclass(hint):
        return lambda message: read(hint, message)  # type: ignore[arg-type]  # is_dataclass does not narrow to a type
    if descriptor.enum_type is not None:
        return _enum_reader(hint, descriptor.enum_type)
    return lambda value: value


def _enum_reader(hint: type[StrEnum], enum: EnumDescriptor) -> Read:
    prefix = _prefix(enum)
    known = {value.number: value.name.removeprefix(prefix).lower() for value in enum.values}

    def reader(number: int) -> StrEnum:
        try:
            return hint(known[number])
        except (KeyError, ValueError):
            raise UnknownValue(f"{enum.name} {number} is not known to this version") from None

    return reader
