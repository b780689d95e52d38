"""What the HTTP routes work with: one of each, made in app.py."""

from dataclasses import dataclass

from services.agents.access import Gate
from services.agents.bells import Bells
from services.agents.conversations import Conversations
from services.agents.desk_links import DeskLinks
from services.agents.grpc_client import RouterChannel
from services.agents.outbox import Outbox
from services.agents.plan_words import PlanWords
from services.agents.reporting_client import ReportingClient
from services.agents.sessions import Sessions
from services.agents.settings import TryFrame
from services.shared.blob_store import BlobStore
from services.shared.clock import Clock
from services.shared.document_store import DocumentStore
from services.shared.tokens import TokenMaker


@dataclass(frozen=True, slots=True)
class Office:
    """`public_url` is empty when the desk's address is whatever its visitors call it.

    There are `try_frames` in a demonstration only.
    """

    documents: DocumentStore
    blobs: BlobStore
    links: DeskLinks
    outbox: Outbox
    conversations: Conversations
    plan_words: PlanWords
    sessions: Sessions
    gate: Gate
    tokens: TokenMaker
    bells: Bells
    clock: Clock
    public_url: str
    beat_s: float
    reporting: ReportingClient
    router: RouterChannel
    try_frames: tuple[TryFrame, ...] = ()
