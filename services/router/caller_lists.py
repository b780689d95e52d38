"""The private part of each plan, loaded from the blob store: which classes a caller is in.

It is at hand before a plan is put in force and before a router starts to decide, so that reading an arrival never
waits. Of each tenant no more is kept than the lists in force, and those of the plan that is about to be.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

import structlog

from services.plan.caller import CallerFacts
from services.plan.compile import CompiledPlan
from services.plan.compiled import Plan
from services.shared.blob_store import BlobStore, BlobUnavailable

log = structlog.get_logger()

RETRY_S = 1.0


@dataclass(frozen=True, slots=True)
class _Lists:
    blob: str
    content: bytes


NO_LISTS = _Lists("", b"")


class CallerLists:
    """Caller facts by the plan they belong to."""

    def __init__(self, blobs: BlobStore, customers_key: bytes) -> None:
        self._blobs = blobs
        self.customers_key = customers_key
        self._facts: dict[str, CallerFacts] = {}
        self._in_force: dict[str, _Lists] = {}
        self._coming: dict[str, _Lists] = {}

    async def store(self, compiled: CompiledPlan) -> None:
        """Make the lists of a plan durable before it is put in force. Raises BlobUnavailable."""
        if compiled.plan.private_blob:
            await self._blobs.put(compiled.private)

    def expect(self, in_force: Plan | None, compiled: CompiledPlan) -> None:
        """This plan is about to be put in force, in the place of `in_force`."""
        self.facts(in_force)
        self._coming[compiled.plan.tenant] = _Lists(compiled.plan.private_blob, compiled.private)

    async def load(self, plan: Plan) -> None:
        """Have the lists of the plan in force at hand. Raises BlobUnavailable."""
        if self._known(plan) is not None:
            return
        content = await self._blobs.get(plan.private_blob)
        if content is None:
            raise BlobUnavailable(
                f"the caller lists of the plan of tenant {plan.tenant} are missing: bring blob {plan.private_blob} back"
            )
        self._coming[plan.tenant] = _Lists(plan.private_blob, content)

    async def load_all(self, plans: Iterable[Plan | None]) -> None:
        """Have the lists of all of these at hand, however long the store is away."""
        for plan in plans:
            while plan is not None:
                try:
                    await self.load(plan)
                    break
                except BlobUnavailable as error:
                    log.error("caller_lists_unavailable", tenant=plan.tenant, error=str(error))
                    await asyncio.sleep(RETRY_S)

    def facts(self, plan: Plan | None) -> CallerFacts | None:
        """What the plan in force knows of callers; None without a plan. Raises LookupError if it was not loaded."""
        if plan is None:
            return None
        facts = self._facts.get(plan.tenant)
        if facts is None or facts.plan is not plan:
            facts = self._facts[plan.tenant] = self._make_facts(plan)
        return facts

    def _make_facts(self, plan: Plan) -> CallerFacts:
        lists = self._known(plan)
        if lists is None:
            raise LookupError(f"the caller lists of tenant {plan.tenant} were not loaded before they were asked for")
        self._in_force[plan.tenant] = lists
        return CallerFacts(plan, lists.content, self.customers_key)

    def _known(self, plan: Plan) -> _Lists | None:
        if not plan.private_blob:
            return NO_LISTS
        for lists in (self._in_force.get(plan.tenant), self._coming.get(plan.tenant)):
            if lists is not None and lists.blob == plan.private_blob:
                return lists
        return None
