"""Lists as JSON, JSON lines and CSV: all say the same, and no cell does harm."""

import csv
import io
import json

import pytest

from services.plan.compiled import Channel
from services.reporting.facts import ContactAccepted, Fact
from tests.unit.reporting.house import LIFE, LISTS, House, rows
from tests.unit.reporting.story import arrived, told


@pytest.mark.parametrize("path", LISTS)
async def test_the_three_formats_say_the_same(house: House, path: str) -> None:
    await house.tell(LIFE)
    plain = await rows(house, path)
    lines = (await house.get(path, format="jsonl")).text.splitlines()
    assert [json.loads(line) for line in lines] == plain
    table = await house.get(path, format="csv")
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    cells = list(csv.DictReader(io.StringIO(table.text, newline="")))
    assert [list(each) for each in cells] == [list(each) for each in plain]
    assert len(cells) == len(plain)


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/csv", "text/csv; charset=utf-8"),
        ("application/x-ndjson", "application/x-ndjson"),
        ("text/html, TEXT/CSV;q=0.9", "text/csv; charset=utf-8"),
        ("*/*", "application/json"),
        ("image/png", "application/json"),
        ("", "application/json"),
    ],
)
async def test_the_accept_header_chooses_where_the_query_does_not(house: House, accept: str, kind: str) -> None:
    await house.tell(LIFE)
    headers = {"authorization": f"Bearer {house.token()}", "accept": accept}
    assert (await house.get_with(headers, "/v1/events")).headers["content-type"] == kind
    assert (await house.get_with(headers, "/v1/events", format="json")).headers["content-type"] == "application/json"


def strange(contact: str, dialed: str) -> Fact:
    fact = arrived(contact)
    assert isinstance(fact, ContactAccepted)
    return ContactAccepted(
        contact, "acme", Channel.VOICE, fact.direction, dialed, (dialed,), dialed, fact.arrived_at_ms, ""
    )


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+49 89 1",
        "-2",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "\uff1d1+1",
        '=HYPERLINK("x")',
        "=cmd|' /C calc'!A0",
    ],
)
async def test_no_cell_is_taken_for_a_formula(house: House, text: str) -> None:
    await house.tell(told((0, strange("c1", text))))
    answer = await house.get("/v1/contacts", format="csv")
    (row,) = csv.DictReader(io.StringIO(answer.text, newline=""))
    assert (row["dialed"], row["language"]) == (f"'{text}", f"'{text}")
    assert not [cell for cell in row.values() if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))]
    assert json.loads(row["ivr_path"]) == [text]


@pytest.mark.parametrize(
    "text", ["a,b", 'say "no"', "two\r\nlines", "two\nlines", " edge ", "\u0641\u0627\u0631\u0633\u06cc", "a=b"]
)
async def test_what_is_in_a_cell_comes_back_as_it_was(house: House, text: str) -> None:
    await house.tell(told((0, strange("c1", text))))
    answer = await house.get("/v1/contacts", format="csv")
    (row,) = csv.DictReader(io.StringIO(answer.text, newline=""))
    assert row["dialed"] == text
    assert answer.text.endswith("\r\n")
