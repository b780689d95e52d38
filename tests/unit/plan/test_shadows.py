"""Which entry point hides which: told only where it is certain."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.plan.compiled import Attribute, Channel, Direction, Match
from services.plan.shadows import covers

CHAT, MAIL = Channel.WEB_CHAT, Channel.EMAIL
TOUR, TRIP, NEW = Attribute("topic", "tour"), Attribute("topic", "trip"), Attribute("age", "new")


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        (Match(), Match()),
        (Match(), Match(channels=(CHAT,), languages=("de",), hours="h")),
        (Match(channels=(CHAT, MAIL)), Match(channels=(CHAT,))),
        (Match(directions=(Direction.INBOUND,)), Match(directions=(Direction.INBOUND,), dialed=("x",))),
        (Match(companies=("a", "b")), Match(companies=("b",))),
        (Match(languages=("en",)), Match(languages=("en-gb", "en"))),
        (Match(ivr_path=("a",)), Match(ivr_path=("a", "b"))),
        (Match(attributes=(TOUR, TRIP)), Match(attributes=(TRIP, NEW))),
        (Match(caller_classes=("prefix:+44",)), Match(caller_classes=("prefix:+4420", "prefix:+44"))),
        (Match(caller_classes=("country:DE",)), Match(caller_classes=("prefix:+4989", "prefix:+49"))),
        (Match(caller_classes=("prefix:+49",)), Match(caller_classes=("country:DE",))),
        (Match(caller_classes=("country:DE", "country:IN")), Match(caller_classes=("country:IN",))),
        (Match(caller_classes=("list:a", "list:b")), Match(caller_classes=("list:a",))),
        (Match(hours="h", while_open=True), Match(hours="h", while_open=True, languages=("de",))),
    ],
)
def test_the_wide_one_takes_all_that_the_narrow_one_would(wide: Match, narrow: Match) -> None:
    assert covers(wide, narrow)


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        (Match(channels=(CHAT,)), Match()),
        (Match(channels=(CHAT,)), Match(channels=(CHAT, MAIL))),
        (Match(directions=(Direction.INBOUND,)), Match(directions=(Direction.OUTBOUND,))),
        (Match(dialed=("x",)), Match(companies=("a",))),
        (Match(companies=("a",)), Match(companies=("a", "b"))),
        (Match(languages=("en-gb",)), Match(languages=("en",))),
        (Match(languages=("en",)), Match(languages=("eng",))),
        (Match(languages=("en",)), Match()),
        (Match(ivr_path=("a", "b")), Match(ivr_path=("a",))),
        (Match(ivr_path=("b",)), Match(ivr_path=("a", "b"))),
        (Match(attributes=(TOUR,)), Match(attributes=(TOUR, TRIP))),
        (Match(attributes=(TOUR, NEW)), Match(attributes=(TOUR,))),
        (Match(caller_classes=("prefix:+4420",)), Match(caller_classes=("prefix:+44",))),
        (Match(caller_classes=("country:DE",)), Match(caller_classes=("country:IN",))),
        (Match(caller_classes=("country:US",)), Match(caller_classes=("prefix:+1416",))),
        (Match(caller_classes=("prefix:+4989",)), Match(caller_classes=("country:DE",))),
        (Match(caller_classes=("country:DE",)), Match(caller_classes=("list:a",))),
        (Match(caller_classes=("list:a",)), Match(caller_classes=("list:ab",))),
        (Match(caller_classes=("list:a",)), Match()),
        (Match(hours="h", while_open=True), Match(hours="h", while_open=False)),
        (Match(hours="h", while_open=True), Match()),
        (Match(hours="h"), Match(hours="g")),
    ],
)
def test_the_other_one_keeps_something_for_itself(wide: Match, narrow: Match) -> None:
    assert not covers(wide, narrow)


def some(*values: str) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), unique=True).map(tuple)


MATCHES = st.builds(
    Match,
    companies=some("a", "b"),
    dialed=some("x", "y"),
    languages=some("en", "en-gb", "de"),
    attributes=st.lists(st.sampled_from([TOUR, TRIP, NEW]), unique=True).map(tuple),
    ivr_path=st.sampled_from([(), ("a",), ("a", "b"), ("b",)]),
)


@dataclass(frozen=True)
class Contact:
    company: str
    dialed: str
    language: str
    path: tuple[str, ...]
    attributes: frozenset[Attribute]


CONTACTS = st.builds(
    Contact,
    company=st.sampled_from(["a", "b"]),
    dialed=st.sampled_from(["x", "y"]),
    language=st.sampled_from(["en", "en-gb", "de", "de-at", ""]),
    path=st.sampled_from([(), ("a",), ("a", "b"), ("b",)]),
    attributes=st.sampled_from([frozenset(each) for each in ((), (TOUR,), (TRIP,), (NEW,), (TOUR, NEW), (TRIP, NEW))]),
)


def matches(match: Match, contact: Contact) -> bool:
    spoken = any(contact.language == each or contact.language.startswith(f"{each}-") for each in match.languages)
    return (
        contact.company in (match.companies or (contact.company,))
        and contact.dialed in (match.dialed or (contact.dialed,))
        and (spoken or not match.languages)
        and contact.path[: len(match.ivr_path)] == match.ivr_path
        and all(
            any(each in contact.attributes for each in match.attributes if each.name == name)
            for name in {each.name for each in match.attributes}
        )
    )


@given(wide=MATCHES, narrow=MATCHES, contact=CONTACTS)
def test_no_contact_passes_a_wide_one_by_and_enters_a_narrow_one(wide: Match, narrow: Match, contact: Contact) -> None:
    if covers(wide, narrow) and matches(narrow, contact):
        assert matches(wide, contact)
