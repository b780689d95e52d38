"""Ingest put together: where its objects meet."""

from services.ingest.addresses import Addresses
from services.ingest.channels.web_chat import Patience, WebChat
from services.ingest.channels.web_form import WebForm
from services.ingest.chat.conversation import Surroundings
from services.ingest.chat.ids import ChatIds
from services.ingest.chat.states import ChatStates
from services.ingest.chat.transcript import Transcripts
from services.ingest.chat.visitor_socket import Limits
from services.ingest.http_api import Desks, make_app
from services.ingest.mail.parts import MailSettings, make_mail
from services.ingest.mail.relay import SmtpRelay
from services.ingest.metrics import CountedDoor
from services.ingest.origins import Origins
from services.ingest.outbound import Outbound
from services.ingest.rate_limit import RateLimit
from services.ingest.router_lag import RouterLag
from services.ingest.router_log.follower import RouterLogFollower
from services.ingest.settings import IngestSettings
from services.ingest.visitors import Visitors
from services.shared.clock import Clock, SystemClock
from services.shared.connections import Connections
from services.shared.serve import HttpPart, Part, background


async def build(settings: IngestSettings, connections: Connections, clock: Clock | None = None) -> list[Part]:
    """The parts of ingest in the order in which they start."""
    clock = clock or SystemClock()
    addresses, states = Addresses(), ChatStates()
    lag = RouterLag(connections.inbound, settings.router_lag_records)
    follower = RouterLogFollower(connections.router_log, addresses.learn, states.learn, on_decided=lag.decided)
    lag.not_ready_because = follower.not_ready_because
    door = CountedDoor(connections.inbound, connections.blobs, lag.appended)
    form = WebForm(door, settings.ids_key_bytes, clock)
    chat = _chat(settings, connections, door, states, clock)
    ids_key = settings.ids_key_bytes
    outbound = Outbound(connections.outbound, (form, chat), door, connections.documents, ids_key, clock)
    mail = make_mail(
        _mail(settings),
        connections,
        door,
        addresses,
        clock,
        not_ready_because=follower.not_ready_because,
        is_behind=lag.is_behind,
    )
    return [
        background(lag.watch, "ingest-router-lag"),
        *(_following(follower, partition) for partition in range(connections.router_log.partitions)),
        form,
        chat,
        *(_sending(outbound, partition) for partition in range(connections.outbound.partitions)),
        *mail.parts,
        _http(settings, addresses, (follower, lag), (form, chat), clock),
    ]


def _mail(settings: IngestSettings) -> MailSettings:
    relay = SmtpRelay(
        settings.relay_host,
        settings.relay_port,
        settings.relay_username,
        settings.relay_password.get_secret_value(),
        settings.relay_security,
    )
    return MailSettings(
        settings.smtp_host,
        settings.smtp_port,
        relay,
        settings.ids_key_bytes,
        settings.next_free_port,
        settings.mail_workers,
    )


def _chat(
    settings: IngestSettings, connections: Connections, door: CountedDoor, states: ChatStates, clock: Clock
) -> WebChat:
    transcripts, ids = Transcripts(connections.documents), ChatIds(settings.ids_key_bytes)
    return WebChat(
        Surroundings(door, transcripts, states, ids, clock), Patience(settings.chat_gone_ms, settings.chat_idle_ms)
    )


def _http(
    settings: IngestSettings,
    addresses: Addresses,
    router: tuple[RouterLogFollower, RouterLag],
    channels: tuple[WebForm, WebChat],
    clock: Clock,
) -> HttpPart:
    follower, lag = router
    contacts = RateLimit(clock, settings.contacts_per_minute)
    visitors = Visitors(
        addresses,
        Origins(settings.public_url, settings.allowed_origins),
        RateLimit(clock, settings.calls_per_minute),
        contacts,
        follower.not_ready_because,
        settings.client_address_header,
        lag.is_behind,
    )
    limits = Limits(RateLimit(clock, settings.chat_messages_per_minute), contacts, lag.is_behind)
    app = make_app(
        Desks(visitors, *channels, limits, settings.chat_sockets),
        body_bytes_max=settings.form_bytes,
        embedding=settings.allowed_origins,
        ready=follower.not_ready_because,
    )
    return HttpPart(app, settings.http_host, settings.http_port, next_free=settings.next_free_port)


def _following(follower: RouterLogFollower, partition: int) -> Part:
    return background(lambda: follower.follow(partition), f"ingest-router-log-{partition}")


def _sending(outbound: Outbound, partition: int) -> Part:
    return background(lambda: outbound.follow(partition), f"ingest-outbound-{partition}")
