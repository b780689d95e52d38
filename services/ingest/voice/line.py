"""A customer's line: whose call it is, as it travels in the signed URLs that the carrier calls."""

import re
from dataclasses import dataclass

from services.ingest.carriers.webhook import NotTaken, Urls, Webhook

CALL_ID = re.compile(r"CA[0-9a-f]{32}")
OFFER = re.compile(r"[A-Za-z0-9._:-]{1,128}")
COUNT = re.compile(r"[0-9]{1,6}")
MOMENT = re.compile(r"[0-9]{1,15}")
NUMBER = re.compile(r"\+[1-9][0-9]{5,14}")
# What the carrier writes for callers who withhold their number: the keys that spell ANONYMOUS, BLOCKED, UNKNOWN,
# RESTRICTED and UNAVAILABLE on a telephone.
WITHHELD = frozenset({"+266696687", "+2562533", "+8656696", "+7378742833", "+86282452253"})


@dataclass(frozen=True, slots=True)
class Line:
    """`language` is what we speak to the customer, a BCP 47 tag or ""."""

    tenant: str
    company: str
    contact_id: str
    language: str

    def url(self, urls: Urls, path: str, **more: str) -> str:
        """A URL of ours that knows the line."""
        return urls(
            path,
            tenant=self.tenant,
            company=self.company,
            contact=self.contact_id,
            language=self.language,
            **more,
        )


def line_of(webhook: Webhook) -> Line:
    """The line that a URL of ours names. Raises NotTaken where it names none."""
    named = {name: webhook.query.get(name, "") for name in ("tenant", "company", "contact", "language")}
    if not named["tenant"] or not named["contact"]:
        raise NotTaken(400, "The request was not taken: its URL names no call; use the URLs as they were given.")
    return Line(named["tenant"], named["company"], named["contact"], named["language"])


def call_id_of(webhook: Webhook, field: str = "CallSid") -> str:
    """The carrier's id of the call. Raises NotTaken where it is none."""
    call_id = webhook.field(field)
    if not CALL_ID.fullmatch(call_id):
        raise NotTaken(400, f"The request was not taken: its {field} is no id of a call.")
    return call_id


def count_in(webhook: Webhook, name: str) -> int | None:
    """A small number in a URL of ours; None where it has none of that name. Raises NotTaken."""
    text = webhook.query.get(name, "")
    if not text:
        return None
    if not COUNT.fullmatch(text):
        raise NotTaken(400, "The request was not taken: its URL is none of ours; use the URLs as they were given.")
    return int(text)


def moment_in(webhook: Webhook, name: str) -> int:
    """A wall clock's time in a URL of ours, in ms; 0 where it has none of that name. Raises NotTaken."""
    text = webhook.query.get(name, "") or "0"
    if not MOMENT.fullmatch(text):
        raise NotTaken(400, "The request was not taken: its URL is none of ours; use the URLs as they were given.")
    return int(text)


def offer_of(webhook: Webhook) -> str:
    """The accepted offer that a URL of ours names. Raises NotTaken where it names none."""
    offer_id = webhook.query.get("offer", "")
    if not OFFER.fullmatch(offer_id):
        raise NotTaken(400, "The request was not taken: its URL names no offer; use the URLs as they were given.")
    return offer_id


def caller_of(webhook: Webhook) -> str:
    """The caller's number in E.164, or "" where it is withheld or is none."""
    caller = webhook.field("From")
    return caller if NUMBER.fullmatch(caller) and caller not in WITHHELD else ""
