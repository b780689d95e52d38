"""Numbers as people write them, in the digits of their script, and what is no number."""

import pytest

from services.cli.carrier.exchange.addresses import NotAnAddress, country_of, read_address

READ = {
    "+4930123456": "+4930123456",
    " +49 30 12 34 56 ": "+4930123456",
    "+49 (30) 123-456": "+4930123456",
    "+49.30.123.456": "+4930123456",
    "+49/30/123456": "+4930123456",
    "004930123456": "+4930123456",
    "00 49 30 123456": "+4930123456",
    "+49\u00a030\u00a0123456": "+4930123456",
    "\u202a+4930123456\u202c": "+4930123456",
    "+49\u201330\u2013123456": "+4930123456",
    "+۹۸۲۱۱۲۳۴۵۶۷": "+98211234567",
    "۰۰۹۸۲۱۱۲۳۴۵۶۷": "+98211234567",
    "+٤٩٣٠١٢٣٤٥٦": "+4930123456",
    "+९१२२१२३४५६७": "+91221234567",
    "\uff0b\uff14\uff19\uff13\uff10\uff11\uff12\uff13\uff14\uff15\uff16": "+4930123456",
    "sip:ana@phones.example": "sip:ana@phones.example",
    "SIP:Ana@Phones.Example": "sip:ana@phones.example",
    "sip:ana@127.0.0.1:5060": "sip:ana@127.0.0.1:5060",
}
NO_NUMBERS = [
    "",
    "030123456",
    "+",
    "+0301234567",
    "+49301",
    "+4930123456789012",
    "+49301234x6",
    "++4930123456",
    "+49²30123456",
    "client:ana",
    "sip:ana",
    "sip:@phones.example",
    "sip:a b@phones.example",
    "sip:ana@phones.example\r\nX: y",
    "+4930123456\n+4930123457",
    "tel:+4930123456",
    "x" * 129,
    "+٤٩-thirty",
]


@pytest.mark.parametrize("written", READ)
def test_a_number_is_read_however_it_is_written(written: str) -> None:
    assert read_address(written) == READ[written]


@pytest.mark.parametrize("written", NO_NUMBERS)
def test_what_is_no_number_is_refused(written: str) -> None:
    with pytest.raises(NotAnAddress):
        read_address(written)


@pytest.mark.parametrize(
    ("address", "country"),
    [
        ("+4930123456", "DE"),
        ("+98211234567", "IR"),
        ("+12125550123", "US"),
        ("sip:ana@x.example", ""),
        ("+9999999999", ""),
    ],
)
def test_the_country_is_that_of_the_code(address: str, country: str) -> None:
    assert country_of(address) == country
