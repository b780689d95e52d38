"""What the router writes comes back as it was, every kind of event with any values; unreadable bytes are refused."""

from contextlib import suppress
from dataclasses import fields, is_dataclass
from enum import StrEnum
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.plan.compiled import Attribute, Channel, Direction
from services.router.core.commands import DONE, Outcome, Refusal
from services.router.core.events import AgentAttached, ContactEnded, ContactOutcome, Event, OwnerChanged
from services.router.core.formats import TooNew, check_kinds
from services.router.decided import NOTHING_READ, Decided, DecidedCommand
from services.router.envelopes import Arrived, Changed, Envelope, Left, MessageAdded, Settled, UpgradeFinished
from services.router.log_codec import (
    HEADER_BYTES_MAX,
    ID_LENGTH_MAX,
    Unreadable,
    decode_decided,
    decode_envelope,
    encode_command,
    encode_decided,
    encode_upgrade_finished,
    outcome_message,
)
from switchroom.v1 import contact_pb2, events_pb2, inbound_pb2, log_pb2

TEXTS = st.text(max_size=12)
# The narrowest of the protos' integers; times are wider, and tested apart.
NUMBERS = st.integers(min_value=-(2**31), max_value=2**31 - 1)
TIMES = st.integers(min_value=0, max_value=2**62)


PLAIN: dict[Any, st.SearchStrategy[Any]] = {str: TEXTS, int: NUMBERS, bool: st.booleans()}


def values_of(hint: Any) -> st.SearchStrategy[Any]:
    """Any value of a field's type."""
    if hint in PLAIN:
        return PLAIN[hint]
    if get_origin(hint) is tuple:
        return st.lists(values_of(get_args(hint)[0]), max_size=3).map(tuple)
    if get_origin(hint) is UnionType:
        return st.none() | values_of(get_args(hint)[0])
    if is_dataclass(hint):
        return records_of(hint)
    assert issubclass(hint, StrEnum)
    return st.sampled_from(hint)


def records_of(kind: Any) -> st.SearchStrategy[Any]:
    hints = get_type_hints(kind)
    return st.builds(kind, **{field.name: values_of(hints[field.name]) for field in fields(kind)})


EVENTS: st.SearchStrategy[Event] = st.one_of([records_of(kind) for kind in get_args(Event)])
COMMANDS = st.builds(
    DecidedCommand,
    tenant=TEXTS,
    id=TEXTS,
    at_ms=TIMES,
    outcome=st.none() | records_of(Outcome),
    events=st.lists(EVENTS, max_size=4).map(tuple),
    contact_id=TEXTS,
)
DECIDEDS = st.builds(
    Decided,
    at_ms=TIMES,
    inbound_offset=st.integers(min_value=NOTHING_READ, max_value=2**62),
    commands=st.lists(COMMANDS, max_size=3).map(tuple),
)


def encoded(decided: Decided) -> bytes:
    return encode_decided(decided.at_ms, decided.inbound_offset, [encode_command(each) for each in decided.commands])


@given(DECIDEDS)
def test_a_commit_comes_back_as_it_was(decided: Decided) -> None:
    assert decode_decided(encoded(decided)) == decided


@pytest.mark.parametrize("kind", get_args(Event), ids=lambda kind: kind.__name__)
def test_every_kind_of_event_comes_back_even_when_all_of_it_is_empty(kind: Any) -> None:
    @given(records_of(kind))
    def comes_back(event: Any) -> None:
        command = DecidedCommand("harbour", "", 1, None, (event,))
        assert decode_decided(encoded(Decided(1, 1, (command,)))).commands == (command,)

    comes_back()


def test_the_router_and_the_protos_know_the_same_events() -> None:
    ours = {kind.__name__ for kind in get_args(Event)}
    theirs = [field.message_type for field in events_pb2.Event.DESCRIPTOR.oneofs_by_name["kind"].fields]
    assert ours == {message.name for message in theirs if message is not None}


