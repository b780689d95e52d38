"""Reading contacts: history, attachments, and what happens while a store is away."""

from services.agents.documents import CONTACTS
from services.shared.tokens import Role
from switchroom.v1 import contact_pb2, events_pb2, inbound_pb2
from switchroom.v1.contact_pb2 import CHANNEL_EMAIL
from tests.unit.agents.bench import Bench, RouterLog, until_it


async def with_history(bench: Bench) -> None:
    """Customer k1 has an ended contact with south, and c1 with north."""
    log = RouterLog(bench.connections.router_log)
    await log.claim()
    for contact_id, company in (("c0", "south"), ("c1", "north")):
        accepted = events_pb2.ContactAccepted(
            contact_id=contact_id,
            company=company,
            channel=CHANNEL_EMAIL,
            direction=contact_pb2.DIRECTION_INBOUND,
            customer="k1",
        )
        await log.decide(events_pb2.Event(contact_accepted=accepted))
    outcome = events_pb2.CONTACT_OUTCOME_COMPLETED
    ended = events_pb2.ContactEnded(contact_id="c0", outcome=outcome, agent="ben", disposition="solved")
    await log.decide(events_pb2.Event(contact_ended=ended), at_ms=9)

    async def filed() -> bool:
        found = await bench.connections.documents.get(CONTACTS, "acme/c0")
        return found is not None and "outcome" in found

    await until_it(filed)


async def test_an_agent_sees_the_history_of_the_customer_they_are_talking_to(bench: Bench) -> None:
    await with_history(bench)
    async with bench.program("ana") as ana:
        await bench.accepted_mail(ana, "ana", "c1", customer="k1")
        history = (await ana.get("/v1/customers/k1/contacts")).json()["contacts"]
        assert {contact["contact_id"] for contact in history} == {"c0", "c1"}
        assert (await ana.get("/v1/customers/k2/contacts")).status_code == 404


async def test_history_of_another_company_is_not_there(bench: Bench) -> None:
    await with_history(bench)
    async with (
        bench.program("ana", companies=("north",)) as ana,
        bench.program("", Role.SUPERVISOR, ("south",)) as south,
        bench.program("", Role.SUPERVISOR, ("east",)) as east,
        bench.program("", Role.SUPERVISOR, tenant="other") as stranger,
    ):
        await bench.accepted_mail(ana, "ana", "c1", customer="k1")
        for client, seen in ((ana, ["c1"]), (south, ["c0"])):
            history = (await client.get("/v1/customers/k1/contacts")).json()["contacts"]
            assert [contact["contact_id"] for contact in history] == seen
        assert (await east.get("/v1/customers/k1/contacts")).status_code == 404
        assert (await stranger.get("/v1/customers/k1/contacts")).status_code == 404


async def test_an_attachment_is_saved_under_a_harmless_name_by_who_has_the_contact(bench: Bench) -> None:
    blob = await bench.connections.blobs.put(b"<script>alert(1)</script>")
    other = await bench.connections.blobs.put(b"of somebody else")
    attachment = inbound_pb2.Attachment(name='a"\r\nX: y/../é.html', media_type="text/html", size_bytes=25, blob=blob)
    message = inbound_pb2.Message(text="see there", attachments=[attachment])
    async with bench.program("ana") as ana, bench.program("ben") as ben:
        await bench.accepted_mail(ana, "ana", "c1")
        await bench.hear(event_id="e2", contact_id="c1", message_added=inbound_pb2.MessageAdded(message=message))

        async def filed() -> bool:
            return (await ana.get(f"/v1/work/c1/attachments/{blob}")).status_code == 200

        await until_it(filed)
        saved = await ana.get(f"/v1/work/c1/attachments/{blob}")
        assert saved.content == b"<script>alert(1)</script>"
        assert saved.headers["Content-Type"] == "application/octet-stream"
        assert saved.headers["Content-Disposition"] == 'attachment; filename="a_X_y_.._.html"'
        assert (await ana.get(f"/v1/work/c1/attachments/{other}")).status_code == 404
        assert (await ben.get(f"/v1/work/c1/attachments/{blob}")).status_code == 404


async def test_an_attachment_that_is_gone_from_the_store_is_not_there(bench: Bench) -> None:
    attachment = inbound_pb2.Attachment(name="a", blob="a" * 64)
    message = inbound_pb2.Message(text="see there", attachments=[attachment])
    async with bench.program("", Role.SUPERVISOR) as supervisor:
        await bench.mail_arrives("c1")
        await bench.hear(event_id="e2", contact_id="c1", message_added=inbound_pb2.MessageAdded(message=message))

        async def filed() -> bool:
            shown = await supervisor.get("/v1/work/c1")
            return shown.status_code == 200 and len(shown.json()["messages"]) == 2

        await until_it(filed)
        assert (await supervisor.get(f"/v1/work/c1/attachments/{'a' * 64}")).status_code == 404
