"""TwiML: the verbs that an application answers with, read and checked (twilio.com/docs/voice/twiml)."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urljoin

from services.cli.carrier.exchange.markup import BrokenMarkup, Element, read_markup
from services.cli.carrier.exchange.web import NOWHERE, Address

NOT_TWIML = 12200
BAD_ATTRIBUTE = 12300
REPEATS_MAX = 20
SPEAKS_NO_LANGUAGE = "en-US"
PROGRESS = ("initiated", "ringing", "answered", "completed")
NOUNS_MAX = 10
CONFERENCE_NAME_MAX = 128
# Whether it beeps when somebody comes, and when somebody goes.
BEEPS = {"true": (True, True), "false": (False, False), "onEnter": (True, False), "onExit": (False, True)}
KEYS = frozenset("0123456789*#")


@dataclass(frozen=True, slots=True)
class Say:
    """Speak."""

    text: str
    language: str
    times: int = 1


@dataclass(frozen=True, slots=True)
class Play:
    """Play a recording, or keys."""

    what: str
    times: int = 1


@dataclass(frozen=True, slots=True)
class Pause:
    """Be silent."""

    seconds: int


Prompt = Say | Play | Pause


@dataclass(frozen=True, slots=True)
class Gather:
    """Collect keys. `most` 0: as many as come; `ends_with` "": no key ends it; `takes_keys` false: only speech."""

    action: Address
    prompts: tuple[Prompt, ...]
    timeout_s: int
    most: int
    ends_with: str
    tells_nothing: bool
    takes_keys: bool = True


@dataclass(frozen=True, slots=True)
class Redirect:
    """Go on elsewhere."""

    to: Address


@dataclass(frozen=True, slots=True)
class Callee:
    """One whom <Dial> calls; `whisper` is asked what they hear before they are connected."""

    address: str
    whisper: Address = NOWHERE
    told: Address = NOWHERE
    events: tuple[str, ...] = ("completed",)


@dataclass(frozen=True, slots=True)
class Attendance:
    """How one takes part in the conference of that name. `starts`: it begins when they are there."""

    name: str
    starts: bool
    ends: bool
    beeps_on_enter: bool
    beeps_on_exit: bool
    plays_music: bool


@dataclass(frozen=True, slots=True)
class Dial:
    """Call others, connect with the first who answers; or, without callees, join a conference."""

    callees: tuple[Callee, ...]
    action: Address
    timeout_s: int
    caller_id: str
    answers_on_bridge: bool
    hangs_up_on_star: bool
    limit_s: int
    conference: Attendance | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """Record the caller. `timeout_s` of silence end it, or `most_s`, or a key of `ends_with`."""

    action: Address
    timeout_s: int
    most_s: int
    ends_with: str
    beeps: bool


@dataclass(frozen=True, slots=True)
class Hangup:
    """The end."""


@dataclass(frozen=True, slots=True)
class Reject:
    """Don't answer; `reason` is rejected or busy."""

    reason: str


Verb = Say | Play | Pause | Gather | Redirect | Dial | Record | Hangup | Reject


def read_twiml(document: bytes, base_url: str) -> tuple[Verb, ...]:
    """The verbs of a call, relative URLs made whole. Raises BrokenMarkup."""
    return tuple(_verb(element, base_url) for element in response_of(document).children)


def response_of(document: bytes) -> Element:
    """The <Response>. Raises BrokenMarkup."""
    root = read_markup(document)
    if root.name != "Response":
        raise BrokenMarkup(NOT_TWIML, f"the document is a <{root.name}>: begin it with <Response>")
    return root


def _verb(element: Element, base: str) -> Verb:
    if element.name in PROMPTS:
        return _prompt(element, base)
    read = VERBS.get(element.name)
    if read is None:
        raise BrokenMarkup(NOT_TWIML, f"line {element.at}: <{element.name}> is no verb of a call that is known here")
    return read(element, base)


def _prompt(element: Element, base: str) -> Prompt:
    if element.children:
        raise BrokenMarkup(NOT_TWIML, f"line {element.at}: nothing goes into <{element.name}>")
    if element.name == "Say":
        return Say(element.text, element.attributes.get("language", SPEAKS_NO_LANGUAGE), _repeats(element))
    if element.name == "Play":
        digits = element.attributes.get("digits", "")
        return Play(digits or urljoin(base, element.text), _repeats(element))
    return Pause(_number(element, "length", 1, 0, 600))


def _gather(element: Element, base: str) -> Gather:
    inputs = element.attributes.get("input", "dtmf").split()
    if element.attributes.get("timeout") == "auto":
        element.attributes["timeout"] = "5"
    return Gather(
        _action(element, base) or Address(base, _method(element)),
        tuple(_prompt_only(child, base) for child in element.children),
        _number(element, "timeout", 5, 0, 600),
        _number(element, "numDigits", 0, 0, 1_000),
        _end_key(element),
        _flag(element, "actionOnEmptyResult"),
        "dtmf" in inputs,
    )


def _prompt_only(element: Element, base: str) -> Prompt:
    if element.name not in PROMPTS:
        raise BrokenMarkup(NOT_TWIML, f"line {element.at}: <{element.name}> does not go into <Gather>")
    return _prompt(element, base)


