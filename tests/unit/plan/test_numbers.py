"""Numbers of every script become E.164; what is no number is refused in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.plan.caller import normalise_caller
from services.plan.numbers import NotANumber, country_of, to_e164
from tests.fakes.numbers import NO_NUMBERS, WRITTEN


@pytest.mark.parametrize(("written", "number"), WRITTEN.values(), ids=WRITTEN)
def test_a_number_in_any_script_becomes_e164(written: str, number: str) -> None:
    assert to_e164(written) == number


@pytest.mark.parametrize(("written", "number"), WRITTEN.values(), ids=WRITTEN)
def test_a_caller_is_spelt_as_what_people_write_about_them(written: str, number: str) -> None:
    # The edges of carriers bring numbers with a plus only; two zeros are what people write.
    if not written.startswith("۰۰"):
        assert normalise_caller(written) == number


@pytest.mark.parametrize(("written", "why"), NO_NUMBERS.values(), ids=NO_NUMBERS)
def test_what_is_no_number_is_refused_in_words_that_do_not_repeat_it(written: str, why: str) -> None:
    with pytest.raises(NotANumber, match=why) as refused:
        to_e164(written)
    assert str(refused.value).endswith("write it as +49 30 1234567")
    assert len(written) < 5 or written not in str(refused.value)


def test_each_defect_is_a_different_one() -> None:
    assert len({written for written, _ in NO_NUMBERS.values()}) == len(NO_NUMBERS) >= 20


def test_a_number_without_its_country_is_taken_where_the_country_is_known() -> None:
    assert to_e164("۰۲۱ ۱۲۳۴ ۵۶۷۸", "IR") == "+982112345678"
    assert to_e164("030 1234567", "DE") == "+49301234567"
    assert to_e164("+1 415 555 2671", "DE") == "+14155552671"


@given(st.text(max_size=70))
def test_whatever_is_written_is_a_number_or_refused(text: str) -> None:
    try:
        number = to_e164(text)
    except NotANumber:
        return
    assert number.startswith("+")
    assert number[1:].isascii()
    assert number[1:].isdigit()
    assert len(number) <= 16
    assert to_e164(number) == number == normalise_caller(number)


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("+49301234567", "DE"),
        ("+919876543210", "IN"),
        ("+639171234567", "PH"),
        ("+82212345678", "KR"),
        ("+982112345678", "IR"),
        ("+14155552671", "US"),
        ("+14165550123", "CA"),
        ("+442079460200", "GB"),
        ("+80012345678", ""),
        ("+999123", ""),
        ("vera@customer.example", ""),
        ("4711", ""),
        ("", ""),
    ],
)
def test_a_number_has_the_country_of_its_numbering_plan(number: str, country: str) -> None:
    assert country_of(number) == country
