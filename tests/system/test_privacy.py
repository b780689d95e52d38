"""Nothing private gets to where it does not belong: canaries go in at every edge, and are looked for everywhere."""

import base64
import hashlib
import io
import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import aiosmtplib
import grpc
import pytest
import pytest_asyncio
import structlog

from services.shared.logs import set_up_logs
from services.shared.tokens import Role
from switchroom.v1 import contact_pb2, plans_pb2, plans_pb2_grpc, routing_pb2, routing_pb2_grpc, work_pb2, work_pb2_grpc
from tests.system.plans import TWO_COMPANIES
from tests.system.programs import Program
from tests.system.running import Running, bearer, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

# Every private word holds this one, in whatever case it ends up; numbers and secrets can't, and are listed.
MARK = "quilla"
PHONE, VIP_PHONE = "+4915550123987", "+4915550123001"
CHAT_TOKEN, FORM_TOKEN = secrets.token_hex(16), secrets.token_hex(16)
CHAT_ADDRESS, MAIL_ADDRESS = "chatquilla@privatchat.example", "mailquilla@privatmail.example"
VIP_ADDRESS, EXACT_ADDRESS = "vipquilla@privatvip.example", "exactquilla@privatexact.example"
ADDRESSES = (CHAT_ADDRESS, MAIL_ADDRESS, VIP_ADDRESS, EXACT_ADDRESS)
ATTACHED = hashlib.sha256(b"Contentquilla").hexdigest()
BAD_COMMANDS = (b"VRFY vrfyquilla", b"MAIL FROM:<brokenquilla", b"NONSENSEQUILLA", b"MAIL FROM:<a@b> QUILLA=1")
SAID = ("Formname", "Formtext", "Note", "Chatname", "Chattext", "Chatreply", "Mailname", "Subject", "Mailtext")
PLAN = TWO_COMPANIES.replace("[vera@customer.example]", f"[{VIP_ADDRESS}, '{VIP_PHONE}']").replace(
    "entry_points:\n",
    "entry_points:\n  - {id: one, match: {company: acme, caller: {exact: [" + EXACT_ADDRESS + "]}}, "
    "route: {queue: acme-vip}}\n",
)


@dataclass
class Aftermath:
    """What is left when everything private has happened."""

    folder: Path
    # The keys and tokens that were used.
    secrets: list[str] = field(default_factory=list)
    # What ana was told of contacts before she accepted them, and what others were told who may not see them.
    before_accept: dict[str, str] = field(default_factory=dict)
    of_others: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, str] = field(default_factory=dict)
    # What ana was told after.
    conversations: str = ""
    logs: str = ""

    def canaries_in(self, what: str | bytes) -> list[str]:
        """The private words in a text or in a file's bytes, also where somebody has encoded or plainly hashed them."""
        content = what.encode() if isinstance(what, str) else what
        found = [MARK] if MARK.encode() in content.lower() else []
        return found + [name for name, form in self._other_forms() if form in content]

    def _other_forms(self) -> Iterator[tuple[str, bytes]]:
        for word in (PHONE, VIP_PHONE, *ADDRESSES):
            for way in ("md5", "sha1", "sha256"):
                digest = hashlib.new(way, word.encode())
                yield from ((f"{way} of {word}", digest.digest()), (f"{way} of {word}", digest.hexdigest().encode()))
            yield f"base64 of {word}", base64.b64encode(word.encode()).rstrip(b"=")[:-1]
        for word in (PHONE, VIP_PHONE):
            yield word, word.removeprefix("+49").encode()
        for word in (CHAT_TOKEN, FORM_TOKEN, *self.secrets):
            yield f"secret {word[:8]}", word.encode()


