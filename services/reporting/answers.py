"""What the HTTP answers say: plain values, named as in docs/metrics.md."""

from dataclasses import asdict
from typing import Any

from services.plan.reason import reason
from services.reporting.facts import (
    CallConnected,
    ConsultationOpened,
    ContactAccepted,
    ContactDiverted,
    ContactEnded,
    ContactHandedOver,
    ContactOffered,
    ContactQueued,
    ContactRefined,
    ContactReturned,
    ContactTransferred,
    CustomerLeft,
    CustomerTold,
    CustomerWrote,
    Happened,
    OfferAccepted,
    OfferCarried,
    OfferReturned,
    PlaceKept,
    ReplySettled,
    StepOpened,
    StepTaken,
    WrapUpStarted,
)
from services.reporting.list_rows import contact_answer
from services.reporting.projections.live import LiveNow
from services.reporting.projections.timeline import Timeline
from services.shared.document_store import Document

PLAIN_NAMES: dict[type[Any], str] = {
    ContactAccepted: "arrived",
    ContactRefined: "refined",
    ContactQueued: "queued",
    StepOpened: "step_opened",
    StepTaken: "step_taken",
    CustomerTold: "customer_told",
    ContactDiverted: "diverted",
    PlaceKept: "place_kept",
    ContactOffered: "offered",
    OfferAccepted: "accepted",
    CallConnected: "connected",
    OfferCarried: "offer_carried",
    CustomerWrote: "customer_wrote",
    CustomerLeft: "customer_left",
    WrapUpStarted: "wrap_up_started",
    ContactTransferred: "transferred",
    ConsultationOpened: "consultation_opened",
    ContactHandedOver: "handed_over",
    ContactReturned: "taken_back",
    ContactEnded: "ended",
}


def live_answer(now: LiveNow) -> dict[str, Any]:
    """How things stand."""
    return {
        "at_ms": now.at_ms,
        "companies": [{"company": each.company} | asdict(each.work) for each in now.companies],
        "queues": [
            {"queue": each.queue, "company": each.company, "name": each.name} | asdict(each.work) for each in now.queues
        ],
        "agents": [asdict(each.state) | asdict(each.work) for each in now.agents],
    }


def timeline_answer(row: Document, timeline: Timeline) -> dict[str, Any]:
    """One contact with all that happened to it; entries that were left out stood between the first 50 and the rest."""
    return {
        "contact": contact_answer(row),
        "entries": [_entry(happened) for happened in timeline.facts()],
        "entries_left_out": timeline.left_out,
    }


def what_happened(fact: Any) -> str:
    """The name of a fact, as timelines have it."""
    match fact:
        case OfferReturned():
            return f"offer_{fact.because}"
        case ReplySettled():
            return "reply_delivered" if fact.delivered else "reply_failed"
        case _:
            return PLAIN_NAMES[type(fact)]


def _entry(happened: Happened) -> dict[str, Any]:
    fact = happened.fact
    details = asdict(fact)
    details.pop("contact_id", None)
    said = {"reason": reason(fact.agent, fact.why)} if isinstance(fact, ContactOffered) else {}
    return {"at_ms": happened.at_ms, "what": what_happened(fact)} | said | details
