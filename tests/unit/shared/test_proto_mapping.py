"""Dataclasses to messages and back: what is empty, what is missing, and what does not fit."""

from dataclasses import dataclass
from enum import StrEnum
from types import ModuleType
from typing import Any

import pytest

from services.plan.compiled import Attribute, Channel
from services.shared.proto_mapping import UnknownValue, fill, read
from switchroom.v1 import contact_pb2, events_pb2, inbound_pb2, log_pb2, plan_pb2, plans_pb2, routing_pb2, work_pb2

PROTOS = (contact_pb2, events_pb2, inbound_pb2, log_pb2, plan_pb2, plans_pb2, routing_pb2, work_pb2)


class Smoke(StrEnum):
    WHITE = "white"


@dataclass(frozen=True)
class Detached:
    agent: str = ""


@dataclass(frozen=True)
class Arrival:
    channel: Channel | None = None
    attributes: tuple[Attribute, ...] = ()
    ivr_path: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stranger:
    signal: Smoke = Smoke.WHITE


@dataclass(frozen=True)
class OddChannel:
    channel: Smoke = Smoke.WHITE


def fields_of(proto: ModuleType) -> list[Any]:
    messages = list(proto.DESCRIPTOR.message_types_by_name.values())
    for message in messages:
        messages += message.nested_types
    return [field for message in messages for field in message.fields]


def test_a_message_of_which_all_is_empty_is_there_all_the_same() -> None:
    event = events_pb2.Event()
    fill(event.agent_detached, Detached())
    assert event.WhichOneof("kind") == "agent_detached"
    assert read(Detached, event.agent_detached) == Detached()


@pytest.mark.parametrize(
    "arrival",
    [
        Arrival(),
        Arrival(Channel.WEB_CHAT),
        Arrival(attributes=(Attribute("a", ""), Attribute("", "b"))),
        Arrival(Channel.FAX, ivr_path=("1", "")),
    ],
)
def test_what_is_written_is_read_as_it_was(arrival: Arrival) -> None:
    message = events_pb2.ContactAccepted()
    fill(message, arrival)
    assert read(Arrival, events_pb2.ContactAccepted.FromString(message.SerializeToString())) == arrival


def test_a_field_that_the_message_does_not_have_is_an_error() -> None:
    with pytest.raises(KeyError, match="signal"):
        fill(events_pb2.AgentDetached(), Stranger())
    with pytest.raises(KeyError, match="signal"):
        read(Stranger, events_pb2.AgentDetached())


def test_a_value_that_the_message_has_no_word_for_is_an_error() -> None:
    with pytest.raises(KeyError, match="white"):
        fill(events_pb2.ContactAccepted(), OddChannel())


@pytest.mark.parametrize("number", [0, contact_pb2.CHANNEL_FAX, 99])
def test_a_value_that_is_not_known_is_told_by_its_number(number: int) -> None:
    message = events_pb2.ContactAccepted(channel=number)  # type: ignore[arg-type]  # a newer version's
    with pytest.raises(UnknownValue, match=f"Channel {number} is not known"):
        read(OddChannel, message)


@pytest.mark.parametrize("proto", PROTOS, ids=lambda proto: proto.__name__)
def test_no_field_tells_an_empty_value_from_none(proto: ModuleType) -> None:
    """The mapping leaves out what is empty."""
    told_apart = [field.full_name for field in fields_of(proto) if field.message_type is None and field.has_presence]
    assert told_apart == []
