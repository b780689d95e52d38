"""What a caller leaves after the tone is work for an agent: routed, offered, read, completed."""

from pathlib import Path

from tests.system.telephones import ANAS, CUSTOMER, with_telephones

LINE = "+442079460110"
PLAN = """
format: 1
tenant: demo
time_zone: Europe/Berlin
companies:
  - id: acme
    name: Acme Parts
    addresses: [{channel: voice, address: +44 20 7946 0110, language: en}]
    dispositions: [{id: solved, name: Solved}]
queues:
  - {id: support, company: acme}
  - {id: messages, company: acme}
entry_points:
  - {id: left, match: {company: acme, channel: voicemail}, route: {queue: messages}}
default:
  queue: support
  steps: [{nobody_on_duty: yes, voicemail: yes}]
agents:
  - {id: ana, companies: acme}
"""


async def test_what_was_left_after_the_tone_is_an_agents_work(tmp_path: Path) -> None:
    async with with_telephones(tmp_path / "data", PLAN) as telephones:
        customer, system = telephones.phone(CUSTOMER), telephones.system
        await customer.does("call", to=LINE)
        await customer.hears("Please leave a message after the tone.")
        await customer.hears("(tone)")
        await customer.does("say", text="My pump has stopped.")
        await customer.does("hang-up")
        both = await system.contacts(
            lambda found: len(found) >= 2 and any(each["queue"] == "messages" for each in found)
        )
        ids = {contact["channel"]: contact["contact_id"] for contact in both}
        assert (await system.contact(ids["voice"], lambda it: it["outcome"] is not None))["outcome"] == "diverted"

        await telephones.on_duty("ana", ANAS)
        assert await telephones.accepts("ana") == ids["voicemail"]
        shown = await telephones.reads("ana", ids["voicemail"], lambda it: it["messages"])
        assert (shown["contact"]["caller"], shown["contact"]["previous_contact_id"]) == (CUSTOMER, ids["voice"])
        assert "Voicemail of" in shown["messages"][0]["text"]
        assert (await telephones.phone(ANAS).screen())["state"] == "idle", "nobody is called"
        await telephones.completes("ana", ids["voicemail"])
        await system.contact(ids["voicemail"], lambda it: it["outcome"] == "completed")