@contextmanager
def logs_kept(to: io.StringIO) -> Iterator[None]:
    """All that our code and the libraries write to stdout, stderr and the logs, from debug on."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    set_up_logs(json=False, to=to, least=logging.DEBUG)
    # Loggers must not remember where this test made them write.
    structlog.configure(cache_logger_on_first_use=False)
    try:
        with redirect_stdout(to), redirect_stderr(to):
            yield
    finally:
        structlog.reset_defaults()
        root.handlers = handlers
        root.setLevel(level)


class Story:
    """Ana works on a form, a chat and a mail; everything about them is private."""

    def __init__(self, system: Running, kept: Aftermath, ana: Program) -> None:
        self._system = system
        self._kept = kept
        self._ana = ana

    async def form(self) -> str:
        contact_id = await self._system.form(
            "acme-contact", PHONE, name="Formnamequilla", message="Formtextquilla", token=FORM_TOKEN
        )
        await self._look_before_accept("form")
        assert await self._ana.take() == contact_id
        await self._ana.do(contact_id, "note", text="Notequilla")
        await self._read(contact_id, 2)
        await self._ana.do(contact_id, "complete", disposition="solved")
        return contact_id

    async def chat(self) -> str:
        hello = {"name": "Chatnamequilla", "email": CHAT_ADDRESS, "token": CHAT_TOKEN}
        async with self._system.chat("acme-chat", **hello) as visitor:
            await visitor.send(say={"id": "idquilla", "text": "Chattextquilla"})
            await visitor.send(say={"id": "1", "text": "Badquilla\0"})
            await visitor.send(nonsense="Framequilla")
            await self._look_before_accept("chat")
            contact_id = await self._ana.take()
            await self._ana.do(contact_id, "reply", text="Chatreplyquilla")
            await visitor.until("message", text="Chatreplyquilla")
            await self._read(contact_id, 2)
            await visitor.send(end={})
            await self._ana.item_when(contact_id, lambda item: item["state"] == "wrap_up")
        await self._ana.do(contact_id, "complete", disposition="solved")
        return contact_id

    async def mail(self) -> str:
        await self._send(mail_with_attachment())
        await self._look_before_accept("mail")
        contact_id = await self._ana.take()
        await self._ana.conversation(contact_id, bool)
        await self._ana.do(contact_id, "reply", text="Mailreplyquilla")
        await self._system.mailbox.next_for(MAIL_ADDRESS)
        await self._read(contact_id, 2)
        await self._system.mailbox.stop()
        await self._ana.do(contact_id, "reply", text="Latereplyquilla")
        return contact_id

    async def from_listed_callers(self) -> list[str]:
        """So that the plan's lists and its exact callers are looked up."""
        callers = (VIP_ADDRESS, VIP_PHONE, EXACT_ADDRESS)
        contacts = [await self._system.form("acme-contact", caller) for caller in callers]
        for contact_id in contacts:
            contact = await self._system.contact(contact_id, lambda it: it["queue"] != "")
            assert contact["queue"] == "acme-vip"
        return contacts

    async def defects(self, contact_id: str) -> None:
        """All that is refused may be logged, and refusals stand in router.log."""
        ana, system = self._ana, self._system
        await ana.act(contact_id, "transfer", queue="Queuequilla")
        await ana.act(contact_id, "complete", disposition="Wordquilla")
        await ana.post("/v1/presence", presence="away", reason="Reasonquilla")
        await ana.act(contact_id, "note", text="Textquilla\0", more="Fieldquilla")
        await ana.get("/v1/work/Pathquilla")
        await system.http.post(system.agents("/v1/login"), json={"key": "Keyquilla"})
        await system.http.get(system.agents("/v1/desk"), headers=bearer("Bearerquilla"))
        await system.http.get(system.reporting("/v1/live"), headers=bearer("Bearerquilla"))
        await system.http.post(system.ingest("/v1/forms/acme-contact"), json={"token": "Tokenquilla", "x": MARK})
        await system.http.post(system.ingest("/v1/forms/Pagequilla?Queryquilla"), content=b"Bodyquilla")
        await system.http.post(system.ingest("/f/acme-contact"), data={"message": "Entryquilla"})
        async with system.router(await system.token(Role.ADMIN)) as router:
            activated = await router.activate_plan(f"{PLAN}planquilla: 1\n".encode())
        assert activated.defects
        await self._bad_mails()

    async def _bad_mails(self) -> None:
        deep = b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n" * 300
        head = b"Subject: Deepquilla\r\nFrom: deepquilla@privat.example\r\n"
        await self._send_raw(head + deep, "support@acme.example")
        with suppress(aiosmtplib.SMTPException):
            await self._send_raw(b"Subject: Lostquilla\r\n\r\n", "nobodyquilla@acme.example")
        async with aiosmtplib.SMTP(
            hostname=self._system.addresses.host, port=self._system.addresses.smtp, start_tls=False
        ) as smtp:
            for command in BAD_COMMANDS:
                with suppress(aiosmtplib.SMTPException):
                    await smtp.execute_command(command)

    async def _send(self, mail: EmailMessage) -> None:
        await aiosmtplib.send(mail, hostname=self._system.addresses.host, port=self._system.addresses.smtp)

    async def _send_raw(self, mail: bytes, to: str) -> None:
        addresses = self._system.addresses
        await aiosmtplib.send(
            mail, sender="senderquilla@privat.example", recipients=[to], hostname=addresses.host, port=addresses.smtp
        )

    async def _read(self, contact_id: str, count: int) -> None:
        await self._ana.conversation(contact_id, lambda messages: len(messages) == count)
        self._kept.conversations += (await self._ana.get(f"/v1/work/{contact_id}")).text

    async def _look_before_accept(self, what: str) -> None:
        """All that the offer's agent can ask for."""
        ana, kept, system = self._ana, self._kept.before_accept, self._system
        item = await ana.next()
        contact_id, customer = item["contact_id"], item["customer"]
        kept[f"{what}: next"] = str(item)
        own = ("/v1/desk", "/desk", "/v1/me", f"/v1/customers/{customer}/contacts")
        for path in (*own, f"/v1/work/{contact_id}", f"/v1/work/{contact_id}/attachments/{ATTACHED}"):
            kept[f"{what}: {path}"] = (await ana.get(path)).text
        for act in ("note", "reply"):
            kept[f"{what}: {act}"] = (await ana.act(contact_id, act, text="too early")).text
        kept[f"{what}: events"] = await first_event(system, await system.token(Role.AGENT, agent="ana"))
        kept[f"{what}: gRPC"] = await desk_by_grpc(system, await system.token(Role.AGENT, agent="ana"))


