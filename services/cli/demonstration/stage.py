"""What a demonstration opens to everybody: the floor of its tenant, and the customer's end of every channel."""

from collections.abc import Callable
from dataclasses import dataclass

from services.agents.settings import TryFrame
from services.cli.demonstration.people import TENANT
from services.plan.compiled import Channel

# In a demonstration every page of this machine may frame the customers' pages: ports are taken as they are free.
FRAMED_BY = ("http://127.0.0.1:*", "http://localhost:*")


@dataclass(frozen=True, slots=True)
class Stage:
    """`frames`: the pages for /try, by the addresses of ingest and of the carrier ("": there is none)."""

    tenant: str
    framed_by: tuple[str, ...]
    frames: Callable[[str, str], tuple[TryFrame, ...]]


def stage() -> Stage:
    """The stage; without a carrier there is no telephone and no mailbox on it."""
    return Stage(TENANT, FRAMED_BY, lambda pages_url, carrier_url: (*_pages(pages_url), *_carriers(carrier_url)))


def _pages(url: str) -> tuple[TryFrame, ...]:
    return (
        _frame("chat", "Chat", "Write to Acme Parts; the answer comes here.", f"{url}/c/acme-chat", Channel.WEB_CHAT),
        _frame("form", "Web form", "Leave a message for Acme Parts.", f"{url}/f/acme-contact", Channel.WEB_FORM),
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
