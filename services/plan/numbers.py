"""Telephone numbers as people of any script write them, to the one spelling that goes on the wire: E.164.

https://www.itu.int/rec/T-REC-E.164; which numbers there are is known by the phonenumbers library, Google's list.
"""

import re
import unicodedata

import phonenumbers
from phonenumbers import NumberParseException, ValidationResult

WRITTEN_CHARACTERS_MAX = 64
# The countries whose numbers are known, as ISO 3166 writes them.
COUNTRIES = frozenset(phonenumbers.SUPPORTED_REGIONS)
EXAMPLE = "write it as +49 30 1234567"
# Dots, dashes and brackets as they stand between the digits of numbers.
_BETWEEN = r" ()\[\].\-/~\N{HYPHEN}\N{EN DASH}\N{EM DASH}\N{MINUS SIGN}"
_NUMBER = re.compile(rf"\+?[0-9{_BETWEEN}]+")
# Up to three digits are an emergency or a service, and their like in the library would be cut.
_DIGITS_MIN, _DIGITS_MAX = 4, 15
_WHY_NOT_PARSED = {
    NumberParseException.INVALID_COUNTRY_CODE: "begins with a country that there is not",
    NumberParseException.TOO_SHORT_AFTER_IDD: "is too short",
    NumberParseException.TOO_SHORT_NSN: "is too short",
    NumberParseException.TOO_LONG: "is too long",
}
_WHY_IMPOSSIBLE = {
    ValidationResult.TOO_SHORT: "is too short for its country",
    ValidationResult.TOO_LONG: "is too long for its country",
    ValidationResult.INVALID_LENGTH: "has not as many digits as numbers of its country",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "lacks its area code",
    ValidationResult.INVALID_COUNTRY_CODE: "begins with a country that there is not",
}


class NotANumber(ValueError):
    """What was written is no telephone number. The words say why and what to do, and repeat nothing of it."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why}; {EXAMPLE}")


def to_e164(text: str, region: str = "") -> str:
    """E.164 of what somebody wrote in digits of any script. Raises NotANumber.

    `region` is the country (ISO 3166, "DE") of numbers that are written without one; "": they are refused.
    """
    written = _written(text)
    if not written.startswith("+") and not region:
        raise NotANumber("lacks its country")
    try:
        number = phonenumbers.parse(written, region or None)
    except NumberParseException as error:
        raise NotANumber(_WHY_NOT_PARSED.get(error.error_type, "is no telephone number")) from error
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason != ValidationResult.IS_POSSIBLE:
        raise NotANumber(_WHY_IMPOSSIBLE.get(reason, "is no telephone number"))
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def in_ascii(text: str) -> str:
    """The text in its compatible form, digits of every script as 0 to 9, without what nobody sees."""
    # Invisible characters come with numbers that were copied from web pages, and with languages written from the right.
    visible = "".join(character for character in text if unicodedata.category(character) != "Cf")
    folded = unicodedata.normalize("NFKC", visible)
    return "".join(map(_ascii_digit, folded)).strip()


def country_of(number: str) -> str:
    """The country (ISO 3166, "DE") of an E.164 number; "" where it has none or nobody knows it."""
    try:
        parsed = phonenumbers.parse(number, None)
    except NumberParseException:
        return ""
    regions = phonenumbers.region_codes_for_country_code(parsed.country_code or 0)
    region = regions[0] if len(regions) == 1 else phonenumbers.region_code_for_number(parsed)
    return region if region in COUNTRIES else ""


def is_beginning_within(prefix: str, country: str) -> bool:
    """Are all numbers that begin so ("+4989") of this country ("DE")? Not where countries share a beginning (+1)."""
    digits = prefix.removeprefix("+")
    codes = (int(digits[:length]) for length in range(1, 4) if len(digits) >= length)
    return any(phonenumbers.region_codes_for_country_code(code) == (country,) for code in codes)


def is_country_within(country: str, prefix: str) -> bool:
    """Do all numbers of this country ("DE") begin so ("+49", "+4")?"""
    return f"+{phonenumbers.country_code_for_region(country)}".startswith(prefix)


def _written(text: str) -> str:
    """What was written, in ASCII. Raises NotANumber for what can't be a number."""
    if len(text) > WRITTEN_CHARACTERS_MAX:
        raise NotANumber(f"has more than {WRITTEN_CHARACTERS_MAX} characters")
    # Superscripts and numbers in circles would fold to digits that nobody meant.
    if any(unicodedata.category(character) in ("No", "Nl") for character in text):
        raise NotANumber("holds signs that are no digits")
    plain = in_ascii(text)
    if any(character.isalpha() for character in plain):
        raise NotANumber("holds letters, or an extension")
    if _NUMBER.fullmatch(plain) is None:
        raise NotANumber("holds characters that numbers do not have" if plain else "is empty")
    digits = sum(map(str.isdigit, plain))
    if not _DIGITS_MIN <= digits <= _DIGITS_MAX + (2 if plain.startswith("00") else 0):
        raise NotANumber(f"has {digits} digits, and not {_DIGITS_MIN} to {_DIGITS_MAX}")
    return f"+{plain[2:]}" if plain.startswith("00") else plain


def _ascii_digit(character: str) -> str:
    value = unicodedata.decimal(character, None)
    return character if value is None else str(value)
