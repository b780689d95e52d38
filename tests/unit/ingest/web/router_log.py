"""Writes what a router would decide, as the owner of one partition."""

from typing import Any

from services.ingest.router_log.facts import Fact, Plan, PlanActivated
from services.plan.compiled import Address, Attribute, Channel, Company, Direction, EntryPoint, Match, Route
from services.shared.event_log import EventLog
from services.shared.fence import ZERO_DIGEST, Barrier, Batch, next_digest
from services.shared.log_codec import encode_record
from services.shared.proto_mapping import fill
from switchroom.v1 import log_pb2

CLAIM = b"c" * 16
HOSTILE = "<script>alert(\"x\")</script> & 'Söhne'"

EVERYBODY = Match()


def entry_point(**match: Any) -> EntryPoint:
    return EntryPoint("e", Match(**match), Route("q"))


ENTRY_POINTS = (
    entry_point(companies=("acme",), attributes=(Attribute("topic", "refund"),)),
    entry_point(attributes=(Attribute("topic", "lost-parcel"),), channels=(Channel.WEB_FORM, Channel.WEB_CHAT)),
    entry_point(ivr_path=("billing", "invoice"), channels=(Channel.VOICE, Channel.WEB_FORM)),
    entry_point(ivr_path=("phone", "only")),
    entry_point(attributes=(Attribute("topic", "calls"),), channels=(Channel.VOICE,)),
    entry_point(attributes=(Attribute("topic", "ours"),), directions=(Direction.OUTBOUND,)),
    entry_point(attributes=(Attribute("topic", "travel"),), companies=("globex",)),
)

ACME = Company(
    "acme",
    "Acme Parts",
    (
        Address(Channel.WEB_FORM, "acme-contact"),
        Address(Channel.WEB_FORM, "acme-kontakt", "de"),
        Address(Channel.WEB_CHAT, "acme-chat"),
        Address(Channel.EMAIL, "support@acme.example"),
    ),
)
HOSTILE_COMPANY = Company("hostile", HOSTILE, (Address(Channel.WEB_FORM, "x"), Address(Channel.WEB_CHAT, "x")))


def plan(tenant: str = "demo", *companies: Company, version: int = 1) -> PlanActivated:
    return PlanActivated(Plan(tenant, version, companies or (ACME, HOSTILE_COMPANY), ENTRY_POINTS))


def decided(tenant: str, *facts: Fact) -> bytes:
    message = log_pb2.Decided(inbound_offset=-1)
    command = message.commands.add(tenant=tenant)
    for fact in facts:
        event: Any = command.events.add()
        kind = type(fact).__name__
        name = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in kind).lstrip("_")
        getattr(event, name).SetInParent()
        fill(getattr(event, name), fact)
    return message.SerializeToString()


class RouterLog:
    def __init__(self, log: EventLog, partition: int = 0) -> None:
        self._log = log
        self._partition = partition
        self._seq = 0
        self._digest = ZERO_DIGEST

    async def claim(self) -> None:
        await self._log.append(self._partition, encode_record(Barrier(1, CLAIM, "127.0.0.1:8082", 1)))

    async def commit(self, *facts: Fact, tenant: str = "demo") -> None:
        content = decided(tenant, *facts)
        self._seq += 1
        batch = Batch(1, CLAIM, self._seq, self._digest, 1, content)
        self._digest = next_digest(self._digest, 1, content)
        await self._log.append(self._partition, encode_record(batch))
