"""The collections that this service keeps in the document store."""

from services.shared.document_store import Collection, Index

# `desk` is the agent whose desk is somebody's. People who are no agents have none, and neither have those of before:
# "" in `agent` would not be unique among them.
PEOPLE = Collection(
    "people", (Index(("tenant", "agent")), Index(("tenant", "desk"), unique=True), Index(("tenant", "name")))
)
KEYS = Collection("keys", (Index(("tenant", "person")),))
LOGIN_LINKS = Collection("login_links", (Index(("person", "expires_at_ms")),))
SESSIONS = Collection("sessions", (Index(("person", "expires_at_ms")),))
MESSAGES = Collection(
    "messages", (Index(("tenant", "contact_id", "at_ms")), Index(("tenant", "successor_contact_id", "at_ms")))
)
CONTACTS = Collection(
    "contacts",
    (Index(("tenant", "customer", "arrived_at_ms")), Index(("tenant", "joined_contact_id", "arrived_at_ms"))),
)
CUSTOMERS = Collection("customers", (Index(("tenant", "customer")),))
# Who was told something automatically, of late, as keyed hashes.
TOLD_CUSTOMERS = Collection("told_customers")
PLAN_WORDS = Collection("plan_words")
CHECKPOINTS = Collection("agents_checkpoints")


def within(tenant: str, *ids: str) -> str:
    """A document id that two tenants never share, for ids that programs may choose."""
    return "/".join((tenant, *ids))
