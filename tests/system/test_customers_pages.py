"""A demonstration's telephone and mailbox: their pages, and that what is done there reaches the contact centre."""

from pathlib import Path

import httpx2

from services.cli.carrier.subscription import subscription_of
from services.cli.data_folder import DataFolder
from services.cli.demonstration.stage import MAILBOXES, NUMBERS_TO_CALL, NUMBERS_TO_TEXT, stage
from services.plan.compiled import Channel
from services.plan.load import load_plan
from tests.simulated_carrier import Phone
from tests.system.running import running

ROOT = Path(__file__).parents[2]
PLAN = ROOT / "services" / "plan" / "demonstration.yaml"
VISITOR = "+491713920001"


async def test_a_call_is_answered_by_the_plans_menu_and_a_mail_is_taken(tmp_path: Path) -> None:
    async with running(tmp_path / "data", stage(), carrier=True) as system:
        # given
        await system.activate(PLAN.read_text())
        url = f"http://127.0.0.1:{system.addresses.carrier}"
        key = subscription_of(DataFolder(tmp_path / "data")).control_key
        async with httpx2.AsyncClient(timeout=60, base_url=url, headers={"Authorization": f"Bearer {key}"}) as http:
            # when
            await Phone(VISITOR, http).does("call", to=NUMBERS_TO_CALL[0].address)
            await Phone(VISITOR, http).hears("Acme Parts")
            mail = {"to": MAILBOXES[0].address, "subject": "Screws", "text": "None."}
            sent = await http.post("/mail/kim@customer.example", json=mail)
            nowhere = await http.post("/mail/kim@customer.example", json=mail | {"to": "nobody@acme.example"})
        # then
        assert sent.status_code == 200
        assert nowhere.status_code == 502
        async with httpx2.AsyncClient(timeout=60, base_url=url) as browser:
            for page, offered in (("/phone", NUMBERS_TO_CALL + NUMBERS_TO_TEXT), ("/mailbox", MAILBOXES)):
                shown = await browser.get(page)
                assert shown.status_code == 200
                assert all(one.address in shown.text for one in offered)


def test_whatever_the_pages_offer_is_in_the_plan() -> None:
    plan = load_plan(PLAN.read_bytes(), 1_790_000_000_000, b"a key of a test").plan
    known = {(address.channel, address.address) for company in plan.companies for address in company.addresses}
    for channel, offered in (
        (Channel.VOICE, NUMBERS_TO_CALL),
        (Channel.SMS, NUMBERS_TO_TEXT),
        (Channel.EMAIL, MAILBOXES),
    ):
        assert {(channel, one.address) for one in offered} <= known
