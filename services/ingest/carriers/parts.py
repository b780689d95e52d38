"""The carrier put together, for ingest's app.py."""

from collections.abc import Callable
from dataclasses import dataclass

from services.ingest.carriers.twilio_carrier import TwilioCarrier
from services.ingest.carriers.twilio_edge import TwilioAccount, TwilioEdge
from services.ingest.settings import IngestSettings


@dataclass(frozen=True, slots=True)
class Twilio:
    """Both sides of it: what we ask of Twilio, and what it asks of us."""

    carrier: TwilioCarrier
    edge: TwilioEdge


def make_twilio(settings: IngestSettings, public_url: Callable[[], str]) -> Twilio | None:
    """Twilio, where there is an account."""
    if not settings.twilio_account_sid:
        return None
    token, before = settings.twilio_auth_token, settings.twilio_auth_token_before
    tokens = tuple(each.get_secret_value() for each in (token, before) if each.get_secret_value())
    carrier = TwilioCarrier(settings.twilio_account_sid, tokens[0], settings.twilio_base_url)
    return Twilio(carrier, TwilioEdge(TwilioAccount(settings.twilio_account_sid, tokens), public_url))
