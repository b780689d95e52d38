"""The languages that a customer can ask to be called back in: those that the plan's rules can tell apart."""

# each name is in the script of its language

from collections.abc import Mapping
from types import MappingProxyType

from services.ingest.topics import concerns
from services.plan.compiled import Address, EntryPoint

# What speakers call their language: a choice that one has to read before one can choose it.
OWN_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "ar": "العربية",
        "bn": "বাংলা",
        "cs": "Čeština",
        "da": "Dansk",
        "de": "Deutsch",
        "el": "Ελληνικά",
        "en": "English",
        "es": "Español",
        "fa": "فارسی",
        "fi": "Suomi",
        "fil": "Filipino",
        "fr": "Français",
        "he": "עברית",
        "hi": "हिन्दी",
        "hu": "Magyar",
        "id": "Bahasa Indonesia",
        "it": "Italiano",
        "ja": "日本語",
        "ko": "한국어",
        "ms": "Bahasa Melayu",
        "nb": "Norsk bokmål",
        "nl": "Nederlands",
        "no": "Norsk",
        "pl": "Polski",
        "pt": "Português",
        "ro": "Română",
        "ru": "Русский",
        "sv": "Svenska",
        "sw": "Kiswahili",
        "ta": "தமிழ்",
        "te": "తెలుగు",
        "th": "ไทย",
        "tl": "Tagalog",
        "tr": "Türkçe",
        "uk": "Українська",
        "ur": "اردو",
        "vi": "Tiếng Việt",
        "zh": "中文",
    }
)


def own_name(language: str) -> str:
    """What its speakers call it; its tag where we don't know."""
    primary, _, rest = language.partition("-")
    name = OWN_NAMES.get(primary)
    if name is None:
        return language
    return f"{name} ({rest.upper()})" if rest else name


def languages_asked_for(entry_points: tuple[EntryPoint, ...], company: str, address: Address) -> tuple[str, ...]:
    """The languages that rules for contacts of this address ask for, and its own, sorted by tag."""
    matches = [each.match for each in entry_points if concerns(each.match, company, address)]
    asked = {language for match in matches for language in match.languages}
    return tuple(sorted({*asked, address.language.lower()} - {""}))
