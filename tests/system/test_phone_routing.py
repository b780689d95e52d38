"""Where a call goes, by each thing that the rules can see, through the carrier and its webhooks (mission R1, R2)."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from services.cli.carrier.subscription import subscription_of
from services.cli.data_folder import DataFolder
from services.cli.demonstration.telephone import Telephone, last_line, said_by
from tests.system.plans import CALLER, FRENCH_NUMBER, NUMBER, OTHER_NUMBER, PHONES, with_rule
from tests.system.running import Running, running
from tests.system.test_routing_rules import ALWAYS, another_day


@pytest.fixture
async def phones(tmp_path: Path) -> AsyncIterator[Running]:
    async with running(tmp_path / "data", carrier=True) as started:
        yield started


@pytest.fixture
def control_key(tmp_path: Path, phones: Running) -> str:
    assert phones.addresses.carrier
    return subscription_of(DataFolder(tmp_path / "data")).control_key


class Line:
    """The telephone of one customer, and where their calls land."""

    def __init__(self, phones: Running, key: str, number: str = CALLER) -> None:
        self._phones = phones
        self._phone = Telephone(number, phones.addresses.url(phones.addresses.carrier), key, phones.http)

    async def queue(self, dialed: str, keys: str = "") -> str:
        """Call, press the keys, hang up; the queue that the contact was put into."""
        before = {contact["contact_id"] for contact in await self._phones.contacts(lambda _: True)}
        began = last_line(await self._phone.screen())
        await self._phone.does("call", to=dialed)
        for heard, key in enumerate(keys, start=1):
            await self._phone.shows(lambda screen, heard=heard: len(said_by("carrier", screen, began)) >= heard)  # type: ignore[misc]  # mypy can't infer a lambda with a default
            await self._phone.does("keys", keys=key)

        def queued(contacts: list[dict[str, Any]]) -> bool:
            return any(each["contact_id"] not in before and each["queue"] for each in contacts)

        found = [each for each in await self._phones.contacts(queued) if each["contact_id"] not in before]
        await self._phone.does("hang-up")
        assert [(each["channel"], each["dialed"]) for each in found] == [("voice", dialed)]
        queue: str = found[0]["queue"]
        return queue


async def test_the_same_caller_goes_to_another_queue_by_the_number_dialed(phones: Running, control_key: str) -> None:
    await phones.activate(PHONES)
    line = Line(phones, control_key)

    assert await line.queue(NUMBER, "0") == "support"
    assert await line.queue(OTHER_NUMBER) == "direct"


async def test_the_same_caller_goes_to_another_queue_by_what_they_press(phones: Running, control_key: str) -> None:
    await phones.activate(PHONES)
    line = Line(phones, control_key)

    assert await line.queue(NUMBER, "0") == "support"
    assert await line.queue(NUMBER, "1") == "billing"


async def test_the_same_caller_goes_to_another_queue_by_language_of_number_or_key(
    phones: Running, control_key: str
) -> None:
    await phones.activate(PHONES)
    line = Line(phones, control_key)

    assert await line.queue(NUMBER, "2") == "hindi"
    assert await line.queue(FRENCH_NUMBER) == "french"


async def test_a_caller_goes_to_another_queue_once_they_are_on_a_list(phones: Running, control_key: str) -> None:
    line = Line(phones, control_key)
    await phones.activate(PHONES)
    assert await line.queue(NUMBER, "0") == "support"

    await phones.activate(PHONES.replace("+442079460777", CALLER))

    assert await line.queue(NUMBER, "0") == "vip"


async def test_callers_go_to_another_queue_by_their_country(phones: Running, control_key: str) -> None:
    await phones.activate(with_rule("{id: india, match: {caller: {country: in}}, route: {queue: india}}"))

    assert await Line(phones, control_key).queue(NUMBER, "0") == "india"
    assert await Line(phones, control_key, "+4915112345678").queue(NUMBER, "0") == "support"


async def test_the_same_caller_goes_to_another_queue_by_the_hour(phones: Running, control_key: str) -> None:
    line = Line(phones, control_key)
    rule = '{id: open, match: {dialed: "+442079460110", hours: desk, state: open}, route: {queue: billing}}'

    await phones.activate(with_rule(rule, ALWAYS))
    while_open = await line.queue(OTHER_NUMBER)
    await phones.activate(with_rule(rule, another_day()))
    while_closed = await line.queue(OTHER_NUMBER)

    assert (while_open, while_closed) == ("billing", "direct")
