"""The pages of faxes and letters: shown to who has the contact, and nothing else is ever shown by the browser."""

from collections.abc import Sequence
from typing import TypeAlias

import httpx2
import pytest

from services.shared.tokens import Role
from switchroom.v1 import inbound_pb2
from switchroom.v1.contact_pb2 import CHANNEL_EMAIL, CHANNEL_FAX, CHANNEL_LETTER
from switchroom.v1.contact_pb2 import Channel as ChannelValues
from tests.unit.agents.bench import Bench, until_it

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
Channel: TypeAlias = ChannelValues.ValueType
Attached = Sequence[tuple[str, str, bytes]]


async def document(
    bench: Bench, agent: str, client: httpx2.AsyncClient, channel: Channel, files: Attached
) -> list[str]:
    """Contact c1 of that channel with these files, accepted by the agent; the blobs."""
    blobs = [await bench.connections.blobs.put(content) for _, _, content in files]
    attachments = [
        inbound_pb2.Attachment(name=name, media_type=media_type, size_bytes=len(content), blob=blob)
        for (name, media_type, content), blob in zip(files, blobs, strict=True)
    ]
    message = inbound_pb2.Message(attachments=attachments[:1], raw_blob=blobs[0])
    arrived = inbound_pb2.ContactArrived(channel=channel, dialed="+4989123", caller="+4930111", message=message)
    await bench.hear(event_id="e1", contact_id="c1", contact_arrived=arrived)
    message = inbound_pb2.Message(attachments=attachments, raw_blob=blobs[0])
    changed = inbound_pb2.ContactChanged(ready=True, message=message)
    await bench.hear(event_id="e2", contact_id="c1", contact_changed=changed)
    bench.router.offer(agent, "c1", channel=channel)
    await client.post("/v1/next")
    assert (await client.post("/v1/work/c1/accept")).status_code == 200

    async def filed() -> bool:
        messages = (await client.get("/v1/work/c1")).json()["messages"]
        return bool(messages) and len(messages[0]["attachments"]) == len(files)

    await until_it(filed)
    return blobs


FILES: Attached = [("fax.tif", "image/tiff", b"II*\0"), ("page-1.png", "image/png", PNG)]


@pytest.mark.parametrize("channel", [CHANNEL_FAX, CHANNEL_LETTER])
async def test_a_page_is_shown_as_a_picture_and_the_original_is_only_saved(bench: Bench, channel: Channel) -> None:
    async with bench.program("ana") as ana:
        original, page = await document(bench, "ana", ana, channel, FILES)
        shown = await ana.get(f"/v1/work/c1/pages/{page}")
        assert (shown.status_code, shown.content) == (200, PNG)
        assert shown.headers["Content-Type"] == "image/png"
        assert shown.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in shown.headers["Content-Security-Policy"]
        assert shown.headers["Content-Disposition"] == 'inline; filename="page.png"'
        assert shown.headers["Cache-Control"] == "no-store"
        assert (await ana.get(f"/v1/work/c1/pages/{original}")).status_code == 404
        saved = await ana.get(f"/v1/work/c1/attachments/{original}")
        assert saved.headers["Content-Type"] == "application/octet-stream"
        assert saved.headers["Content-Disposition"] == 'attachment; filename="fax.tif"'


async def test_a_picture_that_came_with_a_mail_is_not_shown(bench: Bench) -> None:
    async with bench.program("ana") as ana:
        _, page = await document(bench, "ana", ana, CHANNEL_EMAIL, FILES)
        assert (await ana.get(f"/v1/work/c1/pages/{page}")).status_code == 404
        assert (await ana.get(f"/v1/work/c1/attachments/{page}")).status_code == 200


async def test_what_only_says_that_it_is_a_picture_is_not_shown(bench: Bench) -> None:
    html = b"<script>alert(1)</script>"
    async with bench.program("ana") as ana:
        _, page = await document(bench, "ana", ana, CHANNEL_FAX, [*FILES[:1], ("page-1.png", "image/png", html)])
        assert (await ana.get(f"/v1/work/c1/pages/{page}")).status_code == 404


async def test_a_page_is_there_for_who_has_the_contact_and_for_nobody_else(bench: Bench) -> None:
    other = await bench.connections.blobs.put(PNG + b"of somebody else")
    async with (
        bench.program("ana") as ana,
        bench.program("ben") as ben,
        bench.program("", Role.SUPERVISOR, ("north",)) as supervisor,
        bench.program("", Role.SUPERVISOR, ("south",)) as stranger,
        bench.program("", Role.SUPERVISOR, tenant="other") as other_tenant,
    ):
        _, page = await document(bench, "ana", ana, CHANNEL_FAX, FILES)
        path = f"/v1/work/c1/pages/{page}"
        seen = [(await client.get(path)).status_code for client in (ana, supervisor, ben, stranger, other_tenant)]
        assert seen == [200, 200, 404, 404, 404]
        assert (await ana.get(f"/v1/work/c1/pages/{other}")).status_code == 404
        assert (await ana.get(f"/v1/work/c1/pages/{'a' * 64}")).status_code == 404
        assert (await ana.get("/v1/work/c1/pages/..%2f..%2fetc")).status_code in (400, 404)


async def test_a_document_takes_no_written_answer(bench: Bench) -> None:
    async with bench.program("ana") as ana:
        await document(bench, "ana", ana, CHANNEL_FAX, FILES)
        answer = await ana.post("/v1/work/c1/reply", json={"text": "Thank you."})
        assert answer.status_code in (400, 409)
        assert "takes no written answers" in answer.text
