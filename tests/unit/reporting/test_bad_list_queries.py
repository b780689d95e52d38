"""Queries of lists that cannot be answered are refused with what to do."""

from typing import Any

import pytest

from tests.unit.reporting.house import LIFE, House

BAD: dict[str, tuple[str, dict[str, Any], int]] = {
    "from_is_a_date": ("/v1/events", {"from": "2026-11-22"}, 422),
    "from_is_negative": ("/v1/events", {"from": "-1"}, 422),
    "from_has_a_sign": ("/v1/events", {"from": "+5"}, 422),
    "from_is_a_fraction": ("/v1/contacts", {"from": "1.5"}, 422),
    "from_is_a_power": ("/v1/contacts", {"from": "1e12"}, 422),
    "from_is_hexadecimal": ("/v1/intervals", {"from": "0x10"}, 422),
    "from_has_underscores": ("/v1/intervals", {"from": "1_000"}, 422),
    "from_has_a_space": ("/v1/events", {"from": " 5"}, 422),
    "from_is_empty": ("/v1/events", {"from": ""}, 422),
    "from_is_in_persian_digits": ("/v1/events", {"from": "\u06f1\u06f2"}, 422),
    "from_is_in_microseconds": ("/v1/contacts", {"from": "1790000000000000"}, 422),
    "from_has_ten_thousand_digits": ("/v1/events", {"from": "9" * 10_000}, 422),
    "until_is_a_word": ("/v1/intervals", {"until": "now"}, 422),
    "until_is_before_from": ("/v1/events", {"from": "10", "until": "5"}, 400),
    "until_is_from": ("/v1/contacts", {"from": "10", "until": "10"}, 400),
    "limit_is_nothing": ("/v1/events", {"limit": "0"}, 422),
    "limit_is_one_too_much": ("/v1/contacts", {"limit": "10001"}, 422),
    "limit_is_ten_times_too_much": ("/v1/events", {"limit": "100000"}, 422),
    "limit_is_a_word": ("/v1/events", {"limit": "all"}, 422),
    "limit_is_a_truth": ("/v1/events", {"limit": "true"}, 422),
    "type_is_unknown": ("/v1/events", {"type": "contact_lost"}, 400),
    "type_has_an_empty_part": ("/v1/events", {"type": "contact_ended,,contact_queued"}, 400),
    "type_is_in_capitals": ("/v1/events", {"type": "ContactEnded"}, 400),
    "type_is_endless": ("/v1/events", {"type": "contact_ended," * 200}, 422),
    "format_is_unknown": ("/v1/events", {"format": "xlsx"}, 422),
    "format_is_in_capitals": ("/v1/contacts", {"format": "CSV"}, 422),
    "channel_is_unknown": ("/v1/contacts", {"channel": "telepathy"}, 422),
    "outcome_is_unknown": ("/v1/contacts", {"outcome": "happy"}, 422),
    "outcome_is_two": ("/v1/contacts", {"outcome": "completed,abandoned"}, 422),
    "order_is_unknown": ("/v1/contacts", {"order": "random"}, 422),
    "by_is_unknown": ("/v1/intervals", {"by": "customer"}, 400),
    "by_says_a_word_twice": ("/v1/intervals", {"by": "queue,queue"}, 400),
    "by_ends_with_a_comma": ("/v1/intervals", {"by": "queue,"}, 400),
    "by_is_too_long": ("/v1/intervals", {"by": "queue," * 100}, 422),
    "a_day_too_many": ("/v1/intervals", {"from": "1", "until": str(32 * 24 * 3_600_000)}, 400),
    "ten_times_too_many_days": ("/v1/intervals", {"from": "1", "until": str(310 * 24 * 3_600_000)}, 400),
    "cursor_is_no_base64": ("/v1/events", {"cursor": "!" * 22}, 400),
    "cursor_is_cut_short": ("/v1/events", {"cursor": "A" * 21}, 400),
    "cursor_is_made_up": ("/v1/contacts", {"cursor": "A" * 22}, 400),
    "cursor_is_endless": ("/v1/events", {"cursor": "A" * 1_000}, 422),
    "cursor_is_in_another_script": ("/v1/events", {"cursor": "\u0985" * 22}, 400),
    "company_is_endless": ("/v1/contacts", {"company": "x" * 300}, 422),
    "contact_is_endless": ("/v1/events", {"contact": "x" * 300}, 422),
    "at_least_is_nonsense": ("/v1/events", {"at_least": "nonsense"}, 422),
    "at_least_is_negative": ("/v1/contacts", {"at_least": "0:-5"}, 422),
    "at_least_is_endless": ("/v1/intervals", {"at_least": "0:" + "9" * 10_000}, 422),
    "at_least_names_another_partition": ("/v1/events", {"at_least": "7:1"}, 400),
    "a_word_is_misspelt": ("/v1/contacts", {"form": "1790000000000"}, 400),
    "a_word_is_of_another_list": ("/v1/intervals", {"cursor": "A" * 22}, 400),
    "a_word_is_in_capitals": ("/v1/events", {"FROM": "5"}, 400),
    "a_word_is_said_twice": ("/v1/events", {"limit": ["5", "6"]}, 400),
    "since_was_the_word_of_before": ("/v1/contacts", {"since": "5"}, 400),
}


@pytest.mark.parametrize("name", BAD)
async def test_bad_queries_are_refused_with_what_to_do(house: House, name: str) -> None:
    path, query, status = BAD[name]
    await house.tell(LIFE)
    answer = await house.get_as(house.token(), path, **query)
    assert answer.status_code == status
    said = answer.json()["detail"]
    assert isinstance(said, str)
    assert 20 < len(said) < 700
    assert "9999" not in said
