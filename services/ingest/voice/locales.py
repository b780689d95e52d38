"""The carrier's voices: which locale speaks a language, after the table of Twilio's text-to-speech documentation.

https://www.twilio.com/docs/voice/twiml/say/text-speech: the values of <Say language="…">. Persian is not among them.
"""

# The locale for a language without a region, and first; then the others of that language.
LOCALES: dict[str, tuple[str, ...]] = {
    "af": ("af-ZA",),
    "ar": ("arb", "ar-XA"),
    "bg": ("bg-BG",),
    "bn": ("bn-IN",),
    "ca": ("ca-ES",),
    "cmn": ("cmn-CN", "cmn-TW"),
    "cs": ("cs-CZ",),
    "cy": ("cy-GB",),
    "da": ("da-DK",),
    "de": ("de-DE", "de-AT"),
    "el": ("el-GR",),
    "en": ("en-US", "en-GB", "en-AU", "en-IE", "en-IN", "en-NZ", "en-ZA"),
    "es": ("es-ES", "es-MX", "es-US"),
    "et": ("et-EE",),
    "eu": ("eu-ES",),
    "fi": ("fi-FI",),
    "fil": ("fil-PH",),
    "fr": ("fr-FR", "fr-BE", "fr-CA"),
    "gl": ("gl-ES",),
    "gu": ("gu-IN",),
    "he": ("he-IL",),
    "hi": ("hi-IN",),
    "hu": ("hu-HU",),
    "id": ("id-ID",),
    "is": ("is-IS",),
    "it": ("it-IT",),
    "ja": ("ja-JP",),
    "kn": ("kn-IN",),
    "ko": ("ko-KR",),
    "lt": ("lt-LT",),
    "lv": ("lv-LV",),
    "ml": ("ml-IN",),
    "mr": ("mr-IN",),
    "ms": ("ms-MY",),
    "nb": ("nb-NO",),
    "nl": ("nl-NL", "nl-BE"),
    "pa": ("pa-IN",),
    "pl": ("pl-PL",),
    "pt": ("pt-PT", "pt-BR"),
    "ro": ("ro-RO",),
    "ru": ("ru-RU",),
    "sk": ("sk-SK",),
    "sr": ("sr-RS",),
    "sv": ("sv-SE",),
    "ta": ("ta-IN",),
    "te": ("te-IN",),
    "th": ("th-TH",),
    "tr": ("tr-TR",),
    "uk": ("uk-UA",),
    "vi": ("vi-VN",),
    "yue": ("yue-HK",),
    "zh": ("cmn-CN", "cmn-TW"),
}
# What the same language is called elsewhere: Tagalog's standard form is Filipino; Norwegian is written as Bokmål.
SAME_AS = {"tl": "fil", "no": "nb", "iw": "he", "in": "id"}


def locale_of(language: str) -> str:
    """The carrier's locale for a BCP 47 tag, of its region where there is one; "" when no voice speaks it."""
    primary, _, rest = language.lower().partition("-")
    locales = LOCALES.get(SAME_AS.get(primary, primary), ())
    region = rest.rpartition("-")[2]
    spoken_there = [locale for locale in locales if region and locale.lower().endswith(f"-{region}")]
    return next(iter(spoken_there or locales), "")
