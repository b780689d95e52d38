"""Mails of conversations that go on: they belong to a contact that is open, and no quota holds them up."""

from collections.abc import Callable
from dataclasses import dataclass

from services.ingest.mail import message_scan
from services.ingest.mail.threads import Threads
from services.shared.document_store import StoreUnavailable


@dataclass(frozen=True, slots=True)
class Ongoing:
    """`is_open`: whether a tenant's contact is open, as the log says."""

    threads: Threads
    is_open: Callable[[str, str], bool]

    async def belongs(self, tenant: str, company: str, raw: bytes) -> bool:
        """Whether a mail answers to one of an open contact. While nobody can tell, an answer counts as such."""
        references = message_scan.references(raw)
        if not references:
            return False
        try:
            contact_id = await self.threads.continued(tenant, company, references)
        except StoreUnavailable:
            return True
        return bool(contact_id) and self.is_open(tenant, contact_id)
