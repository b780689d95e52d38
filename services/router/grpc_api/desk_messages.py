"""What is on an agent's desk, as programs see it."""

from services.plan.reason import handed_over_reason, reason
from services.router.core.desk import load
from services.router.core.records import Agent, Contact, ContactStatus
from services.router.core.state import TenantState
from services.shared.proto_mapping import fill
from switchroom.v1 import contact_pb2, events_pb2, work_pb2

STATES = {
    ContactStatus.OFFERED: work_pb2.WORK_STATE_OFFERED,
    ContactStatus.ACTIVE: work_pb2.WORK_STATE_ACTIVE,
    ContactStatus.WRAP_UP: work_pb2.WORK_STATE_WRAP_UP,
}
COPIED = (
    "company",
    "queue",
    "dialed",
    "language",
    "offer_id",
    "deadline_ms",
    "arrived_at_ms",
    "queued_at_ms",
    "offered_at_ms",
    "previous_contact_id",
    "messages",
    "customer_left",
    "customer",
    "about",
)


def desk_message(state: TenantState, name: str) -> work_pb2.AgentDesk:
    """An agent's desk, whole; of somebody who is in no plan, an empty one."""
    agent = state.agents.get(name)
    if agent is None:
        return work_pb2.AgentDesk(agent=name, tenant=state.tenant, presence=events_pb2.PRESENCE_OFFLINE)
    return work_pb2.AgentDesk(
        agent=name,
        tenant=state.tenant,
        presence=events_pb2.Presence.Value(f"PRESENCE_{agent.presence.upper()}"),
        presence_reason=agent.reason,
        attached=agent.attached,
        units=agent.profile.units,
        load=load(state, agent),
        items=_items(state, agent),
    )


def item_message(state: TenantState, contact: Contact) -> work_pb2.WorkItem:
    """A contact that an agent has, or is offered."""
    item = work_pb2.WorkItem(
        contact_id=contact.id,
        state=STATES[contact.status],
        channel=contact_pb2.Channel.Value(f"CHANNEL_{contact.channel.upper()}"),
        direction=contact_pb2.Direction.Value(f"DIRECTION_{contact.direction.upper()}"),
        ivr_path=contact.ivr_path,
        **{name: getattr(contact, name) for name in COPIED},
    )
    for attribute in contact.attributes:
        fill(item.attributes.add(), attribute)
    if contact.why is not None:
        fill(item.why, contact.why)
        item.reason = reason(contact.agent, contact.why)
    elif contact.status is ContactStatus.ACTIVE:
        item.reason = handed_over_reason(contact.agent)
    if contact.about and contact.status is not ContactStatus.ENDED:
        about = state.contacts[contact.about]
        item.asked_by, item.customer = about.agent, about.customer
    if contact.consultation:
        item.consultation.CopyFrom(_consultation(state.contacts[contact.consultation]))
    return item


def _consultation(asked: Contact) -> work_pb2.Consultation:
    """Whoever was only offered it is not named: they may decline."""
    return work_pb2.Consultation(
        contact_id=asked.id,
        queue=asked.queue,
        to_agent=asked.preferred,
        state=STATES.get(asked.status, work_pb2.WORK_STATE_UNSPECIFIED),
        agent=asked.agent if asked.status is ContactStatus.ACTIVE else "",
    )


def _items(state: TenantState, agent: Agent) -> list[work_pb2.WorkItem]:
    contacts = (state.contacts[contact_id] for contact_id in agent.items)
    return [item_message(state, contact) for contact in contacts if contact.status in STATES]