def mail_with_attachment() -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"] = f"Mailnamequilla <{MAIL_ADDRESS}>", "support@acme.example"
    mail["Subject"], mail["Message-ID"] = "Subjectquilla", "<midquilla@privatmail.example>"
    mail["References"], mail["Content-Language"] = "<refquilla@privatmail.example>", "languagequilla"
    mail["X-Priority"] = "1 (Priorityquilla)"
    mail.set_content("Mailtextquilla")
    mail.add_alternative("<p>Htmlquilla</p>", subtype="html")
    mail.add_attachment(b"Contentquilla", maintype="application", subtype="pdf", filename="Filequilla.pdf")
    return mail


async def first_event(system: Running, token: str) -> str:
    async with system.http.stream("GET", system.agents("/desk/events"), headers=bearer(token)) as events:
        async for line in events.aiter_lines():
            if line.startswith("data:"):
                return str(line)
    raise AssertionError("no event came")


async def desk_by_grpc(system: Running, token: str) -> str:
    async with system.channel() as channel:
        metadata = (("authorization", f"Bearer {token}"),)
        stream = work_pb2_grpc.WorkStub(channel).PullWork(work_pb2.PullWorkRequest(), metadata=metadata)
        async for message in stream:
            if message.HasField("desk"):
                stream.cancel()
                return str(message)
    raise AssertionError("no desk came")