def _end_key(element: Element) -> str:
    key = element.attributes.get("finishOnKey", "#")
    if key and key not in KEYS:
        raise BrokenMarkup(BAD_ATTRIBUTE, f"line {element.at}: finishOnKey is one key, or empty")
    return key


def _redirect(element: Element, base: str) -> Redirect:
    return Redirect(Address(urljoin(base, element.text), _method(element)))


def _dial(element: Element, base: str) -> Dial:
    conference = _conference(element)
    callees = [] if conference else [_callee(child, base) for child in element.children]
    if element.text:
        callees.append(Callee(element.text))
    if len(callees) > NOUNS_MAX or bool(callees) == bool(conference):
        raise BrokenMarkup(13201, f"line {element.at}: <Dial> calls one to {NOUNS_MAX}, or joins one conference")
    return Dial(
        tuple(callees),
        _action(element, base),
        _number(element, "timeout", 30, 1, 600),
        element.attributes.get("callerId", ""),
        _flag(element, "answerOnBridge"),
        _flag(element, "hangupOnStar"),
        _number(element, "timeLimit", 14_400, 1, 86_400),
        conference,
    )


def _conference(dial: Element) -> Attendance | None:
    """The one <Conference> of a <Dial>, if it has one and nothing else."""
    if [child.name for child in dial.children] != ["Conference"]:
        return None
    element = dial.children[0]
    if not 1 <= len(element.text) <= CONFERENCE_NAME_MAX:
        raise BrokenMarkup(13225, f"line {element.at}: a conference has a name of at most {CONFERENCE_NAME_MAX}")
    beep = element.attributes.get("beep", "true")
    if beep not in BEEPS:
        raise BrokenMarkup(13221, f"line {element.at}: beep is one of {', '.join(BEEPS)}")
    return Attendance(
        element.text,
        _flag(element, "startConferenceOnEnter", "true"),
        _flag(element, "endConferenceOnExit"),
        *BEEPS[beep],
        element.attributes.get("waitUrl", "music") != "",
    )


def _callee(element: Element, base: str) -> Callee:
    if element.name not in ("Number", "Sip"):
        nouns = "<Number>, <Sip> and one <Conference> alone"
        raise BrokenMarkup(NOT_TWIML, f"line {element.at}: <Dial> knows {nouns} here, not <{element.name}>")
    attributes = element.attributes
    events = tuple(attributes.get("statusCallbackEvent", "completed").split())
    if unknown := [event for event in events if event not in PROGRESS]:
        raise BrokenMarkup(BAD_ATTRIBUTE, f"line {element.at}: {unknown[0]!r} is no statusCallbackEvent")
    return Callee(
        element.text,
        _address(attributes.get("url", ""), _method(element), base),
        _address(attributes.get("statusCallback", ""), _method(element, "statusCallbackMethod"), base),
        events,
    )


def _record(element: Element, base: str) -> Record:
    keys = element.attributes.get("finishOnKey", "1234567890*#")
    if not set(keys) <= KEYS:
        raise BrokenMarkup(BAD_ATTRIBUTE, f"line {element.at}: finishOnKey is keys of a telephone, or empty")
    return Record(
        _action(element, base) or Address(base, _method(element)),
        _number(element, "timeout", 5, 1, 600),
        _number(element, "maxLength", 3_600, 1, 14_400),
        keys,
        element.attributes.get("playBeep", "true").lower() == "true",
    )


def _hangup(_element: Element, _base: str) -> Hangup:
    return Hangup()


def _reject(element: Element, _base: str) -> Reject:
    reason = element.attributes.get("reason", "rejected")
    if reason not in ("rejected", "busy"):
        raise BrokenMarkup(BAD_ATTRIBUTE, f"line {element.at}: the reason is rejected or busy")
    return Reject(reason)


def _action(element: Element, base: str) -> Address:
    return _address(element.attributes.get("action", ""), _method(element), base)


def _address(url: str, method: str, base: str) -> Address:
    return Address(urljoin(base, url), method) if url else NOWHERE


def _method(element: Element, name: str = "method") -> str:
    method = element.attributes.get(name, "POST").upper()
    if method not in ("GET", "POST"):
        raise BrokenMarkup(BAD_ATTRIBUTE, f"line {element.at}: {name} is GET or POST")
    return method


def _repeats(element: Element) -> int:
    """How often; 0 means on and on, which here has an end."""
    return _number(element, "loop", 1, 0, 1_000) or REPEATS_MAX


def _number(element: Element, name: str, default: int, least: int, most: int) -> int:
    written = element.attributes.get(name, "").strip()
    if not written:
        return default
    if not (written.isascii() and written.isdigit()) or not least <= int(written[:9]) <= most:
        raise BrokenMarkup(BAD_ATTRIBUTE, f"line {element.at}: {name} is a number from {least} to {most}")
    return int(written)


def _flag(element: Element, name: str, default: str = "false") -> bool:
    written = element.attributes.get(name, default).lower()
    if written not in ("true", "false"):
        raise BrokenMarkup(BAD_ATTRIBUTE, f"line {element.at}: {name} is true or false")
    return written == "true"


PROMPTS = ("Say", "Play", "Pause")
VERBS: dict[str, Callable[[Element, str], Verb]] = {
    "Gather": _gather,
    "Redirect": _redirect,
    "Dial": _dial,
    "Record": _record,
    "Hangup": _hangup,
    "Reject": _reject,
}
