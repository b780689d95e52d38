"""Ingest put together: where its objects meet."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from fastapi import APIRouter

from services.ingest.addresses import Addresses
from services.ingest.admission import Admission
from services.ingest.callback.parts import CallBackFolds, CallBackSettings, make_callback, make_numbers
from services.ingest.callback.routes import CallBackDesk
from services.ingest.carriers.parts import Twilio, make_twilio
from services.ingest.carriers.webhook import Hook
from services.ingest.channels.channel import Channel
from services.ingest.channels.document import DocumentChannel
from services.ingest.channels.web_chat import Patience, WebChat
from services.ingest.channels.web_form import WebForm
from services.ingest.chat.conversation import Surroundings
from services.ingest.chat.ids import ChatIds
from services.ingest.chat.states import ChatStates
from services.ingest.chat.transcript import Transcripts
from services.ingest.chat.visitor_socket import Limits
from services.ingest.documents.parts import DocumentSettings, make_documents
from services.ingest.documents.refusals import Pace
from services.ingest.edge_time import EdgeTime
from services.ingest.http_api import Desks, make_app
from services.ingest.mail.parts import MailSettings, make_mail
from services.ingest.mail.relay import SmtpRelay
from services.ingest.origins import Origins
from services.ingest.outbound import Outbound
from services.ingest.plans import Plans
from services.ingest.public_url import PublicUrl
from services.ingest.quotas import Quotas
from services.ingest.rate_limit import RateLimit
from services.ingest.router_lag import RouterLag
from services.ingest.router_log.follower import RouterLogFollower
from services.ingest.settings import IngestSettings
from services.ingest.sms.parts import make_sms
from services.ingest.traced_door import TracedDoor
from services.ingest.visitors import Visitors
from services.ingest.voice.calls import Calls
from services.ingest.voice.connects import Connects
from services.ingest.voice.ids import CallIds
from services.ingest.voice.legs import Legs
from services.ingest.voice.parts import make_voice
from services.ingest.voice.reports import Reports
from services.ingest.voice.room import WaitingRoom
from services.ingest.voice.surroundings import Manners
from services.ingest.voice.surroundings import Surroundings as VoiceSurroundings
from services.plan.compiled import Channel as Medium
from services.shared.clock import Clock, SystemClock
from services.shared.connections import Connections
from services.shared.serve import HttpPart, Part, background


async def build(settings: IngestSettings, connections: Connections, clock: Clock | None = None) -> list[Part]:
    """The parts of ingest in the order in which they start."""
    clock = clock or SystemClock()
    addresses, states = Addresses(), ChatStates()
    lag = RouterLag(connections.inbound, settings.router_lag_records)
    plans, room, callbacks = Plans(), WaitingRoom(), CallBackFolds()
    listeners = (addresses, states, plans, room, callbacks.offices, callbacks.requests)
    follower = RouterLogFollower(
        connections.router_log,
        *(listener.learn for listener in listeners),
        on_decided=lag.decided,
        watch=connections.watch,
    )
    lag.not_ready_because = follower.not_ready_because
    quotas = Quotas(clock, settings.tenant_contacts_per_minute, settings.tenant_quotas)
    admission = Admission(lag.is_behind, quotas, RateLimit(clock, 1))
    door = TracedDoor(connections.inbound, connections.blobs, lag.appended, connections.traces, clock)
    form = WebForm(door, settings.ids_key_bytes, clock)
    chat = _chat(settings, connections, door, states, clock)
    public_url = PublicUrl(settings.public_url, settings.http_host)
    twilio = make_twilio(settings, public_url)
    folds = Folds(addresses, plans, room, callbacks, follower.not_ready_because, admission)
    carried = _carried(settings, twilio, connections, door, folds, clock) if twilio else Carried()
    papers = tuple(DocumentChannel(medium) for medium in (Medium.FAX, Medium.LETTER, Medium.VOICEMAIL))
    channels: tuple[Channel, ...] = (form, chat, *papers, *carried.channels)
    outbound = _outbound(settings, connections, channels, door, clock)
    mail = make_mail(
        _mail(settings),
        connections,
        door,
        addresses,
        clock,
        not_ready_because=follower.not_ready_because,
        admission=admission,
        is_open=room.is_open,
    )
    webhooks = twilio.edge.routes(carried.hooks) if twilio else None
    desk = carried.callback_desk
    public_url.http = http = _http(settings, addresses, (follower, admission), (form, chat), clock, webhooks, desk)
    return [
        background(lag.watch, "ingest-router-lag"),
        *(_following(follower, partition) for partition in range(connections.router_log.partitions)),
        form,
        chat,
        *carried.parts,
        *(_sending(outbound, partition) for partition in range(connections.outbound.partitions)),
        *mail.parts,
        *_documents(settings, connections, door, folds, clock),
        http,
    ]


@dataclass(frozen=True, slots=True)
class Carried:
    """What comes and goes by the carrier: channels, what the carrier calls, and parts in the order of their start."""

    channels: tuple[Channel, ...] = ()
    hooks: Mapping[str, Hook] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    callback_desk: CallBackDesk | None = None


@dataclass(frozen=True, slots=True)
class Folds:
    """What router.log says, and whether it can be gone by."""

    addresses: Addresses
    plans: Plans
    room: WaitingRoom
    callbacks: CallBackFolds
    not_ready_because: Callable[[], str | None]
    admission: Admission


def _carried(  # noqa: PLR0913, PLR0917  # objects meet here
    settings: IngestSettings, twilio: Twilio, connections: Connections, door: TracedDoor, folds: Folds, clock: Clock
) -> Carried:
    sms = make_sms(
        door,
        twilio.carrier,
        twilio.edge.url,
        connections,
        folds.addresses,
        clock,
        ids_key=settings.ids_key_bytes,
        not_ready_because=folds.not_ready_because,
        admission=folds.admission,
        is_open=folds.room.is_open,
    )
    countries = frozenset(settings.callback_countries)
    per_hour, per_day = settings.callback_number_per_hour, settings.callback_number_per_day
    callback_settings = CallBackSettings(countries, per_hour, per_day, settings.ids_key_bytes)
    numbers = make_numbers(callback_settings, folds.addresses, folds.callbacks, clock)
    around = _voice_surroundings(settings, twilio, connections, door, folds, clock)
    voice = make_voice(replace(around, numbers=numbers), twilio.carrier)
    callback = make_callback(
        callback_settings,
        door,
        twilio.carrier,
        voice.channel,
        connections.documents,
        numbers,
        folds.callbacks,
        clock,
    )
    return Carried(
        (sms.channel, voice.channel, callback.channel),
        {**sms.channel.hooks, **voice.channel.hooks},
        (twilio.carrier, *sms.parts, *voice.parts, *callback.parts),
        CallBackDesk(callback.front_desk),
    )


def _voice_surroundings(  # noqa: PLR0913, PLR0917  # objects meet here
    settings: IngestSettings, twilio: Twilio, connections: Connections, door: TracedDoor, folds: Folds, clock: Clock
) -> VoiceSurroundings:
    return VoiceSurroundings(
        folds.addresses,
        folds.plans,
        folds.room,
        Calls(connections.documents, clock, settings.voice_unheard_ms),
        Connects(connections.documents),
        Legs(connections.documents, clock, settings.voice_unheard_ms),
        Reports(door, CallIds(settings.ids_key_bytes), clock),
        twilio.edge.url,
        clock,
        Manners(settings.voice_ask_s, settings.voice_say_s, settings.voice_ring_s),
        folds.not_ready_because,
        folds.admission,
    )


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


def _documents(
    settings: IngestSettings, connections: Connections, door: TracedDoor, folds: Folds, clock: Clock
) -> list[Part]:
    pace = Pace(
        settings.documents_sweep_ms,
        settings.documents_settle_ms,
        settings.documents_file_bytes,
        settings.documents_keep_days,
    )
    return make_documents(
        DocumentSettings(settings.documents_folder, pace, settings.documents_workers, settings.ids_key_bytes),
        connections,
        door,
        folds.addresses,
        clock,
        not_ready_because=folds.not_ready_because,
        admission=folds.admission,
    )


def _chat(
    settings: IngestSettings, connections: Connections, door: TracedDoor, states: ChatStates, clock: Clock
) -> WebChat:
    transcripts, ids = Transcripts(connections.documents), ChatIds(settings.ids_key_bytes)
    return WebChat(
        Surroundings(door, transcripts, states, ids, clock), Patience(settings.chat_gone_ms, settings.chat_idle_ms)
    )


def _http(  # noqa: PLR0913, PLR0917  # objects meet here
    settings: IngestSettings,
    addresses: Addresses,
    router: tuple[RouterLogFollower, Admission],
    channels: tuple[WebForm, WebChat],
    clock: Clock,
    webhooks: APIRouter | None,
    callback_desk: CallBackDesk | None,
) -> HttpPart:
    follower, admission = router
    contacts = RateLimit(clock, settings.contacts_per_minute)
    visitors = Visitors(
        addresses,
        Origins(settings.public_url, settings.allowed_origins),
        RateLimit(clock, settings.calls_per_minute),
        contacts,
        follower.not_ready_because,
        settings.client_address_header,
        admission,
    )
    limits = Limits(RateLimit(clock, settings.chat_messages_per_minute), contacts, admission)
    app = make_app(
        Desks(visitors, *channels, limits, settings.chat_sockets, callback_desk),
        body_bytes_max=settings.form_bytes,
        embedding=settings.allowed_origins,
        ready=follower.not_ready_because,
        webhooks=webhooks,
    )
    return HttpPart(EdgeTime(app, clock), settings.http_host, settings.http_port, next_free=settings.next_free_port)


def _outbound(
    settings: IngestSettings, connections: Connections, channels: tuple[Channel, ...], door: TracedDoor, clock: Clock
) -> Outbound:
    topic, documents, watch = connections.outbound, connections.documents, connections.watch
    return Outbound(topic, channels, door, documents, settings.ids_key_bytes, clock, watch)


def _following(follower: RouterLogFollower, partition: int) -> Part:
    return background(lambda: follower.follow(partition), f"ingest-router-log-{partition}")


def _sending(outbound: Outbound, partition: int) -> Part:
    return background(lambda: outbound.follow(partition), f"ingest-outbound-{partition}")
