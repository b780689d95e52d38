"""Events, contacts and intervals over real HTTP: what they say, how one goes on, and what is refused."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from services.plan.compiled import Channel
from services.reporting.facts import (
    AgentAttached,
    CallConnected,
    ContactForgotten,
    ContactOutcome,
    ContactTransferred,
    LeftBeforeArrival,
)
from services.reporting.log_index import STRIDE
from services.shared.memory_event_log import MemoryEventLog
from services.shared.tokens import Role
from tests.unit.reporting.house import LIFE, LISTS, House, rows, started
from tests.unit.reporting.story import NOON_MS, accepted, arrived, ended, offered, plan, queued, told, wrap_up

QUARTER_MS = 900_000


async def paged(house: House, path: str, **query: Any) -> list[dict[str, Any]]:
    """All rows, two at a time."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, Any] = {}
    while True:
        answer = (await house.get(path, limit=2, **query, **cursor)).json()
        found += answer[path.rpartition("/")[2]]
        if answer["next"] is None:
            return found
        cursor = {"cursor": answer["next"]}


def many(count: int) -> list[Any]:
    return [
        told(
            (at_ms, arrived(f"n{at_ms}", at_ms=at_ms)),
            (at_ms, queued(f"n{at_ms}")),
            (at_ms, ended(f"n{at_ms}", ContactOutcome.ABANDONED)),
        )
        for at_ms in range(100_000, 100_000 + count)
    ]


async def test_events_come_in_order_with_whose_they_are(house: House) -> None:
    await house.tell(LIFE)
    found = await rows(house, "/v1/events", contact="c1")
    assert [(each["type"], each["queue"], each["agent"]) for each in found] == [
        ("contact_accepted", "", ""),
        ("contact_queued", "sales", ""),
        ("contact_offered", "sales", "ann"),
        ("offer_accepted", "sales", "ann"),
        ("wrap_up_started", "sales", "ann"),
        ("contact_ended", "sales", "ann"),
    ]
    assert {(each["company"], each["channel"]) for each in found} == {("acme", "web_form")}
    assert found[-1]["id"] == "0:1:8"
    assert found[-1]["details"] == {"outcome": "completed", "disposition": "sold", "joined_contact_id": ""}


async def test_events_can_be_asked_for_by_time_type_contact_queue_and_company(house: House) -> None:
    await house.tell(LIFE)

    async def count(**query: Any) -> int:
        return len(await rows(house, "/v1/events", **query))

    assert await count() == 11
    assert await count(**{"from": NOON_MS + 2_000, "until": NOON_MS + 10_000}) == 3
    assert await count(type="contact_queued,contact_ended") == 3
    assert await count(type="contact_queued", queue="desk") == 1
    assert await count(company="bolt") == 2
    assert await count(contact="c2") == 2
    assert await count(contact="nobody") == 0
    assert await count(company="acme", queue="desk") == 0


async def test_a_transfer_is_an_event_of_the_queue_that_it_leaves_wherever_the_reading_begins(house: House) -> None:
    await house.tell(
        told((0, arrived("c1")), (1, queued("c1")), (2, offered("c1")), (3, accepted("c1"))),
        told((5, ContactTransferred("c1", "ann", "help")), (5, queued("c1", "help")), (6, offered("c1", "bob"))),
    )
    whole = await rows(house, "/v1/events")
    assert [each["queue"] for each in whole] == ["", "sales", "sales", "sales", "sales", "help", "help"]
    for number in range(len(whole)):
        rest = await rows(house, "/v1/events", cursor=whole[number]["cursor"])
        assert [each["queue"] for each in rest] == [each["queue"] for each in whole[number + 1 :]]


