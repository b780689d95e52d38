"""What the agents service writes into contacts.outbound is what ingest reads there."""

import pytest

from services.agents.heard import Connect, Message, Outbound
from services.agents.log_codec import encode_outbound
from services.ingest import envelopes
from services.ingest.log_codec import decode_outgoing
from services.plan.compiled import Channel

MESSAGE = Message(
    subject="Re: Broken pump", text="We send a new one.", mail_references=("<0@acme.test>", "<1@acme.test>")
)


def outbound(message: Message, connect: Connect | None = None) -> Outbound:
    return Outbound(
        event_id="e1",
        tenant="shop",
        company="acme",
        contact_id="c1",
        channel=Channel.EMAIL if connect is None else Channel.VOICE,
        agent="ana",
        to="ann@example.org",
        from_="help@acme.test",
        message=message,
        written_at_ms=7,
        connect=connect,
    )


@pytest.mark.parametrize(
    "written",
    [
        outbound(MESSAGE),
        outbound(Message(), Connect("o1", "+493012345678")),
        outbound(Message(), Connect("o1", "")),
        outbound(Message(), Connect("", "")),
    ],
    ids=["an answer", "a call to a telephone", "a call to nobody knows where", "a call of nothing but defaults"],
)
def test_what_agents_write_is_what_ingest_reads(written: Outbound) -> None:
    read = decode_outgoing(encode_outbound(written))

    facts = ("event_id", "tenant", "company", "contact_id", "channel", "agent", "to", "from_", "written_at_ms")
    assert [getattr(read, fact) for fact in facts] == [getattr(written, fact) for fact in facts]
    said = written.message
    assert read.message == envelopes.Content(said.subject, said.text, mail_references=said.mail_references)
    connect = written.connect
    assert read.connect == (connect and envelopes.Connect(connect.offer_id, connect.agent_address))
