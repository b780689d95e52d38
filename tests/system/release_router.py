"""`python -m tests.system.release_router FOLDER NAME`: one router of the release that it is run from, told by lines.

Several of them run on the two logs of a folder. Each line is a JSON list, of what to do and with what; each is answered
by one line. Like the clients of a router, it asks again under the same id while another router owns the partition.
"""

import asyncio
import json
import logging
import sys
from pathlib import Path
from typing import Any

import structlog

from services.router.batch import REJECTED, always
from services.router.caller_lists import CallerLists
from services.router.core.commands import AcceptOffer, ActivatePlan, AttachAgent, Command, CompleteContact, SetPresence
from services.router.core.events import Presence
from services.router.core.snapshot import state_hash
from services.router.core.state import TenantState
from services.router.intake import Overloaded
from services.router.log_codec import decode_decided
from services.router.partition_logs import PartitionLogs
from services.router.partition_loop import NotOwner, PartitionLoop
from services.router.partition_state import PartitionState
from services.shared.clock import SystemClock
from services.shared.fence import Batch, Fence, Verdict
from services.shared.log_codec import judge_record
from services.shared.sqlite_event_log import SqliteEventLog
from switchroom.v1 import contact_pb2, inbound_pb2
from tests.fakes.memory_blob_store import MemoryBlobStore
from tests.unit.router.core.builders import TENANT, plan

AGENT = "ann"
PAUSE_S = 0.05
ANSWER_WITHIN_S = 60


class ReleaseRouter:
    def __init__(self, inbound: SqliteEventLog, router_log: SqliteEventLog, name: str) -> None:
        self._inbound, self._log = inbound, router_log
        lists = CallerLists(MemoryBlobStore(), b"k" * 32)
        self._loop = PartitionLoop(PartitionLogs(inbound, router_log, 0), lists, SystemClock(), f"{name}:8082")

    async def run(self) -> None:
        self._loop.assign()
        running = asyncio.create_task(self._loop.run())
        while line := await asyncio.to_thread(sys.stdin.readline):
            what, *given = json.loads(line)
            async with asyncio.timeout(ANSWER_WITHIN_S):
                answer = await getattr(self, what)(*given)
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()
        running.cancel()

    async def status(self) -> dict[str, Any]:
        return {"deciding": self._loop.deciding, "stopped": self._loop.stopped}

    async def work(self, contact_id: str) -> None:
        """Have a contact come in, and an agent take it if it comes to that."""
        await self._ask(ActivatePlan(plan()), "plan")
        await self._ask(AttachAgent(AGENT), f"attach-{contact_id}")
        await self._ask(SetPresence(AGENT, Presence.AVAILABLE), f"presence-{contact_id}")
        await self._inbound.append(0, _arrival(contact_id))
        offer = await self._offer(contact_id)
        await self._ask(AcceptOffer(AGENT, contact_id, offer), f"accept-{contact_id}")
        await self._ask(CompleteContact(AGENT, contact_id, ""), f"complete-{contact_id}")

    async def fold(self) -> dict[str, Any]:
        """What this release makes of the log from its beginning."""
        fence, state = Fence(), PartitionState()
        end = await self._log.end(0)
        async for record in self._log.read(0, 0):
            verdict, envelope = judge_record(fence, record)
            if verdict is Verdict.ACCEPTED and isinstance(envelope, Batch):
                state.apply(decode_decided(envelope.decided))
            if record.offset == end - 1:
                break
        return {"end": end, "format": fence.checkpoint.format, "hash": state_hash(state.tenant(TENANT))}

    async def _ask(self, command: Command, command_id: str) -> None:
        while True:
            try:
                answered = await self._loop.ask(TENANT, command_id, always(command))
            except (NotOwner, Overloaded):
                await asyncio.sleep(PAUSE_S)
                continue
            if answered.outcome == REJECTED:
                raise RuntimeError(f"the router failed at {command}")
            return

    async def _offer(self, contact_id: str) -> str:
        """The contact's offer, once the contact is known to the router; "" while it waits."""

        def seen(state: TenantState, _at_ms: int) -> str | None:
            return contact.offer_id if (contact := state.contacts.get(contact_id)) else None

        while True:
            try:
                offer, _ = await self._loop.look(TENANT, seen)
            except (NotOwner, Overloaded):
                offer = None
            if offer is not None:
                return offer
            await asyncio.sleep(PAUSE_S)


def _arrival(contact_id: str) -> bytes:
    envelope = inbound_pb2.InboundEnvelope(
        event_id=f"event-{contact_id}", tenant=TENANT, company="acme", contact_id=contact_id
    )
    envelope.contact_arrived.channel = contact_pb2.CHANNEL_WEB_CHAT
    envelope.contact_arrived.direction = contact_pb2.DIRECTION_INBOUND
    envelope.contact_arrived.ready = True
    return envelope.SerializeToString()


async def main(folder: Path, name: str) -> None:
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    inbound = await SqliteEventLog.open(folder / "contacts-inbound.sqlite")
    router_log = await SqliteEventLog.open(folder / "router-log.sqlite")
    await ReleaseRouter(inbound, router_log, name).run()
    await router_log.close()
    await inbound.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
