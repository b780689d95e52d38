"""Where the agents service is put together."""

from services.agents.access import Gate
from services.agents.bells import Bells
from services.agents.catching_up import CatchingUp
from services.agents.conversations import Conversations
from services.agents.desk_links import DeskLinks
from services.agents.filing import Filing
from services.agents.followers import followers
from services.agents.grpc_client import RouterChannel
from services.agents.http_api import make_app
from services.agents.office import Office
from services.agents.outbox import Outbox
from services.agents.plan_words import PlanWords
from services.agents.reporting_client import ReportingClient
from services.agents.sessions import Sessions
from services.agents.settings import AgentsSettings
from services.agents.traced_desks import TracedDesks
from services.shared.clock import Clock, SystemClock
from services.shared.connections import Connections
from services.shared.serve import HttpPart, Part
from services.shared.tokens import TokenChecker, TokenMaker

MS_PER_HOUR = 3_600_000


async def build(settings: AgentsSettings, connections: Connections, clock: Clock = SystemClock()) -> list[Part]:  # noqa: B008  # stateless
    """The service's parts in the order to start them; one of them is the HttpPart that knows the port."""
    channel = RouterChannel(settings.router_address, connections.tls)
    office = make_office(settings, connections, channel, clock)
    filing = Filing(connections.documents, office.plan_words, office.bells)
    catching_up = CatchingUp(clock)
    http = HttpPart(
        make_app(office, lambda: "stopping" if office.bells.stopped else catching_up.not_ready_because()),
        settings.host,
        settings.port,
        next_free=settings.next_free_port,
    )
    # The bells stop first: streams and long polls end, so that the server need not wait for them.
    filing_parts = followers(connections, filing, clock, catching_up)
    return [channel, office.links, office.reporting, *filing_parts, http, office.bells]


def make_office(settings: AgentsSettings, connections: Connections, channel: RouterChannel, clock: Clock) -> Office:
    """What the HTTP routes work with."""
    documents = connections.documents
    tokens = TokenMaker(settings.private_key.get_secret_value().encode(), clock)
    secret = settings.session_secret.get_secret_value().encode()
    sessions = Sessions(documents, clock, secret, settings.session_hours * MS_PER_HOUR)
    checker = TokenChecker(settings.public_key.encode(), clock)
    bells = Bells()
    conversations = Conversations(documents)
    traces = connections.traces
    connect = TracedDesks(channel.connect, traces, clock).connect if traces.wanted else channel.connect
    return Office(
        documents=documents,
        blobs=connections.blobs,
        links=DeskLinks(connect, tokens, bells, clock),
        outbox=Outbox(documents, connections.outbound, conversations, bells, clock),
        conversations=conversations,
        plan_words=PlanWords(documents),
        sessions=sessions,
        gate=Gate(checker, sessions, settings.public_url, settings.open_floor_tenant),
        tokens=tokens,
        bells=bells,
        clock=clock,
        public_url=settings.public_url,
        beat_s=settings.beat_s,
        reporting=ReportingClient(settings.reporting_url, tokens, tls=connections.tls),
        router=channel,
        try_frames=settings.try_frames if settings.open_floor_tenant else (),
    )
