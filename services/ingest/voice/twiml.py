"""What the carrier is told to do with a call, as TwiML: https://www.twilio.com/docs/voice/twiml."""

from collections.abc import Sequence
from dataclasses import dataclass

from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from services.ingest.voice.locales import locale_of
from services.plan.compiled import Prompt

KEY_WITHIN_S = 6
AGENT_EVENTS = "answered completed"
RECORDED_S_MAX = 180
SILENT_S_MAX = 8
RING_OUTSIDE_S = 40
POST = "POST"
SIP = "sip:"


@dataclass(frozen=True, slots=True)
class Ringing:
    """An agent's telephone that is to ring: `from_` is shown there."""

    agent_address: str
    from_: str
    ring_s: int
    # Where the carrier says how the dialing ended, and what the agent's telephone does.
    ended_url: str
    agent_url: str


class Document:
    """A document being written, verb by verb."""

    def __init__(self) -> None:
        self._response = VoiceResponse()

    def __str__(self) -> str:
        return str(self._response)

    def say(self, text: str, language: str) -> "Document":
        """Say our own words."""
        _say(self._response, text, language)
        return self

    def prompt(self, prompt: Prompt | None) -> "Document":
        """Say or play one of the plan's prompts; nothing for none."""
        _prompt(self._response, prompt)
        return self

    def ask(self, prompt: Prompt | None, url: str) -> "Document":
        """Say or play it and wait for one key, which goes to the URL; so does that none was pressed."""
        gather = Gather(
            input="dtmf",
            num_digits=1,
            timeout=KEY_WITHIN_S,
            # The key that would end the input is a key like the others.
            finish_on_key="",
            action=url,
            method=POST,
            action_on_empty_result=True,
        )
        _prompt(gather, prompt)
        self._response.append(gather)
        return self

    def listen(self, sentences: Sequence[str], language: str, seconds: int, url: str) -> "Document":
        """Say our own words and wait for one key, which goes to the URL. Without one, go on below."""
        # The carrier waits a second or more.
        gather = Gather(input="dtmf", num_digits=1, timeout=max(1, seconds), finish_on_key="", action=url, method=POST)
        for text in sentences:
            _say(gather, text, language)
        self._response.append(gather)
        return self

    def wait(self, seconds: int, url: str) -> "Document":
        """Be silent for so long, then ask the URL what to do."""
        if seconds:
            self._response.pause(length=seconds)
        return self.go_on(url)

    def go_on(self, url: str) -> "Document":
        """Ask the URL what to do."""
        self._response.redirect(url, method=POST)
        return self

    def dial(self, ringing: Ringing) -> "Document":
        """Put the call through to an agent's telephone."""
        dial = Dial(
            action=ringing.ended_url,
            method=POST,
            timeout=ringing.ring_s,
            caller_id=ringing.from_ or None,
            # The customer goes on hearing a ringing tone until the agent picks up.
            answer_on_bridge=True,
        )
        noun = dial.sip if ringing.agent_address.startswith(SIP) else dial.number
        noun(
            ringing.agent_address,
            status_callback=ringing.agent_url,
            status_callback_event=AGENT_EVENTS,
            status_callback_method=POST,
        )
        self._response.append(dial)
        return self

    def meet(self, conference: str, ended_url: str, *, in_private: bool) -> "Document":
        """Join a conference of the carrier; whoever leaves it ends it, and all others are asked for at their URL.

        `in_private`: agents among themselves, who hear music until the other is there, and a tone then.
        """
        dial = Dial(action=ended_url, method=POST)
        dial.conference(
            conference,
            start_conference_on_enter=True,
            end_conference_on_exit=True,
            beep="onEnter" if in_private else "false",
            # Nothing stands for silence, and no attribute for the carrier's music.
            wait_url=None if in_private else "",
        )
        self._response.append(dial)
        return self

    def call_outside(self, number: str, from_: str, ended_url: str) -> "Document":
        """Put the call through to somebody who is none of ours."""
        dial = Dial(
            action=ended_url, method=POST, timeout=RING_OUTSIDE_S, caller_id=from_ or None, answer_on_bridge=True
        )
        noun = dial.sip if number.startswith(SIP) else dial.number
        noun(number)
        self._response.append(dial)
        return self

    def record(self, url: str) -> "Document":
        """Record after a tone until a key, silence, 3 minutes or hanging up; the URL is told where the recording is."""
        self._response.record(
            action=url, method=POST, max_length=RECORDED_S_MAX, timeout=SILENT_S_MAX, finish_on_key="#", play_beep=True
        )
        return self

    def hang_up(self) -> "Document":
        """End the call."""
        self._response.hangup()
        return self

    def reject(self, reason: str) -> "Document":
        """Don't take the call: "busy", or "rejected" for a number that is not in service."""
        self._response.reject(reason=reason)
        return self


def _prompt(where: VoiceResponse | Gather, prompt: Prompt | None) -> None:
    if prompt is None:
        return
    if prompt.audio_url:
        where.play(prompt.audio_url)
    else:
        _say(where, prompt.text, prompt.language)


def _say(where: VoiceResponse | Gather, text: str, language: str) -> None:
    """In a voice of the language; where the carrier has none, in the default voice of the account."""
    where.say(text, language=locale_of(language) or None)
