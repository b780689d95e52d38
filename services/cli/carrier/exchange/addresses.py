"""Telephone numbers and SIP addresses as a carrier takes them: E.164 from digits of any script, or sip:name@host."""

import re
import unicodedata

import phonenumbers

ADDRESS_CHARACTERS_MAX = 128
SIP = re.compile(r"sips?:[A-Za-z0-9_.!~*'()&=+$,;?/%-]{1,64}@[A-Za-z0-9.-]{1,63}(:\d{1,5})?", re.ASCII | re.IGNORECASE)
E164 = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
# What people write between digits: spaces, dashes, dots, slashes, brackets, and marks of direction.
BETWEEN = re.compile(r"[\s().\-/\u2010-\u2015\u00a0\u200e\u200f\u202a-\u202e\u2066-\u2069]")

# As keyboards of East Asia write them.
WIDE = str.maketrans("\uff0b\uff0a\uff03", "+*#")


class NotAnAddress(ValueError):
    """It is neither a telephone number with its country code nor a SIP address."""


def read_address(written: str) -> str:
    """E.164 or a SIP address, from however it was written. Raises NotAnAddress."""
    text = written.strip()
    if len(text) > ADDRESS_CHARACTERS_MAX:
        raise NotAnAddress("it is too long")
    if SIP.fullmatch(text):
        return text.lower()
    number = _plain(text)
    if E164.fullmatch(number):
        return number
    raise NotAnAddress("write a number with its country code, such as +4930123456, or sip:name@host")


def country_of(address: str) -> str:
    """The two letters of the country that a number belongs to; "" where that can't be said."""
    if not address.startswith("+"):
        return ""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(address)) or ""
    except phonenumbers.NumberParseException:
        return ""


def in_ascii(digits: str) -> str:
    """The same with digits 0 to 9, whatever script they are written in; not ² or ½, which are no digits of a number."""
    return "".join(_digit(character) for character in digits.translate(WIDE))


def _plain(text: str) -> str:
    number = BETWEEN.sub("", in_ascii(text))
    return "+" + number[2:] if number.startswith("00") else number


def _digit(character: str) -> str:
    value = unicodedata.decimal(character, None)
    return character if value is None else str(value)
