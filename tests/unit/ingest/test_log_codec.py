import dataclasses
from typing import Any

import pytest

from services.ingest.envelopes import (
    Arrived,
    Attachment,
    CallAnswered,
    CallUnanswered,
    Changed,
    Connect,
    Content,
    Delivered,
    Envelope,
    Failed,
    Left,
    LeftReason,
    MessageAdded,
    Outgoing,
    What,
)
from services.ingest.log_codec import UnreadableEnvelope, decode, decode_outgoing, encode, encode_outgoing
from services.plan.compiled import Attribute, Channel, Direction
from switchroom.v1 import contact_pb2, inbound_pb2

CONTENT = Content(
    subject="Broken pump",
    text="It leaks.",
    html="<p>It leaks.</p>",
    attachments=(Attachment("photo.jpg", "image/jpeg", 12, "ab" * 32),),
    raw_blob="cd" * 32,
    mail_message_id="<1@example.org>",
    mail_references=("<0@example.org>",),
    reply_to="ann@example.org",
)
ARRIVED = Arrived(
    channel=Channel.EMAIL,
    direction=Direction.INBOUND,
    dialed="help@acme.test",
    caller="ann@example.org",
    ivr_path=("1", "2"),
    language="pt-br",
    attributes=(Attribute("topic", "pumps"),),
    ready=False,
    previous_contact_id="c0",
    message=CONTENT,
    caller_name="Ann",
)
CHANGED = Changed(("3",), "de", (Attribute("a", "b"),), ready=True, continues_contact_id="c0", message=CONTENT)


@pytest.mark.parametrize(
    "what",
    [
        ARRIVED,
        Arrived(Channel.WEB_CHAT),
        CHANGED,
        Changed(ready=True, unreadable_because="too deep"),
        Changed(),
        MessageAdded(CONTENT, "c2"),
        Left(LeftReason.CONNECTION_LOST),
        Delivered("o1"),
        Failed("o1", "the mailbox does not exist"),
        CallAnswered("c1.1"),
        CallUnanswered("c1.1", "Your telephone was busy."),
    ],
)
def test_every_kind_comes_back_as_it_was_written(what: What) -> None:
    envelope = Envelope("e1", "acme", "pumps", "c1", 1_790_000_000_000, what)
    assert decode(encode(envelope)) == envelope


def test_the_types_carry_every_field_of_their_messages() -> None:
    pairs: list[tuple[type[Any], Any]] = [
        (Arrived, inbound_pb2.ContactArrived),
        (Changed, inbound_pb2.ContactChanged),
        (MessageAdded, inbound_pb2.MessageAdded),
        (Left, inbound_pb2.ContactLeft),
        (Delivered, inbound_pb2.MessageDelivered),
        (Failed, inbound_pb2.MessageFailed),
        (Content, inbound_pb2.Message),
        (Attachment, inbound_pb2.Attachment),
        (CallAnswered, inbound_pb2.CallAnswered),
        (CallUnanswered, inbound_pb2.CallUnanswered),
        (Connect, inbound_pb2.Connect),
    ]
    for kind, message in pairs:
        ours = [field.name for field in dataclasses.fields(kind)]
        assert ours == [field.name for field in message.DESCRIPTOR.fields]


def test_an_outgoing_message_comes_back_as_it_was_written() -> None:
    outgoing = Outgoing(
        "o1", "acme", "pumps", "c1", Channel.EMAIL, "ann", "b@example.org", "help@acme.test", CONTENT, 7
    )
    assert decode_outgoing(encode_outgoing(outgoing)) == outgoing


def test_the_word_to_put_a_call_through_comes_back_as_it_was_written() -> None:
    connect = Connect("c1.1", "+493012345")
    outgoing = Outgoing("o1", "acme", "pumps", "c1", Channel.VOICE, "ann", "", "+4930", Content(), 7, connect)
    assert decode_outgoing(encode_outgoing(outgoing)) == outgoing


@pytest.mark.parametrize(
    "record", [b"", b"\xff\xff\xff", inbound_pb2.InboundEnvelope(tenant="acme").SerializeToString()]
)
def test_what_is_no_envelope_is_unreadable(record: bytes) -> None:
    with pytest.raises(UnreadableEnvelope):
        decode(record)


def test_an_unknown_channel_is_unreadable() -> None:
    arrived = inbound_pb2.ContactArrived(direction=contact_pb2.DIRECTION_INBOUND)
    with pytest.raises(UnreadableEnvelope):
        decode(inbound_pb2.InboundEnvelope(contact_arrived=arrived).SerializeToString())


@pytest.mark.parametrize("record", [b"", b"\xff\xff\xff", inbound_pb2.OutboundEnvelope(channel=99).SerializeToString()])  # type: ignore[arg-type]
def test_what_is_no_outgoing_message_is_unreadable(record: bytes) -> None:
    with pytest.raises(UnreadableEnvelope):
        decode_outgoing(record)


def test_an_operators_word_to_the_router_is_nothing_to_ingest() -> None:
    word = inbound_pb2.InboundEnvelope(upgrade_finished=inbound_pb2.UpgradeFinished(format=2))
    with pytest.raises(UnreadableEnvelope, match="nothing that this version knows"):
        decode(word.SerializeToString())
