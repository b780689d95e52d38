"""What a demonstration opens to everybody: the floor of its tenant, and the customer's end of every channel."""

from collections.abc import Callable
from dataclasses import dataclass

from services.agents.settings import TryFrame
from services.cli.carrier.settings import Suggestion
from services.cli.demonstration.people import TENANT
from services.plan.compiled import Channel

# In a demonstration every page of this machine may frame the customers' pages: ports are taken as they are free.
FRAMED_BY = ("http://127.0.0.1:*", "http://localhost:*")


def _to(label: str, address: str) -> Suggestion:
    return Suggestion(label=label, address=address)


# Of the demonstration's plan: numbers and mailboxes that lead to different queues, languages and seats.
NUMBERS_TO_CALL = (
    _to("Acme Parts", "+442079460100"),
    _to("Acme Parts, German", "+493023125100"),
    _to("Globex Travel", "+442079460200"),
    _to("Your own seat, once its desk is empty", "+442079460190"),
)
NUMBERS_TO_TEXT = (
    _to("Acme Parts", "+442079460100"),
    _to("Hindi, हिन्दी", "+442079460104"),
    _to("Korean, 한국어", "+442079460105"),
    _to("Tagalog", "+442079460106"),
    _to("Persian, فارسی", "+442079460107"),
    _to("Your own seat, once its desk is empty", "+442079460190"),
)
MAILBOXES = (
    _to("Acme support", "support@acme.example"),
    _to("Acme billing", "billing@acme.example"),
    _to("German, Deutsch", "hilfe@acme.example"),
    _to("Hindi, हिन्दी", "sahayata@acme.example"),
    _to("Korean, 한국어", "munui@acme.example"),
    _to("Tagalog", "tulong@acme.example"),
    _to("Persian, فارسی", "komak@acme.example"),
    _to("Globex bookings", "bookings@globex.example"),
    _to("Your own seat", "tour@acme.example"),
)


@dataclass(frozen=True, slots=True)
class Stage:
    """`frames`: the pages for /try, by the addresses of ingest and of the carrier ("": there is none)."""

    tenant: str
    framed_by: tuple[str, ...]
    frames: Callable[[str, str], tuple[TryFrame, ...]]
    numbers_to_call: tuple[Suggestion, ...] = ()
    numbers_to_text: tuple[Suggestion, ...] = ()
    mailboxes: tuple[Suggestion, ...] = ()


def stage() -> Stage:
    """The stage; without a carrier there is no telephone and no mailbox on it."""
    return Stage(
        TENANT,
        FRAMED_BY,
        lambda pages_url, carrier_url: (*_pages(pages_url), *_carriers(carrier_url)),
        NUMBERS_TO_CALL,
        NUMBERS_TO_TEXT,
        MAILBOXES,
    )


def _pages(url: str) -> tuple[TryFrame, ...]:
    return (
        _frame("chat", "Chat", "Write to Acme Parts; the answer comes here.", f"{url}/c/acme-chat", Channel.WEB_CHAT),
        _frame("form", "Web form", "Leave a message for Acme Parts.", f"{url}/f/acme-contact", Channel.WEB_FORM),
        _frame("callback", "Call-back", "Be called, on the phone below.", f"{url}/b/442079460150", Channel.CALLBACK),
    )


def _carriers(url: str) -> tuple[TryFrame, ...]:
    if not url:
        return ()
    return (
        _frame("phone", "Phone", "Call, press keys, text.", f"{url}/phone", Channel.VOICE, Channel.SMS),
        _frame("mailbox", "Mailbox", "Write a mail, read the answer.", f"{url}/mailbox", Channel.EMAIL),
    )


def _frame(id: str, name: str, says: str, url: str, *channels: Channel) -> TryFrame:
    return TryFrame(id=id, name=name, says=says, url=url, channels=channels)
