"""What is let in of the texts that visitors type: lines, messages, addresses, language tags, choices."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from services.ingest.topics import WELL_FORMED
from services.plan.numbers import in_ascii, to_e164

# Controls, and characters that turn the direction of what follows them: they hide what a line says.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")
_CONTROLS_BUT_BREAKS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff]")
_MAIL = re.compile(r"[^\s@<>()\[\],;:\\\"]{1,64}@[^\s@<>()\[\],;:\\\"_]{1,253}")
_NATIONAL = re.compile(r"[0-9]{3,15}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8}){0,3}")


def one_line(text: str) -> str:
    """Trimmed. Raises ValueError when it holds control characters."""
    line = text.strip()
    if _CONTROLS.search(line):
        raise ValueError("holds control characters; write it without them")
    return line


def message_text(text: str) -> str:
    """Trimmed, with line breaks as LF. Raises ValueError when it holds other control characters, or nothing."""
    content = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not content:
        raise ValueError("is empty; write a message")
    if _CONTROLS_BUT_BREAKS.search(content):
        raise ValueError("holds control characters; write it without them")
    return content


def clean_address(text: str) -> str:
    """A mail address with its domain in lower case, or "". Raises ValueError."""
    address = text.strip()
    if not address:
        return ""
    name, _, domain = address.rpartition("@")
    if not _MAIL.fullmatch(address) or _CONTROLS.search(address) or ".." in domain or domain.strip(".") != domain:
        raise ValueError("is no mail address; write it as name@example.com")
    return f"{name}@{domain.lower()}"


def mail_or_phone(text: str) -> str:
    """A mail address, or a phone number: E.164 where a country was given, else its digits. Raises ValueError."""
    if "@" in text:
        return clean_address(text)
    plain = in_ascii(text)
    if plain.startswith(("+", "00")):
        return to_e164(text)
    number = re.sub(r"[ ()./-]", "", plain)
    if not _NATIONAL.fullmatch(number):
        raise ValueError("is neither a mail address nor a phone number; write name@example.com or +49 30 1234567")
    return number


def language_tag(text: str) -> str:
    """A BCP 47 tag in lower case, or "". Raises ValueError."""
    tag = text.strip().lower().replace("_", "-")
    if tag and not _LANGUAGE.fullmatch(tag):
        raise ValueError('is no language tag; write one like "en" or "pt-br", or leave it out')
    return tag


def topic_value(text: str) -> str:
    """A choice of a page, or "". Raises ValueError."""
    if text and not WELL_FORMED.fullmatch(text):
        raise ValueError("is no choice of this page; take one of those it offers, or leave it out")
    return text


OneLine = Annotated[str, AfterValidator(one_line)]
MessageText = Annotated[str, AfterValidator(message_text)]
MailOrPhone = Annotated[str, Field(max_length=254), AfterValidator(mail_or_phone)]
Language = Annotated[str, Field(max_length=35), AfterValidator(language_tag)]
TopicValue = Annotated[str, Field(max_length=520), AfterValidator(topic_value)]