def test_a_kind_of_a_format_that_is_not_in_force_is_not_encoded() -> None:
    events = (AgentAttached("ann"), OwnerChanged(5))
    check_kinds(events, 2, {OwnerChanged: 2})
    with pytest.raises(TooNew, match="OwnerChanged is of format 2, and 1 is in force"):
        check_kinds(events, 1, {OwnerChanged: 2})


def test_a_commit_says_what_it_raises_the_format_to() -> None:
    assert decode_decided(encode_decided(5, 7, [], raised_to=2)) == Decided(5, 7, (), raised_to=2)
    assert len(encode_decided(2**62, 2**62, [], raised_to=2**30)) <= HEADER_BYTES_MAX


def test_an_operators_word_is_of_no_tenant_and_no_contact() -> None:
    assert decode_envelope(encode_upgrade_finished(2)) == UpgradeFinished(2)


@given(DECIDEDS)
def test_the_size_of_commands_is_what_they_take_in_the_record(decided: Decided) -> None:
    sizes = sum(encode_command(command).size_bytes for command in decided.commands)
    assert sizes <= len(encoded(decided)) <= sizes + HEADER_BYTES_MAX


@pytest.mark.parametrize("length", [0, 90, 127, 128, 16_000, 16_383, 16_384, 3_000_000])
def test_the_size_is_right_however_long_a_command_is(length: int) -> None:
    command = encode_command(DecidedCommand("", "x" * length, 0, None, ()))
    assert len(encode_decided(0, 0, [command])) == command.size_bytes


def test_no_outcome_is_not_the_same_as_done() -> None:
    without, done = (DecidedCommand("t", "c", 1, outcome, ()) for outcome in (None, DONE))
    assert decode_decided(encoded(Decided(1, 1, (without, done)))).commands == (without, done)


@pytest.mark.parametrize("refusal", [None, *Refusal])
def test_programs_see_every_refusal_by_its_name(refusal: Refusal | None) -> None:
    message = outcome_message(Outcome(refusal, "what", "do"))
    name = events_pb2.Refusal.Name(message.refusal)
    assert name == f"REFUSAL_{refusal.upper() if refusal else 'UNSPECIFIED'}"
    assert (message.detail, message.what_to_do) == ("what", "do")


@pytest.mark.parametrize("kind", ["message_delivered", "message_failed"])
def test_what_became_of_an_automatic_reply_is_nothing_to_the_router(kind: str) -> None:
    fate = {"outbound_id": "o1", "automatic": True}
    assert decode_envelope(envelope(**{kind: fate}).SerializeToString()) is None
    assert decode_envelope(envelope(**{kind: {"outbound_id": "o1"}}).SerializeToString()) is not None


@given(st.binary(max_size=60))
def test_bytes_that_anybody_made_are_a_commit_or_unreadable_and_nothing_else(content: bytes) -> None:
    with suppress(Unreadable):
        assert isinstance(decode_decided(content), Decided)


@pytest.mark.parametrize(
    "content",
    [b"\xff", b"\x1a\x02\x2a\x01\x01", b"\x1a\x02\x2a\x00"],
    ids=["no protobuf", "no event", "an event of no kind"],
)
def test_a_commit_that_cannot_be_read_is_refused(content: bytes) -> None:
    with pytest.raises(Unreadable, match="a commit can't be read"):
        decode_decided(content)


def test_an_enum_value_of_a_newer_version_is_refused() -> None:
    ended = ContactEnded("c1", ContactOutcome.COMPLETED, "ann", "", "")
    message = log_pb2.Decided.FromString(encoded(Decided(1, 1, (DecidedCommand("t", "", 1, None, (ended,)),))))
    message.commands[0].events[0].contact_ended.outcome = 99  # type: ignore[assignment]  # as a newer one would
    with pytest.raises(Unreadable):
        decode_decided(message.SerializeToString())


def test_a_kind_of_event_that_is_no_event_is_an_error_of_the_programmer() -> None:
    with pytest.raises(AttributeError):
        encode_command(DecidedCommand("t", "", 1, None, (DONE, AgentAttached("ann"))))  # type: ignore[arg-type]


