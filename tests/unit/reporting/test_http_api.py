import asyncio
from itertools import product
from pathlib import Path

import pytest

from services.plan.compiled import Diversion
from services.reporting.facts import (
    CallConnected,
    ContactDiverted,
    ContactRefined,
    ContactReturned,
    ContactTransferred,
    CustomerLeft,
    CustomerTold,
    CustomerWrote,
    OfferCarried,
    OfferEnd,
    OfferReturned,
    ReplySettled,
    StepOpened,
    StepTaken,
)
from services.shared.memory_event_log import MemoryEventLog
from services.shared.tokens import Role
from tests.unit.reporting.house import LIFE, House, started
from tests.unit.reporting.router_log import RouterLog
from tests.unit.reporting.story import NOON_MS, accepted, arrived, offered, plan, queued, told

PATHS = ("/v1/live", "/v1/contacts", "/v1/contacts/c1/timeline", "/v1/events", "/v1/intervals")


async def test_live_shows_what_waits_and_who_is_on_duty(house: House) -> None:
    await house.tell(LIFE)
    live = (await house.get("/v1/live")).json()
    assert live["at_ms"] == NOON_MS + 20_000
    assert [(each["company"], each["waiting"], each["oldest_wait_ms"]) for each in live["companies"]] == [
        ("acme", 0, 0),
        ("bolt", 1, 9_000),
    ]
    assert [(each["queue"], each["name"], each["waiting"]) for each in live["queues"]] == [
        ("desk", "Desk", 1),
        ("help", "Help", 0),
        ("sales", "Sales", 0),
    ]
    assert [(each["agent"], each["presence"], each["attached"]) for each in live["agents"]] == [
        ("ann", "available", True),
        ("bob", "offline", False),
        ("cy", "offline", False),
    ]


async def test_a_timeline_tells_what_happened_with_the_reason_of_each_offer(house: House) -> None:
    await house.tell(LIFE)
    answer = (await house.get("/v1/contacts/c1/timeline")).json()
    assert [entry["what"] for entry in answer["entries"]] == [
        "arrived",
        "queued",
        "offered",
        "accepted",
        "wrap_up_started",
        "ended",
    ]
    offer = answer["entries"][2]
    assert offer["agent"] == "ann"
    assert "ann" in offer["reason"]
    assert answer["contact"]["waited_ms"] == 9_000
    assert answer["contact"]["disposition"] == "sold"


async def test_every_kind_of_entry_has_a_word_of_its_own(house: House) -> None:
    await house.tell(
        told(
            (0, arrived("c1")),
            (0, ContactRefined("c1", (), "de", "")),
            (0, queued("c1")),
            (0, StepOpened("c1", 1)),
            (0, StepTaken("c1", 0, (), ("seniors",), 5, "waited 60 s")),
            (0, CustomerTold("c1", 3, 60_000, 90_000, callback_offered=True)),
            (0, offered("c1")),
            (1, OfferCarried("c1", NOON_MS)),
            (1, OfferReturned("c1", "ann", OfferEnd.LAPSED)),
            (1, offered("c1")),
            (2, accepted("c1")),
            (2, CallConnected("c1", "ann")),
            (2, CustomerWrote("c1", "")),
            (2, ReplySettled("c1", "o1", delivered=True)),
            (2, ReplySettled("c1", "o2", delivered=False)),
            (3, ContactTransferred("c1", "ann", "help")),
            (3, ContactReturned("c1", "ann")),
            (3, CustomerLeft("c1")),
            (3, ContactDiverted("c1", "", Diversion.VOICEMAIL, "")),
        )
    )
    answer = (await house.get("/v1/contacts/c1/timeline")).json()
    assert [entry["what"] for entry in answer["entries"]] == [
        "arrived",
        "refined",
        "queued",
        "step_opened",
        "step_taken",
        "customer_told",
        "offered",
        "offer_carried",
        "offer_lapsed",
        "offered",
        "accepted",
        "connected",
        "customer_wrote",
        "reply_delivered",
        "reply_failed",
        "transferred",
        "taken_back",
        "customer_left",
        "diverted",
    ]


async def test_a_token_goes_under_bearer_and_nothing_else(house: House) -> None:
    await house.tell(LIFE)
    answer = await house.get_with({"authorization": f"Basic {house.token()}"}, "/v1/live")
    assert answer.status_code == 401


async def test_who_is_limited_to_a_company_sees_nothing_of_the_other(house: House) -> None:
    await house.tell(LIFE)
    bolt = ("bolt",)
    assert (await house.get("/v1/contacts/c1/timeline", companies=bolt)).status_code == 404
    assert (await house.get("/v1/contacts", companies=bolt, company="acme")).status_code == 404
    contacts = (await house.get("/v1/contacts", companies=bolt)).json()["contacts"]
    assert [each["contact_id"] for each in contacts] == ["c2"]
    live = await house.get("/v1/live", companies=bolt)
    assert "acme" not in live.text
    assert "bob" not in live.text


