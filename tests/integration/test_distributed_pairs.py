"""Two of ingest and two of agents at once: the demonstration as it is with one of each, and nothing is done twice."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from email import message_from_bytes
from pathlib import Path
from typing import Any

import httpx2
import pytest

from services.cli.demonstration.story import VISITS
from tests.integration.cluster import Cluster
from tests.integration.doubled import BOTH, PORTS, Doubled, doubled
from tests.integration.played import Played, begin
from tests.integration.topics import until_all_ended
from tests.system.test_demo import CHANNELS

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

AWAY_S = 3.0
ENDED_WITHIN_S = 120.0
ROWS_MAX = 1_000


@pytest.fixture
async def pairs(tmp_path: Path) -> AsyncIterator[Doubled]:
    async with doubled(tmp_path) as started:
        yield started


async def at_the_carrier(cluster: Cluster, kind: str) -> list[dict[str, Any]]:
    """What the carrier has of Calls or Messages."""
    account, token = (cluster.environment[f"SWITCHROOM_CARRIER_{name}"] for name in ("ACCOUNT_SID", "AUTH_TOKEN"))
    url = cluster.url("carrier", f"/2010-04-01/Accounts/{account}/{kind}.json?PageSize={ROWS_MAX}")
    async with httpx2.AsyncClient() as http:
        answer = await http.get(url, auth=(account, token))
    rows: list[dict[str, Any]] = answer.raise_for_status().json()[kind.lower()]
    return rows


def sent_mails(pairs: Doubled) -> Counter[str]:
    """How often each mail was handed to the relay, by its Message-ID."""
    lines = pairs.mails.splitlines()
    found = (line for line in lines if line.lower().startswith(b"message-id:"))
    return Counter(message_from_bytes(line)["Message-ID"].strip() for line in found)


async def everything_was_answered_once(pairs: Doubled, played: Played) -> None:
    status = await played.end()

    assert status == 0, played.words
    assert len(played.told) == len(VISITS)
    assert {each["outcome"] for each in played.told} == {"completed"}
    assert {each["channel"] for each in played.told} == CHANNELS
    found = await until_all_ended(pairs.cluster, ENDED_WITHIN_S)
    found.nothing_lost_nothing_twice()


async def test_two_of_ingest_and_agents_answer_every_contact_of_the_demonstration_once(pairs: Doubled) -> None:
    played = await begin(pairs.cluster)
    await everything_was_answered_once(pairs, played)
    await nothing_went_out_twice(pairs)


async def test_every_contact_is_answered_once_though_each_of_the_two_is_killed_in_the_middle(pairs: Doubled) -> None:
    played = await begin(pairs.cluster)
    await played.until_said("customers make contact")
    for number in BOTH:
        assert len(played.told) < len(VISITS), "all was over before they were killed"
        await asyncio.gather(*(pairs.kill_and_start(f"{name} {number}", AWAY_S) for name in PORTS))
    await everything_was_answered_once(pairs, played)


async def nothing_went_out_twice(pairs: Doubled) -> None:
    """To customers: mails, short messages, call-backs; and to agents' telephones."""
    mails = sent_mails(pairs)
    assert mails
    assert set(mails.values()) == {1}
    messages = await at_the_carrier(pairs.cluster, "Messages")
    answers = Counter((each["to"], each["body"]) for each in messages if each["direction"] == "outbound-api")
    assert answers
    assert set(answers.values()) == {1}
    calls = await at_the_carrier(pairs.cluster, "Calls")
    call_backs = Counter(each["to"] for each in calls if each["direction"] == "outbound-api")
    assert call_backs == Counter(visit.caller for visit in VISITS if visit.channel == "callback")
    agents = Counter(each["parent_call_sid"] for each in calls if each["direction"] == "outbound-dial")
    assert set(agents.values()) == {1}, "an agent's telephone rang twice for one call"
