"""Customers who write again and again by three edges of ingest, and what each of them was answered."""

import asyncio
import itertools
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage

import aiosmtplib
import httpx2

from services.ingest.sms.incoming import contact_of
from tests.fakes.twilio_requests import sms
from tests.integration.cluster import HOST, Cluster
from tests.integration.ending import end

TENANT = "demo"
PAGE, NUMBER, MAILBOX = "acme-contact", "+442079460100", "support@acme.example"
EVERY_S = 2.0
# Longer than any edge may take to answer.
PATIENCE_S = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    """`status`: 0 when there was no answer. `again`: whether the sender was told to come again later."""

    edge: str
    began_s: float
    ended_s: float
    status: int
    again: bool
    contact_id: str = ""

    @property
    def taken(self) -> bool:
        """Whether the edge has acknowledged it."""
        return 200 <= self.status < 300


class Senders:
    """`answers` in the order in which they came; times are the event loop's, in seconds."""

    def __init__(self, cluster: Cluster, every_s: float) -> None:
        self.answers: list[Answer] = []
        self._cluster = cluster
        self._every_s = every_s
        self._ids_key = bytes.fromhex(cluster.environment["SWITCHROOM_INGEST_IDS_KEY"])
        self._numbers = itertools.count(1)
        self._http = httpx2.AsyncClient(timeout=PATIENCE_S)
        self._came = asyncio.Event()

    def taken(self, edge: str = "", since_s: float = 0.0) -> list[Answer]:
        """What was acknowledged of what was begun since then."""
        return [each for each in self.answers if each.taken and each.began_s >= since_s and edge in ("", each.edge)]

    def during(self, from_s: float, to_s: float) -> list[Answer]:
        """What was answered of what was sent within that time and answered within it."""
        return [each for each in self.answers if each.began_s >= from_s and each.ended_s <= to_s]

    async def until_taken(self, count: int, since_s: float = 0.0) -> None:
        """Wait until each edge has acknowledged so many."""
        while any(len(self.taken(edge, since_s)) < count for edge in EDGES):
            self._came.clear()
            await self._came.wait()

    async def send(self, edge: str) -> None:
        """Until cancelled."""
        ways: dict[str, Callable[[], Awaitable[tuple[int, bool, str]]]] = {
            "form": self._form,
            "sms": self._sms,
            "mail": self._mail,
        }
        loop = asyncio.get_running_loop()
        while True:
            began_s = loop.time()
            status, again, contact_id = await ways[edge]()
            self.answers.append(Answer(edge, began_s, loop.time(), status, again, contact_id))
            self._came.set()
            await asyncio.sleep(self._every_s)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _form(self) -> tuple[int, bool, str]:
        entry = {"token": secrets.token_hex(16), "message": "Hello", "email_or_phone": "ivy@customer.example"}
        answer = await self._posted(self._http.post(self._cluster.url("ingest", f"/v1/forms/{PAGE}"), json=entry))
        if answer is None:
            return 0, False, ""
        return answer.status_code, _later(answer), answer.json()["contact_id"] if answer.is_success else ""

    async def _sms(self) -> tuple[int, bool, str]:
        environment, sid = self._cluster.environment, f"SM{secrets.token_hex(16)}"
        account, token = (environment[f"SWITCHROOM_INGEST_TWILIO_{name}"] for name in ("ACCOUNT_SID", "AUTH_TOKEN"))
        url, sender = self._cluster.url("ingest", "/twilio/sms"), f"+4420794{next(self._numbers) + 10_000:05}"
        ids = {"MessageSid": sid, "SmsMessageSid": sid, "SmsSid": sid, "AccountSid": account}
        request = sms(url, **ids, From=sender, To=NUMBER)
        request = type(request)(request.url, request.pairs, token)
        answer = await self._posted(request.send(self._http))
        return (0, False, "") if answer is None else (answer.status_code, _later(answer), self._contact(sid))

    async def _mail(self) -> tuple[int, bool, str]:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "kim@customer.example", MAILBOX, "A question"
        mail["Message-ID"] = f"<{secrets.token_hex(8)}@customer.example>"
        mail.set_content("Hello")
        try:
            await aiosmtplib.send(mail, hostname=HOST, port=self._cluster.ports["smtp"], timeout=PATIENCE_S)
        except aiosmtplib.SMTPRecipientsRefused as refused:
            codes = {each.code for each in refused.recipients}
            return min(codes), codes == {451}, ""
        except aiosmtplib.SMTPResponseException as refused:
            return refused.code, refused.code == 451, ""
        except (aiosmtplib.SMTPException, OSError):
            return 0, False, ""
        return 250, False, ""

    def _contact(self, sid: str) -> str:
        return contact_of(self._ids_key, TENANT, sid)

    @staticmethod
    async def _posted(posting: Awaitable[httpx2.Response]) -> httpx2.Response | None:
        with suppress(httpx2.HTTPError):
            return await posting
        return None


EDGES = ("form", "sms", "mail")


def _later(answer: httpx2.Response) -> bool:
    return answer.status_code == 503 and answer.headers.get("retry-after", "").isdigit()


@asynccontextmanager
async def sending(cluster: Cluster, every_s: float = EVERY_S) -> AsyncIterator[Senders]:
    """They write meanwhile, one by each edge so often."""
    senders = Senders(cluster, every_s)
    tasks = [asyncio.create_task(senders.send(edge)) for edge in EDGES]
    try:
        yield senders
    finally:
        await end(tasks)
        await senders.close()
