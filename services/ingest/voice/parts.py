"""Voice put together, for ingest's app.py."""

from dataclasses import dataclass

from services.ingest.channels.voice import Voice
from services.ingest.voice.acts import Acts, CallControl
from services.ingest.voice.colleagues import Colleagues
from services.ingest.voice.diversions import Diversions
from services.ingest.voice.endings import Endings
from services.ingest.voice.leg_endings import LegEndings
from services.ingest.voice.lost_calls import LostCalls
from services.ingest.voice.lounge import Lounge
from services.ingest.voice.meetings import Meetings
from services.ingest.voice.reception import Reception
from services.ingest.voice.surroundings import Surroundings
from services.shared.serve import Part, background


@dataclass(frozen=True, slots=True)
class VoiceParts:
    """The channel, what acts on its calls, and all parts in the order in which they start."""

    channel: Voice
    acts: Acts
    parts: list[Part]


def make_voice(around: Surroundings, carrier: CallControl) -> VoiceParts:
    """All of voice."""
    endings, leg_endings = Endings(around), LegEndings(around)
    colleagues, meetings = Colleagues(around, carrier, leg_endings), Meetings(around, leg_endings)
    acts = Acts(around, carrier, endings, LostCalls(around, carrier, endings), colleagues)
    voice = Voice(around, Reception(around), Lounge(around, meetings), endings, acts, Diversions(around))
    acting = background(acts.settle_changed, "voice-acts")
    sweeping = background(acts.sweep_all, "voice-sweep")
    return VoiceParts(voice, acts, [voice, acting, sweeping])
