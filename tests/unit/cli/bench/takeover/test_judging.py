"""A real router's log, as it is and with something wrong in it, before the auditor."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import replace
from typing import Any

import pytest

from services.cli.bench.takeover.committed import ContactKey
from services.cli.bench.takeover.judging import Judged, ReplicaHash, judge
from services.cli.bench.takeover.seen import Seen
from services.cli.bench.takeover.violation import Rule
from services.router.core.commands import AcceptOffer, CompleteContact
from services.router.core.events import ContactOffered, Event
from services.router.core.state import TenantState
from services.router.decided import Decided
from services.router.log_codec import encode_command, encode_decided
from services.router.partition_state import PartitionState
from services.router.state_hash import partition_hash
from services.shared.fence import FORMAT, ZERO_DIGEST, Barrier, Batch, next_digest
from services.shared.log_codec import encode_record
from services.shared.memory_event_log import MemoryEventLog
from tests.fakes.virtual_time import in_virtual_time, until
from tests.unit.router.core.builders import TENANT
from tests.unit.router.shell import Shell, deciding

CONTACTS = ("c1", "c2", "c3")
ACKNOWLEDGED = {ContactKey(TENANT, contact): 1 for contact in CONTACTS}
CLAIM = b"c" * 16
Change = Callable[[list[Decided]], list[Decided]]


class AtOnce(Executor):
    """No other process: virtual time has no place for one."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        done: Future[Any] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001  # as an executor does
            done.set_exception(error)
        return done


async def serve(shell: Shell, contact: str) -> None:
    """The contact arrives, is offered, accepted and completed."""
    await shell.arrive(contact)
    await until(lambda: _agent_of(shell, contact))
    offered = [event for event in await shell.events(ContactOffered) if event.contact_id == contact][-1]
    await shell.do(AcceptOffer(offered.agent, contact, offered.offer_id))
    await shell.do(CompleteContact(offered.agent, contact, "solved"))


def _agent_of(shell: Shell, contact: str) -> str:
    certain = shell.loop.certain()
    found = certain[1].tenant(TENANT).contacts.get(contact) if certain else None
    return found.agent if found else ""


async def two_lives(shell: Shell) -> Shell:
    """Contacts before and after a takeover."""
    await shell.on_duty("ann", "bob")
    await serve(shell, "c1")
    await serve(shell, "c2")
    await shell.kill()
    await shell.begin()
    await shell.on_duty("ann", "bob")
    await serve(shell, "c3")
    return shell


def told_by(shell: Shell) -> ReplicaHash:
    certain = shell.loop.certain()
    assert certain is not None
    position, state = certain
    return ReplicaHash("router-1", 0, position.offset, partition_hash(state))


async def judged(shell: Shell, log: MemoryEventLog | None = None, told: Sequence[ReplicaHash] = ()) -> Judged:
    found = await judge(shell.inbound, log or shell.kept, told, AtOnce())
    found.audit.finish(ACKNOWLEDGED, Seen())
    return found


async def with_change(shell: Shell, change: Change) -> MemoryEventLog:
    """The log as it would be had a router decided otherwise: the fence finds nothing wrong with it."""
    log = MemoryEventLog()
    await log.append(0, encode_record(Barrier(1, CLAIM, "router:8082", FORMAT)))
    digest = ZERO_DIGEST
    for seq, decided in enumerate(change((await shell.read_all())[1]), start=1):
        content = encode_decided(decided.at_ms, decided.inbound_offset, [encode_command(c) for c in decided.commands])
        await log.append(0, encode_record(Batch(1, CLAIM, seq, digest, FORMAT, content)))
        digest = next_digest(digest, FORMAT, content)
    return log


def first_with(kind: type[Event], all_decided: list[Decided]) -> int:
    return next(
        place
        for place, decided in enumerate(all_decided)
        if any(isinstance(event, kind) for command in decided.commands for event in command.events)
    )


def without_a_commit(all_decided: list[Decided]) -> list[Decided]:
    """The one that took the first contact is gone; the next one says that it took up to the same record."""
    del all_decided[first_with(ContactOffered, all_decided)]
    return all_decided


