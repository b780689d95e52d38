"""Which numbers are called back: ordinary telephones in the countries that are allowed, and none of our own."""

from collections.abc import Callable

import phonenumbers
from phonenumbers import PhoneNumberType

from services.ingest.callback.entry import NOT_TAKEN
from services.ingest.what_went_wrong import WhatWentWrong
from services.plan.numbers import NotANumber, country_of, to_e164

# What rings somewhere for the price of a call. All others cost whoever calls, or are nobody's telephone.
ORDINARY = (
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.MOBILE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE,
    PhoneNumberType.VOIP,
)


def destination(text: str, region: str, countries: frozenset[str], is_ours: Callable[[str], bool]) -> str:
    """The number as E.164, from digits of any script.

    One without its country is of `region` ("" for none). Raises WhatWentWrong for what may not be called.
    """
    try:
        number = to_e164(text, region)
        parsed = phonenumbers.parse(number)
    except (NotANumber, phonenumbers.NumberParseException) as error:
        raise _refused(str(error)) from None
    if not phonenumbers.is_valid_number(parsed):
        raise _refused("There is no such telephone number; look at its digits once more.")
    if phonenumbers.number_type(parsed) not in ORDINARY:
        raise _refused("Only ordinary landlines and mobiles are called back: give us another number.")
    if country_of(number) not in countries:
        raise _refused("Numbers of that country are not called back: give us another number, or write to us.")
    if is_ours(number):
        raise _refused("That is one of our own numbers: give us yours.")
    return number


def _refused(hint: str) -> WhatWentWrong:
    return WhatWentWrong(
        NOT_TAKEN,
        "This number can't be called.",
        "Correct it and send it again.",
        {"number": hint},
    )
