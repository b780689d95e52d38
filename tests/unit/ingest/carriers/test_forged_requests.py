from pathlib import Path

import pytest

from services.ingest.envelopes import Arrived
from tests.fakes.twilio_requests import sms
from tests.unit.ingest.carriers.forged_requests import FORGED, Forged
from tests.unit.ingest.carriers.layouts import LAYOUTS, Layout, layout
from tests.unit.ingest.web.house import records


async def status_of(forged: Forged, at: Layout) -> int:
    answer = await forged.request.send(at.client, forged.to or None)
    assert "Traceback" not in answer.text
    return answer.status_code


@pytest.mark.parametrize("name", LAYOUTS)
async def test_no_forged_altered_or_truncated_request_is_taken(name: str, tmp_path: Path) -> None:
    assert len(FORGED) >= 60
    async with layout(name, tmp_path) as at:
        made = {defect: make(at.url) for defect, make in FORGED.items()}
        statuses = {defect: await status_of(forged, at) for defect, forged in made.items()}
        assert statuses == {defect: forged.status for defect, forged in made.items()}
        assert await records(at.house.inbound) == []
        genuine = await sms(f"{at.url}/sms").send(at.client)
        assert (genuine.status_code, genuine.headers["content-type"]) == (200, "application/xml")
        (envelope,) = await at.house.envelopes()
        assert isinstance(envelope.what, Arrived)


async def test_a_refusal_is_one_plain_sentence_that_does_not_repeat_what_was_sent(tmp_path: Path) -> None:
    async with layout("no proxy", tmp_path) as at:
        forged = FORGED["the text was altered"](at.url)
        answer = await forged.request.send(at.client)
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert answer.text == (
            "The request was not taken: its signature is missing or does not fit its content and the public URL.\n"
        )
