import asyncio
import smtplib
from pathlib import Path

import pytest

from services.ingest.addresses import Addresses
from services.ingest.envelopes import Arrived, Changed
from services.ingest.mail.inbox import Inbox
from services.ingest.origins import Origins
from services.ingest.rate_limit import RateLimit
from services.ingest.visitors import TurnedAway, Visitors
from services.plan.compiled import Channel
from services.shared.serve import HttpPart
from tests.fakes.manual_clock import ManualClock
from tests.unit.ingest.web.house import House, opened

MAIL = "From: Ada <ada@engines.example>\r\nSubject: Help\r\nMessage-ID: <1@engines.example>\r\n\r\nIt stopped.\r\n"


async def test_a_mail_to_a_mailbox_of_the_plan_comes_in_and_is_read(house: House) -> None:
    def send(recipient: str) -> None:
        with smtplib.SMTP("127.0.0.1", house.part(Inbox).port, timeout=10) as server:
            server.sendmail("ada@engines.example", [recipient], MAIL)

    await asyncio.to_thread(send, "Support@ACME.example")
    arrived, read = await house.envelopes_when(2)
    assert (arrived.tenant, arrived.company) == ("demo", "acme")
    assert isinstance(arrived.what, Arrived)
    assert arrived.what.dialed == "support@acme.example"
    assert isinstance(read.what, Changed)
    assert read.what.message
    assert read.what.message.text.strip() == "It stopped."
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        await asyncio.to_thread(send, "nobody@acme.example")


async def test_a_taken_port_is_passed_over_when_that_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    async with (
        opened(tmp_path / "one") as one,
        opened(tmp_path / "two", http_port=one.port, next_free_port=True) as two,
    ):
        assert two.part(HttpPart).port > one.port


def test_before_the_log_was_read_a_page_is_not_unknown_but_not_known_yet() -> None:
    clock = ManualClock()
    limit = RateLimit(clock, 1)
    starting: list[str | None] = ["router.log is still being read"]
    visitors = Visitors(Addresses(), Origins("", ()), limit, limit, lambda: starting[-1])
    with pytest.raises(TurnedAway) as away:
        visitors.place(Channel.WEB_FORM, "acme-contact")
    assert away.value.status == 503
    assert int(away.value.headers["retry-after"]) > 0
    starting.append(None)
    with pytest.raises(TurnedAway) as away:
        visitors.place(Channel.WEB_FORM, "acme-contact")
    assert away.value.status == 404
