"""What is counted of calls for /metrics."""

from prometheus_client import Counter

ANSWERED = Counter("switchroom_ingest_voice_answers_total", "Instructions given to the carrier for a call", ["hook"])
ACTS = Counter(
    "switchroom_ingest_voice_acts_total",
    "Calls hung up, taken out of a conversation, or fetched from the waiting room",
    ["act"],
)
ASKED_AFTER = Counter("switchroom_ingest_voice_asked_after_total", "Silent calls that the carrier was asked after")
FOUND_AGAIN = Counter("switchroom_ingest_voice_found_again_total", "Calls that were on and that nobody had noted")
