"""Who calls: one spelling for each number and address, and which of a plan's classes of callers it is in.

Callers are private. The plan holds the beginnings of numbers, the countries and the domains that its rules ask for; who
is on a list, and whom an entry point names, is kept as keyed hashes in a file of its own.
"""

import json
import re
import unicodedata
from collections.abc import Iterable

import phonenumbers

from services.plan.compiled import CallerPrefix, Plan
from services.plan.numbers import country_of, in_ascii
from services.shared.keyed_hash import keyed_hash

INTERNATIONAL = re.compile(r"\+[0-9 ().\-/\N{HYPHEN}\N{EN DASH}\N{MINUS SIGN}]{3,60}")
NATIONAL = re.compile(r"[0-9 ().\-/]{7,60}")
COUNTRY_CLASS = "country:"


def normalise_caller(text: str) -> str:
    """The one spelling of a caller: E.164 of an international number, a mail address in small letters, or as it is.

    Also for the addresses of companies, so that what was dialled and what the plan says are spelt alike.
    """
    plain = in_ascii(text)
    if "@" in plain:
        return unicodedata.normalize("NFKC", plain.lower())
    return _e164(plain) if INTERNATIONAL.fullmatch(plain) else plain


def is_national_number(normal: str) -> bool:
    """Is this the number of a person or firm, but without its country? Short codes and extensions are not."""
    return NATIONAL.fullmatch(normal) is not None and sum(map(str.isdigit, normal)) >= 7


def caller_hash(key: bytes, tenant: str, normal: str) -> str:
    """What stands for a caller wherever the caller itself may not be: 32 hex digits."""
    return keyed_hash(key, tenant, "caller", normal)


def _e164(plain: str) -> str:
    try:
        number = phonenumbers.parse(plain, None)
    except phonenumbers.NumberParseException:
        return plain
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


class CallerFacts:
    """What a plan in force knows of callers."""

    def __init__(self, plan: Plan, private: bytes, key: bytes) -> None:
        """`private` is the content of the blob that the plan names; empty, or {}, where it names none."""
        self.plan = plan
        self._key = key
        self._countries = _countries_asked_for(plan)
        self._classes_by_hash: dict[str, list[str]] = {}
        for caller_class, hashes in json.loads(private or b"{}").items():
            for each in hashes:
                self._classes_by_hash.setdefault(each, []).append(caller_class)

    def classes(self, caller: str) -> tuple[str, ...]:
        """The classes that the caller is in, sorted; none for a caller who is not known ("")."""
        normal = normalise_caller(caller)
        listed = self._classes_by_hash.get(caller_hash(self._key, self.plan.tenant, normal), [])
        country = f"{COUNTRY_CLASS}{country_of(normal)}" if self._countries else ""
        of_country = {country} & self._countries
        return tuple(sorted({*listed, *_public_classes(self.plan.caller_prefixes, normal), *of_country}))


def _countries_asked_for(plan: Plan) -> frozenset[str]:
    """The classes of countries that the plan's rules ask for; no other is worked out."""
    asked = [each for entry in plan.entry_points for each in entry.match.caller_classes]
    asked += [each.caller_class for each in plan.caller_values]
    return frozenset(each for each in asked if each.startswith(COUNTRY_CLASS))


def _public_classes(prefixes: Iterable[CallerPrefix], normal: str) -> Iterable[str]:
    for each in prefixes:
        is_domain = each.prefix.startswith("@")
        if normal.endswith(each.prefix) if is_domain else normal.startswith(each.prefix):
            yield each.caller_class