def a_commit_twice(all_decided: list[Decided]) -> list[Decided]:
    place = first_with(ContactOffered, all_decided)
    return [*all_decided[: place + 1], *all_decided[place:]]


def offered_to_both(all_decided: list[Decided]) -> list[Decided]:
    place = first_with(ContactOffered, all_decided)
    decided = all_decided[place]
    offers = [event for command in decided.commands for event in command.events if isinstance(event, ContactOffered)]
    agent = "bob" if offers[0].agent == "ann" else "ann"
    more = replace(decided.commands[-1], id="", contact_id="", events=(_to(offers[0], agent),))
    all_decided[place] = replace(decided, commands=(*decided.commands, more))
    return all_decided


def _to(offer: ContactOffered, agent: str) -> ContactOffered:
    return ContactOffered(offer.contact_id, agent, "another", offer.deadline_ms, offer.why)


@in_virtual_time
async def test_the_log_of_a_router_that_was_killed_in_between_breaks_no_rule() -> None:
    async with deciding() as shell:
        found = await judged(await two_lives(shell), told=[told_by(shell)])
    assert not found.audit.violations.words
    assert found.audit.contacts.ended.keys() == ACKNOWLEDGED.keys()
    assert len(found.audit.claims) == 2
    assert found.hashes == 2


@in_virtual_time
async def test_a_replica_with_another_state_is_found() -> None:
    async with deciding() as shell:
        await two_lives(shell)
        told = told_by(shell)
        shell.loop.certain()[1].tenant(TENANT).tombstones["nobody"] = 1  # type: ignore[index]
        found = await judged(shell, told=[told, told_by(shell), replace(told, offset=told.offset - 1)])
    assert found.audit.violations.counts == {Rule.HASHES_DIFFER: 2}


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (without_a_commit, Rule.GAPS),
        (without_a_commit, Rule.LOST),
        (a_commit_twice, Rule.GAPS),
        (a_commit_twice, Rule.BROKEN),
        (offered_to_both, Rule.DOUBLE_OFFERS),
    ],
)
@in_virtual_time
async def test_what_is_wrong_in_a_log_that_the_fence_lets_pass_is_found(change: Change, rule: Rule) -> None:
    async with deciding() as shell:
        await two_lives(shell)
        assert not (await judged(shell, await with_change(shell, list))).audit.violations.words
        found = await judged(shell, await with_change(shell, change))
    assert found.audit.violations.counts[rule], found.audit.violations.words


@in_virtual_time
async def test_a_record_that_is_missing_from_a_copied_log_is_found_as_nothing_after_it_counts() -> None:
    async with deciding() as shell:
        await two_lives(shell)
        copied = MemoryEventLog()
        end = await shell.kept.end(0)
        async for record in shell.kept.read(0, 0):
            if record.offset != 1:
                await copied.append(0, record.record)
            if record.offset == end - 1:
                break
        found = await judged(shell, copied)
    assert {Rule.LOST, Rule.GAPS} <= found.audit.violations.counts.keys()


@in_virtual_time
async def test_a_record_that_stands_twice_in_the_log_is_dropped_and_breaks_no_rule() -> None:
    async with deciding() as shell:
        await two_lives(shell)
        last = [record async for record in _all(shell.kept)][-1]
        await shell.kept.append(0, last)
        found = await judged(shell)
    assert not found.audit.violations.words
    assert found.dropped == 1


async def _all(log: MemoryEventLog) -> Any:
    end = await log.end(0)
    async for record in log.read(0, 0):
        yield record.record
        if record.offset == end - 1:
            return


@in_virtual_time
async def test_a_log_that_the_fence_stops_at_is_found() -> None:
    async with deciding() as shell:
        await two_lives(shell)
        await shell.kept.append(0, b"no envelope")
        found = await judged(shell)
    assert found.audit.violations.counts[Rule.BROKEN]


def test_tenants_that_nothing_is_known_of_are_not_part_of_the_hash() -> None:
    empty, asked = PartitionState(), PartitionState()
    asked.tenants["nobody"] = TenantState("nobody")
    assert partition_hash(empty) == partition_hash(asked)
