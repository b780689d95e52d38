"""The Message-IDs of what we send: they name the contact, and a keyed hash in them shows that we wrote it.

So an answer finds its conversation without asking a store, and a stranger cannot claim one by making up an id.
"""

import re

from services.shared.keyed_hash import keyed_hash

OURS = re.compile(r"<([0-9a-f]{32})\.([0-9a-f]{32})\.([0-9a-f]{16})@[^<>\s]+>")
SEAL_DIGITS = 16


def made(key: bytes, tenant: str, company: str, contact_id: str, outbound_id: str, domain: str) -> str:  # noqa: PLR0913, PLR0917  # each is part of the id
    """The Message-ID of an outgoing mail; the same for each attempt to send it. Contacts' ids are 32 hex digits."""
    sending = keyed_hash(key, "mail-sending", tenant, outbound_id)
    return f"<{contact_id}.{sending}.{_seal(key, tenant, company, contact_id, sending)}@{domain}>"


def contact_of(key: bytes, tenant: str, company: str, message_id: str) -> str:
    """The contact that a Message-ID of ours names; empty for an id that we did not make for this company."""
    found = OURS.fullmatch(message_id)
    if found is None or found[3] != _seal(key, tenant, company, found[1], found[2]):
        return ""
    return found[1]


def _seal(key: bytes, tenant: str, company: str, contact_id: str, sending: str) -> str:
    return keyed_hash(key, "mail-seal", tenant, company, contact_id, sending)[:SEAL_DIGITS]
