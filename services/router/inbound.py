"""Inbound envelopes to commands: where private facts stop.

The caller goes no further than this file: out of it come a keyed hash and the classes that the plan's rules know.
"""

from collections.abc import Callable

from services.plan.caller import CallerFacts, normalise_caller
from services.plan.compiled import Channel
from services.router.core.commands import Arrive, Command, CustomerLeaves, CustomerWrites, Refine, SettleReply
from services.router.envelopes import Arrived, Changed, Envelope, Left, MessageAdded, Settled
from services.shared.keyed_hash import keyed_hash

# A mail without a result of its parsing by then is queued as it is.
PARSED_WITHIN_MS = 60_000

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
            return Refine(
                envelope.contact_id,
                changed.ivr_path,
                changed.language,
                changed.attributes,
                changed.continues_contact_id,
                changed.ready,
            )
        case MessageAdded(successor):
            return CustomerWrites(envelope.contact_id, successor)
        case Left():
            return CustomerLeaves(envelope.contact_id)
        case Settled(outbound_id, delivered):
            return SettleReply(envelope.contact_id, outbound_id, delivered)


def _arrive(envelope: Envelope, arrived: Arrived, appended_at_ms: int, facts_of: FactsOf) -> Arrive:
    customer, classes = facts_of(arrived.caller)
    waits_for_parsing = arrived.channel is Channel.EMAIL and not arrived.ready
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
        queue_anyway_at_ms=appended_at_ms + PARSED_WITHIN_MS if waits_for_parsing else 0,
    )
