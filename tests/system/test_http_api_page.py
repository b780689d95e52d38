"""docs/http-api.md says what there is."""

import json
import re
from dataclasses import fields

import pytest

from services.agents.access import ROLES
from services.agents.desk import WorkItem
from services.ingest.callback.entry import CallBackEntry
from services.ingest.channels.web_form import FormEntry
from services.ingest.chat.frames import Frame, Hello
from tests.house_rules import ROOT

PAGE = (ROOT / "docs/http-api.md").read_text()
OF_PROGRAMS = sorted(route for route in ROLES if " /v1/" in route)
ACT = re.compile(r"POST /v1/work/\{contact_id\}/(\w+)")


@pytest.mark.parametrize("route", OF_PROGRAMS)
def test_every_route_of_agents_is_on_the_page(route: str) -> None:
    act = ACT.fullmatch(route)
    assert (f"| `{act[1]}` |" if act else route) in PAGE


def test_an_offer_is_shown_with_all_its_fields() -> None:
    text = PAGE[PAGE.index('{"item": {"contact_id"') :]
    shown = json.loads(text[: text.index("```")])["item"]
    assert set(shown) == {field.name for field in fields(WorkItem)}


SENT = [*FormEntry.model_fields, *CallBackEntry.model_fields, *Frame.model_fields, *Hello.model_fields]


@pytest.mark.parametrize("name", SENT)
def test_what_customers_send_is_on_the_page(name: str) -> None:
    assert f"`{name}`" in PAGE


def test_every_whole_example_is_json() -> None:
    whole = [block for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL) if "…" not in block]
    assert len(whole) > 4
    for block in whole:
        json.loads(block)
