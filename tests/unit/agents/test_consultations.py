"""Warm transfers over HTTP: a colleague is asked, reads along and writes notes, and does not answer the customer."""

from typing import Any

import pytest

from tests.unit.agents.bench import Bench, until_it


async def test_a_program_asks_a_colleague_and_hands_over(bench: Bench) -> None:
    async with bench.program() as ana:
        await bench.accepted_mail(ana, "ana", "c1")
        asked = (await ana.post("/v1/work/c1/consult", json={"to_agent": "ben", "command_id": "k1"})).json()["item"]
        assert asked["consultation"] == {
            "contact_id": "c1.c1",
            "queue": "",
            "to_agent": "ben",
            "state": None,
            "agent": "",
        }
        assert (asked["state"], asked["about"]) == ("active", "")
        assert (await ana.post("/v1/work/c1/hand_over")).json()["item"] is None
    assert bench.router.asked("consult")[0].consult.to_agent == "ben"
    assert bench.router.asked("hand_over")[0].hand_over.contact_id == "c1"


async def test_a_program_goes_on_alone(bench: Bench) -> None:
    async with bench.program() as ana:
        await bench.accepted_mail(ana, "ana", "c1")
        await ana.post("/v1/work/c1/consult", json={"skills": [{"skill": "law", "level": 3}]})
        alone = (await ana.post("/v1/work/c1/end_consultation")).json()["item"]
        assert alone["consultation"] is None
    assert [each.level for each in bench.router.asked("consult")[0].consult.skills] == [3]


@pytest.mark.parametrize("body", [{}, {"to_agent": ""}, {"note": "x"}, {"skills": [{"skill": "law", "level": 11}]}])
async def test_whom_to_ask_is_said_as_in_a_transfer(bench: Bench, body: dict[str, Any]) -> None:
    async with bench.program() as ana:
        assert (await ana.post("/v1/work/c1/consult", json=body)).status_code == 400


async def test_who_is_asked_reads_the_conversation_and_writes_notes_into_it(bench: Bench) -> None:
    async with bench.program() as ana, bench.program(agent="ben") as ben:
        await bench.accepted_mail(ana, "ana", "c1")
        bench.router.offer("ben", "c1.c1", about="c1", asked_by="ana")
        await ben.post("/v1/next")
        assert (await ben.get("/v1/work/c1.c1")).status_code == 409
        await ben.post("/v1/work/c1.c1/accept")

        shown = (await ben.get("/v1/work/c1.c1")).json()
        assert shown["contact"]["caller"] == "carla@c.example"
        refused = await ben.post("/v1/work/c1.c1/reply", json={"text": "it is on its way"})
        assert (refused.status_code, "ana" in refused.json()["error"]["why"]) == (409, True)
        for _ in range(2):  # the second time is a retry
            noted = await ben.post("/v1/work/c1.c1/note", json={"text": "send it anew", "command_id": "n1"})
            assert noted.status_code == 200

        async def read() -> bool:
            return "send it anew" in [each["text"] for each in (await ana.get("/v1/work/c1")).json()["messages"]]

        await until_it(read)
        bench.router.withdraw("ben", "c1.c1")

        async def gone() -> bool:
            return (await ben.get("/v1/work/c1.c1")).status_code == 404

        await until_it(gone)
        assert (await ben.get("/v1/work/c1")).status_code == 404
    assert await bench.sent() == []
