import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import aiosmtplib
import pytest

from services.ingest.admission import Admission
from services.ingest.envelopes import Arrived, Envelope
from services.ingest.front_door import FrontDoor
from services.ingest.log_codec import decode
from services.ingest.mail import message_ids
from services.ingest.mail.inbox import Inbox
from services.ingest.mail.mailroom import Mailroom
from services.ingest.mail.ongoing import Ongoing
from services.ingest.mail.smtp_session import SmtpLimits
from services.ingest.mail.threads import Threads
from services.ingest.quotas import Quotas
from services.plan.compiled import Channel
from services.shared.event_log import EventLog
from services.shared.file_blob_store import FileBlobStore
from services.shared.memory_event_log import MemoryEventLog
from tests.fakes.known_addresses import KnownAddresses, KnownPlace
from tests.fakes.manual_clock import ManualClock
from tests.fakes.memory_document_store import MemoryDocumentStore
from tests.fakes.unreliable_log import UnreliableLog

HELP = KnownPlace("acme", "pumps", "help@pumps.test", "en")
SALES = KnownPlace("acme", "fans", "sales@fans.test")
OTHER = KnownPlace("zeta", "zeta", "info@zeta.test")
MAIL = b'From: "Ann Lee" <ann@example.org>\r\nMessage-ID: <1@example.org>\r\nSubject: Hi\r\n\r\nIt leaks.\r\n'
CONTACT = "c" * 32
LINE = b"y" * 78 + b"\r\n"
SMALL = SmtpLimits(mail_bytes=20_000, recipients=3, connections=2, silence_s=5)


@dataclass
class House:
    log: UnreliableLog
    blobs: FileBlobStore
    mailroom: Mailroom
    inbox: Inbox
    behind: set[str]
    starting: list[str]
    clock: ManualClock
    threads: Threads
    admission: Admission
    open_contacts: set[tuple[str, str]] = field(default_factory=set)

    def limit(self, per_minute: int) -> None:
        """Give each tenant a quota."""
        ongoing = Ongoing(self.threads, lambda tenant, contact_id: (tenant, contact_id) in self.open_contacts)
        admission = replace(self.admission, quotas=Quotas(self.clock, per_minute))
        self.inbox._hooks._mailroom = replace(self.mailroom, admission=admission, ongoing=ongoing)

    async def arrivals(self) -> list[Envelope]:
        return [envelope async for envelope in _all(self.log)]

    def client(self) -> aiosmtplib.SMTP:
        return aiosmtplib.SMTP(hostname="127.0.0.1", port=self.inbox.port, start_tls=False, timeout=10)

    @asynccontextmanager
    async def raw(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.inbox.port)
        yield reader, writer
        writer.close()


async def _all(log: EventLog) -> AsyncIterator[Envelope]:
    end = await log.end(0)
    if not end:
        return
    async for record in log.read(0, 0):
        yield decode(record.record)
        if record.offset == end - 1:
            return


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    log, blobs = UnreliableLog(MemoryEventLog()), FileBlobStore(tmp_path / "blobs")
    behind: set[str] = set()
    starting: list[str] = []
    clock, admission = ManualClock(), Admission(behind.__contains__)
    mailroom = Mailroom(
        FrontDoor(log, blobs),
        KnownAddresses(HELP, SALES, OTHER),
        clock,
        b"key",
        lambda: starting[0] if starting else None,
        admission,
    )
    inbox = Inbox(mailroom, "127.0.0.1", 0, next_free=False, limits=SMALL)
    await inbox.start()
    threads = Threads(MemoryDocumentStore(), b"key")
    yield House(log, blobs, mailroom, inbox, behind, starting, clock, threads, admission)
    await inbox.stop()


async def test_a_mail_is_acknowledged_when_it_and_its_arrival_are_kept(house: House) -> None:
    async with house.client() as client:
        await client.sendmail("ann@example.org", ["HELP@pumps.test"], MAIL)
    [arrival] = await house.arrivals()
    assert (arrival.tenant, arrival.company) == ("acme", "pumps")
    arrived = arrival.what
    assert isinstance(arrived, Arrived)
    assert (arrived.channel, arrived.ready) == (Channel.EMAIL, False)
    assert (arrived.dialed, arrived.caller, arrived.language) == ("help@pumps.test", "ann@example.org", "en")
    assert arrived.caller_name == "Ann Lee"
    assert arrived.message is not None
    assert arrived.message.mail_message_id == "<1@example.org>"
    assert await house.blobs.get(arrived.message.raw_blob) == MAIL


