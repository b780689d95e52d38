"""Which customers' numbers want no more messages from which of ours, by keyed hash: neither number is kept."""

from dataclasses import dataclass, field

from services.ingest.sms.keywords import Keyword
from services.shared.document_store import Collection, DocumentStore
from services.shared.keyed_hash import keyed_hash

OPT_OUTS = Collection("sms_opt_outs")
# A webhook that comes again after the customer has thought better of it must not undo that.
HEARD_MAX = 50


@dataclass(frozen=True, slots=True)
class OptOuts:
    """Its methods raise StoreUnavailable."""

    documents: DocumentStore
    key: bytes = field(repr=False)

    async def note(self, tenant: str, ours: str, customer: str, keyword: Keyword, message_id: str) -> None:
        """Take a keyword into account; one message counts once."""
        pair = self._id(tenant, ours, customer)
        kept = await self.documents.get(OPT_OUTS, pair) or {"id": pair, "stopped": False, "heard": []}
        heard = keyed_hash(self.key, "sms-heard", message_id)
        if keyword is Keyword.HELP or heard in kept["heard"]:
            return
        kept |= {"stopped": keyword is Keyword.STOP, "heard": [*kept["heard"], heard][-HEARD_MAX:]}
        await self.documents.put(OPT_OUTS, kept)

    async def has_stopped(self, tenant: str, ours: str, customer: str) -> bool:
        """Does this customer want no messages from this number of ours?"""
        kept = await self.documents.get(OPT_OUTS, self._id(tenant, ours, customer))
        return kept is not None and bool(kept["stopped"])

    def _id(self, tenant: str, ours: str, customer: str) -> str:
        return keyed_hash(self.key, tenant, "sms-opt-out", ours, customer)