async def colleagues(system: Running) -> dict[str, str]:
    """Tokens of everybody who may not see what acme's customers say."""
    return {
        "another agent": await system.token(Role.AGENT, agent="ben"),
        "an agent of nothing": await system.token(Role.AGENT, agent="chen", companies=("globex",)),
        "the admin": await system.token(Role.ADMIN),
        "the analyst": await system.token(Role.ANALYST),
        "the other company's supervisor": await system.token(Role.SUPERVISOR, companies=("globex",)),
        "the other tenant's admin": await system.token(Role.ADMIN, tenant="other"),
        "the other tenant's supervisor": await system.token(Role.SUPERVISOR, tenant="other"),
        "nobody": "",
    }


async def ask_everybody(system: Running, kept: Aftermath, contacts: list[str]) -> None:
    item_paths = ["/v1/work/{}", f"/v1/work/{{}}/attachments/{ATTACHED}"]
    of_agents = [path.format(contact_id) for path in item_paths for contact_id in contacts]
    of_agents += ["/v1/desk", "/v1/openapi.json"]
    of_reporting = [f"/v1/contacts/{contact_id}/timeline" for contact_id in contacts] + ["/v1/live", "/v1/contacts"]
    for who, token in (await colleagues(system)).items():
        headers = bearer(token) if token else {}
        for url in [*map(system.agents, of_agents), *map(system.reporting, of_reporting)]:
            kept.of_others[f"{who}: {url}"] = (await system.http.get(url, headers=headers)).text
    for who, token in (("admin", await system.token(Role.ADMIN)), ("supervisor", await system.token(Role.SUPERVISOR))):
        kept.of_others[f"{who} by gRPC"] = await ask_by_grpc(system, token, contacts)
        for path in of_reporting:
            url = system.reporting(path)
            kept.of_others[f"{who}: {url}"] = (await system.http.get(url, headers=bearer(token))).text
    people = await system.http.get(system.agents("/v1/people"), headers=bearer(await system.token(Role.ADMIN)))
    kept.of_others["people and their keys"] = people.text.replace("Ananamequilla", "")


async def ask_by_grpc(system: Running, token: str, contacts: list[str]) -> str:
    options: dict[str, Any] = {"timeout": 10, "metadata": (("authorization", f"Bearer {token}"),)}
    async with system.channel() as channel:
        routing, plans = routing_pb2_grpc.RoutingStub(channel), plans_pb2_grpc.PlansStub(channel)
        answers = [
            str(await routing.GetContact(routing_pb2.GetContactRequest(contact_id=contact_id), **options))
            for contact_id in contacts
        ]
        caller = plans_pb2.ExplainRequest(
            company="acme",
            channel=contact_pb2.CHANNEL_EMAIL,
            direction=contact_pb2.DIRECTION_INBOUND,
            caller=EXACT_ADDRESS,
        )
        answers.append(str(await plans.Explain(caller, **options)))
        with suppress(grpc.aio.AioRpcError):
            bad = plans_pb2.ExplainRequest(company="Companyquilla", caller=EXACT_ADDRESS)
            answers.append(str(await plans.Explain(bad, **options)))
    return "\n".join(answers)


