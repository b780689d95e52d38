"""The simulated carrier put together: where its objects meet."""

from collections.abc import Mapping
from dataclasses import replace

from services.cli.carrier.application import HttpApplication
from services.cli.carrier.control_access import LOOPBACK, ControlAccess
from services.cli.carrier.control_api import Control
from services.cli.carrier.exchange.addresses import read_address
from services.cli.carrier.exchange.exchange import Behaviour, Exchange
from services.cli.carrier.exchange.manner import Manner
from services.cli.carrier.exchange.misbehaviour import Misbehaviour
from services.cli.carrier.exchange.network import Pace
from services.cli.carrier.exchange.numbers import Number, Numbers
from services.cli.carrier.exchange.web import Account, Address, Application
from services.cli.carrier.http_api import make_app
from services.cli.carrier.mail_api import MailApi
from services.cli.carrier.mail_desk import MailDesk, Mails
from services.cli.carrier.phone_pages import page_routes, static_files
from services.cli.carrier.rest_api import rest_routes
from services.cli.carrier.settings import CarrierSettings, NumberSettings
from services.shared.clock import Clock, SystemClock
from services.shared.serve import HttpPart, Part


class CarrierPart:
    """A part: the exchange. Stopped, it cuts off every call, and tells nobody more."""

    def __init__(self, exchange: Exchange, mail: MailDesk | None) -> None:
        self.exchange = exchange
        self._mail = mail

    def give_every_number(self, settings: NumberSettings) -> None:
        """Set up the application's numbers, once it is known where it listens."""
        self.exchange.set_up(replace(self.exchange.network.numbers, every=_number(settings)))

    def send_mail_to(self, host: str, port: int) -> None:
        """Where the mailboxes' mail goes, once it is known."""
        if self._mail is not None:
            self._mail.send_to(host, port)

    async def start(self) -> None:
        """Nothing to do: calls begin with people and requests."""

    async def stop(self) -> None:
        """Cut off."""
        await self.exchange.stop()


def build(settings: CarrierSettings, clock: Clock | None = None, mails: Mails | None = None) -> list[Part]:
    """The parts of the carrier in the order in which they start. Without `mails` there is no page of a mailbox."""
    clock, http, access = clock or SystemClock(), HttpApplication(), _access(settings)
    exchange = make_exchange(settings, http, clock)
    control = Control(exchange, access)
    mail = None if mails is None else MailApi(MailDesk(mails, clock, settings.smtp_host, settings.smtp_port), access)
    routes = [
        rest_routes(exchange),
        control.routes(),
        *([mail.routes()] if mail else []),
        page_routes(settings, access, with_mail=mail is not None),
    ]
    app = make_app(routes, static_files(), settings.framed_by)
    server = HttpPart(app, settings.host, settings.port, next_free=settings.next_free_port)
    # Stopped the other way round: who watches a screen is let go of first, or the server would wait for them.
    return [http, server, CarrierPart(exchange, mail.desk if mail else None), *([mail] if mail else []), control]


def make_exchange(settings: CarrierSettings, application: Application, clock: Clock) -> Exchange:
    """The carrier without HTTP."""
    return Exchange(
        Account(settings.account_sid, settings.auth_token.get_secret_value()),
        application,
        numbers_of(settings.numbers, settings.every_number),
        Behaviour(
            Misbehaviour(
                settings.seed, settings.latency_ms, settings.doubled, settings.late, settings.late_ms, settings.lost
            ),
            Pace(settings.speech_ms_per_character),
            Manner(after_ms=settings.answers_after_ms),
            settings.transit_ms,
            settings.handles_stop,
        ),
        clock,
    )


def numbers_of(by_address: Mapping[str, NumberSettings], every: NumberSettings | None) -> Numbers:
    """The application's numbers, as they are set. Raises NotAnAddress."""
    return Numbers(
        {read_address(written): _number(number) for written, number in by_address.items()},
        None if every is None else _number(every),
    )


def _number(settings: NumberSettings) -> Number:
    return Number(
        Address(settings.voice_url, settings.voice_method),
        Address(settings.voice_fallback_url),
        Address(settings.status_callback),
        Address(settings.sms_url, settings.sms_method),
        Address(settings.sms_fallback_url),
    )


def _access(settings: CarrierSettings) -> ControlAccess:
    key = settings.control_key.get_secret_value()
    return ControlAccess(key, settings.open_pages, LOOPBACK | {settings.host, *settings.host_names})