async def test_each_mailbox_gets_a_contact_of_its_own_and_none_twice(house: House) -> None:
    async with house.client() as client:
        await client.sendmail("ann@example.org", ["help@pumps.test", "info@zeta.test", "HELP@PUMPS.TEST"], MAIL)
    arrivals = await house.arrivals()
    assert [arrival.tenant for arrival in arrivals] == ["acme", "zeta"]
    assert arrivals[0].contact_id != arrivals[1].contact_id


async def test_a_mail_sent_again_gets_the_ids_it_had_and_another_mail_others(house: House) -> None:
    async with house.client() as client:
        for mail in (MAIL, MAIL, MAIL + b"More.\r\n"):
            await client.sendmail("ann@example.org", ["help@pumps.test"], mail)
    first, again, other = await house.arrivals()
    assert (first.contact_id, first.event_id) == (again.contact_id, again.event_id)
    assert first.contact_id != other.contact_id


async def test_a_mailbox_that_nobody_has_is_refused_for_good(house: House) -> None:
    async with house.client() as client:
        with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as refused:
            await client.sendmail("ann@example.org", ["nobody@pumps.test"], MAIL)
    assert refused.value.recipients[0].code == 550
    assert await house.arrivals() == []


async def test_while_the_plan_is_unknown_mail_is_put_off_and_never_refused_for_good(house: House) -> None:
    house.starting.append("router.log is still being read")
    async with house.client() as client:
        with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as refused:
            await client.sendmail("ann@example.org", ["nobody@pumps.test"], MAIL)
    assert refused.value.recipients[0].code == 451


async def test_mail_of_a_tenant_whose_router_lags_is_put_off_and_of_others_taken(house: House) -> None:
    house.behind.add("acme")
    async with house.client() as client:
        errors, _ = await client.sendmail("ann@example.org", ["help@pumps.test", "info@zeta.test"], MAIL)
    assert errors["help@pumps.test"].code == 451
    assert [arrival.tenant for arrival in await house.arrivals()] == ["zeta"]


async def test_without_the_log_mail_is_put_off(house: House) -> None:
    house.log.is_away = True
    async with house.client() as client:
        with pytest.raises(aiosmtplib.SMTPDataError) as refused:
            await client.sendmail("ann@example.org", ["help@pumps.test"], MAIL)
        assert refused.value.code == 451
        house.log.is_away = False
        await client.sendmail("ann@example.org", ["help@pumps.test"], MAIL)
    assert len(await house.arrivals()) == 1


async def test_without_the_blob_store_mail_is_put_off(house: House, tmp_path: Path) -> None:
    (tmp_path / "blobs").write_bytes(b"no folder")
    async with house.client() as client:
        with pytest.raises(aiosmtplib.SMTPDataError) as refused:
            await client.sendmail("ann@example.org", ["help@pumps.test"], MAIL)
    assert refused.value.code == 451
    assert await house.arrivals() == []


async def test_a_mail_without_a_sender_is_taken_with_an_empty_caller(house: House) -> None:
    async with house.client() as client:
        await client.sendmail("", ["help@pumps.test"], MAIL)
    [arrival] = await house.arrivals()
    assert isinstance(arrival.what, Arrived)
    assert arrival.what.caller == ""


async def test_a_mail_above_the_limit_is_refused_by_its_announced_size_and_by_its_real_one(house: House) -> None:
    async with house.client() as client:
        with pytest.raises(aiosmtplib.SMTPSenderRefused) as announced:
            await client.sendmail("ann@example.org", ["help@pumps.test"], MAIL + LINE * 2500)  # ten times the limit
        assert announced.value.code == 552
        await client.mail("ann@example.org")
        await client.rcpt("help@pumps.test")
        with pytest.raises(aiosmtplib.SMTPDataError) as unannounced:
            await client.data(MAIL + LINE * 500)
        assert unannounced.value.code == 552
        await client.sendmail("ann@example.org", ["help@pumps.test"], MAIL)
    assert len(await house.arrivals()) == 1


