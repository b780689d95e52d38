from services.plan.compiled import Attribute
from services.router.core.commands import CustomerLeaves, CustomerWrites, SetPresence
from services.router.core.events import Presence
from services.router.grpc_api.desk_messages import desk_message
from switchroom.v1 import contact_pb2, events_pb2, work_pb2
from tests.unit.router.core.builders import OFFER_MS, T0, TENANT, Core, agent, arrive, plan


def test_a_desk_says_who_and_how_much_of_them_is_taken() -> None:
    core = Core(plan(agent("ann", units=5))).on_duty("ann")
    core.do(SetPresence("ann", Presence.AWAY, "lunch"))
    message = desk_message(core.state, "ann")
    assert (message.agent, message.tenant, message.units, message.load) == ("ann", TENANT, 5, 0)
    assert (message.presence, message.presence_reason) == (events_pb2.PRESENCE_AWAY, "lunch")
    assert message.attached


def test_an_item_carries_all_that_its_agent_needs() -> None:
    core = Core(plan(agent("ann"))).on_duty("ann")
    offered_at_ms = core.at_ms
    core.do(arrive(attributes=(Attribute("size", "XL"),), ivr_path=("1", "2"), language="en", customer="hash"))
    item = desk_message(core.state, "ann").items[0]
    assert (item.contact_id, item.state, item.channel) == (
        "c1",
        work_pb2.WORK_STATE_OFFERED,
        contact_pb2.CHANNEL_WEB_CHAT,
    )
    assert (item.company, item.queue, item.dialed, item.language, item.customer) == (
        "acme",
        "sales",
        "page",
        "en",
        "hash",
    )
    assert (item.offer_id, item.deadline_ms, item.offered_at_ms) == ("c1.1", offered_at_ms + OFFER_MS, offered_at_ms)
    assert (item.arrived_at_ms, item.queued_at_ms) == (T0, offered_at_ms)
    assert [(each.name, each.value) for each in item.attributes] == [("size", "XL")]
    assert list(item.ivr_path) == ["1", "2"]
    assert (item.why.queue, "ann" in item.reason) == ("sales", True)


def test_an_item_says_how_the_conversation_goes() -> None:
    core = Core(plan(agent("ann"))).on_duty("ann")
    core.do(arrive())
    core.accept()
    core.do(CustomerWrites("c1", ""))
    item = desk_message(core.state, "ann").items[0]
    assert (item.state, item.messages, item.customer_left) == (work_pb2.WORK_STATE_ACTIVE, 1, False)
    core.do(CustomerLeaves("c1"))
    item = desk_message(core.state, "ann").items[0]
    assert (item.state, item.customer_left) == (work_pb2.WORK_STATE_WRAP_UP, True)


def test_somebody_of_no_plan_has_an_empty_desk() -> None:
    message = desk_message(Core(plan()).state, "nobody")
    assert (message.agent, message.presence, list(message.items)) == ("nobody", events_pb2.PRESENCE_OFFLINE, [])
