"""A fax and a letter through the whole system: from the folder to the disposition, and what may be known of them."""

import json
import logging
from pathlib import Path

import pytest

from tests.fakes.documents import a_fax, a_letter
from tests.system.plans import TWO_COMPANIES
from tests.system.programs import Program
from tests.system.running import Running, running

FAX, POST = "+4989123450", "acme-post"
SENDER, REFERENCE = "+4915550123987", "Secret reference"
PLAN = TWO_COMPANIES.replace(
    "      - {channel: web_form, address: acme-contact}\n",
    "      - {channel: web_form, address: acme-contact}\n"
    f'      - {{channel: fax, address: "{FAX}"}}\n'
    f"      - {{channel: letter, address: {POST}, language: de}}\n",
)


def put(data: Path, place: str, name: str, content: bytes, **slip: object) -> None:
    folder = data / "documents" / place
    folder.mkdir(parents=True, exist_ok=True)
    for named, written in ((f"{name}.json", json.dumps(slip | {"complete": True}).encode()), (name, content)):
        (folder / ".part").write_bytes(written)
        (folder / ".part").rename(folder / named)


def router_log(data: Path) -> bytes:
    return b"".join(path.read_bytes() for path in data.glob("router-log*"))


async def work_off(system: Running, agent: Program) -> tuple[dict[str, object], list[bytes]]:
    """Accept what is offered, look at its pages and end it; the contact as reporting has it, and the pages."""
    item = await agent.next()
    await agent.do(item["contact_id"], "accept", offer_id=item["offer_id"])
    url, shown = f"/v1/work/{item['contact_id']}", None
    while not shown or len(shown["messages"][0]["attachments"]) < 3:
        shown = (await agent.get(url)).json()
        shown = shown if shown["messages"] else None
    attached = shown["messages"][0]["attachments"]
    pages = [await agent.get(f"{url}/pages/{one['blob']}") for one in attached if one["media_type"] == "image/png"]
    assert {page.status_code for page in pages} == {200}
    await agent.do(item["contact_id"], "complete", disposition="solved")
    ended = await system.contact(item["contact_id"], lambda contact: contact["stage"] == "ended")
    return ended, [page.content for page in pages]


async def test_a_fax_and_a_letter_are_routed_shown_and_completed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    async with running(tmp_path) as system:
        await system.activate(PLAN)
        ana = await Program(system, "ana", ("acme", "globex")).on_duty()

        put(tmp_path, f"fax/{FAX}", "1.tif", a_fax("one", "two"), sender=SENDER, reference=REFERENCE)
        fax, pages = await work_off(system, ana)
        assert (fax["channel"], fax["queue"], fax["outcome"]) == ("fax", "acme-support", "completed")
        assert all(page.startswith(b"\x89PNG") for page in pages)
        assert len(pages) == 2

        # The letter's address says its language, by which the plan routes it.
        put(tmp_path, f"letter/{POST}", f"{SENDER}__2.pdf", a_letter("one", "two"))
        letter, pages = await work_off(system, ana)
        assert (letter["channel"], letter["queue"], letter["outcome"]) == ("letter", "acme-german", "completed")
        assert len(pages) == 2
        assert len(list((tmp_path / "documents" / "done").rglob("*.*"))) == 4

    said = caplog.text + "".join(capfd.readouterr())
    decided = router_log(tmp_path)
    for private in (SENDER, REFERENCE):
        assert private not in said
        assert private.encode() not in decided
