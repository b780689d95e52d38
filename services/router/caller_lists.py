"""The private part of each plan, loaded from the blob store: which classes a caller is in.

It is loaded before a plan is put in force and before a router starts to decide, so that reading an arrival never waits.
"""

from services.plan.caller import CallerFacts
from services.plan.compile import CompiledPlan
from services.plan.compiled import Plan
from services.shared.blob_store import BlobStore, BlobUnavailable


class CallerLists:
    """Caller facts by the plan they belong to."""

    def __init__(self, blobs: BlobStore, customers_key: bytes) -> None:
        self._blobs = blobs
        self.customers_key = customers_key
        self._private: dict[str, bytes] = {}
        self._facts: dict[str, CallerFacts] = {}

    async def store(self, compiled: CompiledPlan) -> None:
        """Keep the lists of a plan that is to be put in force. Raises BlobUnavailable."""
        if compiled.plan.private_blob:
            await self._blobs.put(compiled.private)
            self._private[compiled.plan.private_blob] = compiled.private

    async def load(self, plan: Plan) -> None:
        """Have the plan's lists at hand. Raises BlobUnavailable."""
        name = plan.private_blob
        if not name or name in self._private:
            return
        content = await self._blobs.get(name)
        if content is None:
            raise BlobUnavailable(f"the caller lists of a plan of tenant {plan.tenant} are missing: blob {name}")
        self._private[name] = content

    def facts(self, plan: Plan | None) -> CallerFacts | None:
        """What the plan in force knows of callers; None without a plan. `load` was called for it before."""
        if plan is None:
            return None
        known = self._facts.get(plan.tenant)
        if known is None or known.plan is not plan:
            known = CallerFacts(plan, self._private.get(plan.private_blob, b"{}"), self.customers_key)
            self._facts[plan.tenant] = known
        return known