async def test_a_foreign_contact_is_answered_like_one_that_never_was(house: House) -> None:
    await house.tell(LIFE)
    foreign = await house.get("/v1/contacts/c1/timeline", companies=("bolt",))
    unknown = await house.get("/v1/contacts/nobody/timeline", companies=("bolt",))
    assert (foreign.status_code, foreign.json()) == (unknown.status_code, unknown.json())
    assert "no longer kept here" in unknown.json()["detail"]


async def test_another_tenant_sees_nothing(house: House) -> None:
    await house.tell(LIFE)
    other = house.token(tenant="t2")
    assert (await house.get_as(other, "/v1/contacts/c1/timeline")).status_code == 404
    assert (await house.get_as(other, "/v1/contacts")).json() == {"contacts": [], "next": None}
    assert (await house.get_as(other, "/v1/events")).json() == {"events": [], "next": None}
    live = (await house.get_as(other, "/v1/live")).json()
    assert (live["companies"], live["queues"], live["agents"]) == ([], [], [])


@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.SUPERVISOR, 200), (Role.ADMIN, 200), (Role.ANALYST, 200), (Role.AGENT, 403)],
)
async def test_figures_are_for_all_roles_but_agents(house: House, role: Role, status: int) -> None:
    await house.tell(LIFE)
    assert [(await house.get(path, role)).status_code for path in PATHS] == [status] * len(PATHS)


async def test_without_a_good_token_nothing_is_said(house: House) -> None:
    await house.tell(LIFE)
    bad_tokens = ("", "nonsense", house.token()[:-4] + "AAAA", "x" * 8_000)
    for path, token in product(PATHS, bad_tokens):
        answer = await house.get_as(token, path)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_read_waits_for_the_position_that_it_must_include(house: House) -> None:
    offset = await house.tell(told((0, plan())))
    asked = asyncio.create_task(house.get("/v1/contacts/c9/timeline", at_least=f"0:{offset + 1}"))
    await asyncio.sleep(0.05)
    assert not asked.done()
    await house.writer.commit(told((0, arrived("c9"))))
    assert (await asked).status_code == 200


async def test_a_position_that_does_not_come_is_answered_with_try_again(house: House) -> None:
    answer = await house.get("/v1/live", at_least="0:99")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert "offset 1" in answer.json()["detail"]


async def test_metrics_are_open_and_count_what_happened(house: House) -> None:
    await house.tell(LIFE)
    text = (await house.get_as("", "/metrics")).text
    place = 'channel="web_form",company="acme",queue="sales",tenant="t1"'
    assert f"switchroom_contacts_accepted_total{{{place}}} 1.0" in text
    assert (
        'switchroom_wait_seconds_bucket{channel="web_form",company="acme",le="2.0",queue="sales",tenant="t1"} 0.0'
        in text
    )
    assert f"switchroom_wait_seconds_sum{{{place}}} 9.0" in text
    ended_as = 'channel="web_form",company="acme",outcome="completed",queue="sales",tenant="t1"'
    assert f"switchroom_contacts_ended_total{{{ended_as}}} 1.0" in text
    assert 'switchroom_waiting{company="bolt",queue="desk",tenant="t1"} 1.0' in text
    assert 'switchroom_oldest_wait_seconds{company="bolt",queue="desk",tenant="t1"} 9.0' in text
    assert 'switchroom_agents{presence="available",tenant="t1"} 1.0' in text
    assert "process_cpu_seconds_total" in text


async def test_it_is_ready_once_it_has_read_what_was_there_at_its_start(tmp_path: Path) -> None:
    log = MemoryEventLog()
    writer = RouterLog(log)
    await writer.claim()
    await writer.commit(LIFE)
    async with started(tmp_path, log) as house:
        assert (await house.get("/v1/contacts/c1/timeline")).status_code == 200
        assert (await house.get_as("", "/readyz")).status_code == 200
        assert (await house.get_as("", "/healthz")).status_code == 200


async def test_an_empty_log_is_ready_at_once(house: House) -> None:
    live = (await house.get("/v1/live")).json()
    assert live["companies"] == []
    assert (await house.get_as("", "/readyz")).status_code == 200


async def test_records_that_do_not_count_change_no_figure(house: House) -> None:
    await house.tell(LIFE)
    await house.writer.write_again(b"")
    offset = await house.writer.commit([])
    await house.reached(offset)
    text = (await house.get_as("", "/metrics")).text
    assert 'switchroom_reporting_records_dropped_total{partition="0",why="batch_out_of_sequence"} 1.0' in text
    assert 'switchroom_contacts_arrived_total{channel="web_form",company="acme",queue="",tenant="t1"} 1.0' in text


async def test_a_log_that_cannot_be_right_stops_the_figures_and_says_why(house: House) -> None:
    await house.tell(LIFE)
    await house.log.append(0, b"\xff")
    ready = await house.get_as("", "/readyz")
    while ready.status_code == 200:
        ready = await house.get_as("", "/readyz")
    assert "has stopped" in ready.json()["reason"]
    assert (await house.get("/v1/live")).status_code == 503