async def everything_happens(system: Running, kept: Aftermath) -> None:
    await system.activate(PLAN)
    key = await system.key(Role.AGENT, agent="ana", name="Ananamequilla")
    login = await system.http.post(system.agents("/v1/login"), json={"key": key})
    system.tokens[f"{Role.AGENT} demo () ana"] = token = login.json()["token"]
    kept.secrets += [key, token, token.rpartition(".")[2]]
    ana = await Program(system, "ana").on_duty()
    story = Story(system, kept, ana)

    contacts = [await story.form(), await story.chat(), await story.mail()]
    await ana.done("/v1/presence", presence="away")
    contacts += await story.from_listed_callers()
    await story.defects(contacts[2])
    await ask_everybody(system, kept, contacts)
    for name, url in {
        "agents": system.agents("/metrics"),
        "ingest": system.ingest("/metrics"),
        "reporting": system.reporting("/metrics"),
        "router": system.addresses.url(system.addresses.router_http) + "/metrics",
    }.items():
        kept.metrics[name] = (await system.http.get(url)).text


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def aftermath(tmp_path_factory: pytest.TempPathFactory) -> Aftermath:
    kept = Aftermath(tmp_path_factory.mktemp("privacy") / "data")
    written = io.StringIO()
    with logs_kept(written):
        async with running(kept.folder) as system:
            await everything_happens(system, kept)
    kept.logs = written.getvalue()
    return kept


def bytes_of(folder: Path, names: str) -> bytes:
    files = sorted(path for path in folder.rglob(names) if path.is_file())
    assert files, "there is nothing to look at"
    return b"\n".join(file.read_bytes() for file in files)


async def test_the_canaries_were_there_to_be_found(aftermath: Aftermath) -> None:
    said = aftermath.conversations.lower()
    for word in SAID:
        assert f"{word.lower()}{MARK}" in said
    assert f"File{MARK}.pdf" in aftermath.conversations
    assert PHONE in aftermath.conversations
    inbound = bytes_of(aftermath.folder, "contacts-inbound.sqlite*")
    assert PHONE[3:].encode() in inbound
    assert MAIL_ADDRESS.encode() in inbound
    assert aftermath.canaries_in(inbound)
    assert aftermath.canaries_in(hashlib.sha256(VIP_PHONE.encode()).hexdigest())
    assert aftermath.canaries_in(base64.b64encode(VIP_ADDRESS.encode()))


async def test_nothing_private_is_in_router_log(aftermath: Aftermath) -> None:
    log = bytes_of(aftermath.folder, "router-log.sqlite*")
    assert b"list:vip" in log
    assert aftermath.canaries_in(log) == []


async def test_nothing_private_is_in_the_logs(aftermath: Aftermath) -> None:
    assert "owns_partition" in aftermath.logs
    assert "could not be sent yet" in aftermath.logs
    assert aftermath.canaries_in(aftermath.logs) == []


async def test_nothing_private_is_in_the_metrics(aftermath: Aftermath) -> None:
    assert len(aftermath.metrics) == 4
    for service, page in aftermath.metrics.items():
        assert "# HELP" in page, service
        assert aftermath.canaries_in(page) == [], service


async def test_nothing_private_is_on_the_desk_before_the_accept(aftermath: Aftermath) -> None:
    assert len(aftermath.before_accept) > 20
    for where, answer in aftermath.before_accept.items():
        # Her own name is no secret to her.
        assert aftermath.canaries_in(answer.replace("Ananamequilla", "")) == [], where


async def test_nothing_private_is_told_to_those_who_may_not_see_it(aftermath: Aftermath) -> None:
    assert len(aftermath.of_others) > 100
    for where, answer in aftermath.of_others.items():
        assert aftermath.canaries_in(answer) == [], where


async def test_the_callers_of_the_plan_are_in_no_store_but_as_keyed_hashes(aftermath: Aftermath) -> None:
    blobs = bytes_of(aftermath.folder / "blobs", "*")
    assert b"vip" in blobs
    for caller in (b"vipquilla", VIP_PHONE[3:].encode(), b"exactquilla"):
        assert caller not in blobs.lower()
    for digest in (hashlib.sha256(VIP_PHONE.encode()), hashlib.sha256(EXACT_ADDRESS.encode())):
        assert digest.hexdigest().encode() not in blobs
        assert digest.digest() not in blobs


async def test_keys_and_tokens_are_kept_nowhere(aftermath: Aftermath) -> None:
    everything = bytes_of(aftermath.folder, "*.sqlite*")
    for secret in aftermath.secrets:
        assert secret.encode() not in everything
