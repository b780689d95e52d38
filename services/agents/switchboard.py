"""The switchboard: when an agent has accepted a call, ingest is told on contacts.outbound where their telephone is.

It goes by the log, so it is told of nothing but accepted offers; and again after a crash, under the same id.
"""

import structlog

from services.agents.call_lines import CALLS
from services.agents.documents import CONTACTS, within
from services.agents.heard import Connect, Decided, Message, OfferAccepted, Outbound
from services.agents.log_codec import encode_outbound
from services.agents.metrics import CONNECTS
from services.agents.people import person_of_agent
from services.plan.compiled import Channel
from services.shared.clock import Clock
from services.shared.document_store import Document, DocumentStore
from services.shared.event_log import EventLog
from services.shared.keyed_hash import keyed_hash
from services.shared.partition import partition_of

# No secret: it only keeps these ids apart from all others.
ID_KEY = b"calls put through"

log = structlog.get_logger()


class Switchboard:
    """Raises StoreUnavailable and LogUnavailable: let it hear the same again."""

    def __init__(self, documents: DocumentStore, outbound: EventLog, clock: Clock) -> None:
        self._documents = documents
        self._outbound = outbound
        self._clock = clock

    async def hear(self, decided: Decided) -> None:
        """Have a call put through if it was accepted; the contact's document is filed already."""
        accepted = decided.decision
        if not isinstance(accepted, OfferAccepted):
            return
        contact = await self._documents.get(CONTACTS, within(decided.tenant, accepted.contact_id))
        if contact is None or contact.get("channel") not in CALLS:
            return
        await self._append(await self._envelope(decided.tenant, accepted, contact))

    async def _envelope(self, tenant: str, accepted: OfferAccepted, contact: Document) -> Outbound:
        person = await person_of_agent(self._documents, tenant, accepted.agent)
        if person is None or not person.phone:
            log.warning("agent_has_no_telephone", tenant=tenant, agent=accepted.agent)
        return Outbound(
            event_id=keyed_hash(ID_KEY, tenant, accepted.contact_id, accepted.offer_id),
            tenant=tenant,
            company=contact["company"],
            contact_id=accepted.contact_id,
            channel=Channel(contact["channel"]),
            agent=accepted.agent,
            to=contact.get("caller", ""),
            from_=contact.get("dialed", ""),
            message=Message(),
            written_at_ms=self._clock.wall_ms(),
            connect=Connect(accepted.offer_id, person.phone if person else "", contact.get("about", "")),
        )

    async def _append(self, outbound: Outbound) -> None:
        partition = partition_of(outbound.tenant, self._outbound.partitions)
        await self._outbound.append(partition, encode_outbound(outbound))
        CONNECTS.labels(outbound.channel.value).inc()