async def test_a_line_above_the_limit_is_refused(house: House) -> None:
    async with house.client() as client:
        with pytest.raises(aiosmtplib.SMTPDataError) as refused:
            await client.sendmail("ann@example.org", ["help@pumps.test"], MAIL + b"x" * 10_010 + b"\r\n")
        assert refused.value.code == 500
        await client.sendmail("ann@example.org", ["help@pumps.test"], MAIL)


async def test_recipients_above_the_limit_are_put_off_and_the_others_get_the_mail(house: House) -> None:
    async with house.client() as client:
        await client.ehlo()
        await client.mail("ann@example.org")
        codes = [(await _rcpt(client, "help@pumps.test")) for _ in range(30)]
        assert codes == [250] * 3 + [452] * 27
        await client.data(MAIL)
    assert len(await house.arrivals()) == 1


async def _rcpt(client: aiosmtplib.SMTP, address: str) -> int:
    try:
        return (await client.rcpt(address)).code
    except aiosmtplib.SMTPRecipientRefused as refused:
        return refused.code


async def test_connections_above_the_limit_are_told_to_come_again(house: House) -> None:
    async with house.client(), house.client():
        for _ in range(20):
            with pytest.raises(aiosmtplib.SMTPConnectError):
                async with house.client():
                    pass
    async with house.client() as client:
        await client.sendmail("ann@example.org", ["help@pumps.test"], MAIL)


async def test_a_client_that_only_makes_mistakes_is_cut_off(house: House) -> None:
    async with house.raw() as (reader, writer):
        writer.write(b"\r\n" * 20_000)  # ten times what is borne with, and more
        answers = [await _line(reader) for _ in range(300)]
    assert 0 < len([answer for answer in answers if answer.startswith(b"500")]) <= 201
    assert answers[-1] == b""


@pytest.mark.parametrize("piece", [b"x" * 10_000, LINE * 125], ids=["one line", "lines"])
async def test_a_client_that_sends_a_mail_for_ever_is_cut_off(house: House, piece: bytes) -> None:
    async with house.raw() as (reader, writer):
        await _dialogue(reader, writer, b"HELO x", b"MAIL FROM:<a@b.c>", b"RCPT TO:<help@pumps.test>", b"DATA")
        try:
            for _ in range(100):
                writer.write(piece)  # fifty times the limit in all
                await writer.drain()
                await asyncio.sleep(0)
            assert await reader.read(-1) == b""
        except ConnectionError:
            pass
    assert await house.arrivals() == []
    async with house.client() as client:
        await client.sendmail("ann@example.org", ["help@pumps.test"], MAIL)


async def test_a_client_that_leaves_within_a_mail_leaves_nothing(house: House) -> None:
    async with house.raw() as (reader, writer):
        await _dialogue(reader, writer, b"HELO x", b"MAIL FROM:<a@b.c>", b"RCPT TO:<help@pumps.test>", b"DATA")
        writer.write(MAIL)
        writer.write_eof()
        await reader.read(-1)
    assert await house.arrivals() == []


async def test_commands_sent_along_with_a_mail_are_answered_in_order(house: House) -> None:
    async with house.raw() as (reader, writer):
        await _dialogue(reader, writer, b"HELO x")
        again = b"MAIL FROM:<a@b.c>\r\nRCPT TO:<help@pumps.test>\r\nDATA\r\n" + MAIL
        writer.write(again + b".\r\n" + again + b"more\r\n.\r\nQUIT\r\n")
        answers = (await reader.read(-1)).split(b"\r\n")
    assert [answer[:3] for answer in answers] == [b"250", b"250", b"354", b"250"] * 2 + [b"221", b""]
    assert len(await house.arrivals()) == 2