@pytest.mark.parametrize("path", ["/v1/events", "/v1/contacts"])
@pytest.mark.parametrize("count", [1, 2, 5, STRIDE + 20])
async def test_page_by_page_is_the_whole_and_nothing_twice(house: House, path: str, count: int) -> None:
    for story in many(count):
        await house.writer.commit(story)
    await house.reached(count)
    whole = await rows(house, path, limit=10_000, at_least=f"0:{count}")
    assert len(whole) == (3 * count if path == "/v1/events" else count)
    if count <= 5:
        assert await paged(house, path) == whole
    middle = whole[len(whole) // 2]["cursor"]
    assert await rows(house, path, limit=10_000, cursor=middle) == whole[len(whole) // 2 + 1 :]


async def test_what_comes_later_is_found_behind_the_last_cursor(house: House) -> None:
    await house.tell(LIFE)
    for path, more in (("/v1/events", {}), ("/v1/contacts", {"order": "oldest"})):
        last = (await rows(house, path, **more))[-1]["cursor"]
        assert await rows(house, path, cursor=last, **more) == []
        await house.tell(told((20_000, arrived(f"later-{path[4:]}", at_ms=20_000))))
        later = await rows(house, path, cursor=last, **more)
        assert later[-1]["contact_id"] == f"later-{path[4:]}"


async def test_a_reading_from_a_late_moment_finds_what_one_from_the_beginning_finds(house: House) -> None:
    for story in many(3 * STRIDE):
        await house.writer.commit(story)
    await house.reached(3 * STRIDE)
    whole = await rows(house, "/v1/events", limit=10_000)
    for at_ms in (100_000, 100_001, 100_000 + STRIDE, 100_000 + 2 * STRIDE + 7, 100_000 + 3 * STRIDE - 1):
        late = await rows(house, "/v1/events", limit=10_000, **{"from": NOON_MS + at_ms})
        assert late == [
            each | {"cursor": found["cursor"]}
            for each, found in zip([each for each in whole if each["at_ms"] >= NOON_MS + at_ms], late, strict=True)
        ]


async def test_contacts_are_listed_newest_first_with_what_became_of_them(house: House) -> None:
    await house.tell(LIFE)
    found = await rows(house, "/v1/contacts")
    assert [(each["contact_id"], each["stage"], each["outcome"]) for each in found] == [
        ("c2", "queued", None),
        ("c1", "ended", "completed"),
    ]
    assert (found[1]["wait_ms"], found[1]["wait_end"], found[1]["within_service_level"]) == (9_000, "answered", True)
    assert (found[1]["active_ms"], found[1]["wrap_up_ms"], found[1]["agents"]) == (5_000, 1_000, ["ann"])
    assert [(each["agent"], each["end"]) for each in found[1]["segments"]] == [("ann", "ended")]


async def test_contacts_can_be_asked_for_by_every_word(house: House) -> None:
    await house.tell(LIFE, told((12_000, arrived("c3", channel=Channel.EMAIL, at_ms=12_000))))

    async def ids(**query: Any) -> list[str]:
        return [each["contact_id"] for each in await rows(house, "/v1/contacts", **query)]

    assert await ids(**{"from": NOON_MS + 11_000}) == ["c3", "c2"]
    assert await ids(until=NOON_MS + 11_000) == ["c1"]
    assert await ids(company="acme") == ["c3", "c1"]
    assert await ids(queue="desk") == ["c2"]
    assert await ids(channel="email") == ["c3"]
    assert await ids(outcome="completed") == ["c1"]
    assert await ids(outcome="open") == ["c3", "c2"]
    assert await ids(order="oldest", limit=2) == ["c1", "c2"]
    assert await ids(outcome="abandoned") == []


async def test_contacts_of_before_a_restart_are_there_and_not_written_again(tmp_path: Path) -> None:
    log = MemoryEventLog()
    async with started(tmp_path, log) as house:
        await house.writer.claim()
        await house.tell(LIFE, *many(30))
        before = await rows(house, "/v1/contacts", limit=100)
    async with started(tmp_path, log) as house:
        assert await rows(house, "/v1/contacts", limit=100) == before
        assert len(before) == 32


async def test_a_contact_is_found_long_after_its_timeline_is_no_longer_kept(tmp_path: Path) -> None:
    async with started(tmp_path, MemoryEventLog(), timelines_max=3) as house:
        await house.writer.claim()
        await house.tell(LIFE, *many(20))
        assert (await house.get("/v1/contacts/c1/timeline")).status_code == 404
        assert "c1" in {each["contact_id"] for each in await rows(house, "/v1/contacts")}
        assert len(await rows(house, "/v1/events", contact="c1")) == 6


async def test_intervals_say_what_happened_in_each_quarter_of_an_hour(house: House) -> None:
    start_ms = NOON_MS - NOON_MS % QUARTER_MS
    first_ms = start_ms + QUARTER_MS - NOON_MS
    await house.tell(
        told((0, plan())),
        told(
            *((first_ms, fact) for fact in (AgentAttached("ann"), arrived("c1", channel=Channel.VOICE), queued("c1"))),
            (first_ms + 1_000, offered("c1")),
            (first_ms + 4_000, accepted("c1")),
            (first_ms + 6_000, CallConnected("c1", "ann")),
            (first_ms + QUARTER_MS + 10_000, wrap_up("c1")),
            (first_ms + QUARTER_MS + 30_000, ended("c1", agent="ann", disposition="sold")),
        ),
    )
    first, second = (each for each in await rows(house, "/v1/intervals", by="agent") if each["agent"] == "ann")
    assert (first["from_ms"], first["complete"], second["complete"]) == (start_ms + QUARTER_MS, True, False)
    assert (first["answered"], first["answered_ms"], first["asa_ms"], first["handled"]) == (1, 6_000, 6_000, 0)
    assert (first["service_level"], first["in_busy_ms"], first["in_offered_ms"]) == (1.0, QUARTER_MS - 4_000, 3_000)
    assert (second["handled_ms"], second["active_ms"], second["wrap_up_ms"]) == (
        QUARTER_MS + 24_000,
        QUARTER_MS + 4_000,
        20_000,
    )
    assert (second["connecting_ms"], second["in_busy_ms"], second["in_wrap_up_ms"]) == (2_000, 10_000, 20_000)


async def test_intervals_are_split_by_what_is_asked_for(house: House) -> None:
    await house.tell(LIFE)
    whole = await rows(house, "/v1/intervals")
    assert [(each["arrived"], each["ended_completed"]) for each in whole] == [(2, 1)]
    by_company = await rows(house, "/v1/intervals", by="company")
    assert [(each["company"], each["arrived"]) for each in by_company] == [("acme", 1), ("bolt", 1)]
    by_both = await rows(house, "/v1/intervals", by="queue,channel")
    assert {(each["queue"], each["channel"]) for each in by_both} == {(q, "web_form") for q in ("", "sales", "desk")}
    assert "in_busy_ms" not in by_both[0]


async def test_intervals_of_another_time_are_left_out(house: House) -> None:
    await house.tell(LIFE)
    day_ms = 24 * 3_600_000
    assert await rows(house, "/v1/intervals", **{"from": NOON_MS + day_ms, "until": NOON_MS + 2 * day_ms}) == []
    assert len(await rows(house, "/v1/intervals", **{"from": NOON_MS - day_ms, "until": NOON_MS + 1})) == 1


@pytest.mark.parametrize("path", LISTS)
async def test_who_is_limited_to_a_company_finds_nothing_of_the_other_in_any_list(house: House, path: str) -> None:
    await house.tell(LIFE, told((13_000, LeftBeforeArrival("early")), (13_000, AgentAttached("bob"))))
    queries: list[dict[str, Any]] = [{}, {"format": "csv"}, {"format": "jsonl"}, {"by": "agent"}]
    for query in queries if "intervals" in path else queries[:3]:
        answer = await house.get(path, companies=("bolt",), **query)
        assert answer.status_code == 200
        assert not [word for word in ("acme", "c1", "sales", "bob", "early") if f'"{word}"' in answer.text]
    assert "bolt" in (await house.get(path, companies=("bolt",), by="company") if "inter" in path else answer).text


@pytest.mark.parametrize("query", [{"company": "bolt"}, {"company": "nowhere"}])
@pytest.mark.parametrize("path", ["/v1/events", "/v1/contacts"])
async def test_a_foreign_company_is_answered_like_one_that_never_was(
    house: House, path: str, query: dict[str, Any]
) -> None:
    await house.tell(LIFE)
    answer = await house.get(path, companies=("acme",), **query)
    assert (answer.status_code, answer.json()) == (404, {"detail": f"there is no company {query['company']!r}"})


@pytest.mark.parametrize("query", [{"queue": "desk"}, {"contact": "c2"}, {"queue": "nowhere"}, {"contact": "nobody"}])
async def test_a_foreign_queue_or_contact_is_answered_like_one_that_never_was(
    house: House, query: dict[str, Any]
) -> None:
    await house.tell(LIFE)
    answer = await house.get("/v1/events", companies=("acme",), **query)
    assert (answer.status_code, answer.json()) == (200, {"events": [], "next": None})


async def test_a_cursor_of_a_wider_view_opens_nothing_more(house: House) -> None:
    await house.tell(LIFE)
    first = (await rows(house, "/v1/events"))[0]["cursor"]
    answer = await house.get("/v1/events", companies=("bolt",), cursor=first)
    assert {each["company"] for each in answer.json()["events"]} <= {"bolt", ""}
    assert "c1" not in {each["contact_id"] for each in answer.json()["events"]}


@pytest.mark.parametrize(
    "other",
    [
        {"company": "acme"},
        {"contact": "c1"},
        {"type": "contact_ended"},
        {"queue": "sales"},
        {"from": 1},
        {"until": NOON_MS * 2},
    ],
)
async def test_a_cursor_belongs_to_its_query(house: House, other: dict[str, Any]) -> None:
    await house.tell(LIFE)
    cursor = (await rows(house, "/v1/events"))[0]["cursor"]
    answer = await house.get("/v1/events", cursor=cursor, **other)
    assert answer.status_code == 400
    assert "begin anew" in answer.json()["detail"]
    assert (await house.get("/v1/contacts", cursor=cursor)).status_code == 400
    for number, letter in enumerate(cursor):
        changed = cursor[:number] + ("A" if letter != "A" else "B") + cursor[number + 1 :]
        assert (await house.get("/v1/events", cursor=changed)).status_code == 400


async def test_limit_and_format_may_differ_from_page_to_page(house: House) -> None:
    await house.tell(LIFE)
    cursor = (await rows(house, "/v1/events", limit=3))[-1]["cursor"]
    answer = await house.get("/v1/events", cursor=cursor, limit=4, format="jsonl")
    assert len(answer.text.splitlines()) == 4


async def test_agents_see_no_list(house: House) -> None:
    await house.tell(LIFE)
    assert [(await house.get(path, Role.AGENT)).status_code for path in LISTS] == [403] * 3


async def test_records_that_do_not_count_are_no_events(house: House) -> None:
    await house.tell(LIFE)
    before = await rows(house, "/v1/events")
    await house.writer.write_again(b"")
    offset = await house.writer.commit([])
    await house.reached(offset)
    assert await rows(house, "/v1/events", at_least=f"0:{offset}") == before


async def test_a_contact_that_is_forgotten_has_no_event_after_that(house: House) -> None:
    await house.tell(LIFE, told((60_000, ContactForgotten("c1"))), *many(5))
    assert [each["type"] for each in await rows(house, "/v1/events", contact="c1")][-1] == "contact_forgotten"


async def test_a_log_whose_beginning_was_deleted_says_so(house: House) -> None:
    await house.tell(LIFE, *many(3))
    await house.log.delete_before(0, 2)
    answer = await house.get("/v1/events")
    assert answer.status_code == 410
    assert "ask for what came later" in answer.json()["detail"]


async def test_only_so_many_lists_are_written_at_once_and_each_gives_its_place_back(house: House) -> None:
    await house.tell(LIFE, *many(200))
    for _ in range(4):
        answers = await asyncio.gather(*(house.get("/v1/events", limit=10_000) for _ in range(80)))
        statuses = [each.status_code for each in answers]
        assert set(statuses) <= {200, 429}
        assert statuses.count(200) >= 8
    assert (await house.get("/v1/events")).status_code == 200


async def test_intervals_of_who_is_limited_count_their_companies_alone(house: House) -> None:
    await house.tell(LIFE)
    for by, keys in (("", [None]), ("company", ["bolt"]), ("queue", ["", "desk"]), ("channel", ["web_form"])):
        found = (await house.get("/v1/intervals", companies=("bolt",), by=by)).json()["intervals"]
        assert [each.get(by) for each in found] == keys
        assert sum(each["arrived"] for each in found) == 1
        assert sum(each["ended_completed"] + each["answered"] for each in found) == 0
