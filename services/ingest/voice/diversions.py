"""Callers whom the router sends where no agent of ours takes them: voicemail, a third party, a message."""

import re

from services.ingest.carriers.webhook import NotTaken, Webhook
from services.ingest.front_door import Unavailable
from services.ingest.voice.line import NUMBER, Line, caller_of
from services.ingest.voice.room import Diverted
from services.ingest.voice.sentences import sentences_in, spoken_language
from services.ingest.voice.surroundings import DIVERTED, RECORDED, Surroundings
from services.ingest.voice.twiml import SIP, Document
from services.plan.compiled import Diversion

RECORDING_ID = re.compile(r"RE[0-9a-f]{32}")
RECORDING_URL = re.compile(r"https?://[!-~]{1,500}")
SECONDS = re.compile(r"[0-9]{1,6}")
AGAIN_S = 2


class Diversions:
    """Answers with TwiML. The contact has ended in the log; what comes now is between the caller and the carrier."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around

    async def begin(self, line: Line, diverted: Diverted, dialed: str) -> str:
        """Send the caller there; `dialed` is our number, which a third party is shown."""
        await self._around.calls.diverting(line.contact_id)
        said, spoken = sentences_in(line.language), spoken_language(line.language)
        match diverted.to:
            case Diversion.VOICEMAIL:
                document = Document().say(said.leave_message, spoken)
                return str(document.record(line.url(self._around.urls, RECORDED)).hang_up())
            case Diversion.MESSAGE:
                return str(Document().say(diverted.address, diverted.language or line.language).hang_up())
            case Diversion.THIRD_PARTY if number := _callable(diverted.address):
                document = Document().say(said.connecting, spoken)
                return str(document.call_outside(number, dialed, line.url(self._around.urls, DIVERTED)))
            case Diversion.THIRD_PARTY:
                # A mail address: nobody can be put through to it.
                return str(Document().say(said.not_possible, spoken).hang_up())

    async def diverted(self, webhook: Webhook) -> str:
        """Speaking with the third party is over, or they did not answer. Raises NotTaken."""
        line = await self._around.line(webhook)
        document = Document()
        if webhook.field("DialCallStatus") not in ("completed", "answered"):
            document.say(sentences_in(line.language).not_possible, spoken_language(line.language))
        return str(document.hang_up())

    async def recorded(self, webhook: Webhook) -> str:
        """The caller has left a message. Raises NotTaken."""
        line = await self._around.line(webhook)
        found = {name: webhook.query.get(name, "") or webhook.field(field) for name, field in RECORDING.items()}
        if not RECORDING_ID.fullmatch(found["recording"]) or not RECORDING_URL.fullmatch(found["at"]):
            raise NotTaken(400, "The request was not taken: it names no recording.")
        seconds = found["seconds"] if SECONDS.fullmatch(found["seconds"]) else "?"
        text = f"Voicemail of {seconds} s, at the carrier: {found['at']}"
        try:
            dialed, caller = webhook.field("To")[:64], caller_of(webhook)
            await self._around.reports.recorded(line, found["recording"], text, dialed, caller)
        except Unavailable:
            return str(Document().wait(AGAIN_S, line.url(self._around.urls, RECORDED, **found)))
        return str(Document().hang_up())


# What a recording's request says, and what it is called in our own URL when it has to be asked again.
RECORDING = {"recording": "RecordingSid", "at": "RecordingUrl", "seconds": "RecordingDuration"}


def _callable(address: str) -> str:
    """A number, written as plans allow it, in E.164, or a SIP address; "" for what can't be called."""
    if address.startswith(SIP):
        return address
    number = re.sub(r"[ ()./-]", "", address)
    return number if NUMBER.fullmatch(number) else ""
