"""One spelling for each caller, and the classes that a plan puts a caller in."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.plan.caller import CallerFacts, is_national_number, normalise_caller
from services.plan.compile import CompiledPlan
from tests.unit.plan.example import KEY, changed, load

DIGITS = [chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) == "Nd"]


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("+49 (0)89 1234-567", "+49891234567"),
        ("+49 89 / 123.45.67", "+49891234567"),
        ("  +44 20 7946 0200\n", "+442079460200"),
        ("\u202a+44 20 7946 0200\u202c", "+442079460200"),
        ("\uff0b\uff14\uff14 20 7946 0200", "+442079460200"),
        ("+\u0664\u0664 \u0662\u0660 7946 0200", "+442079460200"),
        ("+44\u00a020\u20117946\u20110200", "+442079460200"),
        ("Vera@Customer.Example", "vera@customer.example"),
        ("\u00c4RGER@B\u00fccher.example", "\u00e4rger@b\u00fccher.example"),
        ("+999 1", "+999 1"),
        ("089 1234567", "089 1234567"),
        ("4711", "4711"),
        (" acme-chat ", "acme-chat"),
        ("call +44 20 7946 0200", "call +44 20 7946 0200"),
        ("anonymous", "anonymous"),
        ("", ""),
        ("+" + "1" * 1000, "+" + "1" * 1000),
    ],
)
def test_a_caller_has_one_spelling(written: str, normal: str) -> None:
    assert normalise_caller(written) == normal


@given(st.one_of(st.text(max_size=40), st.text("+0123456789 ()-./", max_size=20).map(lambda text: f"+{text}")))
def test_the_normal_spelling_is_the_spelling_of_itself(text: str) -> None:
    normal = normalise_caller(text)

    assert normalise_caller(normal) == normal


@given(number=st.integers(10**6, 10**9 - 1), data=st.data())
def test_a_number_is_the_same_in_digits_of_any_script(number: int, data: st.DataObject) -> None:
    in_ascii = f"+4420{number}"
    scripts = [[each for each in DIGITS if unicodedata.decimal(each) == int(digit)] for digit in in_ascii[1:]]
    written = "+" + "".join(data.draw(st.sampled_from(same)) for same in scripts)

    assert normalise_caller(written) == normalise_caller(in_ascii)


@given(name=st.emails(), spaces=st.sampled_from(["", " ", "\t", "\u200b"]))
def test_a_mail_address_is_the_same_in_capitals(name: str, spaces: str) -> None:
    assert normalise_caller(f"{spaces}{name.upper()}{spaces}") == normalise_caller(name)


@pytest.mark.parametrize(
    ("caller", "is_one"),
    [("089 1234567", True), ("0151-2345678", True), ("4711", False), ("+44123", False), ("acme", False), ("", False)],
)
def test_a_number_without_its_country_is_known_as_one(caller: str, is_one: bool) -> None:
    assert is_national_number(caller) == is_one


def compiled() -> CompiledPlan:
    asked = '{exact: ["+44 20 7946 0777", Zoe@Else.example], prefix: ["+4420", "+44207"], domain: B.example, list: vip}'
    return load(
        changed(
            ("match: {company: acme, caller: {list: vip}}", f"match: {{company: acme, caller: {asked}}}"),
            ("vip: [vera@customer.example]", "vip: [Vera@Customer.example, +44 20 7946 0777]\n  gone: []"),
        )
    )


@pytest.mark.parametrize(
    ("caller", "classes"),
    [
        ("VERA@customer.example", ("list:vip",)),
        ("+44 (20) 7946-0777", ("exact:vips", "list:vip", "prefix:+4420", "prefix:+44207")),
        ("+442080000000", ("prefix:+4420",)),
        ("zoe@else.example", ("exact:vips",)),
        ("bob@b.example", ("domain:b.example",)),
        ("bob@sub.b.example", ()),
        ("bob@bb.example", ()),
        ("bob@b.example.net", ()),
        ("anonymous", ()),
        ("", ()),
    ],
)
def test_a_caller_is_in_the_classes_that_the_plan_asks_for(caller: str, classes: tuple[str, ...]) -> None:
    ready = compiled()

    assert CallerFacts(ready.plan, ready.private, KEY).classes(caller) == classes


@pytest.mark.parametrize(
    ("caller", "classes"),
    [
        ("+49 89 1234567", ("country:DE",)),
        ("+\u0968\u0969\u096a", ()),
        ("+۹۱ ۹۸۷۶۵ ۴۳۲۱۰", ("country:IN",)),
        ("+14165550123", ()),
        ("+442079460777", ("list:vip",)),
        ("bob@b.example", ()),
        ("anonymous", ()),
        ("", ()),
    ],
)
def test_a_caller_is_in_the_class_of_the_country_that_their_number_is_of(caller: str, classes: tuple[str, ...]) -> None:
    vips = "match: {company: acme, caller: {list: vip}}"
    asking = changed(
        (vips, "match: {company: acme, caller: {list: vip, country: [de, IN]}}"),
        ("vip: [vera@customer.example]", "vip: [+44 20 7946 0777]"),
    )
    ready = load(asking)

    assert ready.plan.entry_points[0].match.caller_classes == ("country:DE", "country:IN", "list:vip")
    assert CallerFacts(ready.plan, ready.private, KEY).classes(caller) == classes


def test_no_country_is_told_that_no_rule_asks_for() -> None:
    ready = compiled()

    assert CallerFacts(ready.plan, ready.private, KEY).classes("+49891234567") == ()


def test_with_another_key_nobody_is_on_a_list() -> None:
    ready = compiled()

    assert CallerFacts(ready.plan, ready.private, b"another").classes("vera@customer.example") == ()


def test_a_plan_without_its_private_part_knows_beginnings_only() -> None:
    facts = CallerFacts(compiled().plan, b"", KEY)

    assert facts.classes("+442079460777") == ("prefix:+4420", "prefix:+44207")
