"""A message as a document: what came in, what an agent answered, what an agent noted."""

from dataclasses import asdict
from typing import Any

from services.agents.heard import Message
from services.shared.document_store import Document


def message_document(  # noqa: PLR0913  # each is a fact of the message
    *,
    id: str,
    tenant: str,
    company: str,
    contact_id: str,
    direction: str,
    at_ms: int,
    sender: str,
    message: Message,
    state: str,
) -> Document:
    """Direction is in, out, note or event; state is received, writing, sending, delivered, failed, kept or noted."""
    return {
        "id": id,
        "tenant": tenant,
        "company": company,
        "contact_id": contact_id,
        "direction": direction,
        "at_ms": at_ms,
        "sender": sender,
        "state": state,
        "why": "",
        **content(message),
    }


def content(message: Message) -> dict[str, Any]:
    """The fields that hold what was said."""
    fields = asdict(message)
    return fields | {"attachments": list(fields["attachments"]), "mail_references": list(message.mail_references)}


def shown(document: Document) -> dict[str, Any]:
    """What clients see of a message."""
    names = (
        "id",
        "contact_id",
        "direction",
        "at_ms",
        "sender",
        "subject",
        "text",
        "html",
        "attachments",
        "state",
        "why",
    )
    extra = {"raw_blob": document["raw_blob"], "unreadable_because": document.get("unreadable_because", "")}
    return {name: document[name] for name in names} | extra
