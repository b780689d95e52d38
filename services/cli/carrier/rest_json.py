"""The carrier's resources as JSON (Twilio's OpenAPI description, twilio_api_v2010: call and message)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from services.cli.carrier.exchange.call import Call
from services.cli.carrier.exchange.call_fields import API_VERSION, rfc_2822
from services.cli.carrier.exchange.message import Message
from services.cli.carrier.exchange.refusals import Refused

DOCUMENTED = "https://www.twilio.com/docs/errors/{code}"
SUBRESOURCES = ("notifications", "recordings", "payments", "events", "siprec", "streams", "transcriptions")


def refusal_json(refused: Refused) -> dict[str, Any]:
    """In the form in which the carrier refuses (twilio.com/docs/usage/twilios-response)."""
    return {
        "code": refused.code,
        "message": refused.words,
        "more_info": DOCUMENTED.format(code=refused.code),
        "status": refused.status,
    }


def call_json(call: Call, account_sid: str) -> dict[str, Any]:
    """A call; nothing is charged, so that it has no price."""
    own = f"/{API_VERSION}/Accounts/{account_sid}/Calls/{call.sid}"
    return {
        "sid": call.sid,
        "account_sid": account_sid,
        "parent_call_sid": call.parent_sid or None,
        "to": call.to,
        "to_formatted": call.to,
        "from": call.from_,
        "from_formatted": call.from_,
        "phone_number_sid": None,
        "status": call.status.value,
        "start_time": _time(call.answered_ms),
        "end_time": _time(call.ended_ms),
        "duration": None if call.ended_ms is None else str(call.duration_s),
        "price": None,
        "price_unit": "USD",
        "direction": call.direction.value,
        "answered_by": None,
        "forwarded_from": call.forwarded_from or None,
        "caller_name": call.caller_name or None,
        "group_sid": None,
        "queue_time": "0",
        "trunk_sid": None,
        "api_version": API_VERSION,
        "date_created": _time(call.created_ms),
        "date_updated": _time(call.updated_ms),
        "uri": f"{own}.json",
        "subresource_uris": {name: f"{own}/{name.capitalize()}.json" for name in SUBRESOURCES},
    }


def message_json(message: Message, account_sid: str) -> dict[str, Any]:
    """A message."""
    own = f"/{API_VERSION}/Accounts/{account_sid}/Messages/{message.sid}"
    return {
        "sid": message.sid,
        "account_sid": account_sid,
        "messaging_service_sid": None,
        "to": message.to,
        "from": message.from_,
        "body": message.body,
        "status": message.status.value,
        "num_segments": str(message.segments),
        "num_media": "0",
        "direction": message.direction.value,
        "error_code": message.error_code or None,
        "error_message": None,
        "price": None,
        "price_unit": "USD",
        "api_version": API_VERSION,
        "date_created": _time(message.created_ms),
        "date_updated": _time(message.updated_ms),
        "date_sent": _time(message.sent_ms),
        "uri": f"{own}.json",
        "subresource_uris": {"media": f"{own}/Media.json"},
    }


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is asked for; `filters` as they were asked."""

    name: str
    account_sid: str
    filters: dict[str, str]
    number: int
    size: int

    def uri(self, number: int) -> str:
        """Of a page of the same list."""
        path = f"/{API_VERSION}/Accounts/{self.account_sid}/{self.name.capitalize()}.json"
        return f"{path}?{urlencode(self.filters | {'PageSize': str(self.size), 'Page': str(number)})}"


def page_json(page: Page, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One page; `rows` are all that match."""
    begin = page.number * page.size
    shown = list(rows[begin : begin + page.size])
    return {
        page.name: shown,
        "first_page_uri": page.uri(0),
        "next_page_uri": page.uri(page.number + 1) if begin + page.size < len(rows) else None,
        "previous_page_uri": page.uri(page.number - 1) if page.number else None,
        "page": page.number,
        "page_size": page.size,
        "start": begin,
        "end": begin + max(len(shown) - 1, 0),
        "uri": page.uri(page.number),
    }


def _time(at_ms: int | None) -> str | None:
    return None if at_ms is None else rfc_2822(at_ms)
