"""What callers hear: in which voice, and our own sentences."""

from dataclasses import asdict

import pytest

from services.ingest.voice.locales import LOCALES, locale_of
from services.ingest.voice.sentences import SENTENCES, sentences_in, spoken_language, wait_sentence

MINUTE = 60_000


@pytest.mark.parametrize(
    ("tag", "locale"),
    [
        ("en", "en-US"),
        ("en-gb", "en-GB"),
        ("EN-GB", "en-GB"),
        ("de", "de-DE"),
        ("de-at", "de-AT"),
        ("de-ch", "de-DE"),
        ("hi", "hi-IN"),
        ("ko", "ko-KR"),
        ("tl", "fil-PH"),
        ("fil", "fil-PH"),
        ("pt-br", "pt-BR"),
        ("zh-hant-tw", "cmn-TW"),
        ("fa", ""),
        ("", ""),
        ("xx", ""),
    ],
)
def test_a_tag_is_spoken_in_the_carriers_locale(tag: str, locale: str) -> None:
    assert locale_of(tag) == locale


def test_every_locale_is_of_its_language() -> None:
    assert all(locales and len(set(locales)) == len(locales) for locales in LOCALES.values())


@pytest.mark.parametrize("language", ["en", "de", "hi", "ko", "tl", "fa"])
def test_each_of_our_sentences_is_there_in_each_language_and_none_is_said_twice(language: str) -> None:
    said = asdict(SENTENCES[language])
    assert all(said.values())
    assert len(set(said.values())) == len(said)
    assert "{number}" in said["position"]
    assert "{minutes}" in said["minutes"]
    assert said.keys() == asdict(SENTENCES["en"]).keys()
    assert language == "en" or not set(said.values()) & set(asdict(SENTENCES["en"]).values())


def test_who_speaks_a_language_that_we_have_no_sentences_in_hears_english() -> None:
    assert (spoken_language("fr"), sentences_in("fr")) == ("en", SENTENCES["en"])
    assert (spoken_language("de-ch"), sentences_in("de-ch")) == ("de-ch", SENTENCES["de"])
    assert (spoken_language("en-gb"), sentences_in("en-gb")) == ("en-gb", SENTENCES["en"])
    assert (spoken_language("fil"), sentences_in("fil")) == ("fil", SENTENCES["tl"])


@pytest.mark.parametrize(
    ("wait_ms", "said"),
    [
        (0, "less than a minute"),
        (MINUTE, "less than a minute"),
        (MINUTE + 1, "about 2 minutes"),
        (60 * MINUTE, "about 60 minutes"),
        (60 * MINUTE + 1, "more than an hour"),
    ],
)
def test_the_expected_wait_is_said_in_whole_minutes_rounded_up(wait_ms: int, said: str) -> None:
    assert said in wait_sentence(SENTENCES["en"], wait_ms)
