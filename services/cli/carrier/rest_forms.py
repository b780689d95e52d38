"""Forms of the carrier's REST API: read, checked, and refused by the carrier's own numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from services.cli.carrier.exchange.addresses import NotAnAddress, read_address
from services.cli.carrier.exchange.call import Listener
from services.cli.carrier.exchange.call_flow import Order
from services.cli.carrier.exchange.exchange import Wanted
from services.cli.carrier.exchange.refusals import Refused
from services.cli.carrier.exchange.script import Source
from services.cli.carrier.exchange.texting import BODY_CHARACTERS_MAX
from services.cli.carrier.exchange.twiml import PROGRESS
from services.cli.carrier.exchange.web import NOWHERE, Address

FIELDS_MAX = 60
TIMEOUT_S_MAX = 600
TWIML_CHARACTERS_MAX = 4_000


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a request; some may be there several times."""

    fields: Mapping[str, tuple[str, ...]]

    def __getitem__(self, name: str) -> str:
        return self.fields.get(name, ("",))[-1]

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a field."""
        return self.fields.get(name, ())


@dataclass(frozen=True, slots=True)
class Update:
    """What a request does to a call."""

    order: Order
    only_unanswered: bool = False


@dataclass(frozen=True, slots=True)
class WantedMessage:
    """A message that the application orders."""

    from_: str
    to: str
    body: str
    told: Address


def read_form(body: bytes) -> Form:
    """Raises Refused when it can't be read."""
    fields: dict[str, tuple[str, ...]] = {}
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=FIELDS_MAX)
    except ValueError:
        raise Refused(20001, "the body is not a form that can be read") from None
    for name, value in pairs:
        fields[name] = (*fields.get(name, ()), value)
    return Form(fields)


def wanted_call(form: Form) -> Wanted:
    """Raises Refused."""
    if not form["To"]:
        raise Refused(21201)
    if not form["From"]:
        raise Refused(21213)
    return Wanted(
        _address(form["To"], 21211),
        _address(form["From"], 21212),
        _source(form),
        _web(form, "FallbackUrl", 21205, form["FallbackMethod"]),
        Listener(_web(form, "StatusCallback", 21205, form["StatusCallbackMethod"]), _events(form)),
        _timeout_s(form["Timeout"]),
    )


def update_of_call(form: Form) -> Update:
    """Raises Refused."""
    status = form["Status"]
    if status not in ("", "completed", "canceled"):
        raise Refused(20001, "Status is completed or canceled")
    if status:
        return Update(Order(None), only_unanswered=status == "canceled")
    return Update(Order(_source(form)))


def wanted_message(form: Form) -> WantedMessage:
    """Raises Refused."""
    if not form["To"]:
        raise Refused(21604)
    if not form["From"]:
        raise Refused(21603)
    if not form["Body"].strip():
        raise Refused(21602)
    if len(form["Body"]) > BODY_CHARACTERS_MAX:
        raise Refused(21617)
    told = _web(form, "StatusCallback", 21609)
    return WantedMessage(_address(form["From"], 21212), _address(form["To"], 21211), form["Body"], told)


def _source(form: Form) -> Source:
    twiml = form["Twiml"]
    if len(twiml) > TWIML_CHARACTERS_MAX:
        raise Refused(20001, f"Twiml has more than {TWIML_CHARACTERS_MAX} characters")
    if form["Url"]:
        return Source(_web(form, "Url", 21205, form["Method"]))
    if not twiml:
        raise Refused(21205, "")
    return Source(NOWHERE, document=twiml.encode())


def _address(written: str, code: int) -> str:
    try:
        return read_address(written)
    except NotAnAddress:
        raise Refused(code, written) from None


def _web(form: Form, name: str, code: int, method: str = "") -> Address:
    url, method = form[name], method.upper() or "POST"
    if not url:
        return NOWHERE
    if not _is_web(url):
        raise Refused(code, url)
    if method not in ("GET", "POST"):
        raise Refused(20001, f"the method of {name} is GET or POST")
    return Address(url, method)


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _events(form: Form) -> tuple[str, ...]:
    events = tuple(word for value in form.all("StatusCallbackEvent") for word in value.split())
    if unknown := [event for event in events if event not in PROGRESS]:
        raise Refused(20001, f"StatusCallbackEvent {unknown[0]}")
    return events or ("completed",)


def _timeout_s(written: str) -> int:
    if not written:
        return 60
    if not (written.isascii() and written.isdigit()) or not 1 <= int(written[:9]) <= TIMEOUT_S_MAX:
        raise Refused(20001, f"Timeout is a number from 1 to {TIMEOUT_S_MAX}")
    return int(written)