@pytest.mark.parametrize("end", [b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\n", b"\r\n.\r", b"\r.\r\n"])
@pytest.mark.parametrize("tail", [b"", b"\r\n"])
async def test_no_mail_is_smuggled_behind_another(house: House, end: bytes, tail: bytes) -> None:
    smuggled = b"MAIL FROM:<evil@b.c>\r\nRCPT TO:<info@zeta.test>\r\nDATA\r\nevil" + tail
    async with house.raw() as (reader, writer):
        await _dialogue(reader, writer, b"HELO x", b"MAIL FROM:<a@b.c>", b"RCPT TO:<help@pumps.test>", b"DATA")
        writer.write(MAIL + b"x" + end + smuggled + b"\r\n.\r\nQUIT\r\n")
        await reader.read(-1)
    assert [arrival.tenant for arrival in await house.arrivals()] == ["acme"]


async def test_stopping_hangs_up_on_those_who_only_wait(house: House) -> None:
    async with house.raw() as (reader, _):
        await reader.readline()
        await house.inbox.stop()
        assert await reader.read(-1) == b""


async def test_hostile_commands_are_answered_and_harm_nobody(house: House) -> None:
    for command in [
        b"MAIL FROM:<" + b"(" * 400 + b">",
        b"MAIL FROM:" + b"(" * 480,
        b"MAIL FROM:<a@b.c\x00>",
        b"RCPT TO:<\xff\xfe@pumps.test>",
        b"EHLO " + b"x" * 100_000,
        b"AUTH PLAIN AGEAYg==",
        b"VRFY help@pumps.test",
        b"\x16\x03\x01\x02\x00\x01\x00",
    ]:
        async with house.raw() as (reader, writer):
            await _dialogue(reader, writer, b"EHLO x", command)
    async with house.client() as client:
        await client.sendmail("ann@example.org", ["help@pumps.test"], MAIL)


async def _dialogue(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *commands: bytes) -> list[bytes]:
    answers = [await _answer(reader)]
    for command in commands:
        writer.write(command + b"\r\n")
        answers.append(await _answer(reader))
    return answers


async def _line(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readline()
    except ConnectionError:
        return b""


async def _answer(reader: asyncio.StreamReader) -> bytes:
    while (line := await reader.readline())[3:4] == b"-":
        pass
    return line[:3]


def answering(*references: str) -> bytes:
    """A mail of the same customer that refers to others."""
    return MAIL.replace(b"<1@", b"<2@").replace(b"Subject", f"References: {' '.join(references)}\r\nSubject".encode())


@pytest.fixture
async def limited(house: House) -> House:
    """One mail in a minute for each tenant."""
    house.limit(1)
    return house


async def test_mail_above_the_quota_is_put_off_and_that_of_other_tenants_is_taken(limited: House) -> None:
    async with limited.client() as client:
        await client.sendmail("ann@example.org", ["help@pumps.test"], MAIL)
        with pytest.raises(aiosmtplib.SMTPDataError) as refused:
            await client.sendmail("ann@example.org", ["help@pumps.test", "info@zeta.test"], answering())
    assert refused.value.code == 451
    assert [arrival.tenant for arrival in await limited.arrivals()] == ["acme", "zeta"]
    limited.clock.pass_ms(60_000)
    async with limited.client() as client:
        await client.sendmail("ann@example.org", ["help@pumps.test", "info@zeta.test"], answering())
    ids = [(arrival.tenant, arrival.contact_id) for arrival in await limited.arrivals()]
    assert [tenant for tenant, _ in ids] == ["acme", "zeta", "acme", "zeta"]
    assert ids[1] == ids[3]


async def test_an_answer_to_an_open_contact_is_taken_above_the_quota(limited: House) -> None:
    limited.open_contacts.add(("acme", CONTACT))
    ours = message_ids.made(b"key", "acme", "pumps", CONTACT, "o1", "pumps.test")
    await limited.threads.remember("acme", "pumps", CONTACT, "<theirs@example.org>")
    await limited.threads.remember("acme", "pumps", "another contact, which is over", "<over@example.org>")
    async with limited.client() as client:
        for mail in (MAIL, answering("<other@example.org>", ours), answering("<theirs@example.org>")):
            await client.sendmail("ann@example.org", ["help@pumps.test"], mail)
        for stranger in (answering(), answering("<over@example.org>"), answering(ours.replace("a", "b"))):
            with pytest.raises(aiosmtplib.SMTPDataError):
                await client.sendmail("ann@example.org", ["help@pumps.test"], stranger)
    assert len(await limited.arrivals()) == 3


async def test_a_mail_that_could_not_be_kept_does_not_count(limited: House) -> None:
    limited.log.is_away = True
    async with limited.client() as client:
        with pytest.raises(aiosmtplib.SMTPDataError):
            await client.sendmail("ann@example.org", ["help@pumps.test"], MAIL)
        limited.log.is_away = False
        await client.sendmail("ann@example.org", ["help@pumps.test"], MAIL)
    assert len(await limited.arrivals()) == 1
