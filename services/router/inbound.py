"""Inbound envelopes to commands: where private facts stop.

The caller goes no further than this file: out of it come a keyed hash and the classes that the plan's rules know.
"""

from collections.abc import Callable

from services.plan.caller import CallerFacts, normalise_caller
from services.plan.compiled import Channel
from services.router.core.commands import (
    Arrive,
    Command,
    ConnectCall,
    CustomerLeaves,
    CustomerWrites,
    Refine,
    ReturnCall,
    SettleReply,
)
from services.router.envelopes import (
    Arrived,
    CallAnswered,
    CallUnanswered,
    Changed,
    Envelope,
    Left,
    MessageAdded,
    Settled,
)
from services.shared.keyed_hash import keyed_hash

# What has to be parsed (a mail) or converted (a fax, a letter) is queued as it is without a result by then.
PARSED_WITHIN_MS = 60_000
PARSED = (Channel.EMAIL, Channel.FAX, Channel.LETTER)
# Whoever wants to be called back may name a time no further ahead.
AHEAD_MS_MAX = 30 * 24 * 3_600_000

FactsOf = Callable[[str], tuple[str, tuple[str, ...]]]


def caller_facts(
    customers_key: bytes, tenant: str, facts: CallerFacts | None, caller: str
) -> tuple[str, tuple[str, ...]]:
    """The customer's keyed hash ("" without a caller) and the classes of the plan that the caller is in."""
    normal = normalise_caller(caller)
    if not normal:
        return "", ()
    customer = keyed_hash(customers_key, tenant, "caller", normal)
    return customer, facts.classes(normal) if facts else ()


def command_for(envelope: Envelope, appended_at_ms: int, facts_of: FactsOf) -> Command:
    """The command that an envelope means; `facts_of` turns a caller into keyed hash and classes."""
    match envelope.what:
        case Arrived() as arrived:
            return _arrive(envelope, arrived, appended_at_ms, facts_of)
        case Changed() as changed:
            return _refine(envelope, changed)
        case CallAnswered() | CallUnanswered() as call:
            return _call(envelope, call)
        case MessageAdded(successor):
            return CustomerWrites(envelope.contact_id, successor)
        case Left():
            return CustomerLeaves(envelope.contact_id)
        case Settled(outbound_id, delivered):
            return SettleReply(envelope.contact_id, outbound_id, delivered)


def _refine(envelope: Envelope, changed: Changed) -> Refine:
    return Refine(
        envelope.contact_id,
        changed.ivr_path,
        changed.language,
        changed.attributes,
        changed.continues_contact_id,
        changed.ready,
    )


def _call(envelope: Envelope, call: CallAnswered | CallUnanswered) -> ConnectCall | ReturnCall:
    kind = ConnectCall if isinstance(call, CallAnswered) else ReturnCall
    return kind(envelope.contact_id, call.offer_id)


def _arrive(envelope: Envelope, arrived: Arrived, appended_at_ms: int, facts_of: FactsOf) -> Arrive:
    customer, classes = facts_of(arrived.caller)
    return Arrive(
        contact_id=envelope.contact_id,
        company=envelope.company,
        channel=arrived.channel,
        direction=arrived.direction,
        dialed=arrived.dialed,
        caller_classes=classes,
        customer=customer,
        ivr_path=arrived.ivr_path,
        language=arrived.language,
        attributes=arrived.attributes,
        arrived_at_ms=appended_at_ms,
        previous_contact_id=arrived.previous_contact_id,
        ready=arrived.ready,
        queue_anyway_at_ms=0 if arrived.ready else _queue_anyway_at_ms(arrived, appended_at_ms),
        keeps_place_of=arrived.keeps_place_of,
    )


def _queue_anyway_at_ms(arrived: Arrived, appended_at_ms: int) -> int:
    if arrived.queue_at_ms:
        return min(arrived.queue_at_ms, appended_at_ms + AHEAD_MS_MAX)
    return appended_at_ms + PARSED_WITHIN_MS if arrived.channel in PARSED else 0