# What comes in.


def envelope(**fields: Any) -> inbound_pb2.InboundEnvelope:
    return inbound_pb2.InboundEnvelope(
        **({"event_id": "e1", "tenant": "harbour", "company": "acme", "contact_id": "c1"} | fields)
    )


ARRIVED = inbound_pb2.ContactArrived(
    channel=contact_pb2.CHANNEL_EMAIL,
    direction=contact_pb2.DIRECTION_INBOUND,
    dialed="help@acme.example",
    caller="kim@customer.example",
    ivr_path=["1", "2"],
    language="de",
    attributes=[contact_pb2.Attribute(name="size", value="XL")],
    ready=True,
    previous_contact_id="c0",
    message=inbound_pb2.Message(text="private"),
    caller_name="Kim",
)
CHANGED = inbound_pb2.ContactChanged(
    ivr_path=["3"],
    language="en",
    attributes=[contact_pb2.Attribute(name="a", value="b")],
    ready=True,
    continues_contact_id="c7",
)


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        (
            {"contact_arrived": ARRIVED},
            Arrived(
                Channel.EMAIL,
                Direction.INBOUND,
                "help@acme.example",
                "kim@customer.example",
                ("1", "2"),
                "de",
                (Attribute("size", "XL"),),
                ready=True,
                previous_contact_id="c0",
            ),
        ),
        ({"contact_changed": CHANGED}, Changed(("3",), "en", (Attribute("a", "b"),), True, "c7")),
        ({"message_added": inbound_pb2.MessageAdded(successor_contact_id="c2")}, MessageAdded("c2")),
        ({"contact_left": inbound_pb2.ContactLeft(reason=inbound_pb2.LEFT_REASON_CUSTOMER)}, Left()),
        ({"message_delivered": inbound_pb2.MessageDelivered(outbound_id="o1")}, Settled("o1", delivered=True)),
        ({"message_failed": inbound_pb2.MessageFailed(outbound_id="o1", why="no")}, Settled("o1", delivered=False)),
    ],
)
def test_an_envelope_is_read_without_its_private_content(what: dict[str, Any], expected: Any) -> None:
    assert decode_envelope(envelope(**what).SerializeToString()) == Envelope("e1", "harbour", "acme", "c1", expected)


@pytest.mark.parametrize("lacking", ["event_id", "tenant", "contact_id"])
def test_an_envelope_that_lacks_an_id_is_refused(lacking: str) -> None:
    message = envelope(contact_left=inbound_pb2.ContactLeft(), **{lacking: ""})
    with pytest.raises(Unreadable, match="lacks"):
        decode_envelope(message.SerializeToString())


@pytest.mark.parametrize("long", ["event_id", "tenant", "company", "contact_id"])
def test_an_envelope_with_an_endless_id_is_refused(long: str) -> None:
    for length, refused in ((ID_LENGTH_MAX, False), (ID_LENGTH_MAX + 1, True)):
        content = envelope(contact_left=inbound_pb2.ContactLeft(), **{long: "x" * length}).SerializeToString()
        if refused:
            with pytest.raises(Unreadable, match="256"):
                decode_envelope(content)
        else:
            decoded = decode_envelope(content)
            assert isinstance(decoded, Envelope)
            assert decoded.what == Left()


@pytest.mark.parametrize(
    "content",
    [
        b"\xff",
        envelope().SerializeToString(),
        envelope(contact_arrived=inbound_pb2.ContactArrived()).SerializeToString(),
    ],
    ids=["no protobuf", "no kind", "no channel"],
)
def test_an_envelope_that_cannot_be_read_is_refused(content: bytes) -> None:
    with pytest.raises(Unreadable):
        decode_envelope(content)


@given(st.binary(max_size=60))
def test_bytes_that_anybody_made_are_an_envelope_or_unreadable_and_nothing_else(content: bytes) -> None:
    with suppress(Unreadable):
        assert isinstance(decode_envelope(content), Envelope)
